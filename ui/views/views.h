// The editor's windows.
#pragma once

#include <memory>
#include <vector>

#include "ui/views/view.h"

namespace trm::ui {

/// All views, in the order of tabs and menus. A new one is a line in views.cpp.
std::vector<std::unique_ptr<View>> make_views();

}  // namespace trm::ui
