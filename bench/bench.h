// How the subcommands of trm_bench are put together: each file adds its own.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "bench/report.h"
#include "trainer/command.h"

namespace trm::bench {

void add_accuracy_command(Commands& commands);
void add_answers_command(Commands& commands);
void add_fits_command(Commands& commands);
void add_http_command(Commands& commands);
void add_kernels_command(Commands& commands);
void add_load_command(Commands& commands);
void add_matmul_command(Commands& commands);
void add_policies_command(Commands& commands);
void add_precision_command(Commands& commands);
void add_sample_command(Commands& commands);
void add_startup_command(Commands& commands);
void add_step_command(Commands& commands);
void add_train_command(Commands& commands);

/// What all subcommands have: threads of the numeric library, and how results are written.
struct CommonArguments {
  bool json = false;
  int threads = 0;
};
void add_json_option(CLI::App& command, CommonArguments& arguments);
void add_threads_option(CLI::App& command, CommonArguments& arguments);

using Clock = std::chrono::steady_clock;
inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// part / whole; 0 for a whole of 0.
inline double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

/// The least value that at least `percent` % of the values do not exceed (nearest rank); 0 for
/// none.
double percentile(std::vector<double> values, double percent);
double mean(const std::vector<double>& values);

/// "a, b, c".
std::string joined(const std::vector<std::string>& words);

}  // namespace trm::bench
