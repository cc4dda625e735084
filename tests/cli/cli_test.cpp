// The program `trm` as a function of its arguments and streams, and as a process in a pipe.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/run.h"
#include "puzzles/json.h"
#include "puzzles/registry.h"
#include "tests/catch.h"

namespace trm {
namespace {

struct Outcome {
  int status = 0;
  std::string out, err;
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::istringstream text(out);
    for (std::string line; std::getline(text, line);) all.push_back(line);
    return all;
  }
  std::vector<Json> objects() const {
    std::vector<Json> all;
    for (const auto& line : lines()) {
      auto json = parse_json(line);
      if (!json) FAIL(line << ": " << json.error().message);
      all.push_back(std::move(json).value());
    }
    return all;
  }
};

Outcome trm_with(const std::vector<std::string>& arguments, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out, err;
  Outcome outcome;
  outcome.status = cli::run_cli(arguments, in, out, err);
  outcome.out = out.str();
  outcome.err = err.str();
  CHECK(outcome.out.find('\x1b') == std::string::npos);  // no terminal: no escapes
  return outcome;
}

Outcome solve_json(const std::string& puzzle, const std::string& input,
                   std::vector<std::string> more = {"--backend", "exact"}) {
  std::vector<std::string> arguments{"solve", "--puzzle", puzzle, "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  arguments.push_back("-");
  return trm_with(arguments, input);
}

std::string generated(const std::string& puzzle, int count, const std::string& seed = "1") {
  const Outcome outcome =
      trm_with({"generate", puzzle, "--count", std::to_string(count), "--seed", seed});
  REQUIRE(outcome.status == 0);
  return outcome.out;
}

TEST_CASE("solve --json answers one object a line, in order, with every field", "[cli]") {
  const std::string boards = generated("sudoku", 40);
  const Outcome outcome = solve_json("sudoku", boards, {"--backend", "exact", "--slots", "4"});
  CHECK(outcome.status == 0);
  const auto answers = outcome.objects();
  REQUIRE(answers.size() == 40);
  std::istringstream lines(boards);
  for (const Json& answer : answers) {
    std::string board;
    std::getline(lines, board);
    for (const char* key : {"puzzle", "board", "solution", "verified", "status", "steps",
                            "attempts", "halt_probability", "conflicts", "stopped", "time_ms"}) {
      INFO(key);
      CHECK(answer.find(key) != nullptr);
    }
    CHECK(answer.find("board")->as_string() == board);
    CHECK(answer.find("verified")->as_bool());
  }
}

TEST_CASE("A bad line gets its error in its place and the rest go on", "[cli]") {
  const Outcome outcome = solve_json("maze", "S  /# G\nnonsense\n\nS G/# #\n");
  CHECK(outcome.status == 1);
  const auto answers = outcome.objects();
  REQUIRE(answers.size() == 4);
  CHECK(answers[0].find("verified")->as_bool());
  CHECK(answers[1].find("line")->as_int() == 2);
  CHECK(answers[1].find("error")->find("code")->as_string() == "invalid_text");
  CHECK(answers[2].find("line")->as_int() == 3);
  CHECK(answers[3].find("verified")->as_bool());
}

TEST_CASE("The exit status tells bad lines, unverified and verified apart", "[cli]") {
  const std::string board = generated("sudoku", 1);
  CHECK(solve_json("sudoku", board).status == 0);
  const Outcome random = solve_json("sudoku", board, {"--backend", "random", "--max-steps", "2"});
  CHECK(random.status == 2);
  CHECK_FALSE(random.objects().front().find("verified")->as_bool());
  CHECK(solve_json("sudoku", board + "x\n", {"--backend", "random", "--max-steps", "2"}).status ==
        1);
  CHECK(solve_json("sudoku", "55" + std::string(79, '.') + "\n").status == 1);
}

TEST_CASE("Lines are never trimmed and line ends may be any", "[cli]") {
  // The last row of this maze is all spaces.
  const auto spaces = solve_json("maze", "SG#/###/   \n").objects();
  REQUIRE(spaces.size() == 1);
  CHECK(spaces[0].find("board")->as_string() == "SG#/###/   ");
  CHECK(solve_json("maze", "S  /# G\r\nS  /# G").objects().size() == 2);
}

TEST_CASE("A maze in numbers is answered in numbers", "[cli]") {
  const auto answers = solve_json("maze", "201/101/103\n").objects();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].find("solution")->as_string() == "241/141/143");
}

TEST_CASE("One board over several lines is recognised", "[cli]") {
  for (const char* name : {"sudoku", "maze"}) {
    const Puzzle* puzzle = *find_puzzle(name);
    INFO(name);
    Rng rng(4);
    const Question question = puzzle->generate(rng, {}).value();
    const auto answers =
        solve_json(puzzle->name(), puzzle->format_readable(question) + "\n").objects();
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].find("error") == nullptr);
  }
}

TEST_CASE("generate pipes into solve for every module", "[cli]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    if (!puzzle->info().generates) {
      const Outcome none = trm_with({"generate", puzzle->name()});
      CHECK(none.status == 1);
      CHECK(none.err.find("no generator") != std::string::npos);
      continue;
    }
    const Outcome outcome = solve_json(puzzle->name(), generated(puzzle->name(), 5));
    CHECK(outcome.objects().size() == 5);
    CHECK(outcome.status == 0);  // verified, or plausible where rules cannot be checked
  }
}

TEST_CASE("generate is seeded, and board i does not depend on the count", "[cli]") {
  CHECK(generated("maze", 3, "9") == generated("maze", 3, "9"));
  CHECK(generated("maze", 3, "9") != generated("maze", 3, "10"));
  CHECK(generated("maze", 5, "9").starts_with(generated("maze", 3, "9")));
  const Outcome sized = trm_with({"generate", "maze", "--size", "4x7", "--difficulty", "easy"});
  REQUIRE(sized.status == 0);
  CHECK(sized.lines().front().size() == 4 * 7 + 3);
}

TEST_CASE("generate refuses what it does not know, by name", "[cli]") {
  const auto complaint = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "generate");
    const Outcome outcome = trm_with(arguments);
    CHECK(outcome.status == 1);
    CHECK(outcome.out.empty());
    return outcome.err;
  };
  CHECK(complaint({"chess"}).find("chess") != std::string::npos);
  CHECK(complaint({"sudoku", "--size", "7x7"}).find("7x7") != std::string::npos);
  CHECK(complaint({"sudoku", "--difficulty", "evil"}).find("evil") != std::string::npos);
  CHECK(complaint({"sudoku", "--set", "luck=1"}).find("luck") != std::string::npos);
  CHECK(complaint({"sudoku", "--count", "0"}).find("--count") != std::string::npos);
}

TEST_CASE("check tells right, wrong and malformed answers apart", "[cli]") {
  for (const char* name : {"sudoku", "maze"}) {
    const Outcome pairs = trm_with({"generate", name, "--count", "3", "--solution"});
    REQUIRE(pairs.status == 0);
    const Outcome right = trm_with({"check", "--puzzle", name, "--json", "-"}, pairs.out);
    CHECK(right.status == 0);
    CHECK(right.objects().size() == 3);
    const std::string question = pairs.lines().front().substr(0, pairs.lines().front().find('\t'));
    const Outcome echo =
        trm_with({"check", "--puzzle", name, "--json", "-"}, question + "\t" + question + "\n");
    CHECK(echo.status != 0);  // the question itself is no answer
    CHECK(trm_with({"check", "--puzzle", name, "-"}, "no tab here\n").status == 1);
  }
}

TEST_CASE("info lists modules, as text and as JSON", "[cli]") {
  const Outcome text = trm_with({"info"});
  CHECK(text.status == 0);
  for (const Puzzle* puzzle : registered_puzzles()) {
    CHECK(text.out.find(puzzle->name()) != std::string::npos);
  }
  const auto json = trm_with({"info", "--json"}).objects();
  REQUIRE(json.size() == 1);
  CHECK(json[0].find("puzzles")->as_array().size() == registered_puzzles().size());
  CHECK(trm_with({"info", "chess"}).status == 1);
}

TEST_CASE("Wrong arguments say what to do, help has examples", "[cli]") {
  CHECK(trm_with({}).status == 1);
  CHECK(trm_with({"sing"}).status == 1);
  const Outcome missing = trm_with({"solve", "--backend", "exact", "/no/such/file"});
  CHECK(missing.status == 1);
  CHECK(missing.err.find("/no/such/file") != std::string::npos);
  CHECK(trm_with({"solve", "--attempts", "1025", "-"}).status == 1);
  CHECK(trm_with({"--version"}).out.starts_with("trm "));
  for (const char* command : {"solve", "check", "generate", "info", "demo"}) {
    const Outcome help = trm_with({command, "--help"});
    CHECK(help.status == 0);
    CHECK(help.out.find("Examples:") != std::string::npos);
  }
}

TEST_CASE("Options --trace and --watch without a terminal show every step as plain text", "[cli]") {
  const std::string board = generated("sudoku", 1);
  for (const char* flag : {"--trace", "--watch"}) {
    const Outcome outcome = trm_with(
        {"solve", "--puzzle", "sudoku", "--backend", "random", "--max-steps", "3", flag, "-"},
        board);
    CHECK(outcome.status == 2);
    for (const char* step : {"step 1", "step 2", "step 3"}) {
      CHECK(outcome.out.find(step) != std::string::npos);
    }
    CHECK(outcome.out.find("unverified") != std::string::npos);
  }
}

TEST_CASE("Attempts run with noise, without symmetries, and within memory", "[cli]") {
  const std::string board = generated("sudoku", 1);
  const auto solved = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--backend", "random", "--max-steps", "2", "--rules-ms", "5000"});
    return solve_json("sudoku", board, more);
  };
  const Outcome noisy = solved({"--attempts", "5", "--suppose", "2", "--no-symmetries", "--noise",
                                "0.25", "--start-noise", "1", "--settle", "3", "--halt",
                                "--deterministic", "--max-memory", "512M"});
  CHECK(noisy.status == 2);
  const Json answer = noisy.objects().front();
  CHECK(answer.find("attempts")->as_int() == 5);
  CHECK(answer.find("total_steps")->as_int() <= 10);
  CHECK(answer.find("rule_solver")->find("solutions")->as_string() == "one");
  for (const char* wrong : {"--suppose=65", "--noise=11", "--start-noise=-1", "--settle=1025",
                            "--max-memory=lots", "--rules-ms=-1"}) {
    INFO(wrong);
    CHECK(solved({wrong}).status == 1);
  }
  const Outcome text = trm_with({"solve", "--puzzle", "sudoku", "--backend", "random", "--attempts",
                                 "3", "--trace", "--rules-ms", "5000", "-"},
                                board);
  CHECK(text.out.find("attempt 3, step 16") != std::string::npos);
  CHECK(text.out.find("the rule solver: the board has exactly one solution") != std::string::npos);
}

// Runs a shell command with $trm set to the real program; the exit status.
int shell(const std::string& command) {
  const std::string program = std::string(TRM_TEST_BIN_DIR) + "/trm";
  const int status = std::system(("trm='" + program + "'; " + command).c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_CASE("The real program works in pipes", "[cli][process]") {
  CHECK(
      shell("\"$trm\" generate sudoku --count 20 | \"$trm\" solve --backend exact --puzzle sudoku "
            "--json - | grep -c '\"verified\":true' | grep -qx 20") == 0);
  // A reader that leaves early ends the writer, without a hang.
  CHECK(shell("\"$trm\" generate maze --count 100000 | head -n 1 | grep -q S") == 0);
  CHECK(shell("\"$trm\" generate sudoku --count 200 | timeout 60 \"$trm\" solve --backend exact "
              "--puzzle sudoku --json - | head -n 2 | wc -l | grep -qx 2") == 0);
  CHECK(shell("\"$trm\" solve --backend exact --puzzle maze --json - </dev/null >/dev/null") <= 2);
}

}  // namespace
}  // namespace trm
