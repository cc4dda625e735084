#include "ui/program.h"

#include <cstdio>
#include <memory>

#include "engine/model_dirs.h"
#include "puzzles/registry.h"
#include "ui/options.h"

namespace trm::ui {
namespace {

constexpr int exit_cannot_start = 1;

int complain(const Error& error) {
  std::fprintf(stderr, "trm_editor: %s\n", error.message.c_str());
  return exit_cannot_start;
}

// Without models one can still draw and play; the solver view says what is missing.
Result<SessionOptions> session_options(const Options& options) {
  SessionOptions session;
  session.state = options.state;
  // A picture is no session of the user's.
  if (session.state.empty() && !options.window.screenshot.empty()) session.state = "-";
  session.restore = options.restore && options.open.empty() && options.puzzle.empty();
  auto solver = solver_options(options.backend, options.device, options.models);
  if (solver) {
    session.solver = std::move(*solver);
  } else if (solver.error().code == ErrorCode::not_found && options.models.empty()) {
    const auto device = parse_device(options.device);
    if (!device) return device.error();
    session.solver.backend = options.backend;  // for models that are trained later
    session.solver.device = *device;
    session.no_solver = solver.error().message;
  } else {
    return solver.error();
  }
  session.solver.threads = options.threads;
  return session;
}

// What the command line asks for in the place of the last board.
Result<void> open_wanted(Session& session, const Options& options) {
  if (!options.puzzle.empty()) {
    const auto puzzle = find_puzzle(options.puzzle);
    if (!puzzle) return puzzle.error();
    if (auto made = session.new_board(**puzzle, options.size); !made) return made;
  }
  if (options.open.empty()) return {};
  if (is_game_id(options.open)) return session.open_id(options.open);
  return session.open_file(options.open);
}

}  // namespace

int run(int argc, const char* const* argv) {
  int status = 0;
  const auto options = read_options(argc, argv, status);
  if (!options) return status;
  auto wanted = session_options(*options);
  if (!wanted) return complain(wanted.error());
  auto session = std::make_unique<Session>(std::move(*wanted), Window::wake);
  if (options->theme == "light") session->settings().theme = Theme::light;
  if (options->theme == "dark") session->settings().theme = Theme::dark;
  if (auto opened = open_wanted(*session, *options); !opened) {
    session->shut_down();
    return complain(opened.error());
  }
  auto window = Window::create(session->settings());
  if (!window) {
    session->shut_down();
    return complain(window.error());
  }
  status = (*window)->run(*session, options->window);
  session.reset();  // before the window: its workers wake it
  return status;
}

}  // namespace trm::ui
