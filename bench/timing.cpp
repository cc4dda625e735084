#include "bench/timing.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <limits>
#include <string>

namespace trm::bench {
namespace {

/// Keeps the least time of each benchmark; their names are their numbers.
class Least final : public benchmark::BenchmarkReporter {
 public:
  explicit Least(std::size_t count) : seconds(count, std::numeric_limits<double>::infinity()) {}
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.iterations == 0) continue;
      double& best = seconds[std::stoul(run.run_name.function_name)];
      best = std::min(best, run.real_accumulated_time / static_cast<double>(run.iterations));
    }
  }
  std::vector<double> seconds;
};

void take_turns() {
  static bool once = false;
  if (once) return;
  once = true;
  std::string name = "trm_bench", option = "--benchmark_enable_random_interleaving=true";
  char* argv[] = {name.data(), option.data(), nullptr};
  int argc = 2;
  benchmark::Initialize(&argc, argv);
}

}  // namespace

std::vector<double> least_seconds(const std::vector<std::function<void()>>& works, double seconds,
                                  int repeats) {
  take_turns();
  benchmark::ClearRegisteredBenchmarks();
  for (std::size_t i = 0; i < works.size(); ++i) {
    works[i]();  // warm
    const auto loop = [&work = works[i]](benchmark::State& state) {
      for (auto _ : state) work();
    };
    benchmark::RegisterBenchmark(std::to_string(i).c_str(), loop)
        ->MinTime(std::max(1e-4, seconds / repeats))
        ->Repetitions(repeats)
        ->UseRealTime();
  }
  Least least(works.size());
  benchmark::RunSpecifiedBenchmarks(&least);
  benchmark::ClearRegisteredBenchmarks();
  return least.seconds;
}

}  // namespace trm::bench
