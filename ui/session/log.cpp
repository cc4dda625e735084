#include "ui/session/log.h"

namespace trm::ui {

void Log::say(Level level, std::string text) {
  constexpr std::size_t kMostLines = 1000;
  lines_.push_back({std::chrono::system_clock::now(), level, std::move(text)});
  if (lines_.size() > kMostLines) lines_.pop_front();
}

void Log::error(const Error& error, std::string_view doing) {
  std::string text = doing.empty() ? error.message : std::string(doing) + ": " + error.message;
  // Most messages name their place already.
  if (!error.field.empty() && text.find(error.field) == std::string::npos) {
    text += " (" + error.field + ")";
  }
  say(Level::error, std::move(text));
}

}  // namespace trm::ui
