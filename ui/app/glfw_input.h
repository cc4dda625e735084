// GLFW's callbacks as events of an InputQueue.
#pragma once

#include <string>
#include <vector>

#include "ui/app/input_queue.h"

struct GLFWwindow;

namespace trm::ui {

/// What the window tells the loop. One for a window; it must stay where it is.
struct WindowInput {
  InputQueue queue;
  std::vector<std::string> dropped;
  bool happened = true;        ///< anything at all since the loop last looked
  bool scale_changed = false;  ///< the window went to a monitor of another density
};

/// Sets all callbacks of the window.
void listen(GLFWwindow* window, WindowInput& input);

}  // namespace trm::ui
