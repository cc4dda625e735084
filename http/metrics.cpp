#include "http/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#ifndef TRM_VERSION
#define TRM_VERSION "unknown"
#endif

namespace trm::http {
namespace {

using prometheus::Histogram;

const Histogram::BucketBoundaries kSeconds{0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                           0.5,   1,     2.5,  5,     10,   30};
const Histogram::BucketBoundaries kSteps{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double open_files() {
  std::error_code failed;
  double count = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", failed), end; !failed && at != end;
       at.increment(failed)) {
    ++count;
  }
  return count;
}

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      prometheus::BuildCounter()
          .Name("trm_solve_requests_total")
          .Help("Solves by puzzle and outcome: a status, or the code of an error")
          .Register(registry);
  prometheus::Family<Histogram>& duration = prometheus::BuildHistogram()
                                                .Name("trm_solve_duration_seconds")
                                                .Help("From the request to its solution")
                                                .Register(registry);
  prometheus::Family<Histogram>& steps = prometheus::BuildHistogram()
                                             .Name("trm_supervision_steps")
                                             .Help("Supervision steps of a solve, all attempts")
                                             .Register(registry);
  prometheus::Family<prometheus::Counter>& attempts = prometheus::BuildCounter()
                                                          .Name("trm_attempts_total")
                                                          .Help("Attempts started")
                                                          .Register(registry);
  prometheus::Family<prometheus::Counter>& verified =
      prometheus::BuildCounter()
          .Name("trm_verified_total")
          .Help("Solutions whose rules were checked and hold")
          .Register(registry);
  prometheus::Gauge& waiting = gauge("trm_queue_depth", "Requests that wait for a slot");
  prometheus::Gauge& batch = gauge("trm_batch_rows", "Rows of the last supervision step");
  prometheus::Gauge& resident =
      gauge("process_resident_memory_bytes", "Resident memory of the process");
  prometheus::Counter& cpu = prometheus::BuildCounter()
                                 .Name("process_cpu_seconds_total")
                                 .Help("Processor time of the process")
                                 .Register(registry)
                                 .Add({});
  prometheus::Gauge& files = gauge("process_open_fds", "Open file descriptors");

  Impl() {
    prometheus::BuildGauge()
        .Name("trm_build_info")
        .Help("1, with the version as a label")
        .Register(registry)
        .Add({{"version", TRM_VERSION}})
        .Set(1);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    gauge("process_start_time_seconds", "Start of the process since 1970")
        .Set(std::chrono::duration<double>(now).count());
  }

  prometheus::Gauge& gauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
  }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::solved(const Solution& solution, double seconds) {
  const std::map<std::string, std::string> puzzle{{"puzzle", solution.question.puzzle().name()}};
  auto labels = puzzle;
  labels["outcome"] = status_name(solution.verdict.status);
  impl_->requests.Add(labels).Increment();
  impl_->duration.Add(puzzle, kSeconds).Observe(seconds);
  impl_->steps.Add(puzzle, kSteps).Observe(static_cast<double>(solution.total_steps));
  impl_->attempts.Add(puzzle).Increment(solution.attempts);
  if (solution.verified()) impl_->verified.Add(puzzle).Increment();
}

void Metrics::failed(std::string_view puzzle, ErrorCode code) {
  impl_->requests.Add({{"puzzle", std::string(puzzle)}, {"outcome", std::string(error_name(code))}})
      .Increment();
}

std::string Metrics::text(const Solver* solver) const {
  if (solver != nullptr) {
    const SolverStats stats = solver->stats();
    impl_->waiting.Set(stats.waiting);
    impl_->batch.Set(static_cast<double>(stats.last_rows));
  }
  impl_->resident.Set(resident_bytes());
  if (const double more = cpu_seconds() - impl_->cpu.Value(); more > 0) impl_->cpu.Increment(more);
  impl_->files.Set(open_files());
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace trm::http
