// Addresses beside /solve, hostile clients, ports and signals, against the real process.
#include <sys/types.h>

#include <set>

#include "engine/backends/backend.h"
#include "engine/solution_json.h"
#include "http/status.h"
#include "puzzles/registry.h"
#include "tests/http/server_process.h"
#include "tests/shipped_puzzles.h"

namespace trm {
namespace {

using test::error_code;
using test::ServerProcess;

constexpr const char* kPost = "POST /solve HTTP/1.1\r\nHost: localhost\r\n";

TEST_CASE("GET addresses answer", "[http]") {
  const ServerProcess server({"--backend", "exact"}, false);
  const auto health = server.get("/health");
  CHECK(health.status == 200);
  CHECK(health.body.find("status")->as_string() == "ok");
  const auto list = server.get("/puzzles");
  REQUIRE(list.status == 200);
  std::set<std::string> names;
  for (const Json& puzzle : list.body.find("puzzles")->as_array()) {
    names.insert(puzzle.find("name")->as_string());
  }
  REQUIRE(names.size() > 2);
  CHECK(names == test::shipped_puzzles());
  for (const auto& name : names) CHECK(server.get("/puzzles/" + name).status == 200);
  CHECK(server.get("/puzzles/blank").status == 404);
  CHECK(server.get("/models").body.find("models")->is_array());
  CHECK(server.get("/v1/health").status == 200);
  CHECK(server.get("/props").body.find("backend")->as_string() == "exact");
}

TEST_CASE("The server runs models by our own kernels where nothing else is asked for", "[http]") {
  const ServerProcess server({"--device", "cpu", "--deterministic"}, false);
  const auto props = server.get("/props");
  REQUIRE(props.status == 200);
  CHECK(props.body.find("backend")->as_string() == "native");
  CHECK(props.body.find("precision")->as_string() ==
        resolve_precision("auto", "native", {Device::Kind::cpu, 0}));
  CHECK(props.body.find("deterministic")->as_bool());
  const std::string body =
      R"({"puzzle":"sudoku","board":"53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"})";
  const auto first = server.post("/solve", body);
  REQUIRE(first.status == 200);
  CHECK(first.body.find("verified")->as_bool());
  CHECK(first.body.find("source")->as_string() == "model");
}

TEST_CASE("A board that takes more than --max-memory is refused", "[http]") {
  const ServerProcess server({"--device", "cpu", "--max-memory", "1kb"}, false);
  const auto reply = server.post(
      "/solve",
      R"({"puzzle":"sudoku","board":"53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"})");
  CHECK(reply.status == 503);
  CHECK(error_code(reply) == "out_of_memory");
  CHECK(reply.body.find("error")->find("field")->as_string() == "max_memory");
}

TEST_CASE("Unknown addresses and methods have the error shape", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  const auto nowhere = server.get("/nowhere");
  CHECK(nowhere.status == 404);
  CHECK(error_code(nowhere) == "not_found");
  const auto method = server.get("/solve");
  CHECK(method.status == 405);
  CHECK(method.head.find("Allow: POST") != std::string::npos);
  CHECK(server.raw("DELETE /health HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 405);
  CHECK(server.raw("POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")
            .status == 405);
}

TEST_CASE("Bodies are limited and must be plain JSON", "[http]") {
  const ServerProcess server({"--backend", "exact", "--max-body", "2048"});
  const auto large = server.post("/solve", std::string(5000, ' '));
  CHECK(large.status == 413);
  CHECK(error_code(large) == "too_large");
  const std::string start = kPost;
  const std::string type = "Content-Type: application/json\r\n";
  CHECK(server.raw(start + type + "\r\n").status == 411);
  CHECK(server.raw(start + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}").status ==
        415);
  CHECK(server.raw(start + "Content-Length: 2\r\n\r\n{}").status == 415);
  // A body that ends before its announced length.
  CHECK(server.raw(start + type + "Content-Length: 40\r\n\r\n{\"puzzle\"").status == 400);
  CHECK(server.get("/health").status == 200);
}

TEST_CASE("Requests that are no HTTP leave the server standing", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  server.raw("\r\n\r\n");
  server.raw("GARBAGE\r\n\r\n");
  server.raw(std::string(200, '\0'));
  server.raw("GET /health HTTP/1.1\r\n" + std::string(100'000, 'h'));
  server.raw("GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  for (int i = 0; i < 64; ++i) close(server.connect());
  CHECK(server.get("/health").status == 200);
}

TEST_CASE("Other sites' host names are refused on the loopback", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  CHECK(server.raw("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n").status == 421);
  for (const char* name : {"127.evil.example", "127.0.0.1.evil.example", "localhost.evil.example",
                           "0x7f.1", "10.0.0.1", "[::2]"}) {
    INFO(name);
    CHECK(server.raw(std::string("GET /health HTTP/1.1\r\nHost: ") + name + "\r\n\r\n").status ==
          421);
  }
  for (const char* name :
       {"localhost:80", "LOCALHOST", "localhost.", "127.0.0.1", "127.8.8.8:80", "[::1]:80"}) {
    INFO(name);
    CHECK(server.raw(std::string("GET /health HTTP/1.1\r\nHost: ") + name + "\r\n\r\n").status ==
          200);
  }
}

TEST_CASE("A client that hangs up frees its slot", "[http]") {
  // One slot, long work: the second request is answered only if the first one is cancelled.
  const ServerProcess server({"--backend", "random", "--slots", "1"});
  const std::string body =
      R"({"puzzle":"sudoku","board":"53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79","max_steps":1024,"attempts":64})";
  const int gone = server.connect();
  const std::string request =
      std::string(kPost) +
      "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\n\r\n" + body;
  REQUIRE(send(gone, request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size()));
  close(gone);
  const auto reply = server.post("/solve", R"({"puzzle":"maze","board":[[2,3]],"max_steps":1})");
  CHECK(reply.status == 200);
}

TEST_CASE("SIGTERM and SIGINT end the server with status 0", "[http]") {
  for (const int signal : {SIGTERM, SIGINT}) {
    ServerProcess server({"--backend", "exact"});
    CHECK(server.get("/health").status == 200);
    CHECK(server.stop(signal) == 0);
  }
}

TEST_CASE("A taken port is refused, or the next one is found", "[http]") {
  const ServerProcess first({"--backend", "exact"});
  const std::string program = std::string(TRM_TEST_BIN_DIR) +
                              "/trm_server --backend exact --port " + std::to_string(first.port());
  const int status = std::system((program + " >/dev/null 2>&1").c_str());
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 1);
  FILE* second = popen(("exec timeout -s TERM 3 " + program + " --port-search 2>&1").c_str(), "r");
  REQUIRE(second != nullptr);
  std::string said;
  for (int c = 0; (c = std::fgetc(second)) != EOF;) said += static_cast<char>(c);
  pclose(second);
  CHECK(said.find("is taken, using ") != std::string::npos);
  CHECK(said.find("listening on http://127.0.0.1:") != std::string::npos);
}

TEST_CASE("Every error code has a status that says whose fault it is", "[http]") {
  for (int i = 0; i < error_code_count; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    INFO(error_name(code));
    const int status = http::status_of(code);
    CHECK(status >= 400);
    CHECK(status < 600);
    const Json json = error_to_json(fail(code, "x"));
    const bool ours = json.find("error")->find("type")->as_string() == "server_error";
    if (ours) CHECK(status >= 500);
  }
}

}  // namespace
}  // namespace trm
