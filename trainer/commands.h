// The trainer's command line.
#pragma once

namespace trm {

/// Runs `trm_trainer` with these arguments. Returns the exit status: 0 done or stopped with a
/// checkpoint, 1 an error (printed to stderr), 2 wrong usage.
int trainer_main(int argc, char** argv);

}  // namespace trm
