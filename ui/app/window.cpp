#include "ui/app/window.h"

#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "engine/weights/atomic_file.h"
#include "ui/app/frame_stats.h"
#include "ui/app/glfw_input.h"
#include "ui/app/screenshot.h"
#include "ui/app/theme.h"
#include "ui/app/widgets.h"

namespace trm::ui {
namespace {

using Clock = std::chrono::steady_clock;

std::mutex window_mutex;   // wake() must not post to a window that has gone
bool open_window = false;  // under it
std::atomic<bool> woken = false;
volatile std::sig_atomic_t signalled = 0;

constexpr double frame_seconds = 1.0 / 60;
constexpr double longest_sleep = 0.5;  // signals, autosaves
constexpr int settling_frames = 3;     // ImGui needs some to follow an event

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string glfw_words() {
  const char* words = nullptr;
  glfwGetError(&words);
  return words == nullptr ? "no reason was given" : words;
}

bool has_display() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  return set("DISPLAY") || set("WAYLAND_DISPLAY");
}

Error no_display() {
  if (!has_display()) {
    return {ErrorCode::unavailable,
            "there is no display: DISPLAY is not set. Start the editor in a desktop session, or "
            "with `xvfb-run -a trm_editor ...`",
            "DISPLAY"};
  }
  return {ErrorCode::unavailable, "the display cannot be opened: " + glfw_words(), "DISPLAY"};
}

GLFWwindow* try_window(const Settings& settings) {
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 2);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
  glfwWindowHintString(GLFW_X11_CLASS_NAME, "trm_editor");
  glfwWindowHintString(GLFW_X11_INSTANCE_NAME, "trm_editor");
  return glfwCreateWindow(std::max(200, settings.window_width),
                          std::max(100, settings.window_height), "TRM editor", nullptr, nullptr);
}

// Where the driver has no OpenGL 3.2, Mesa's software renderer may.
Result<GLFWwindow*> open(const Settings& settings) {
  if (glfwInit() != GLFW_TRUE) return no_display();
  if (auto* window = try_window(settings)) return window;
  const std::string first = glfw_words();
  glfwTerminate();
  setenv("LIBGL_ALWAYS_SOFTWARE", "1", 1);
  if (auto* window = glfwInit() == GLFW_TRUE ? try_window(settings) : nullptr) return window;
  const std::string second = glfw_words();
  glfwTerminate();
  return fail(ErrorCode::unavailable,
              "no OpenGL 3.2 here (" + first + "), nor with Mesa's software renderer (" + second +
                  "). Install a driver; on Debian the package "
                  "libgl1-mesa-dri draws without a graphics card",
              "OpenGL");
}

float density(GLFWwindow* window) {
  float across = 1, down = 1;
  glfwGetWindowContentScale(window, &across, &down);
  int width = 0, pixels = 0, ignored = 0;
  glfwGetWindowSize(window, &width, &ignored);
  glfwGetFramebufferSize(window, &pixels, &ignored);
  // Where the system counts in points, ImGui scales by itself.
  const float points = pixels > 0 ? static_cast<float>(width) / static_cast<float>(pixels) : 1;
  return std::clamp(std::max(across, down) * points, 0.5f, 4.0f);
}

/// What a session shows that can change by itself.
struct Seen {
  std::uint64_t revision = 0, board = 0;
  std::size_t steps = 0, shown_step = 0, lines = 0, output = 0;
  std::chrono::system_clock::time_point last_line;
  int attempt = 0, query = 0;
  bool playing = false, solving = false, generating = false, hinting = false, counted = false,
       training = false;
  bool operator==(const Seen&) const = default;
};

Seen look_at(Session& session) {
  const Editor& editor = session.editor();
  Seen seen;
  seen.revision = editor.revision();
  seen.board = editor.board_number();
  if (const Thinking* thinking = session.thinking()) seen.steps = thinking->steps.size();
  const StepCursor& cursor = session.cursor();
  seen.shown_step = cursor.index;
  seen.attempt = cursor.attempt;
  seen.query = cursor.query;
  seen.playing = cursor.playing;
  seen.lines = session.log().lines().size();
  if (const LogLine* last = session.log().last()) seen.last_line = last->time;
  if (const Training* training = session.training()) {
    seen.output = training->output().size();
    seen.training = training->running();
  }
  seen.solving = session.solving();
  seen.generating = session.generating();
  seen.hinting = session.hinting();
  seen.counted = session.count().has_value();
  return seen;
}

Result<void> check_view(const std::string& wanted) {
  std::string names;
  for (const auto& view : make_views()) {
    if (view->name() == wanted) return {};
    names += std::string(names.empty() ? "" : ", ") + view->name();
  }
  return fail(ErrorCode::invalid_field, "there is no view \"" + wanted + "\"; there are " + names,
              "--view");
}

void on_signal(int) { signalled = 1; }

}  // namespace

struct Window::Impl {
  GLFWwindow* window = nullptr;
  WindowInput input;
  FrameStats stats;
  std::string probed;  // last text of the probe file

  ~Impl() {
    {
      const std::lock_guard lock(window_mutex);
      open_window = false;
    }
    ImGui_ImplOpenGL3_Shutdown();
    ImGui_ImplGlfw_Shutdown();
    ImGui::DestroyContext();
    glfwDestroyWindow(window);
    glfwTerminate();
  }

  void refresh_look(Session& session);
  void sleep(double until_redraw, bool awake, Clock::time_point last) const;
  void draw(Frame& frame);
  void hand_over(Frame& frame) const;
  void write_probe(const Frame& frame, Session& session, const std::string& path);
  void remember_size(Settings& settings) const;
  int loop(Session& session, Frame& frame, const WindowOptions& options);
};

Window::Window(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Window::~Window() = default;

Result<std::unique_ptr<Window>> Window::create(const Settings& settings) {
  auto opened = open(settings);
  if (!opened) return opened.error();
  auto impl = std::make_unique<Impl>();
  impl->window = *opened;
  glfwMakeContextCurrent(impl->window);
  glfwSwapInterval(1);
  glfwSetWindowSizeLimits(impl->window, 200, 100, GLFW_DONT_CARE, GLFW_DONT_CARE);
  ImGui::CreateContext();
  ImGui::GetIO().IniFilename = nullptr;  // the settings are the session's
  ImGui::GetIO().KeyRepeatDelay = 1e9f;  // the system repeats, as the user has set it
  ImGui::GetIO().ConfigWindowsMoveFromTitleBarOnly = true;
  ImGui_ImplGlfw_InitForOpenGL(impl->window, false);
  ImGui_ImplOpenGL3_Init("#version 150");
  listen(impl->window, impl->input);
  {
    const std::lock_guard lock(window_mutex);
    open_window = true;
  }
  return std::unique_ptr<Window>(new Window(std::move(impl)));
}

void Window::wake() {
  woken = true;
  const std::lock_guard lock(window_mutex);
  if (open_window) glfwPostEmptyEvent();
}

int Window::run(Session& session, const WindowOptions& options) {
  if (const auto known = check_view(options.view); !options.view.empty() && !known) {
    std::fprintf(stderr, "trm_editor: %s\n", known.error().message.c_str());
    return 2;
  }
  for (const int number : {SIGINT, SIGTERM}) std::signal(number, on_signal);
  Frame frame(session);
  GLFWwindow* window = impl_->window;
  frame.shell().get_clipboard = [window]() -> std::string {
    const char* text = glfwGetClipboardString(window);
    return text == nullptr ? "" : text;
  };
  frame.shell().show_view = options.view;
  impl_->refresh_look(session);
  const int status = impl_->loop(session, frame, options);
  impl_->remember_size(session.settings());
  session.shut_down();
  if (options.stats) std::printf("%s\n", impl_->stats.words().c_str());
  return status;
}

// Fonts and measures for the monitor and the zoom.
void Window::Impl::refresh_look(Session& session) {
  const float scale = density(window) * static_cast<float>(session.settings().zoom);
  load_fonts(*ImGui::GetIO().Fonts, scale);
  ImGui_ImplOpenGL3_DestroyDeviceObjects();  // the next frame makes them anew
  apply_theme(session.settings().theme, scale);
}

int Window::Impl::loop(Session& session, Frame& frame, const WindowOptions& options) {
  ScreenshotPlan plan(options);
  int settle = settling_frames;
  double until_redraw = longest_sleep;
  Clock::time_point frame_start = Clock::now(), looked = frame_start;
  Seen seen = look_at(session);
  while (signalled == 0 && glfwWindowShouldClose(window) == 0 && !frame.shell().quit) {
    const bool automatic = !options.screenshot.empty();
    const bool moving = session.animated();
    const bool busy = moving || automatic || !input.queue.empty();
    const double cpu = process_seconds();
    const auto began = Clock::now();
    const bool awake = busy || settle > 0;
    sleep(until_redraw, awake, awake ? looked : frame_start);
    looked = Clock::now();
    session.tick(looked);
    const Seen now = look_at(session);
    const bool news = std::exchange(seen, now) != now;
    const bool redraw = seconds(Clock::now() - frame_start) >= until_redraw;
    const bool called = woken.exchange(false);
    if (std::exchange(input.happened, false)) settle = settling_frames;
    // More news come while something moves.
    if (called || news) settle = std::max(settle, moving ? 1 : settling_frames);
    if (automatic) input.queue = {};  // a pointer that happens to be there is in no picture
    if (!input.dropped.empty()) frame.drop(std::exchange(input.dropped, {}));
    if (!automatic && input.queue.empty() && settle == 0 && !redraw) {
      if (!busy) stats.idle(seconds(Clock::now() - began), process_seconds() - cpu);
      continue;
    }
    settle = std::max(0, settle - 1);
    frame_start = Clock::now();
    if (glfwGetWindowAttrib(window, GLFW_ICONIFIED) != 0) continue;
    if (frame.shell().theme_changed || input.scale_changed) refresh_look(session);
    frame.shell().theme_changed = input.scale_changed = false;
    const bool due = plan.due(session);
    draw(frame);
    hand_over(frame);
    until_redraw = std::max(frame_seconds, take_redraw().value_or(1e9));
    if (frame.shell().theme_changed || !frame.shell().show_view.empty()) settle = settling_frames;
    if (!options.probe.empty()) write_probe(frame, session, options.probe);
    if (due) {
      int width = 0, height = 0;
      glfwGetFramebufferSize(window, &width, &height);
      const auto saved = save_screen(options.screenshot, width, height);
      if (!saved) std::fprintf(stderr, "trm_editor: %s\n", saved.error().message.c_str());
      const auto complaint = plan.complaint(session);
      if (complaint) std::fprintf(stderr, "trm_editor: %s\n", complaint->c_str());
      return saved && !complaint ? 0 : 1;
    }
    glfwSwapBuffers(window);
  }
  return 0;
}

// Until the next frame is due: soon while something moves, else until something happens.
void Window::Impl::sleep(double until_redraw, bool awake, Clock::time_point last) const {
  if (!awake) {
    const double due = until_redraw - seconds(Clock::now() - last);
    return glfwWaitEventsTimeout(std::clamp(due, 0.001, longest_sleep));
  }
  glfwPollEvents();
  for (;;) {  // events do not make frames faster than the screen shows them
    const double left = frame_seconds - seconds(Clock::now() - last);
    if (left <= 0.0005) return;
    glfwWaitEventsTimeout(left);
  }
}

void Window::Impl::draw(Frame& frame) {
  const double began = thread_seconds();
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  input.queue.feed(ImGui::GetIO());
  ImGui::NewFrame();
  frame.draw();
  ImGui::Render();
  stats.frame(thread_seconds() - began, Clock::now());
  int width = 0, height = 0;
  glfwGetFramebufferSize(window, &width, &height);
  glViewport(0, 0, width, height);
  const ImVec4 ground = ImGui::ColorConvertU32ToFloat4(colors().ground);
  glClearColor(ground.x, ground.y, ground.z, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

void Window::Impl::hand_over(Frame& frame) const {
  std::string& text = frame.shell().clipboard;
  if (text.empty()) return;
  glfwSetClipboardString(window, text.c_str());
  text.clear();
}

void Window::Impl::write_probe(const Frame& frame, Session& session, const std::string& path) {
  std::string now = frame.describe();
  if (now == probed) return;
  if (const auto written = write_file_atomic(path, now); !written && probed.empty()) {
    session.log().error(written.error(), "No probe");
  }
  probed = std::move(now);
}

void Window::Impl::remember_size(Settings& settings) const {
  if (glfwGetWindowAttrib(window, GLFW_MAXIMIZED) != 0) return;
  int width = 0, height = 0;
  glfwGetWindowSize(window, &width, &height);
  // Of a monitor of scale 1: the next window is scaled for its own one.
  settings.window_width =
      static_cast<int>(std::lround(static_cast<float>(width) / density(window)));
  settings.window_height =
      static_cast<int>(std::lround(static_cast<float>(height) / density(window)));
}

}  // namespace trm::ui
