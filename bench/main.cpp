// trm_bench: everything about this project that is measured, one subcommand a question.
#include <iostream>
#include <string>

#include "bench/bench.h"

int main(int argc, char** argv) {
  using namespace trm;
  CLI::App app("Measures the engine: speed, load, and what it answers.", "trm_bench");
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  trm_bench step --batch 1 8\n"
      "  trm_bench answers --json\n"
      "  trm_bench policies --file boards.csv.gz --count 200 --svg policies.svg\n"
      "Each command has its own --help. Times are the least of repeats unless a column says so;\n"
      "close other programs first: the machine line tells the load.");
  Commands commands(app);
#ifdef TRM_WITH_TORCH
  bench::add_matmul_command(commands);
  bench::add_step_command(commands);
  bench::add_train_command(commands);
#endif
  bench::add_kernels_command(commands);
  bench::add_load_command(commands);
  bench::add_http_command(commands);
  bench::add_answers_command(commands);
  bench::add_policies_command(commands);
  bench::add_precision_command(commands);
  bench::add_accuracy_command(commands);
  bench::add_fits_command(commands);
  bench::add_sample_command(commands);
  bench::add_startup_command(commands);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    const auto chosen = app.get_subcommands();
    // CLI11 misses the command before it looks at the word that is none.
    const bool unknown = chosen.empty() && argc > 1 && argv[1][0] != '-';
    std::cerr << "trm_bench: "
              << (unknown ? "there is no command " + std::string(argv[1]) : error.what())
              << "\nSee trm_bench " << (chosen.empty() ? "" : chosen.front()->get_name() + " ")
              << "--help.\n";
    return 2;
  }
  return commands.run();
}
