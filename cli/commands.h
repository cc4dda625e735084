// The subcommands: what each was asked to do, and the functions that do it.
//
// run.cpp reads arguments into these structs; values are in range when a command sees them.
#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cli/terminal.h"
#include "engine/solver.h"

namespace trm::cli {

/// Where a command reads and writes.
struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Terminal terminal;
};

/// Which engine to run.
struct EngineOptions {
  std::string backend = "auto";
  std::string models;  ///< --models; empty: searched
  std::string device = "auto";
  std::string precision = "auto";
  int slots = 8;
  int threads = 0;
  std::uint64_t seed = 0;
  bool deterministic = false;
  std::int64_t max_memory = 0;  ///< bytes; 0: no limit
};

struct SolveOptions {
  EngineOptions engine;
  std::string puzzle;  ///< empty: the module that accepts the board
  std::string model;
  std::string file;
  AttemptPolicy policy;
  int rules_ms = 50;
  std::optional<std::int64_t> deadline_ms;
  double fit_seconds = 0;  ///< 0: as SolveRequest
  Fallback fallback = Fallback::none;
  bool json = false;
  bool trace = false;
  bool watch = false;
  bool lines = false;  ///< never look for one board over several lines
};

struct CheckOptions {
  std::string puzzle;
  std::string file;
  bool json = false;
};

struct GenerateOptions {
  std::string puzzle;
  std::string size;
  std::string difficulty;
  std::int64_t count = 1;
  std::uint64_t seed = 0;
  std::vector<std::string> settings;  ///< "option=value"
  bool solution = false;
};

struct InfoOptions {
  std::string puzzle;
  std::string models;
  bool json = false;
};

struct DemoOptions {
  EngineOptions engine;
  bool fast = false;
  bool plain = false;
};

/// The commands return an exit status (run.h).
int solve_command(const SolveOptions& options, const Streams& streams);
int check_command(const CheckOptions& options, const Streams& streams);
int generate_command(const GenerateOptions& options, const Streams& streams);
int info_command(const InfoOptions& options, const Streams& streams);
int demo_command(const DemoOptions& options, const Streams& streams);

/// The engine that the options describe. Errors: invalid_field (device), those of Solver::create.
Result<std::unique_ptr<Solver>> make_solver(const EngineOptions& options);

/// The request that the options describe, for one board.
SolveRequest make_request(const SolveOptions& options, Question question);

/// "trm: MESSAGE" on err; returns exit_error.
int complain(const Streams& streams, const Error& error);

/// Version of this build, such as "0.1.0".
std::string version();

}  // namespace trm::cli
