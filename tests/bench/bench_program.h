// What the tests of trm_bench share: the real program, started with small budgets.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "puzzles/json.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/trainer/files.h"

namespace trm::test {

struct Output {
  int status = -1;
  std::string out, err;
};

/// Runs trm_bench to its end. `meanwhile` is called with its process once that runs.
inline Output bench(std::vector<std::string> words,
                    const std::function<void(pid_t)>& meanwhile = {}) {
  const TempDir dir;
  const std::string out = dir / "out", err = dir / "err";
  words.insert(words.begin(), std::string(TRM_BIN_DIR) + "/trm_bench");
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 1, out.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&files, 2, err.c_str(), O_WRONLY | O_CREAT, 0600);
  pid_t child = -1;
  REQUIRE(posix_spawn(&child, argv[0], &files, nullptr, argv.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&files);
  if (meanwhile) meanwhile(child);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(out),
          read_file(err)};
}

/// Rows that a subcommand printed with --json. Each must parse and have the fields.
inline std::vector<Json> rows_of(const std::string& out, const std::string& name,
                                 const std::vector<std::string>& fields) {
  std::vector<Json> all;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    auto row = parse_json(line);
    REQUIRE(row.ok());
    REQUIRE(row->find("bench") != nullptr);
    CHECK(row->find("bench")->as_string() == name);
    for (const auto& field : fields) {
      INFO(field);
      CHECK(row->find(field) != nullptr);
    }
    const Json* machine = row->find("machine");
    REQUIRE(machine != nullptr);
    for (const char* field : {"cpu", "cores", "isa", "torch", "date", "load"}) {
      CHECK(machine->find(field) != nullptr);
    }
    all.push_back(std::move(*row));
  }
  REQUIRE_FALSE(all.empty());
  return all;
}

/// Runs a subcommand with --json, which must succeed, and reads its rows.
inline std::vector<Json> rows(std::vector<std::string> words,
                              const std::vector<std::string>& fields) {
  const std::string name = words.front();
  words.push_back("--json");
  const Output output = bench(std::move(words));
  INFO(output.err);
  REQUIRE(output.status == 0);
  return rows_of(output.out, name, fields);
}

inline double number(const Json& row, const char* field) { return row.find(field)->as_double(); }
inline std::string text(const Json& row, const char* field) { return row.find(field)->as_string(); }

/// An error that names the field, and no row.
inline void refused(std::vector<std::string> words, const std::string& part) {
  const Output output = bench(std::move(words));
  INFO(output.err);
  CHECK(output.status != 0);
  CHECK(output.out.empty());
  CHECK(output.err.starts_with("trm_bench: "));
  CHECK(output.err.find(part) != std::string::npos);
}

}  // namespace trm::test
