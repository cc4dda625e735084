// A small HTTP/1.1 server for JSON, guarded against clients that are slow, huge or malformed.
//
// server.cpp is the only file that includes cpp-httplib. Debian's 0.11.4 has known weaknesses
// (chunked bodies without limit, decompression bombs, endless headers, slow readers that hold a
// thread, an unbounded queue, shared ports). So a connection first waits in the reception
// (reception.h) until its request is there; only then a worker serves it, from memory, within one
// deadline for the reply, and closes. Compressed and chunked bodies are refused before they are
// read.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/access_log.h"
#include "http/reception.h"
#include "puzzles/result.h"

namespace trm::http {

struct Request {
  std::string method;  ///< "GET", "POST", ...
  std::string path;    ///< decoded, without query
  std::multimap<std::string, std::string> query;
  std::string body;
  std::string authorization;  ///< the header of that name; neither logged nor sent back
  /// Whether the client has hung up; cheap enough to ask every few milliseconds.
  std::function<bool()> disconnected;
};

/// Sends a part of a reply's body; false: the client has gone or takes too long.
using Send = std::function<bool(std::string_view)>;

struct Reply {
  int status = 200;
  std::string body;  ///< JSON, unless content_type says otherwise
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type = "application/json";
  /// Instead of `body`: writes it piece by piece, as it comes to be. Called once.
  std::function<void(const Send&)> stream;
};

/// The one shape of errors: {"error":{"code","message","field","type"}}.
Reply error_reply(int status, const Error& error);

/// Called on several threads at once.
using Handler = std::function<Reply(const Request&)>;

struct ServerOptions {
  ReceptionLimits reception;
  int reply_seconds = 30;   ///< to take the whole reply; of a streamed one, each piece
  int workers = 160;        ///< requests served at once
  int queue = 256;          ///< requests that wait for a worker; further ones are busy
  std::string cors_origin;  ///< the web origin whose pages may ask; empty: none
  /// Called after each request, on its worker or the reception's thread; empty: not at all.
  std::function<void(const AccessEntry&)> log;
};

/// start() and stop() belong to one thread.
class HttpServer {
 public:
  /// `post_paths`: the paths whose POST takes a body; the handler gets any other request without
  /// one. `quick_paths` have workers of their own: GET requests that never wait, so that probes are
  /// answered while everything else is busy.
  HttpServer(Handler handler, const std::vector<std::string>& post_paths,
             std::vector<std::string> quick_paths, ServerOptions options);
  ~HttpServer();  ///< stops

  /// Binds and serves in the background. `port` 0: any free one. `search`: if the port is taken,
  /// the next free one of twenty. Returns the port. Error: unavailable, saying what to do.
  Result<int> start(const std::string& host, int port, bool search);
  /// The same on a Unix socket, which owner and group of the process may use. A socket file that
  /// nobody listens on any more is replaced; stop() removes it. Errors: invalid_field (too long a
  /// path), unavailable.
  Result<void> start(const std::string& socket_path);

  /// Stops accepting, closes the connections whose request has not arrived, and waits for the
  /// requests under way.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trm::http
