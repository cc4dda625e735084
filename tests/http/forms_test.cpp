// The forms of a solve beside the plain one, and the addresses for boards without a model, against
// the real process.
#include <algorithm>
#include <chrono>

#include "tests/http/server_process.h"

namespace trm {
namespace {

using test::error_code;
using test::field_of;
using test::HttpReply;
using test::ServerProcess;

const std::string kSudoku =
    R"("puzzle":"sudoku","board":"53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79")";
// Longer than any test: until somebody cancels it.
const std::string kEndless = "{" + kSudoku + R"(,"max_steps":1024,"attempts":1024,"rules_ms":0)";

/// Server-sent events as (name, data).
std::vector<std::pair<std::string, Json>> events_of(const ServerProcess& server,
                                                    const std::string& path,
                                                    const std::string& body = "") {
  const int socket = server.connect();
  const std::string method = body.empty() ? "GET " : "POST ";
  const std::string request = method + path +
                              " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                              "Content-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n" + body;
  REQUIRE(send(socket, request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size()));
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0; (got = recv(socket, buffer, sizeof buffer, 0)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  close(socket);
  INFO(text.substr(0, 500));
  REQUIRE(text.starts_with("HTTP/1.1 200 OK"));
  REQUIRE(text.find("text/event-stream") != std::string::npos);
  std::vector<std::pair<std::string, Json>> events;
  for (std::size_t at = text.find("event: "); at != std::string::npos;
       at = text.find("event: ", at + 1)) {
    const std::size_t end = text.find('\n', at), data = end + 7;
    REQUIRE(text.compare(end + 1, 6, "data: ") == 0);
    const auto json = parse_json(text.substr(data, text.find('\n', data) - data));
    REQUIRE(json.ok());
    events.emplace_back(text.substr(at + 7, end - at - 7), *json);
  }
  return events;
}

std::string id_of(const HttpReply& reply) { return reply.body.find("id")->as_string(); }

/// Asks for a job until it no longer runs.
Json ended(const ServerProcess& server, const std::string& id) {
  for (int i = 0; i < 1000; ++i) {
    const auto reply = server.get("/jobs/" + id);
    REQUIRE(reply.status == 200);
    if (reply.body.find("status")->as_string() != "running") return reply.body;
    usleep(10'000);
  }
  FAIL("the job goes on");
  return {};
}

TEST_CASE("Many boards in one request are answered in their order", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  const auto reply = server.post(
      "/solve",
      R"({"puzzle":"maze","boards":[[[2,0,3]],"no board",[[2,1,3]],[[3,2]]],"attempts":1})");
  REQUIRE(reply.status == 200);
  const auto& results = reply.body.find("results")->as_array();
  REQUIRE(results.size() == 4);
  CHECK(results[0].find("verified")->as_bool());
  CHECK(results[0].find("solution")->dump() == "[[2,4,3]]");
  CHECK(results[1].find("error")->find("code")->as_string() == "invalid_text");
  CHECK(results[1].find("error")->find("field")->as_string() == "boards[1]");
  CHECK(results[2].find("error")->find("code")->as_string() == "invalid_board");
  CHECK(results[3].find("solution")->dump() == "[[3,2]]");
}

TEST_CASE("More boards than the queue has places are all answered", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  std::string boards;
  for (int i = 0; i < 700; ++i) boards += std::string(i > 0 ? "," : "") + "[[2,3]]";
  const auto reply = server.post("/solve", R"({"puzzle":"maze","boards":[)" + boards + "]}");
  REQUIRE(reply.status == 200);
  int verified = 0;
  for (const Json& result : reply.body.find("results")->as_array()) {
    const Json* right = result.find("verified");
    verified += right != nullptr && right->as_bool() ? 1 : 0;
  }
  CHECK(verified == 700);
}

TEST_CASE("Boards and options of a list are refused by name", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  const auto field = [&](const std::string& body) {
    const auto reply = server.post("/solve", body);
    CHECK(reply.status == 400);
    return field_of(reply);
  };
  CHECK(field(R"({"puzzle":"maze","boards":[]})") == "boards");
  CHECK(field(R"({"puzzle":"maze","boards":"x"})") == "boards");
  CHECK(field(R"({"puzzle":"maze","board":[[2,3]],"boards":[[[2,3]]]})") == "boards");
  CHECK(field(R"({"puzzle":"maze","boards":[[[2,3]]],"max_steps":"x"})") == "max_steps");
  CHECK(field(R"({"puzzle":"maze","boards":[[[2,3]]],"what":1})") == "what");
  CHECK(field(R"({"puzzle":"maze","boards":[[[2,3]]],"async":true})") == "boards");
  CHECK(field(R"({"puzzle":"maze","board":[[2,3]],"async":1})") == "async");
}

TEST_CASE("A stream tells every step, then the result", "[http]") {
  const ServerProcess server({"--backend", "random"});
  const auto events = events_of(server, "/solve?stream=true",
                                "{" + kSudoku + R"(,"max_steps":3,"attempts":2,"rules_ms":0})");
  std::vector<std::string> names;
  for (const auto& [name, data] : events) names.push_back(name);
  CHECK(names == std::vector<std::string>{"attempt", "step", "step", "step", "attempt", "step",
                                          "step", "step", "result"});
  const Json& step = events[1].second;
  CHECK(step.find("step")->as_int() == 1);
  CHECK(step.find("board")->as_string().size() == 81);
  CHECK(step.find("confidence")->as_array().size() == 81);
  CHECK(step.find("halt_probability")->is_number());
  CHECK(events.back().second.find("status")->as_string() == "unverified");

  CHECK(field_of(server.post("/solve?stream=maybe", "{" + kSudoku + "}")) == "stream");
  CHECK(field_of(server.post("/solve?strem=true", "{" + kSudoku + "}")) == "strem");
}

TEST_CASE("A job goes on alone, tells its events, and can be removed", "[http]") {
  const ServerProcess server({"--backend", "random"});
  const auto made = server.post(
      "/solve", "{" + kSudoku + R"(,"max_steps":2,"attempts":1,"trace":true,"async":true})");
  REQUIRE(made.status == 202);
  const std::string id = id_of(made);
  CHECK(made.head.find("Location: /jobs/" + id) != std::string::npos);
  const Json done = ended(server, id);
  CHECK(done.find("status")->as_string() == "done");
  CHECK(done.find("result")->find("status")->as_string() == "unverified");
  const auto events = events_of(server, "/jobs/" + id + "/events");
  REQUIRE(events.size() == 4);
  CHECK(events[1].first == "step");
  CHECK(events.back().first == "result");
  const auto removed = server.raw("DELETE /jobs/" + id + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(removed.status == 200);
  CHECK(server.get("/jobs/" + id).status == 404);
  CHECK(server.get("/jobs/").status == 404);
  CHECK(server.get("/jobs/nope/events").status == 404);
}

TEST_CASE("A job that nobody watches keeps all its steps, and is counted", "[http]") {
  const ServerProcess server({"--backend", "random"});
  const auto made = server.post(
      "/solve",
      "{" + kSudoku + R"(,"max_steps":1000,"attempts":1,"trace":true,"rules_ms":0,"async":true})");
  REQUIRE(made.status == 202);
  const std::string counted = R"(trm_solve_requests_total{outcome="unverified",puzzle="sudoku"} 1)";
  for (int i = 0; i < 1000 && server.text("/metrics").find(counted) == std::string::npos; ++i) {
    usleep(10'000);
  }
  CHECK(server.text("/metrics").find(counted) != std::string::npos);
  const auto events = events_of(server, "/jobs/" + id_of(made) + "/events");
  CHECK(std::count_if(events.begin(), events.end(),
                      [](const auto& event) { return event.first == "step"; }) == 1000);
  const auto plain = server.post(
      "/solve", "{" + kSudoku + R"(,"max_steps":1000,"attempts":1,"trace":true,"rules_ms":0})");
  CHECK(plain.body.find("trace")->as_array().size() == 1000);
}

TEST_CASE("What traces take of the memory is bounded", "[http]") {
  const ServerProcess server({"--backend", "random"});
  const auto solve = [&](int steps, int attempts, const char* more) {
    return server.post("/solve", "{" + kSudoku + R"(,"trace":true,"rules_ms":0,"max_steps":)" +
                                     std::to_string(steps) + R"(,"attempts":)" +
                                     std::to_string(attempts) + more + "}");
  };
  CHECK(field_of(solve(1024, 9, "")) == "trace");
  CHECK(field_of(solve(2'000'000'000, 2'000'000'000, "")) == "trace");
  CHECK(field_of(solve(-5, 3, "")) == "max_steps");
  // 4096 cells: fewer steps.
  Json rows = Json::array();
  for (int r = 0; r < 64; ++r)
    rows.push(r == 0 ? "S" + std::string(62, ' ') + "G" : std::string(64, ' '));
  const auto maze = [&](int steps) {
    return server.post("/solve",
                       R"({"puzzle":"maze","trace":true,"rules_ms":0,"attempts":1,"board":)" +
                           rows.dump() + R"(,"max_steps":)" + std::to_string(steps) + "}");
  };
  CHECK(maze(2).status == 200);
  CHECK(field_of(maze(129)) == "trace");
  // Jobs that run keep what they may need; of too many such, the next one is told to wait.
  const ServerProcess narrow({"--backend", "random", "--slots", "1", "--drain", "0.1"});
  CHECK(narrow.post("/solve", kEndless + R"(,"async":true})").status == 202);
  const std::string traced =
      "{" + kSudoku + R"(,"trace":true,"rules_ms":0,"max_steps":1024,"attempts":6,"async":true})";
  std::vector<std::string> ids;
  int status = 202;
  for (int i = 0; i < 50 && status == 202; ++i) {
    const auto made = narrow.post("/solve", traced);
    status = made.status;
    if (status == 202) ids.push_back(id_of(made));
  }
  CHECK(status == 429);
  CHECK(ids.size() == 8);
  narrow.raw("DELETE /jobs/" + ids.front() + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(narrow.post("/solve", traced).status == 202);
}

TEST_CASE("Traced jobs that have ended give way to new ones", "[http]") {
  const ServerProcess server({"--backend", "random"});
  // 97 steps of 6 attempts at 900 cells.
  const std::string traced = R"({"puzzle":"maze","board":"S)" + std::string(898, ' ') +
                             R"(G","trace":true,"rules_ms":0,"max_steps":97,"attempts":6,)"
                             R"("async":true})";
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) {  // eight fit
    const auto made = server.post("/solve", traced);
    REQUIRE(made.status == 202);
    ids.push_back(id_of(made));
    ended(server, ids.back());
  }
  CHECK(server.get("/jobs/" + ids.front()).status == 404);
  CHECK(server.get("/jobs/" + ids.back()).status == 200);
}

TEST_CASE("Clients that read slowly hold up neither others nor the end", "[http]") {
  ServerProcess server({"--backend", "random"});
  const auto made = server.post(
      "/solve",
      "{" + kSudoku + R"(,"trace":true,"rules_ms":0,"max_steps":1024,"attempts":6,"async":true})");
  REQUIRE(made.status == 202);
  const std::string follow =
      "GET /jobs/" + id_of(made) + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
  std::vector<int> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(server.connect());
    REQUIRE(send(slow.back(), follow.data(), follow.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(follow.size()));
  }
  // As many as may wait are served; the others have been refused, and checks still go through.
  CHECK(server.post("/check", R"({"puzzle":"maze","board":[[2,3]],"answer":[[2,3]]})").status ==
        200);
  const auto start = std::chrono::steady_clock::now();
  CHECK(server.stop(SIGTERM) == 0);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(18));
  for (const int socket : slow) close(socket);
}

TEST_CASE("A list has an end", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  std::string boards;
  for (int i = 0; i < 4097; ++i) boards += i == 0 ? "[[2,3]]" : ",[[2,3]]";
  const auto reply = server.post("/solve", R"({"puzzle":"maze","boards":[)" + boards + "]}");
  CHECK(reply.status == 413);
  CHECK(field_of(reply) == "boards");
}

TEST_CASE("Removing a job frees its slots", "[http]") {
  const ServerProcess server({"--backend", "random", "--slots", "1"});
  const auto made = server.post("/solve", kEndless + R"(,"async":true})");
  REQUIRE(made.status == 202);
  CHECK(server.raw("DELETE /jobs/" + id_of(made) + " HTTP/1.1\r\nHost: localhost\r\n\r\n").status ==
        200);
  CHECK(server.post("/solve", R"({"puzzle":"maze","board":[[2,3]],"max_steps":1})").status == 200);
}

TEST_CASE("Jobs under way end with the server", "[http]") {
  ServerProcess server({"--backend", "random", "--drain", "0.1"});
  for (int i = 0; i < 4; ++i) {
    CHECK(server.post("/solve", kEndless + R"(,"async":true})").status == 202);
  }
  CHECK(server.stop(SIGTERM) == 0);
}

TEST_CASE("Answers are checked by the rules", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  const auto check = [&](const std::string& answer) {
    return server.post("/check", R"({"puzzle":"maze","board":[[2,0,3]],"answer":)" + answer + "}");
  };
  CHECK(check("[[2,4,3]]").body.find("verified")->as_bool());
  const auto wrong = check("[[2,0,3]]");
  CHECK(wrong.status == 200);
  CHECK_FALSE(wrong.body.find("verified")->as_bool());
  CHECK_FALSE(wrong.body.find("conflicts")->as_array().empty());
  CHECK(field_of(check("7")) == "answer");
  CHECK(field_of(server.post("/check", R"({"puzzle":"maze","board":[[2,3]]})")) == "answer");
  CHECK(field_of(server.post("/check", R"({"puzzle":"maze","board":[[2,3]],"x":1})")) == "x");
}

TEST_CASE("Hints have a cell, a value and a reason", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  for (const std::string& body :
       {"{" + kSudoku + "}", std::string(R"({"puzzle":"maze","board":[[2,0,3]]})"),
        std::string(R"({"puzzle":"maze","board":[[2,0,0,3]],"answer":[[2,4,0,3]]})")}) {
    const auto hint = server.post("/hint", body);
    INFO(body << " " << hint.body.dump());
    REQUIRE(hint.status == 200);
    CHECK(hint.body.find("row")->is_int());
    CHECK(hint.body.find("value")->is_int());
    CHECK_FALSE(hint.body.find("reason")->as_string().empty());
  }
  CHECK(server.post("/hint", R"({"puzzle":"maze","board":[[2,1,3]]})").status == 422);
}

TEST_CASE("Boards are generated, the same from the same seed", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  const auto first = server.post("/generate", R"({"puzzle":"sudoku","size":"4x4","count":3})");
  REQUIRE(first.status == 200);
  CHECK(first.body.find("boards")->as_array().size() == 3);
  const std::string seed = std::to_string(first.body.find("seed")->as_int());
  const auto again =
      server.post("/generate", R"({"puzzle":"sudoku","size":"4x4","count":3,"seed":)" + seed + "}");
  CHECK(again.body.dump() == first.body.dump());
  const auto field = [&](const char* rest) {
    return field_of(server.post("/generate", std::string(R"({"puzzle":"sudoku",)") + rest + "}"));
  };
  CHECK(field(R"("size":"7x7")") == "size");
  CHECK(field(R"("count":0)") == "count");
  CHECK(field(R"("count":101)") == "count");
  CHECK(field(R"("seed":-1)") == "seed");
  CHECK(field(R"("options":{"x":"y"})") == "options.x");
  CHECK(field(R"("level":1)") == "level");
}

TEST_CASE("Metrics count what was solved", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  server.post("/solve", R"({"puzzle":"maze","board":[[2,3]]})");
  server.post("/solve", R"({"puzzle":"maze","board":[[2,1,3]]})");
  const std::string text = server.text("/metrics");
  for (const char* line :
       {"trm_solve_requests_total{outcome=\"verified\",puzzle=\"maze\"} 1\n",
        "trm_solve_requests_total{outcome=\"invalid_board\",puzzle=\"maze\"} 1\n",
        "trm_verified_total{puzzle=\"maze\"} 1\n", "trm_attempts_total{puzzle=\"maze\"} 1\n",
        "trm_solve_duration_seconds_count{puzzle=\"maze\"} 1\n",
        "trm_supervision_steps_sum{puzzle=\"maze\"} 1\n", "trm_queue_depth 0\n",
        "# TYPE trm_batch_rows gauge\n", "trm_build_info{version=\"", "process_open_fds ",
        "# TYPE process_cpu_seconds_total counter\n"}) {
    INFO(line);
    CHECK(text.find(line) != std::string::npos);
  }
}

}  // namespace
}  // namespace trm
