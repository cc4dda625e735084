// The command line program `trm` as one function of its arguments and streams.
#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "cli/terminal.h"

namespace trm::cli {

/// Exit statuses of `trm`.
enum ExitStatus : int {
  exit_ok = 0,
  exit_error = 1,      ///< wrong arguments, a bad line, or a failure
  exit_unverified = 2  ///< everything ran, but an answer is not verified
};

/// Runs `trm ARGS...` (without the program's name). Results go to `out`, complaints of a person's
/// concern to `err`; "-" as a file name reads `in`. `terminal` describes what `out` ends in.
/// Returns the exit status. Uses one engine thread and, while boards stream, one writer thread for
/// `out`; both have ended on return.
int run_cli(const std::vector<std::string>& args, std::istream& in, std::ostream& out,
            std::ostream& err, const Terminal& terminal = {});

}  // namespace trm::cli
