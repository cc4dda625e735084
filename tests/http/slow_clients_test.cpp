// Clients that send slowly, too much or nothing, against the real process.
#include <poll.h>

#include <chrono>

#include "http/reception.h"
#include "tests/http/server_process.h"

namespace trm {
namespace {

using test::error_code;
using test::ServerProcess;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBody = 1000;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

TEST_CASE("The end of a request is found without trusting it", "[http]") {
  const std::string head = "POST /solve HTTP/1.1\r\nHost: a\r\n";
  CHECK(http::request_length("", kBody) == 0);
  CHECK(http::request_length(head, kBody) == 0);
  CHECK(http::request_length(head + "\r", kBody) == 0);
  CHECK(http::request_length(head + "\r\n", kBody) == head.size() + 2);
  const auto with = [&](const std::string& headers) {
    const std::string all = head + headers + "\r\n";
    return http::request_length(all + "{}", kBody) - all.size();
  };
  CHECK(with("Content-Length: 7\r\n") == 7);
  CHECK(with("content-length:7 \r\n") == 7);
  CHECK(with("Content-Length: 1000\r\n") == 1000);
  // Refused by their head alone.
  for (const char* bad :
       {"Content-Length: 1001\r\n", "Content-Length: -1\r\n", "Content-Length: 7x\r\n",
        "Content-Length: 99999999999999999999999\r\n", "Content-Length: 7\r\nContent-Length: 7\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 7\r\n", "Content-Encoding: gzip\r\n"}) {
    INFO(bad);
    CHECK(with(bad) == 0);
  }
}

TEST_CASE("httplib: clients that drip bytes hold up everybody", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  std::vector<int> drips;
  for (int i = 0; i < 64; ++i) {
    drips.push_back(server.connect());
    REQUIRE(drips.back() >= 0);
    REQUIRE(send(drips.back(), "POST /solve HT", 14, MSG_NOSIGNAL) == 14);
  }
  double least = 1e9;  // the machine may be busy with something else for a moment
  for (int round = 0; round < 5; ++round) {
    for (const int drip : drips) CHECK(send(drip, "T", 1, MSG_NOSIGNAL) == 1);
    const auto start = Clock::now();
    CHECK(server.get("/health").status == 200);
    CHECK(server.post("/solve", R"({"puzzle":"maze","board":[[2,3]]})").status == 200);
    least = std::min(least, seconds_since(start));
  }
  CHECK(least < 1);
  for (const int drip : drips) close(drip);
}

TEST_CASE("Health is answered while every worker is busy", "[http]") {
  // More long solves than there are workers and places: one slot, so that they wait for each other.
  const ServerProcess server({"--backend", "random", "--slots", "1", "--drain", "0.1"});
  const std::string body =
      R"({"puzzle":"sudoku","board":"53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79","max_steps":1024,"attempts":1024})";
  const std::string request =
      "POST /solve HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  std::vector<int> busy;
  for (int i = 0; i < 250; ++i) {
    busy.push_back(server.connect());
    REQUIRE(send(busy.back(), request.data(), request.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(request.size()));
  }
  double least = 1e9;
  for (int round = 0; round < 3; ++round) {
    const auto start = Clock::now();
    CHECK(server.get("/health").status == 200);
    least = std::min(least, seconds_since(start));
  }
  CHECK(least < 1);
  for (const int socket : busy) close(socket);
}

TEST_CASE("A request that does not arrive in time is told so", "[http]") {
  const ServerProcess server({"--backend", "exact", "--read-timeout", "0.3"});
  const auto reply = server.raw("POST /solve HTTP/1.1\r\nHost: localhost\r\n", false);
  CHECK(reply.status == 408);
  CHECK(error_code(reply) == "deadline_exceeded");
  const auto headers = server.raw("GET /health HTTP/1.1\r\nX: " + std::string(40'000, 'x'), false);
  CHECK(headers.status == 431);
  CHECK(error_code(headers) == "too_large");
}

TEST_CASE("A client may wait for leave to send its body", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  const int socket = server.connect();
  const std::string body = R"({"puzzle":"maze","board":[[2,3]]})";
  const std::string head =
      "POST /solve HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Expect: 100-continue\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n";
  REQUIRE(send(socket, head.data(), head.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(head.size()));
  std::string text;
  char buffer[4096];
  pollfd item{socket, POLLIN, 0};
  REQUIRE(poll(&item, 1, 5000) == 1);
  const ssize_t leave = recv(socket, buffer, sizeof buffer, 0);
  REQUIRE(leave > 0);
  CHECK(std::string(buffer, static_cast<std::size_t>(leave)) == "HTTP/1.1 100 Continue\r\n\r\n");
  REQUIRE(send(socket, body.data(), body.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(body.size()));
  for (ssize_t got = 0; (got = recv(socket, buffer, sizeof buffer, 0)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  close(socket);
  CHECK(text.find("HTTP/1.1 200 OK") != std::string::npos);
  CHECK(text.find("\"verified\":true") != std::string::npos);
}

}  // namespace
}  // namespace trm
