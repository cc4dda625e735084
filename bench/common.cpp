#include <algorithm>
#include <cmath>
#include <numeric>

#include "bench/bench.h"

namespace trm::bench {

void add_json_option(CLI::App& command, CommonArguments& arguments) {
  command.add_flag("--json", arguments.json, "One JSON object a row");
}

void add_threads_option(CLI::App& command, CommonArguments& arguments) {
  command
      .add_option("--threads", arguments.threads, "Threads of the numeric library; 0: one a core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
}

double percentile(std::vector<double> values, double percent) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(percent / 100 * static_cast<double>(values.size()));
  const auto index = static_cast<std::size_t>(std::max(1.0, rank)) - 1;
  return values[std::min(index, values.size() - 1)];
}

double mean(const std::vector<double>& values) {
  return share(std::accumulate(values.begin(), values.end(), 0.0),
               static_cast<double>(values.size()));
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace trm::bench
