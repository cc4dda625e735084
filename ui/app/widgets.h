// ImGui's widgets as the views use them: with a name by which tests, and --probe, find them on the
// screen, with tooltips, and in the house's style. One way to make a button.
#pragma once

#include <imgui.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "puzzles/canvas.h"

namespace trm::ui {

/// Where the named items of the last frame lie, in pixels of the window. Filled by the widgets.
/// The user's thread only.
class Probe {
 public:
  void begin_frame() { items_.clear(); }
  void mark(std::string_view name, const Rect& rect) {
    items_.insert_or_assign(std::string(name), rect);
  }
  void mark_last(std::string_view name);  ///< what is seen of the last ImGui item; unseen: nothing
  const std::map<std::string, Rect, std::less<>>& items() const { return items_; }

 private:
  std::map<std::string, Rect, std::less<>> items_;
};
Probe& probe();

/// Asks for another frame after so many seconds, for what moves by itself.
void redraw_in(double seconds);
/// Seconds until the next frame that was asked for since the last call; nothing: none was.
std::optional<double> take_redraw();

// All of them: `name` ("solver/solve") is unique on the screen and is the ImGui id; `label` is what
// people read. True: pressed, or changed by the user.
bool button(std::string_view name, const char* label, const char* tooltip = nullptr,
            bool enabled = true);
bool primary_button(std::string_view name, const char* label, const char* tooltip = nullptr,
                    bool enabled = true);  ///< the one main action of a view, full width
bool toggle(std::string_view name, const char* label, bool on, const char* tooltip = nullptr);
bool checkbox(std::string_view name, const char* label, bool& value, const char* tooltip = nullptr);
bool slider(std::string_view name, const char* label, int& value, int low, int high,
            const char* tooltip = nullptr);
bool input_text(std::string_view name, const char* label, std::string& text,
                const char* hint = nullptr, bool enter = false);  ///< enter: true on Enter only
bool combo(std::string_view name, const char* label, int& chosen,
           const std::vector<std::string>& choices);
bool menu_item(std::string_view name, const char* label, const char* shortcut = nullptr,
               bool selected = false, bool enabled = true);

/// Wrapped words at the pointer, now.
void tooltip(std::string_view words);
/// Around the last item where the keyboard is on it: for items that are drawn by hand.
void focus_ring();
/// For labels that hold names of files: ImGui would hide what follows "##".
std::string plain_label(std::string words);

void heading(const char* text);
void muted(const char* text);                      ///< wrapped
void badge(const char* text, ImU32 color);         ///< "verified"
void progress_bar(float share, const char* text);  ///< share < 0: unknown length
/// One of several by their titles in a row, as long as they fit; the others are in a menu behind
/// them. Returns the index chosen. Names: `name`/NAME.
int tabs(std::string_view name,
         const std::vector<std::pair<std::string, std::string>>& names_titles, int chosen);
/// A curve over steps; `at` is marked; returns the index clicked, or -1.
int plot(std::string_view name, const char* caption, const std::vector<float>& values, int at,
         float low, float high, float height);

}  // namespace trm::ui
