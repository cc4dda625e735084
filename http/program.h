// The program trm_server: arguments, solver, signals.
#pragma once

namespace trm::http {

/// Exit status: 0 after SIGINT or SIGTERM, 1 when it could not start, 2 for wrong arguments.
int run(int argc, const char* const* argv);

}  // namespace trm::http
