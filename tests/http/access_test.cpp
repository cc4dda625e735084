// Who may ask, and where: keys, reloading, the Unix socket, the pages, the start.
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "http/keys.h"
#include "http/pages.h"
#include "tests/http/server_process.h"
#include "tests/temp_dir.h"

namespace trm {
namespace {

using test::error_code;
using test::field_of;
using test::ServerProcess;

const std::string kKey = "0123456789abcdef-first";
const std::string kOther = "fedcba9876543210-second";
const std::string kShown = "Authorization: Bearer " + kKey + "\r\n";

std::string key_file(const test::TempDir& folder) {
  const std::string path = folder / "keys";
  std::ofstream(path) << "# those of the game\n" << kKey << "\n\n" << kOther << "\r\n";
  return path;
}

ErrorCode refusal_of(const std::string& text) {
  const test::TempDir folder;
  const std::string path = folder / "keys";
  std::ofstream(path) << text;
  const auto keys = http::ApiKeys::read(path);
  REQUIRE_FALSE(keys.ok());
  CHECK(keys.error().field == "api-key-file");
  return keys.error().code;
}

TEST_CASE("Keys are read from a file and compared whole", "[http]") {
  const test::TempDir folder;
  const auto keys = http::ApiKeys::read(key_file(folder));
  REQUIRE(keys.ok());
  CHECK(keys->admits("Bearer " + kKey));
  CHECK(keys->admits("bearer " + kOther));
  CHECK(keys->admits("BEARER   " + kKey));
  for (const auto& bad : std::vector<std::string>{
           "", "Bearer ", "Bearer", "Basic " + kKey, kKey, "Bearer " + kKey + "x",
           "Bearer " + kKey.substr(1), "Bearer # those of the game"}) {
    INFO(bad);
    CHECK_FALSE(keys->admits(bad));
  }
  CHECK_FALSE(http::ApiKeys().admits("Bearer " + kKey));
  CHECK(refusal_of("") == ErrorCode::invalid_config);
  CHECK(refusal_of("# nothing\n") == ErrorCode::invalid_config);
  CHECK(refusal_of("short\n") == ErrorCode::invalid_config);
  CHECK(refusal_of(kKey + " " + kOther) == ErrorCode::invalid_config);
  CHECK(refusal_of(kKey + "%41") == ErrorCode::invalid_config);  // a header's value is decoded
  CHECK(refusal_of(std::string(300, 'a')) == ErrorCode::invalid_config);
  std::string many;
  for (int i = 0; i < 4000; ++i) many += kKey + "\n";
  CHECK(refusal_of(many) == ErrorCode::invalid_config);
  CHECK(http::ApiKeys::read(folder / "none").error().code == ErrorCode::not_found);
}

TEST_CASE("With keys, only probes and pages are open", "[http]") {
  const test::TempDir folder;
  const ServerProcess server({"--backend", "exact", "--api-key-file", key_file(folder)});
  for (const char* open : {"/health", "/ready", "/v1/health", "/", "/docs", "/openapi.json"}) {
    INFO(open);
    CHECK(server.get(open).status == 200);
  }
  for (const char* closed : {"/models", "/puzzles", "/props", "/metrics", "/jobs/1", "/nowhere",
                             "/v1/puzzles", "/solve"}) {
    INFO(closed);
    const auto reply = server.get(closed);
    CHECK(reply.status == 401);
    CHECK(error_code(reply) == "unauthorized");
    CHECK(reply.head.find("WWW-Authenticate: Bearer") != std::string::npos);
  }
  const std::string body = R"({"puzzle":"maze","board":[[2,3]]})";
  CHECK(server.post("/solve", body).status == 401);
  CHECK(server.post("/solve", body, "Authorization: Bearer " + kKey + "x\r\n").status == 401);
  CHECK(server.post("/solve", body, kShown).status == 200);
  CHECK(server.get("/puzzles", kShown).status == 200);
  CHECK(server.get("/nowhere", kShown).status == 404);
}

TEST_CASE("Whoever has a key may have the models read anew", "[http]") {
  const ServerProcess closed({"--device", "cpu"}, false);
  const auto forbidden = closed.post("/models/reload", "{}");
  CHECK(forbidden.status == 403);
  CHECK(error_code(forbidden) == "forbidden");

  const test::TempDir folder;
  const std::string models = folder / "models";
  std::filesystem::create_directory(models);
  const std::filesystem::path shipped = std::filesystem::path(TRM_SOURCE_DIR) / "assets/models";
  std::filesystem::copy(shipped / "maze.safetensors", models);
  const ServerProcess server(
      {"--device", "cpu", "--models", models, "--api-key-file", key_file(folder)}, false);
  CHECK(server.post("/models/reload", "{}").status == 401);
  CHECK(server.post("/models/reload", R"({"a":1})", kShown).status == 400);
  CHECK(server.post("/models/reload", "{}", kShown).body.find("models")->as_array().size() == 1);

  // Requests go on while models come; a bad file changes nothing.
  const std::string maze = R"({"puzzle":"maze","board":[[2,0,3],[0,0,0]]})";
  std::atomic<bool> more{true};
  std::atomic<int> lost{0};
  std::thread asking([&] {
    while (more) lost += server.post("/solve", maze, kShown).status != 200;
  });
  std::filesystem::copy(shipped / "sudoku.safetensors", models);
  CHECK(server.post("/models/reload", "{}", kShown).body.find("models")->as_array().size() == 2);
  std::ofstream(std::filesystem::path(models) / "sudoku.safetensors") << "no weights";
  const auto bad = server.post("/models/reload", "{}", kShown);
  CHECK(bad.status == 500);
  CHECK(error_code(bad) == "invalid_weights");
  CHECK(server.get("/models", kShown).body.find("models")->as_array().size() == 2);
  more = false;
  asking.join();
  CHECK(lost == 0);
}

TEST_CASE("A Unix socket takes the place of host and port", "[http]") {
  const test::TempDir folder;
  const std::string path = folder / "trm.socket";
  {
    const ServerProcess server({"--backend", "exact", "--socket", path});
    CHECK(server.get("/health").status == 200);
    CHECK(server.post("/solve", R"({"puzzle":"maze","board":[[2,3]]})").status == 200);
    struct stat file {};
    REQUIRE(stat(path.c_str(), &file) == 0);
    CHECK((file.st_mode & 0777) == 0660);
    const std::string second = std::string(TRM_TEST_BIN_DIR) + "/trm_server --backend exact ";
    const auto refused = [&](const std::string& at) {
      const int status = std::system((second + "--socket " + at + " >/dev/null 2>&1").c_str());
      return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    };
    CHECK(refused(path) == 1);
    CHECK(server.get("/health").status == 200);
    std::ofstream(folder / "file") << "kept";
    CHECK(refused(folder / "file") == 1);
    CHECK(std::filesystem::file_size(folder / "file") == 4);
    CHECK(refused(folder / std::string(120, 'a')) == 1);
    // A successor's file stays when this one ends.
    std::filesystem::remove(path);
    const ServerProcess successor({"--backend", "exact", "--socket", path});
    CHECK(successor.get("/health").status == 200);
    std::filesystem::rename(path, folder / "moved");
    std::ofstream(path) << "successor";
  }
  CHECK(std::filesystem::exists(path));
  std::filesystem::remove(path);
  CHECK_FALSE(std::filesystem::exists(path));
  // One that was killed leaves its file; the next one takes its place.
  ServerProcess killed({"--backend", "exact", "--socket", path});
  CHECK(killed.stop(SIGKILL) == 128 + SIGKILL);
  CHECK(std::filesystem::exists(path));
  const ServerProcess next({"--backend", "exact", "--socket", path});
  CHECK(next.get("/health").status == 200);
}

TEST_CASE("Pages stand in the program, and load nothing from elsewhere", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  for (const auto& [path, type] : {std::pair("/", "text/html"), std::pair("/docs", "text/html"),
                                   std::pair("/openapi.json", "application/json"),
                                   std::pair("/web/index.html", "text/html")}) {
    INFO(path);
    const auto reply = server.get(path);
    CHECK(reply.status == 200);
    CHECK(reply.head.find(std::string("Content-Type: ") + type) != std::string::npos);
    CHECK(reply.head.find("Content-Security-Policy: default-src 'none';") != std::string::npos);
    CHECK(server.text(path).size() > 500);
  }
  CHECK(server.get("/openapi.json").body.find("openapi") != nullptr);
  for (const char* none : {"/web/", "/web/../server.cpp", "/web/nothing.js", "/web//etc/passwd",
                           "/web/%2e%2e/openapi.json"}) {
    INFO(none);
    CHECK(server.get(none).status == 404);
  }
  CHECK(server.get("/web/page.css").status == 200);
}

TEST_CASE("A server without the models that it needs says which, and does not start", "[http]") {
  const test::TempDir folder;
  const auto start = [&](const std::string& options) {
    const std::string command =
        std::string(TRM_BIN_DIR) + "/trm_server --port 0 " + options + " 2>&1";
    FILE* run = popen(("timeout 20 " + command).c_str(), "r");
    REQUIRE(run != nullptr);
    std::string said;
    for (int c = 0; (c = std::fgetc(run)) != EOF;) said += static_cast<char>(c);
    const int status = pclose(run);
    return std::pair(WIFEXITED(status) ? WEXITSTATUS(status) : -1, said);
  };
  const std::string models = folder / "models";
  const auto [no_folder, folder_said] = start("--models " + models);
  CHECK(no_folder == 1);
  CHECK(folder_said.find(models) != std::string::npos);
  std::filesystem::create_directory(models);
  const auto [empty, empty_said] = start("--models " + models);
  CHECK(empty == 1);
  CHECK(empty_said.find("no models in " + models) != std::string::npos);
  std::ofstream(std::filesystem::path(models) / "maze.safetensors") << "no weights";
  const auto [bad, bad_said] = start("--models " + models);
  CHECK(bad == 1);
  CHECK(bad_said.find("maze.safetensors: ") != std::string::npos);
  const auto [key, key_said] = start("--backend exact --api-key-file " + (folder / "none"));
  CHECK(key == 1);
  CHECK(key_said.find(folder / "none") != std::string::npos);
}

}  // namespace
}  // namespace trm
