// What tests of the views do with them: show one, press its items, solve the open board.
#pragma once

#include "tests/ui/frames/null_backend.h"

namespace trm::ui::test {

inline SessionOptions with_backend(const std::string& backend) {
  SessionOptions options = test::bare_session();
  options.no_solver.clear();
  options.solver.backend = backend;
  options.solver.threads = 1;
  return options;
}

inline void show(NullUi& ui, const std::string& view) {
  ui.frame.shell().show_view = view;
  ui.step(2);
}

/// A click, and what it moves has come to rest.
inline void press(NullUi& ui, const std::string& item, int button = 0) {
  ui.click(item, button);
  ui.step(3);
}

inline void solve(NullUi& ui) {
  show(ui, "solver");
  press(ui, "solver/solve");
  const bool ended = ui.step_until([&] {
    const Thinking* thinking = ui.session.thinking();
    return thinking != nullptr && thinking->end.has_value() && !ui.session.solving();
  });
  REQUIRE(ended);
  ui.step(2);
}

inline Editor& editor(NullUi& ui) { return ui.session.editor(); }

}  // namespace trm::ui::test
