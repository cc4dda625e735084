#include "ui/session/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "puzzles/json.h"

namespace trm::ui {
namespace {

constexpr std::size_t kMostRecent = 12;
constexpr std::size_t kMostHidden = 32;
constexpr std::size_t kLongestText = 4096;

constexpr const char* kThemes[] = {"system", "light", "dark"};

/// Members of an object by name; what is missing or of another kind leaves the value as it is.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  void read(const char* name, bool& value) const {
    const Json* member = json_.find(name);
    if (member != nullptr && member->is_bool()) value = member->as_bool();
  }
  void read(const char* name, int& value, int low, int high) const {
    double number = value;
    read(name, number, low, high);
    value = static_cast<int>(std::lround(number));
  }
  void read(const char* name, double& value, double low, double high) const {
    const Json* member = json_.find(name);
    if (member == nullptr || !member->is_number()) return;
    const double number = member->as_double();
    if (std::isfinite(number)) value = std::clamp(number, low, high);
  }
  void read(const char* name, std::string& value) const {
    const Json* member = json_.find(name);
    if (member != nullptr && member->is_string() && member->as_string().size() <= kLongestText) {
      value = member->as_string();
    }
  }
  void read(const char* name, std::vector<std::string>& values, std::size_t most) const {
    const Json* member = json_.find(name);
    if (member == nullptr || !member->is_array()) return;
    values.clear();
    for (const Json& element : member->as_array()) {
      const bool fits = element.is_string() && element.as_string().size() <= kLongestText;
      if (fits && values.size() < most) values.push_back(element.as_string());
    }
  }
  /// A number, or its digits as text: JSON numbers do not reach as far.
  void read(const char* name, std::uint64_t& value) const {
    const Json* member = json_.find(name);
    if (member == nullptr) return;
    if (const auto whole = member->whole(); whole && *whole >= 0) {
      value = static_cast<std::uint64_t>(*whole);
    }
    if (!member->is_string()) return;
    const std::string& text = member->as_string();
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec == std::errc() && read.ptr == text.data() + text.size()) value = number;
  }
  void read(const char* name, Theme& theme) const {
    const Json* member = json_.find(name);
    if (member == nullptr || !member->is_string()) return;
    const auto at = std::ranges::find(kThemes, member->as_string());
    if (at != std::end(kThemes)) theme = static_cast<Theme>(at - std::begin(kThemes));
  }

 private:
  const Json& json_;
};

Json texts(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const std::string& value : values) list.push(value);
  return list;
}

}  // namespace

std::string format_settings(const Settings& s) {
  const bool fits = s.seed <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  Json json = Json::object();
  json.set("theme", kThemes[static_cast<int>(s.theme)]).set("zoom", s.zoom);
  json.set("window_width", s.window_width).set("window_height", s.window_height);
  json.set("left", s.left).set("right", s.right).set("steps", s.steps);
  json.set("hidden", texts(s.hidden)).set("recent", texts(s.recent));
  json.set("model", s.model).set("attempts", s.attempts).set("max_steps", s.max_steps);
  json.set("fit_seconds", s.fit_seconds);
  json.set("seed", fits ? Json(static_cast<std::int64_t>(s.seed)) : Json(std::to_string(s.seed)));
  json.set("fallback", s.fallback).set("live", s.live).set("count", s.count);
  json.set("data_file", s.data_file).set("puzzle", s.puzzle);
  return json.dump_pretty();
}

Result<Settings> parse_settings(std::string_view text) {
  auto json = parse_json(text);
  if (!json) return std::move(json).error();
  if (!json->is_object()) {
    return fail(ErrorCode::invalid_json,
                "settings: expected an object, found " + std::string(json_kind(*json)), "settings");
  }
  Settings s;
  const Reader reader(*json);
  reader.read("theme", s.theme);
  reader.read("zoom", s.zoom, 0.5, 3);
  reader.read("window_width", s.window_width, 200, 16384);
  reader.read("window_height", s.window_height, 100, 16384);
  reader.read("left", s.left, 0.05, 0.9);
  reader.read("right", s.right, 0.05, 0.9);
  reader.read("steps", s.steps, 0.05, 0.9);
  reader.read("hidden", s.hidden, kMostHidden);
  reader.read("recent", s.recent, kMostRecent);
  reader.read("model", s.model);
  reader.read("attempts", s.attempts, 1, 1024);
  reader.read("max_steps", s.max_steps, 1, 1024);
  reader.read("fit_seconds", s.fit_seconds, 1, 3600);
  reader.read("seed", s.seed);
  reader.read("fallback", s.fallback);
  reader.read("live", s.live);
  reader.read("count", s.count);
  reader.read("data_file", s.data_file);
  reader.read("puzzle", s.puzzle);
  return s;
}

void add_recent(Settings& settings, const std::string& path) {
  if (path.empty()) return;
  std::erase(settings.recent, path);
  settings.recent.insert(settings.recent.begin(), path);
  if (settings.recent.size() > kMostRecent) settings.recent.resize(kMostRecent);
}

}  // namespace trm::ui
