// Settings survive other versions, other hands and broken files.
#include "ui/session/settings.h"

#include "tests/catch.h"

namespace trm::ui {
namespace {

Settings parsed(std::string_view text) {
  auto settings = parse_settings(text);
  if (!settings) FAIL(settings.error().message);
  return *settings;
}

TEST_CASE("Settings read back as they were written", "[ui]") {
  CHECK(parsed(format_settings({})) == Settings{});
  Settings s;
  s.theme = Theme::dark;
  s.zoom = 1.25;
  s.window_width = 640;
  s.window_height = 480;
  s.left = 0.1, s.right = 0.35, s.steps = 0.5;
  s.hidden = {"log", "models"};
  s.recent = {"/tmp/a \"quoted\".trm", "/tmp/\xc3\xa4.trm"};
  s.model = "small";
  s.attempts = 3, s.max_steps = 24;
  s.seed = 18446744073709551615u;
  s.fallback = s.live = true;
  s.count = false;
  s.data_file = "/tmp/data.txt";
  s.puzzle = "maze";
  CHECK(parsed(format_settings(s)) == s);
  s.seed = 12;
  CHECK(parsed(format_settings(s)) == s);
}

TEST_CASE("Settings out of range become the nearest, unknown ones are ignored", "[ui]") {
  const Settings s = parsed(R"({"theme":"neon","zoom":99,"window_width":-5,"window_height":1e300,
    "left":2,"right":-1,"attempts":0,"max_steps":5000,"seed":-4,"live":"yes","model":7,
    "recent":["a",3,"b"],"later":{"x":1}})");
  Settings expected;
  expected.zoom = 3;
  expected.window_width = 200;
  expected.window_height = 16384;
  expected.left = 0.9, expected.right = 0.05;
  expected.attempts = 1, expected.max_steps = 1024;
  expected.recent = {"a", "b"};
  CHECK(s == expected);
  CHECK(parsed("{}") == Settings{});
}

TEST_CASE("What is no object of settings is refused", "[ui]") {
  for (const char* text : {"", "{", "[]", "null", "\"dark\"", "{\"zoom\":1,}"}) {
    INFO(text);
    const auto settings = parse_settings(text);
    REQUIRE_FALSE(settings.ok());
    CHECK(settings.error().code == ErrorCode::invalid_json);
  }
}

TEST_CASE("Recent files: newest first, each once, at most twelve", "[ui]") {
  Settings s;
  for (int i = 0; i < 20; ++i) add_recent(s, "file " + std::to_string(i));
  CHECK(s.recent.size() == 12);
  CHECK(s.recent.front() == "file 19");
  add_recent(s, "file 12");
  CHECK(s.recent.size() == 12);
  CHECK(s.recent.front() == "file 12");
  CHECK(s.recent[1] == "file 19");
  add_recent(s, "");
  CHECK(s.recent.front() == "file 12");
}

}  // namespace
}  // namespace trm::ui
