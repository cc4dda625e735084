// POST /solve against the real process.
#include <atomic>
#include <thread>

#include "puzzles/registry.h"
#include "tests/http/server_process.h"

namespace trm {
namespace {

using test::error_code;
using test::field_of;
using test::ServerProcess;

std::string body_of(const Puzzle& puzzle, std::uint64_t seed) {
  Rng rng(seed);
  const auto question = puzzle.info().generates ? puzzle.generate(rng, {})
                                                : puzzle.parse(puzzle.info().forms.front().example);
  if (!question) FAIL(question.error().message);
  return Json::object()
      .set("puzzle", puzzle.name())
      .set("board", puzzle.format_line(*question))
      .dump();
}

TEST_CASE("The README's maze is answered in its own notation", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  const auto reply =
      server.post("/solve", R"({"puzzle":"maze","board":[[2,0,1],[1,0,1],[1,0,3]]})");
  REQUIRE(reply.status == 200);
  CHECK(reply.body.find("board")->dump() == "[[2,0,1],[1,0,1],[1,0,3]]");
  CHECK(reply.body.find("solution")->dump() == "[[2,4,1],[1,4,1],[1,4,3]]");
  CHECK(reply.body.find("verified")->as_bool());
  CHECK(server.post("/v1/solve", R"({"puzzle":"maze","board":[[2,3]]})").status == 200);
}

TEST_CASE("A result has every promised field", "[http]") {
  const ServerProcess server({"--backend", "random"});
  const auto reply = server.post(
      "/solve", R"({"puzzle":"maze","board":["S    ","# ###","    G"],"max_steps":3,"seed":1})");
  REQUIRE(reply.status == 200);
  for (const char* key :
       {"puzzle", "board", "solution", "verified", "status", "steps", "attempt", "attempts",
        "total_steps", "halt_probability", "conflicts", "stopped", "time_ms", "model", "source"}) {
    INFO(key);
    CHECK(reply.body.find(key) != nullptr);
  }
  CHECK(reply.body.find("board")->is_array());
  CHECK(reply.body.find("trace") == nullptr);
}

TEST_CASE("An unverified answer is 200 and says so", "[http]") {
  const ServerProcess server({"--backend", "random"});
  const auto reply = server.post(
      "/solve",
      R"({"puzzle":"sudoku","board":"53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79","max_steps":2,"attempts":1,"trace":true})");
  REQUIRE(reply.status == 200);
  CHECK_FALSE(reply.body.find("verified")->as_bool());
  CHECK(reply.body.find("status")->as_string() == "unverified");
  CHECK_FALSE(reply.body.find("conflicts")->as_array().empty());
  CHECK(reply.body.find("trace")->as_array().size() == 2);
}

TEST_CASE("Attempts tell which one answered; the rule solver's word is marked as its own",
          "[http]") {
  const ServerProcess server({"--backend", "random"});
  const std::string board =
      R"("board":"53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79")";
  const auto reply = server.post(
      "/solve",
      R"({"puzzle":"sudoku",)" + board +
          R"(,"max_steps":2,"attempts":6,"suppose":0,"symmetries":false,"noise":0.5,"start_noise":1,)"
          R"("settle_steps":4,"halt":false,"priority":3,"replace_key":"k","rules_ms":5000})");
  REQUIRE(reply.status == 200);
  CHECK(reply.body.find("attempts")->as_int() == 6);
  CHECK(reply.body.find("total_steps")->as_int() == 12);
  const auto attempt = reply.body.find("attempt")->as_int();
  const Json* description = reply.body.find("attempt_description");
  CHECK((description != nullptr) == (attempt > 0));
  if (description != nullptr) CHECK(description->as_string() == "noise 0.5, start noise 1");
  CHECK_FALSE(reply.body.find("verified")->as_bool());
  REQUIRE(reply.body.find("rule_solver") != nullptr);
  CHECK(reply.body.find("rule_solver")->find("solutions")->as_string() == "one");
  const auto quiet =
      server.post("/solve", R"({"puzzle":"sudoku",)" + board + R"(,"max_steps":1,"rules_ms":0})");
  CHECK(quiet.body.find("rule_solver") == nullptr);
}

TEST_CASE("Every module goes through POST /solve", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    const auto reply = server.post("/solve", body_of(*puzzle, 3));
    if (!puzzle->info().solves) {
      CHECK(error_code(reply) == "unsupported_by_model");
      continue;
    }
    REQUIRE(reply.status == 200);
    CHECK(reply.body.find("status")->as_string() ==
          (puzzle->info().checks ? "verified" : "plausible"));
  }
}

TEST_CASE("Bad requests name their field", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  check_refused(
      server, "/solve",
      {{"", 400, "invalid_json", ""},
       {"{", 400, "invalid_json", ""},
       {"[]", 400, "invalid_field", "body"},
       {R"({"board":"x"})", 400, "invalid_field", "puzzle"},
       {R"({"puzzle":1,"board":"x"})", 400, "invalid_field", "puzzle"},
       {R"({"puzzle":"chess","board":"x"})", 404, "unknown_puzzle", "puzzle"},
       {R"({"puzzle":"maze"})", 400, "invalid_field", "board"},
       {R"({"puzzle":"maze","board":7})", 400, "invalid_field", "board"},
       {R"({"puzzle":"maze","board":[[2,9],[0,3]]})", 422, "invalid_board", ""},
       {R"({"puzzle":"maze","board":[[2,3],[0]]})", 400, "invalid_field", "board[1]"},
       {R"({"puzzle":"maze","board":[[2,0]]})", 422, "invalid_board", ""},
       {R"({"puzzle":"maze","board":[[2,3]],"attempts":0})", 400, "invalid_field", "attempts"},
       {R"({"puzzle":"maze","board":[[2,3]],"attempts":"2"})", 400, "invalid_field", "attempts"},
       {R"({"puzzle":"maze","board":[[2,3]],"max_steps":1e9})", 400, "invalid_field", "max_steps"},
       {R"({"puzzle":"maze","board":[[2,3]],"deadline_ms":0})", 400, "invalid_field",
        "deadline_ms"},
       {R"({"puzzle":"maze","board":[[2,3]],"fallback":"luck"})", 400, "invalid_field", "fallback"},
       {R"({"puzzle":"maze","board":[[2,3]],"noise":10.5})", 400, "invalid_field", "noise"},
       {R"({"puzzle":"maze","board":[[2,3]],"suppose":65})", 400, "invalid_field", "suppose"},
       {R"({"puzzle":"maze","board":[[2,3]],"start_noise":-1})", 400, "invalid_field",
        "start_noise"},
       {R"({"puzzle":"maze","board":[[2,3]],"symmetries":1})", 400, "invalid_field", "symmetries"},
       {R"({"puzzle":"maze","board":[[2,3]],"settle_steps":-1})", 400, "invalid_field",
        "settle_steps"},
       {R"({"puzzle":"maze","board":[[2,3]],"halt":"yes"})", 400, "invalid_field", "halt"},
       {R"({"puzzle":"maze","board":[[2,3]],"rules_ms":1e6})", 400, "invalid_field", "rules_ms"},
       {R"({"puzzle":"maze","board":[[2,3]],"priority":1001})", 400, "invalid_field", "priority"},
       {R"({"puzzle":"maze","board":[[2,3]],"replace_key":7})", 400, "invalid_field",
        "replace_key"},
       {R"({"puzzle":"maze","board":[[2,3]],"fit_seconds":1})", 400, "invalid_field",
        "fit_seconds"},
       {R"({"puzzle":"maze","board":[[2,3]],"model":"nope"})", 404, "unknown_model", "model"},
       {R"({"puzzle":"maze","board":[[2,3]],"colour":1})", 400, "unknown_field", "colour"},
       {R"({"puzzle":"maze","puzzle":"maze","board":[[2,3]]})", 400, "invalid_json", ""}});
  CHECK(server.get("/health").status == 200);
}

TEST_CASE("The fallback to the rule solver is labelled", "[http]") {
  const ServerProcess server({"--backend", "random"});
  const auto reply = server.post(
      "/solve",
      R"({"puzzle":"sudoku","board":"53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79","max_steps":1,"fallback":"exact"})");
  REQUIRE(reply.status == 200);
  CHECK(reply.body.find("verified")->as_bool());
  CHECK(reply.body.find("source")->as_string() == "exact");
  CHECK(reply.body.find("stopped")->as_string() == "fallback");
}

TEST_CASE("Many clients at once each get their own answer", "[http]") {
  const ServerProcess server({"--backend", "exact", "--slots", "4"});
  const Puzzle& puzzle = *registered_puzzles().front();
  std::atomic<int> right{0};
  std::vector<std::thread> clients;
  for (std::uint64_t client = 0; client < 8; ++client) {
    clients.emplace_back([&, client] {
      for (std::uint64_t i = 0; i < 12; ++i) {
        Rng rng(client * 100 + i);
        const auto question = puzzle.generate(rng, {});
        const std::string line = puzzle.format_line(*question);
        const auto reply = server.post(
            "/solve", Json::object().set("puzzle", puzzle.name()).set("board", line).dump());
        const Json* board = reply.body.find("board");
        right += reply.status == 200 && board != nullptr && board->as_string() == line &&
                 reply.body.find("verified")->as_bool();
      }
    });
  }
  for (auto& client : clients) client.join();
  CHECK(right == 96);
}

}  // namespace
}  // namespace trm
