#include "ui/views/views.h"

#include "ui/views/board_view.h"
#include "ui/views/help_view.h"
#include "ui/views/log_view.h"
#include "ui/views/models_view.h"
#include "ui/views/solver_view.h"
#include "ui/views/steps_view.h"
#include "ui/views/tools_view.h"

namespace trm::ui {

std::vector<std::unique_ptr<View>> make_views() {
  std::vector<std::unique_ptr<View>> views;
  views.push_back(std::make_unique<BoardView>());
  views.push_back(std::make_unique<ToolsView>());
  views.push_back(std::make_unique<StepsView>());
  views.push_back(std::make_unique<LogView>());
  views.push_back(std::make_unique<SolverView>());
  views.push_back(std::make_unique<ModelsView>());
  views.push_back(std::make_unique<HelpView>());
  return views;
}

}  // namespace trm::ui
