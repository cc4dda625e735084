#include "trainer/metrics.h"

#include <filesystem>
#include <fstream>
#include <optional>

#include "puzzles/json.h"

namespace trm {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostBytes = 256u << 20;

double number(const Json& json, const char* key) {
  const Json* value = json.find(key);
  return value != nullptr && value->is_number() ? value->as_double() : 0;
}

MetricTime time_of(const Json& json) {
  return {number(json, "step"), number(json, "minutes"), number(json, "examples")};
}

// A resumed run begins again at its checkpoint.
template <class Point>
void append(std::vector<Point>& points, const Point& point) {
  while (!points.empty() && points.back().at.step >= point.at.step) points.pop_back();
  points.push_back(point);
}

void read_line(const Json& json, RunMetrics& metrics) {
  const MetricTime at = time_of(json);
  if (const Json* sets = json.find("eval"); sets != nullptr && sets->is_object()) {
    for (const auto& [name, score] : sets->as_object()) {
      const char* exact = score.find("exact_raw_rate") ? "exact_raw_rate" : "exact_rate";
      append(metrics.evals[name], {at, number(score, "solved_rate"), number(score, exact)});
    }
    return;
  }
  if (json.find("lm_loss") == nullptr) return;
  append(metrics.train,
         {at, number(json, "lm_loss"), number(json, "exact"), number(json, "examples_per_second")});
}

}  // namespace

Result<RunMetrics> read_metrics(const std::string& path) {
  std::error_code failed;
  const bool folder = fs::is_directory(path, failed);
  const std::string file = folder ? path + "/metrics.jsonl" : path;
  const auto bytes = fs::file_size(file, failed);
  if (failed)
    return fail(ErrorCode::not_found, "there is no " + file + ": expected a run's folder", "run");
  if (bytes > kMostBytes) return fail(ErrorCode::too_large, file + " is over 256 MiB", "run");
  RunMetrics metrics;
  fs::path name = fs::path(file).parent_path();
  if (!folder) name = fs::path(file).stem();
  metrics.name =
      name.filename().empty() ? name.parent_path().filename().string() : name.filename().string();
  std::ifstream in(file);
  std::string line;
  std::optional<std::int64_t> torn;  // a bad line is forgiven if it is the last one
  for (std::int64_t count = 1; std::getline(in, line); ++count) {
    if (torn) {
      return fail(ErrorCode::invalid_data,
                  file + ", line " + std::to_string(*torn) + " is no JSON object", "run");
    }
    if (line.empty()) continue;
    const auto json = parse_json(line);
    if (!json || !json->is_object()) {
      torn = count;
      continue;
    }
    read_line(*json, metrics);
  }
  return metrics;
}

std::vector<double> smoothed(const std::vector<double>& values, double smooth) {
  std::vector<double> result;
  double sum = 0, weight = 0;
  for (const double value : values) {
    sum = smooth * sum + (1 - smooth) * value;
    weight = smooth * weight + (1 - smooth);
    result.push_back(sum / weight);
  }
  return result;
}

}  // namespace trm
