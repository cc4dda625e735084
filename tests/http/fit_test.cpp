// Fits over HTTP: always jobs, or streams; progress, cancelling, limits. A build without LibTorch
// takes them and says what it lacks.
#include <chrono>
#include <thread>

#include "engine/fit/fitting_net.h"
#include "tests/catch.h"
#include "tests/http/server_process.h"

namespace trm {
namespace {

using namespace test;

const std::string kModels = std::string(TRM_SOURCE_DIR) + "/assets/models";
const std::string kTask = R"("puzzle":"arc","board":"10/03>20/03|110>220|01/11>02/22|301>?")";

std::string body(const std::string& more) { return "{" + kTask + more + "}"; }

Json wait_for(const ServerProcess& server, const std::string& id) {
  for (int i = 0; i < 1200; ++i) {
    const auto reply = server.get("/jobs/" + id);
    REQUIRE(reply.status == 200);
    if (reply.body.find("status")->as_string() != "running") return reply.body;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  FAIL("the job runs on and on");
  return {};
}

/// "held_out" of a fit of kTask.
void check_held_out(const Json& fit) {
  REQUIRE(fit.find("held_out")->is_number());
  CHECK(fit.find("held_out")->as_int() >= 0);
  CHECK(fit.find("held_out")->as_int() <= 3);
}

bool lacks_torch(const HttpReply& reply) {
  if (can_fit()) return false;
  CHECK(reply.status == 422);
  CHECK(error_code(reply) == "unsupported");
  CHECK(reply.body.find("error")->find("message")->as_string().find("LibTorch") !=
        std::string::npos);
  return true;
}

TEST_CASE("A task is fitted as a job, whether or not one is asked for", "[http][fit]") {
  const ServerProcess server({"--models", kModels, "--threads", "1"}, false);
  CHECK(server.get("/props").body.find("fits")->as_bool() == can_fit());
  const auto made = server.post("/solve", body(R"(,"fit_seconds":6)"));
  if (lacks_torch(made)) return;
  REQUIRE(made.status == 202);
  const std::string id = made.body.find("id")->as_string();
  // Other boards are solved meanwhile.
  CHECK(server.post("/solve", R"({"puzzle":"maze","board":["S G"]})").status == 200);
  const Json job = wait_for(server, id);
  const Json* result = job.find("result");
  REQUIRE(result != nullptr);
  CHECK(result->find("source")->as_string() == "fit");
  CHECK_FALSE(result->find("verified")->as_bool());
  CHECK(result->find("status")->as_string() != "verified");
  CHECK(result->find("evidence")->as_string().find("of 3 demonstrations reproduced") !=
        std::string::npos);
  REQUIRE(result->find("fit") != nullptr);
  CHECK(result->find("fit")->find("demonstrations")->as_int() == 3);
  CHECK(result->find("fit")->find("votes")->as_array().size() == 1);
  check_held_out(*result->find("fit"));
  REQUIRE(job.find("fit") != nullptr);
  CHECK(job.find("fit")->find("budget")->as_double() == 6);
  check_held_out(*job.find("fit"));
  std::string events;
  server.raw("GET /jobs/" + id + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n", false, &events);
  CHECK(events.find("event: fit\n") != std::string::npos);
}

TEST_CASE("The rule solvers alone fit nothing, and say so", "[http][fit]") {
  const ServerProcess server({"--backend", "exact"});
  CHECK_FALSE(server.get("/props").body.find("fits")->as_bool());
}

TEST_CASE("A streamed fit tells its progress, its looks and its candidates", "[http][fit]") {
  const ServerProcess server({"--models", kModels, "--threads", "1"}, false);
  if (!can_fit()) return;
  const std::string sent = body(R"(,"fit_seconds":6)");
  std::string events;
  server.raw(
      "POST /solve?stream=true HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json"
      "\r\nContent-Length: " +
          std::to_string(sent.size()) + "\r\n\r\n" + sent,
      false, &events);
  for (const char* wanted :
       {"event: fit\n", "event: step\n", "\"candidate 1\"", "event: result\n"}) {
    INFO(wanted);
    CHECK(events.find(wanted) != std::string::npos);
  }
}

TEST_CASE("Fits are cancelled with their job, and wrong ones are refused", "[http][fit]") {
  const ServerProcess server({"--models", kModels, "--threads", "1", "--longest-fit", "100"},
                             false);
  const auto made = server.post("/solve", body(R"(,"fit_seconds":100)"));
  if (lacks_torch(made)) return;
  REQUIRE(made.status == 202);
  const std::string id = made.body.find("id")->as_string();
  const auto removed = server.raw("DELETE /jobs/" + id + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(removed.status == 200);
  check_refused(
      server, "/solve",
      {{body(R"(,"fit_seconds":101)"), 400, "invalid_field", "fit_seconds"},
       {body(R"(,"fit_seconds":-1)"), 400, "invalid_field", "fit_seconds"},
       {body(R"(,"fit_seconds":"long")"), 400, "invalid_field", "fit_seconds"},
       {R"({"puzzle":"arc","board":"12>?"})", 422, "invalid_board", "board"},
       {R"({"puzzle":"arc","board":{"train":[{"input":[[1]]}],"test":[{"input":[[1]]}]}})", 400, "",
        ""},
       {R"({"puzzle":"arc","boards":["1>2|1>?","1>2|2>?"]})", 400, "invalid_field", "boards"}});
}

}  // namespace
}  // namespace trm
