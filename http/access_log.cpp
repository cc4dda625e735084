#include "http/access_log.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <random>

#include "puzzles/json.h"

namespace trm::http {
namespace {

constexpr std::size_t kLongest = 200;

// "2026-01-31T12:00:00.123Z".
std::string now_text() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40], all[48];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(all, sizeof all, "%s.%03dZ", text, static_cast<int>(since.count() % 1000));
  return all;
}

// A client's bytes, without what could steer a terminal; JSON quotes what could end the line.
std::string shown(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < std::min(text.size(), kLongest); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool second_control =
        c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    result += c == 0x7f || second_control ? '?' : text[i];
    if (second_control) ++i;
  }
  return result;
}
std::string quoted(const std::string& text) { return Json(shown(text)).dump(); }

}  // namespace

std::string access_line(LogForm form, const AccessEntry& entry) {
  const double milliseconds = std::round(entry.milliseconds * 1000) / 1000;
  if (form == LogForm::json) {
    Json json = Json::object();
    json.set("time", now_text()).set("id", entry.id);
    json.set("method", shown(entry.method));
    json.set("path", shown(entry.path)).set("status", entry.status);
    return json.set("bytes", entry.bytes).set("ms", milliseconds).dump();
  }
  char figures[96];
  std::snprintf(figures, sizeof figures, " %d %zu bytes %.3f ms", entry.status, entry.bytes,
                milliseconds);
  return now_text() + " " + entry.id + " " + quoted(entry.method + " " + entry.path) + figures;
}

std::string new_request_id() {
  static const std::uint32_t process = std::random_device{}();
  static std::atomic<std::uint32_t> next{0};
  char text[32];
  std::snprintf(text, sizeof text, "%08x%08x", process, next.fetch_add(1));
  return text;
}

}  // namespace trm::http
