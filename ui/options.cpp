#include "ui/options.h"

#include <CLI/CLI.hpp>

#include "engine/backends/backend.h"

#ifndef TRM_VERSION
#define TRM_VERSION "unknown"
#endif

namespace trm::ui {
namespace {

constexpr int kUsage = 2;

constexpr const char* kFooter =
    "Draw a board or paste one (Ctrl+V), press F5, and watch the model think. F1 shows all keys.\n"
    "What is open is kept: the next start brings it back, also after a crash.\n"
    "Examples:\n"
    "  trm_editor                                   the board of the last run\n"
    "  trm_editor --open board.txt                  a file in any form that a puzzle reads\n"
    "  trm_editor --open 'NAME:size=9x9#42'         a generated board, the same one everywhere\n"
    "  trm_editor --puzzle NAME --size 20x20        an empty board\n"
    "  trm_editor --open board.txt --screenshot thinking.png --after-steps 3\n"
    "Without a display: xvfb-run -a trm_editor --screenshot board.png --open board.txt";

void add_board(CLI::App& app, Options& options) {
  app.add_option("--open,file", options.open, "file to open (.trm, text, JSON), or a game id");
  auto* puzzle = app.add_option("--puzzle", options.puzzle, "begin with this puzzle");
  app.add_option("--size", options.size, "size of the empty board to begin with")->needs(puzzle);
  app.add_flag("!--no-restore", options.restore, "do not open the board of the last run");
  app.add_option("--state", options.state,
                 "folder for settings and the last board; -: keep nothing (default: "
                 "$XDG_STATE_HOME/trm)")
      ->envname("TRM_STATE");
}

void add_engine(CLI::App& app, Options& options) {
  app.add_option("--models", options.models, "folder of models (safetensors); default: searched");
  app.add_option("--backend", options.backend,
                 "who answers: the model (auto), the rule solver (exact), or chance (random)")
      ->check(CLI::IsMember(backend_choices()))
      ->capture_default_str();
  app.add_option("--device", options.device, "cpu, cuda, cuda:N or auto")->capture_default_str();
  app.add_option("--threads", options.threads, "threads of the network; 0: one a core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
}

void add_window(CLI::App& app, Options& options) {
  WindowOptions& window = options.window;
  app.add_option("--theme", options.theme, "light or dark")
      ->check(CLI::IsMember({"light", "dark"}));
  app.add_option("--view", window.view, "window to bring to the front (solver, models, help, ...)");
  auto* screenshot =
      app.add_option("--screenshot", window.screenshot, "write a PNG of the window, then end");
  app.add_option("--after-steps", window.after_steps,
                 "solve, and take the screenshot after so many supervision steps (0: do not solve; "
                 "-1: at the end)")
      ->check(CLI::Range(-1, 1024))
      ->needs(screenshot)
      ->capture_default_str();
  app.add_option("--probe", window.probe,
                 "file that says as JSON what is on the screen, anew after each change");
  app.add_flag("--stats", window.stats, "print frames and CPU time a frame at the end");
}

}  // namespace

std::optional<Options> read_options(int argc, const char* const* argv, int& status) {
  CLI::App app("Draws puzzles and shows how a Tiny Recursive Model solves them.", "trm_editor");
  Options options;
  app.footer(kFooter);
  app.set_version_flag("--version", TRM_VERSION);
  add_board(app, options);
  add_engine(app, options);
  add_window(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    status = app.exit(error) == 0 ? 0 : kUsage;
    return std::nullopt;
  }
  return options;
}

}  // namespace trm::ui
