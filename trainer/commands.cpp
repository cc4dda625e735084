#include "trainer/commands.h"

#include <csignal>

#include "engine/model/tensor_io.h"
#include "trainer/command.h"

namespace trm {

int trainer_main(int argc, char** argv) {
  tune_allocator();
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is a write error, not the end
  CLI::App app("Trains Tiny Recursive Models, from puzzles to a model file.", "trm_trainer");
  app.set_version_flag("--version", std::string("trm_trainer ") + TRM_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  trm_trainer train assets/configs/NAME.toml --minutes 60\n"
      "  trm_trainer train --puzzle NAME --set train.lr=0.001 --out runs/try\n"
      "  trm_trainer eval assets/models/NAME.safetensors --difficulty hard --count 500\n"
      "NAME is a puzzle: trm info lists them. Each command has its own --help.");
  Commands commands(app);
  add_train_commands(commands);
  add_data_commands(commands);
  add_model_commands(commands);
  add_report_commands(commands);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return commands.run();
}

}  // namespace trm
