// Solving: the button, what the model may spend, what came out, hints.
#pragma once

#include <string>
#include <vector>

#include "ui/views/model_list.h"
#include "ui/views/view.h"

namespace trm::ui {

class SolverView final : public View {
 public:
  const char* name() const override { return "solver"; }
  const char* title() const override { return "Solver"; }
  Place place() const override { return Place::right; }
  void draw_content(Session& session, Shell& shell) override;

 private:
  void solve_button(Session& session);
  void progress(const Session& session);
  void fitting(const event::FitProgress& fit);
  void no_model(Session& session, Shell& shell);
  void choices(Session& session);
  void seed(Settings& settings);
  void state(Session& session);
  void result(Session& session);
  void solution(Session& session, const Solution& solution);
  void fitted(Session& session, const Solution& solution);
  void hints(Session& session);

  ModelList list_;
  std::string seed_;  // as it was typed
  std::optional<std::uint64_t> seed_of_;
  bool seed_wrong_ = false;
  std::vector<std::string> model_names_;  // of the combo: the solver's choice, then models
};

}  // namespace trm::ui
