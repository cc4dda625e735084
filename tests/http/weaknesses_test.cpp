// What Debian's cpp-httplib 0.11.4 lets through, and what JSON readers fall for: one test for each.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "http/server.h"
#include "tests/http/server_process.h"

namespace trm {
namespace {

using test::error_code;
using test::field_of;
using test::HttpClient;
using test::ServerProcess;

constexpr const char* kPost = "POST /solve HTTP/1.1\r\nHost: localhost\r\n";
constexpr const char* kType = "Content-Type: application/json\r\n";
constexpr const char* kBody = R"({"puzzle":"maze","board":[[2,3]]})";

/// Our server within this process, around any handler.
struct OwnServer {
  http::HttpServer server;
  HttpClient client{0};
  OwnServer(http::Handler handler, http::ServerOptions options)
      : server(std::move(handler), {"/solve"}, {}, std::move(options)) {
    const auto port = server.start("127.0.0.1", 0, false);
    REQUIRE(port.ok());
    client = HttpClient(*port);
  }
};

TEST_CASE("httplib: a chunked body has no limit", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  const auto chunked =
      server.raw(std::string(kPost) + kType + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  CHECK(chunked.status == 411);
  CHECK(error_code(chunked) == "invalid_field");
  CHECK(field_of(chunked) == "Transfer-Encoding");
  // A chunk of -2 bytes wraps in that library.
  CHECK(
      server.raw(std::string(kPost) + kType + "Transfer-Encoding: chunked\r\n\r\n-2\r\n").status ==
      411);
}

TEST_CASE("httplib: a compressed body inflates without limit", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  for (const char* coding : {"gzip", "br", "deflate"}) {
    const auto reply = server.raw(std::string(kPost) + kType + "Content-Encoding: " + coding +
                                  "\r\nContent-Length: 2\r\n\r\n{}");
    CHECK(reply.status == 415);
    CHECK(field_of(reply) == "Content-Encoding");
  }
}

TEST_CASE("httplib: there may be any number of headers", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  std::string headers = "GET /health HTTP/1.1\r\nHost: localhost\r\n";
  for (int i = 0; i < 20'000; ++i) headers += "X: y\r\n";
  CHECK(server.raw(headers + "\r\n").status == 431);
  // An endless one.
  CHECK(server.raw("GET /health HTTP/1.1\r\nX: " + std::string(1'000'000, 'x')).status == 431);
  CHECK(server.get("/health").status == 200);
}

TEST_CASE("httplib: two Content-Length pass", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  const auto reply =
      server.raw(std::string(kPost) + kType + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ");
  CHECK(reply.status == 400);
  CHECK(field_of(reply) == "Content-Length");
}

TEST_CASE("httplib: Content-Length beside Transfer-Encoding passes", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  for (const char* both : {"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
                           "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n"}) {
    const auto reply = server.raw(std::string(kPost) + kType + both + "\r\n{}");
    CHECK(reply.status == 411);
    CHECK(reply.head.find("Connection: close") != std::string::npos);  // what follows is not read
  }
}

TEST_CASE("httplib: the text of an exception goes to the client", "[http]") {
  const OwnServer own(
      [](const http::Request&) -> http::Reply { throw std::runtime_error("/home/secret"); }, {});
  std::string body;
  const auto reply = own.client.raw("GET /solve HTTP/1.1\r\nHost: localhost\r\n\r\n", true, &body);
  CHECK(reply.status == 500);
  CHECK(error_code(reply) == "internal");
  CHECK((reply.head + body).find("secret") == std::string::npos);
}

TEST_CASE("httplib: a REMOTE_ADDR header is believed", "[http]") {
  std::mutex mutex;
  std::vector<http::AccessEntry> entries;
  http::ServerOptions options;
  options.log = [&](const http::AccessEntry& entry) {
    const std::lock_guard lock(mutex);
    entries.push_back(entry);
  };
  OwnServer own([](const http::Request&) { return http::Reply(); }, options);
  CHECK(own.client.get("/a", "REMOTE_ADDR: 6.6.6.6\r\nX-Forwarded-For: 6.6.6.6\r\n").status == 200);
  own.server.stop();
  REQUIRE(entries.size() == 1);
  for (const auto form : {http::LogForm::text, http::LogForm::json}) {
    const std::string line = http::access_line(form, entries.front());
    CHECK(line.find("/a") != std::string::npos);
    CHECK(line.find("6.6.6.6") == std::string::npos);
  }
}

TEST_CASE("httplib: a header may hold line ends in disguise", "[http]") {
  const ServerProcess server({"--backend", "exact", "--cors-origin", "https://a.example"});
  const std::string disguised = "x%0d%0aSet-Cookie:%20a=b";
  for (const char* name : {"X-Request-Id", "Origin", "Authorization", "Accept", "Cookie"}) {
    const auto reply = server.get("/health", std::string(name) + ": " + disguised + "\r\n");
    CHECK(reply.status == 200);
    CHECK(reply.head.find("Set-Cookie") == std::string::npos);
  }
  CHECK(server.get("/" + disguised).head.find("Set-Cookie") == std::string::npos);
}

TEST_CASE("httplib: any number of requests wait for a worker", "[http]") {
  std::mutex mutex;
  std::condition_variable changed;
  int running = 0;
  bool open = false;
  http::ServerOptions options;
  options.workers = 1;
  options.queue = 2;
  const OwnServer own(
      [&](const http::Request&) {
        std::unique_lock lock(mutex);
        ++running;
        changed.notify_all();
        changed.wait(lock, [&] { return open; });
        return http::Reply();
      },
      options);
  std::vector<std::thread> clients;
  std::atomic<int> served{0}, refused{0}, other{0};
  const auto ask = [&] {
    clients.emplace_back([&] {
      const auto reply = own.client.get("/a");
      const bool later =
          reply.status == 429 && reply.head.find("Retry-After: 1") != std::string::npos;
      (reply.status == 200 ? served : later ? refused : other) += 1;
    });
  };
  ask();
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return running == 1; });
  }
  // Two may wait; the others are refused while the first still runs, and told when to come back.
  for (int i = 0; i < 8; ++i) ask();
  while (refused + other < 6) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(served == 0);
  {
    const std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
  for (auto& client : clients) client.join();
  CHECK(served == 3);
  CHECK(refused == 6);
}

TEST_CASE("httplib: a reply grows by overlapping ranges", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  const std::size_t whole = server.text("/openapi.json").size();
  std::string ranges = "Range: bytes=-";
  for (int i = 0; i < 1000; ++i) ranges += ",-";
  for (const std::string& header : {ranges, std::string("range: bytes=0-3"),
                                    std::string("Range: nonsense"), "If-Range: x\r\n" + ranges}) {
    std::string body;
    const auto reply = server.raw(
        "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n\r\n", true, &body);
    CHECK(reply.status == 200);
    CHECK(body.size() == whole);
  }
}

TEST_CASE("httplib: a head's lines end at LF alone", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  // To a reader of CR LF all of these are one header X.
  for (const std::string& hidden :
       {std::string("a\nRange: bytes=-,-,-"), std::string("a\nAccept-Encoding: br"),
        std::string("a\nContent-Length: 5"), std::string("a\rRange: bytes=-,-"),
        std::string("a\0b", 3)}) {
    const auto reply = server.get("/openapi.json", "X: " + hidden + "\r\n");
    CHECK(reply.status == 400);
    CHECK(error_code(reply) == "invalid_field");
  }
}

TEST_CASE("httplib: replies are compressed at the client's wish", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  const auto reply = server.get("/puzzles", "Accept-Encoding: br, gzip\r\naccept-encoding: br\r\n");
  CHECK(reply.status == 200);
  CHECK(reply.head.find("Content-Encoding") == std::string::npos);
  CHECK(reply.body.find("puzzles") != nullptr);
}

TEST_CASE("httplib: an HTTP/1.0 client gets chunks", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  const std::string request =
      std::string("POST /solve?stream=true HTTP/1.0\r\nHost: localhost\r\n") + kType +
      "Content-Length: " + std::to_string(std::string_view(kBody).size()) + "\r\n\r\n" + kBody;
  std::string body;
  const auto reply = server.raw(request, false, &body);
  CHECK(reply.status == 200);
  CHECK(reply.head.find("chunked") == std::string::npos);
  CHECK(body.starts_with("event: "));
  CHECK(body.find("event: result\ndata: {") != std::string::npos);
}

TEST_CASE("httplib: routes are regular expressions", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  // Literal addresses only: none of these means /solve, and none costs a search.
  for (const char* path : {"/solv.", "/solve/", "/(solve)", "/.*", "/solve%0a", "/SOLVE"}) {
    INFO(path);
    CHECK(server.post(path, kBody).status == 404);
  }
  for (const std::string part : {"a", "(", "aa*", "/"}) {
    std::string path = "/";
    while (path.size() < 8000) path += part;
    CHECK(server.post(path, kBody).status == 404);
    CHECK(server.post("/jobs/" + path, "{}").status == 405);
  }
  CHECK(server.post("/" + std::string(20'000, 'a'), kBody).status == 414);
  CHECK(server.post("/solve", kBody).status == 200);
}

TEST_CASE("JSON: nesting overflows the stack", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  for (const std::size_t depth : {33u, 3'000u, 200'000u}) {
    for (const char* open : {"[", "{\"a\":"}) {
      std::string body;
      for (std::size_t i = 0; i < depth; ++i) body += open;
      const auto reply = server.post("/solve", body);
      CHECK(reply.status == 413);
      CHECK(error_code(reply) == "too_large");
      const auto inside = server.post("/check", R"({"puzzle":"maze","board":)" + body);
      CHECK(inside.status == 413);
    }
  }
}

TEST_CASE("JSON: invalid UTF-8 passes", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  for (const char* bytes : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    const auto reply =
        server.post("/solve", std::string(R"({"puzzle":")") + bytes + R"(","board":"x"})");
    CHECK(reply.status == 400);
    CHECK(error_code(reply) == "invalid_json");
  }
}

TEST_CASE("JSON: the last of two equal keys wins", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  const auto reply = server.post("/solve", R"({"puzzle":"maze","board":[[2,3]],"board":"x"})");
  CHECK(reply.status == 400);
  CHECK(error_code(reply) == "invalid_json");
  CHECK(server.post("/solve", R"({"puzzle":"maze","board":[[2,3]],"\u0062oard":"x"})").status ==
        400);
}

TEST_CASE("JSON: huge numbers wrap or become infinite", "[http]") {
  const ServerProcess server({"--backend", "exact"});
  for (const std::string number :
       {"1e999", "-1e999", "99999999999999999999999", "18446744073709551616", "NaN", "Infinity",
        "0x10", "01", "4294967297"}) {
    INFO(number);
    const auto reply =
        server.post("/solve", R"({"puzzle":"maze","board":[[2,3]],"max_steps":)" + number + "}");
    CHECK(reply.status == 400);
    const auto cell = server.post("/solve", R"({"puzzle":"maze","board":[[2,)" + number + "]]}");
    CHECK(cell.status == 400);
  }
  CHECK(server
            .post("/solve",
                  R"({"puzzle":"maze","board":[[2,3]],"noise":)" + std::string(100'000, '9') + "}")
            .status == 400);
}

}  // namespace
}  // namespace trm
