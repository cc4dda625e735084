// The generator.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "puzzles/maze/maze_test_util.h"

using namespace trm;
using namespace trm::maze_test;

TEST_CASE("generated mazes of all difficulties and sizes are solvable", "[maze][generate]") {
  Rng rng(10);
  for (const std::string& difficulty : maze().info().difficulties) {
    for (const char* size : {"1x2", "2x1", "2x2", "1x9", "5x5", "8x8", "3x12", "15x15", "64x3"}) {
      INFO(difficulty << " " << size);
      const Question question = generated(rng, size, difficulty);
      CHECK(maze().problems(question).empty());
      CHECK(std::to_string(question.grid().rows) + "x" + std::to_string(question.grid().cols) ==
            size);
    }
  }
}

TEST_CASE("paths are as long as asked, and longer with the difficulty", "[maze][generate]") {
  Rng rng(11);
  const auto moves = [&](const Question& question) {
    return path_cells(maze().target(question, Answer()).best()).size() + 1;
  };
  double mean[3] = {0, 0, 0};
  const char* const difficulties[] = {"easy", "medium", "hard"};
  const std::size_t least[] = {10, 35, 75};
  for (int d = 0; d < 3; ++d) {
    for (int i = 0; i < 40; ++i) {
      const auto length = moves(generated(rng, "30x30", difficulties[d]));
      CHECK(length >= least[d]);
      mean[d] += static_cast<double>(length) / 40;
    }
  }
  CHECK(mean[0] * 1.5 < mean[1]);
  CHECK(mean[1] * 1.5 < mean[2]);

  GenerateRequest request;
  request.size = "30x30";
  request.options["min_path"] = 100;
  request.difficulty = "hard";
  CHECK(moves(maze().generate(rng, request).value()) >= 100);
  request.difficulty = "maze-hard";
  request.options["min_path"] = 60;
  CHECK(moves(maze().generate(rng, request).value()) >= 60);
}

TEST_CASE("a search that is stopped gives up", "[maze][generate]") {
  Rng rng(1);
  std::atomic<bool> stop{false};
  GenerateRequest request;
  request.stop = &stop;
  CHECK(maze().generate(rng, request).ok());
  stop = true;
  CHECK(request.over());
  CHECK(maze().generate(rng, request).error().code == ErrorCode::exhausted);
}

TEST_CASE("the share of walls is as asked", "[maze][generate]") {
  Rng rng(12);
  for (const double share : {0.1, 0.4}) {
    GenerateRequest request;
    request.size = "30x30";
    request.difficulty = "easy";
    request.options["walls"] = share;
    double walls = 0;
    for (int i = 0; i < 30; ++i) {
      const auto question = maze().generate(rng, request);
      REQUIRE(question.ok());
      const auto& cells = question->grid().cells;
      walls += static_cast<double>(std::count(cells.begin(), cells.end(), Cell{1})) / 27'000;
    }
    CHECK(walls == Approx(share).margin(0.03));
  }
}

TEST_CASE("the same seed gives the same mazes everywhere", "[maze][generate]") {
  const auto fingerprint = [](const std::string& difficulty) {
    Rng rng(2024);
    std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
    for (int i = 0; i < 20; ++i) {
      const Question question = generated(rng, "12x10", difficulty);
      for (const Cell cell : question.grid().cells) {
        hash = (hash ^ cell) * 1099511628211ULL;
      }
    }
    return hash;
  };
  CHECK(fingerprint("easy") == 0xb22e170165714257ULL);
  CHECK(fingerprint("medium") == 0x7e7820dc333beb8eULL);
  CHECK(fingerprint("hard") == 0x3f4488c9d0689bb0ULL);
  CHECK(fingerprint("maze-hard") == 0x05c2ddd5af0a7e9fULL);
  CHECK(fingerprint("") == 0x683e4d9aea5915d1ULL);
}

TEST_CASE("refused requests name the field", "[maze][generate]") {
  const auto field = [](const std::string& size, const std::string& difficulty,
                        std::map<std::string, double, std::less<>> options) {
    Rng rng(1);
    const auto question = maze().generate(rng, {size, difficulty, std::move(options)});
    return question.ok()
               ? std::string("ok")
               : std::string(error_name(question.error().code)) + " " + question.error().field;
  };
  CHECK(field("", "", {}) == "ok");
  CHECK(field("1x1", "", {}) == "invalid_field size");
  CHECK(field("9", "", {}) == "invalid_field size");
  CHECK(field("9x65", "", {}) == "too_large size");
  CHECK(field("9x9", "impossible", {}) == "invalid_field difficulty");
  CHECK(field("9x9", "easy", {{"depth", 1}}) == "unknown_field depth");
  CHECK(field("9x9", "easy", {{"walls", 1.5}}) == "invalid_field walls");
  CHECK(field("9x9", "easy", {{"walls", -0.1}}) == "invalid_field walls");
  CHECK(field("9x9", "easy", {{"walls", std::nan("")}}) == "invalid_field walls");
  CHECK(field("9x9", "easy", {{"min_path", 2.5}}) == "invalid_field min_path");
  CHECK(field("9x9", "easy", {{"min_path", 81}}) == "invalid_field min_path");
  CHECK(field("9x9", "easy", {{"min_path", 60}}) == "exhausted ");
}
