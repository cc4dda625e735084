#include "ui/app/glfw_input.h"

#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>

#include "ui/app/keys.h"

namespace trm::ui {
namespace {

static_assert(key::escape == GLFW_KEY_ESCAPE && key::end == GLFW_KEY_END);
static_assert(key::f1 == GLFW_KEY_F1 && key::pad_0 == GLFW_KEY_KP_0);
static_assert(key::pad_enter == GLFW_KEY_KP_ENTER && key::left_shift == GLFW_KEY_LEFT_SHIFT);
static_assert(key::right_super == GLFW_KEY_RIGHT_SUPER && key::del == GLFW_KEY_DELETE);

WindowInput& input_of(GLFWwindow* window) {
  auto& input = *static_cast<WindowInput*>(glfwGetWindowUserPointer(window));
  input.happened = true;
  return input;
}

// GLFW names keys by their place on an American keyboard; people mean what theirs writes.
int translated(int code, int scancode) {
  if (code < key::space || code >= key::escape) return code;
  const char* name = glfwGetKeyName(code, scancode);
  if (name == nullptr || name[0] == '\0' || name[1] != '\0') return code;
  return key::written(code, name[0]);
}

void on_key(GLFWwindow* window, int code, int scancode, int action, int mods) {
  if (code < 0) return;
  InputQueue& queue = input_of(window).queue;
  const int letter = translated(code, scancode);
  if (action == GLFW_REPEAT) {
    queue.repeat(letter, (mods & GLFW_MOD_CONTROL) != 0 ? key::control : key::none);
  } else {
    queue.key(letter, action == GLFW_PRESS);
  }
}

void on_drop(GLFWwindow* window, int count, const char** paths) {
  WindowInput& input = input_of(window);
  for (int i = 0; i < count; ++i) input.dropped.emplace_back(paths[i]);
}

}  // namespace

void listen(GLFWwindow* window, WindowInput& input) {
  glfwSetWindowUserPointer(window, &input);
  glfwSetKeyCallback(window, on_key);
  glfwSetCharCallback(window, [](GLFWwindow* w, unsigned c) { input_of(w).queue.text(c); });
  glfwSetCursorPosCallback(window, [](GLFWwindow* w, double x, double y) {
    input_of(w).queue.move({static_cast<float>(x), static_cast<float>(y)});
  });
  glfwSetMouseButtonCallback(window, [](GLFWwindow* w, int button, int action, int) {
    input_of(w).queue.button(button, action == GLFW_PRESS);
  });
  glfwSetScrollCallback(window, [](GLFWwindow* w, double x, double y) {
    input_of(w).queue.wheel({static_cast<float>(x), static_cast<float>(y)});
  });
  glfwSetCursorEnterCallback(window, [](GLFWwindow* w, int entered) {
    ImGui_ImplGlfw_CursorEnterCallback(w, entered);
    WindowInput& now = input_of(w);
    if (entered == 0) now.queue.move({-FLT_MAX, -FLT_MAX});
  });
  glfwSetWindowFocusCallback(window, [](GLFWwindow* w, int focused) {
    ImGui_ImplGlfw_WindowFocusCallback(w, focused);
    (void)input_of(w);
  });
  glfwSetDropCallback(window, on_drop);
  glfwSetWindowRefreshCallback(window, [](GLFWwindow* w) { (void)input_of(w); });
  glfwSetFramebufferSizeCallback(window, [](GLFWwindow* w, int, int) { (void)input_of(w); });
  glfwSetWindowCloseCallback(window, [](GLFWwindow* w) { (void)input_of(w); });
  glfwSetWindowContentScaleCallback(
      window, [](GLFWwindow* w, float, float) { input_of(w).scale_changed = true; });
}

}  // namespace trm::ui
