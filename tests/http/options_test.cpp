// Options from flags, environment and file; the access log; other sites; the end of the program.
#include "http/options.h"

#include <chrono>
#include <fstream>
#include <thread>

#include "http/access_log.h"
#include "tests/http/server_process.h"
#include "tests/temp_dir.h"

namespace trm {
namespace {

using test::error_code;
using test::ServerProcess;

/// A variable of the environment while the object lives.
struct Variable {
  const char* name;
  Variable(const char* n, const char* value) : name(n) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
};

http::Options read(std::vector<const char*> words) {
  words.insert(words.begin(), "trm_server");
  int status = -1;
  const auto options = http::read_options(static_cast<int>(words.size()), words.data(), status);
  if (!options) FAIL("refused with status " << status);
  return *options;
}

int refusal(std::vector<const char*> words) {
  words.insert(words.begin(), "trm_server");
  int status = -1;
  CHECK_FALSE(http::read_options(static_cast<int>(words.size()), words.data(), status));
  return status;
}

TEST_CASE("A flag wins over the environment, that over the file, that over the default", "[http]") {
  const test::TempDir folder;
  const std::string file = folder / "server.toml";
  std::ofstream(file) << "slots = 3\nqueue = 30\nmax-body = 5000\ndeterministic = true\n";
  CHECK(read({}).slots == 8);
  const auto from_file = read({"--config", file.c_str()});
  CHECK(from_file.slots == 3);
  CHECK(from_file.queue == 30);
  CHECK(from_file.body_bytes == 5000);
  CHECK(from_file.deterministic);
  const Variable slots("TRM_SERVER_SLOTS", "4"), queue("TRM_SERVER_QUEUE", "40");
  CHECK(read({}).slots == 4);
  const auto all = read({"--config", file.c_str(), "--slots", "5"});
  CHECK(all.slots == 5);
  CHECK(all.queue == 40);
  CHECK(all.body_bytes == 5000);
  CHECK(read({"--slots=6"}).slots == 6);
  const Variable config("TRM_SERVER_CONFIG", file.c_str());
  CHECK(read({}).body_bytes == 5000);
}

TEST_CASE("Options that cannot be used are refused", "[http]") {
  const test::TempDir folder;
  const std::string file = folder / "server.toml";
  std::ofstream(file) << "slotz = 3\n";
  CHECK(refusal({"--config", file.c_str()}) == 2);
  CHECK(refusal({"--config", "/nowhere/server.toml"}) == 2);
  CHECK(refusal({"--slots", "0"}) == 2);
  CHECK(refusal({"--log", "loud"}) == 2);
  CHECK(refusal({"--what"}) == 2);
  CHECK(refusal({"--help"}) == 0);
  const Variable slots("TRM_SERVER_SLOTS", "many");
  CHECK(refusal({}) == 2);
}

TEST_CASE("A client's bytes cannot break out of a line of the log", "[http]") {
  const http::AccessEntry entry{"0123", "GET", "/a\nb\x1b[31m\"", 404, 12, 1.5};
  const std::string text = http::access_line(http::LogForm::text, entry);
  CHECK(text.find('\n') == std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find(" 0123 \"GET /a\\nb") != std::string::npos);
  CHECK(text.ends_with(" 404 12 bytes 1.500 ms"));
  const auto json = parse_json(http::access_line(http::LogForm::json, entry));
  REQUIRE(json.ok());
  CHECK(json->find("path")->as_string() == entry.path);
  CHECK(json->find("status")->as_int() == 404);
  CHECK(http::new_request_id() != http::new_request_id());
}

TEST_CASE("Replies carry their id; pages of one other site may ask", "[http]") {
  const ServerProcess plain({"--backend", "exact"});
  CHECK(plain.get("/health").head.find("X-Request-Id: ") != std::string::npos);
  CHECK(plain.get("/health").head.find("Access-Control") == std::string::npos);
  CHECK(plain.raw("OPTIONS /solve HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 405);

  const ServerProcess open({"--backend", "exact", "--cors-origin", "https://a.example"});
  const auto asked = open.raw(
      "OPTIONS /solve HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.example\r\n"
      "Access-Control-Request-Method: POST\r\n\r\n");
  CHECK(asked.status == 204);
  CHECK(asked.head.find("Access-Control-Allow-Origin: https://a.example") != std::string::npos);
  CHECK(asked.head.find("Access-Control-Allow-Methods: ") != std::string::npos);
  CHECK(open.get("/health").head.find("Access-Control-Allow-Origin: https://a.example") !=
        std::string::npos);
}

TEST_CASE("SIGTERM lets what runs end, for a while", "[http]") {
  const std::string board =
      R"({"puzzle":"sudoku","board":"53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79","rules_ms":0,)";
  // Long enough to be under way when the signal comes.
  ServerProcess patient({"--backend", "random", "--drain", "20"});
  test::HttpReply late;
  std::thread caller([&] {
    late =
        patient.post("/solve", board + R"("max_steps":1024,"attempts":1024,"deadline_ms":1500})");
  });
  while (patient.text("/metrics").find("trm_batch_rows 0") != std::string::npos) usleep(1000);
  CHECK(patient.stop(SIGTERM) == 0);
  caller.join();
  CHECK(late.status == 200);
  CHECK(late.body.find("stopped")->as_string() == "deadline");  // not cancelled

  ServerProcess hasty({"--backend", "random", "--drain", "0.1"});
  std::thread other(
      [&] { late = hasty.post("/solve", board + R"("max_steps":1024,"attempts":1024})"); });
  while (hasty.text("/metrics").find("trm_batch_rows 0") != std::string::npos) usleep(1000);
  CHECK(hasty.stop(SIGTERM) == 0);
  other.join();
  CHECK(late.status == 200);
  CHECK(late.body.find("stopped")->as_string() == "cancelled");
}

TEST_CASE("SIGHUP reads the models anew and loses no request", "[http]") {
  const ServerProcess server({"--device", "cpu"}, false);
  for (int i = 0; i < 3; ++i) {
    server.signal(SIGHUP);
    CHECK(server.get("/models").body.find("models")->as_array().size() >= 2);
    const auto reply = server.post("/solve", R"({"puzzle":"maze","board":[[2,0,3],[0,0,0]]})");
    CHECK(reply.status == 200);
  }
}

}  // namespace
}  // namespace trm
