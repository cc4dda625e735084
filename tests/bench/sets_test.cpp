// The sets in assets/sets are what their README says, and fit to measure with.
#include <filesystem>
#include <set>
#include <span>
#include <sstream>

#include "bench/board_set.h"
#include "engine/weights/sha256.h"
#include "tests/catch.h"
#include "tests/trainer/files.h"

namespace trm::bench {
namespace {

namespace fs = std::filesystem;

const std::string kFolder = std::string(TRM_SOURCE_DIR) + "/assets/sets/";
constexpr std::uintmax_t kMostBytes = 1'500'000;  // a checkout should stay small

struct Described {
  std::string file, boards, bytes, sha;
};

/// The rows of the README's first table: | file | boards | bytes | from | `SHA-256` |
std::vector<Described> described() {
  std::vector<Described> all;
  std::istringstream lines(test::read_file(kFolder + "README.md"));
  for (std::string line; std::getline(lines, line) && !line.starts_with("## ");) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, '|');) {
      std::erase_if(cell, [](char c) { return c == ' ' || c == '`'; });
      cells.push_back(cell);
    }
    if (cells.size() < 6 || cells[5].size() != 64) continue;
    all.push_back({cells[1], cells[2], cells[3], cells[5]});
  }
  return all;
}

TEST_CASE("The README names every set with its size and its SHA-256", "[sets]") {
  std::set<std::string> named;
  std::uintmax_t total = 0;
  for (const Described& set : described()) {
    INFO(set.file);
    named.insert(set.file);
    const std::string bytes = test::read_file(kFolder + set.file);
    CHECK(std::to_string(bytes.size()) == set.bytes);
    CHECK(sha256_hex(std::as_bytes(std::span(bytes))) == set.sha);
    total += bytes.size();
  }
  CHECK(named.size() >= 11);
  CHECK(total < kMostBytes);
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    const std::string name = entry.path().filename().string();
    INFO(name);
    CHECK((name == "README.md" || named.contains(name)));
  }
}

TEST_CASE("The sets hold different boards that can be solved, labels are the modules' own",
          "[sets]") {
  for (const Described& described_set : described()) {
    INFO(described_set.file);
    const auto set = read_board_set(kFolder + described_set.file, "", 0, 0);
    if (!set) FAIL(set.error().message);
    CHECK(std::to_string(set->file.entries.size()) == described_set.boards);
    CHECK((set->file.answers || !set->file.rating.empty()));
    std::set<std::string> lines;
    for (const BoardEntry& entry : set->file.entries) {
      INFO("line " << entry.line);
      REQUIRE(set->puzzle->problems(entry.question).empty());
      REQUIRE(lines.insert(set->puzzle->format_line(entry.question)).second);
      const auto exact = set->puzzle->solve_exact(entry.question, {1, 2'000'000});
      REQUIRE(exact.ok());
      REQUIRE(exact->solutions.size() == 1);
      if (!entry.answer) continue;
      REQUIRE(set->puzzle->target(entry.question, exact->solutions.front()) == *entry.answer);
    }
  }
}

}  // namespace
}  // namespace trm::bench
