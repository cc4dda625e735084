// The modules that the programs list, as puzzles/CMakeLists.txt says: neither the template nor the
// tests' fakes.
#pragma once

#include <fstream>
#include <set>
#include <string>
#include <string_view>

namespace trm::test {

inline std::set<std::string> shipped_puzzles() {
  std::ifstream file(std::string(TRM_SOURCE_DIR) + "/puzzles/CMakeLists.txt");
  std::set<std::string> names;
  constexpr std::string_view call = "puzzle_module(";
  for (std::string line; std::getline(file, line);) {
    const std::size_t end = line.find(')');
    if (line.rfind(call, 0) != 0 || end == std::string::npos) continue;
    const std::string name = line.substr(call.size(), end - call.size());
    if (name.find(' ') == std::string::npos) names.insert(name);  // others are not listed
  }
  return names;
}

}  // namespace trm::test
