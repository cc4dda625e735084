// A small HTTP/1.1 server for JSON, guarded against clients that are slow, huge or malformed.
//
// server.cpp is the only file that includes cpp-httplib. Debian's 0.11.4 has known weaknesses
// (chunked bodies without limit, decompression bombs, endless headers, slow readers that hold a
// thread, shared ports): every connection therefore runs on a stream of our own with a byte budget
// and one deadline, serves one request and closes; compressed and chunked bodies are refused before
// they are read.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "puzzles/result.h"

namespace trm::http {

struct Request {
  std::string method;  ///< "GET", "POST", ...
  std::string path;    ///< decoded, without query
  std::string body;
  /// Whether the client has hung up; cheap enough to ask every few milliseconds.
  std::function<bool()> disconnected;
};

struct Reply {
  int status = 200;
  std::string body;  ///< JSON
  std::vector<std::pair<std::string, std::string>> headers;
};

/// The one shape of errors: {"error":{"code","message","field","type"}}.
Reply error_reply(int status, const Error& error);

/// Called on several threads at once.
using Handler = std::function<Reply(const Request&)>;

struct ServerLimits {
  std::size_t body_bytes = 1u << 20;
  std::size_t header_bytes = 32u << 10;
  int request_seconds = 10;  ///< to send the whole request
  int reply_seconds = 30;    ///< to take the whole reply
  int threads = 32;          ///< connections served at once; further ones wait
};

/// start() and stop() belong to one thread.
class HttpServer {
 public:
  /// `post_paths`: the paths whose POST takes a body; the handler gets any other request without
  /// one.
  HttpServer(Handler handler, const std::vector<std::string>& post_paths, ServerLimits limits);
  ~HttpServer();  ///< stops

  /// Binds and serves in the background. `port` 0: any free one. `search`: if the port is taken,
  /// the next free one of twenty. Returns the port. Error: unavailable, saying what to do.
  Result<int> start(const std::string& host, int port, bool search);

  /// Stops accepting and waits for the requests under way.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trm::http
