// The house rules that the compiler cannot check: who includes whom, and no puzzle's name in shared
// code. Reads the sources.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "puzzles/registry.h"
#include "tests/catch.h"
#include "tests/shipped_puzzles.h"

namespace trm {
namespace {

namespace fs = std::filesystem;

struct Source {
  std::string path;  // from the root, "engine/solver.cpp"
  std::vector<std::string> includes;
  std::string text;
};

Source read_source(const fs::path& root, const fs::path& file) {
  Source source;
  source.path = fs::relative(file, root).generic_string();
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  source.text = text.str();
  std::istringstream lines(source.text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("#include ")) continue;
    const auto open = line.find_first_of("<\"");
    const auto close = line.find_first_of(">\"", open + 1);
    source.includes.push_back(line.substr(open + 1, close - open - 1));
  }
  return source;
}

std::vector<Source> read_sources() {
  const fs::path root = TRM_SOURCE_DIR;
  std::vector<Source> all;
  for (const char* room : {"puzzles", "engine", "trainer", "http", "ui", "cli"}) {
    if (!fs::exists(root / room)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
      const auto ending = entry.path().extension();
      if (ending == ".cpp" || ending == ".h" || ending == ".cu" || ending == ".inc") {
        all.push_back(read_source(root, entry.path()));
      }
    }
  }
  return all;
}

bool begins(const std::string& text, std::initializer_list<const char*> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](const char* beginning) { return text.starts_with(beginning); });
}

std::string room_of(const std::string& path) { return path.substr(0, path.find('/')); }

bool is_test(const std::string& path) {
  return path.find("_test.cpp") != std::string::npos ||
         path.find("_test_util.h") != std::string::npos;
}

// What is wrong with one include; empty: nothing.
std::string broken_rule(const std::string& path, const std::string& include) {
  const std::string from = room_of(path), to = room_of(include);
  const std::set<std::string> rooms{"puzzles", "engine", "trainer", "http", "ui", "cli", "tests"};
  if (rooms.contains(to) && to != from) {
    if (to == "tests") return is_test(path) ? "" : "nothing but tests sees tests";
    if (from == "puzzles") return "puzzles see puzzles only";
    if (from == "engine" && to != "puzzles") return "the engine sees puzzles only";
    if (to != "engine" && to != "puzzles") return "the skins do not include each other";
    const bool module = to == "puzzles" && include.find('/', 8) != std::string::npos;
    if (module) return "modules are reached through the registry";
  }
  const bool torch = begins(include, {"torch/", "ATen/", "c10/", "caffe2/"});
  if (torch &&
      !begins(path, {"engine/model/", "engine/learn/", "engine/backends/torch_", "trainer/"})) {
    return "torch headers stay in engine/model, engine/learn, engine/backends/torch_*, trainer";
  }
  if (torch && path.ends_with(".cu")) return ".cu files include no torch header";
  if (include.starts_with("httplib") && path != "http/server.cpp") {
    return "cpp-httplib stays in http/server.cpp";
  }
  if (include.starts_with("nlohmann/") && path != "puzzles/json.cpp") {
    return "nlohmann/json stays in puzzles/json.cpp";
  }
  if (include.starts_with("yaml-cpp/") && path != "trainer/yaml.cpp") {
    return "yaml-cpp stays in trainer/yaml.cpp";
  }
  if (begins(include, {"imgui", "GLFW/"}) && from != "ui") return "ImGui and GLFW stay in ui";
  if (include.starts_with("CLI/") && !begins(from, {"cli", "http", "trainer", "ui"})) {
    return "CLI11 stays in the programs";
  }
  return "";
}

// The text without comments: they may name examples.
std::string without_comments(const std::string& text) {
  std::string code;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    code += line.substr(0, line.find("//")) + "\n";
  }
  return code;
}

bool names_puzzle(const Source& source, const std::string& name) {
  std::string code = without_comments(source.text);
  std::transform(code.begin(), code.end(), code.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  // A short name is part of other words.
  const auto letter = [&](std::size_t at) {
    return at < code.size() && std::isalpha(static_cast<unsigned char>(code[at])) != 0;
  };
  for (auto at = code.find(name); at != std::string::npos; at = code.find(name, at + 1)) {
    if (name.size() > 3 || !(letter(at - 1) || letter(at + name.size()))) return true;
  }
  return false;
}

TEST_CASE("Rooms include only what they may", "[layering]") {
  const auto sources = read_sources();
  REQUIRE(sources.size() > 50);
  for (const Source& source : sources) {
    for (const auto& include : source.includes) {
      INFO(source.path << " includes " << include);
      CHECK(broken_rule(source.path, include) == "");
    }
  }
}

TEST_CASE("No puzzle's name stands in shared code", "[layering]") {
  const std::set<std::string> shipped = test::shipped_puzzles();
  REQUIRE(shipped.size() > 2);
  for (const auto& name : shipped) REQUIRE(find_puzzle(name).ok());
  for (const Source& source : read_sources()) {
    if (is_test(source.path)) continue;
    for (const auto& name : shipped) {
      if (source.path.starts_with("puzzles/" + name + "/")) continue;
      INFO(source.path << " names " << name);
      CHECK_FALSE(names_puzzle(source, name));
    }
  }
}

TEST_CASE("The layering rules can fail", "[layering]") {
  CHECK(broken_rule("puzzles/puzzle.cpp", "engine/solver.h") != "");
  CHECK(broken_rule("engine/solver.cpp", "cli/run.h") != "");
  CHECK(broken_rule("engine/solver.cpp", "torch/torch.h") != "");
  CHECK(broken_rule("http/routes.cpp", "httplib.h") != "");
  CHECK(broken_rule("http/routes.cpp", "cli/run.h") != "");
  CHECK(broken_rule("cli/run.cpp", "puzzles/maze/maze.h") != "");
  CHECK(broken_rule("engine/kernels/row_ops_cuda.cu", "torch/torch.h") != "");
  CHECK(broken_rule("cli/run.cpp", "tests/catch.h") != "");
  CHECK(broken_rule("http/schema.cpp", "nlohmann/json.hpp") != "");
  CHECK(broken_rule("trainer/official_config.cpp", "yaml-cpp/yaml.h") != "");
  CHECK(broken_rule("http/server.cpp", "httplib.h") == "");
  CHECK(broken_rule("engine/model/network.cpp", "torch/torch.h") == "");
  CHECK(broken_rule("cli/run.cpp", "engine/solver.h") == "");
  CHECK(names_puzzle({"x", {}, "int Maze = 1;"}, "maze"));
  CHECK_FALSE(names_puzzle({"x", {}, "// a maze"}, "maze"));
  CHECK(names_puzzle({"x", {}, "find_puzzle(\"arc\")"}, "arc"));
  CHECK_FALSE(names_puzzle({"x", {}, "Arch arch = search();"}, "arc"));
}

}  // namespace
}  // namespace trm
