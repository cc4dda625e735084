#include "http/server.h"

#include <arpa/inet.h>
#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>

#include "engine/solution_json.h"
#include "http/socket_file.h"
#include "http/worker_pool.h"

namespace trm::http {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kQuickWorkers = 2;
/// How often a write looks whether the server ends (milliseconds), and the time that it has then.
constexpr int kLook = 200;
constexpr auto kLastWrite = std::chrono::seconds(1);

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(0, left.count()));
}

bool wait_for(int socket, short events, int milliseconds) {
  pollfd item{socket, events, 0};
  return poll(&item, 1, milliseconds) > 0;
}

bool has_hung_up(int socket) {
  pollfd item{socket, POLLRDHUP, 0};
  return poll(&item, 1, 0) > 0 && (item.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

// A request that has arrived, and the socket for its reply, which must be taken within a time.
class ArrivedStream final : public httplib::Stream {
 public:
  /// `stopping`: the server ends, and what nobody takes soon is not sent.
  ArrivedStream(Arrival arrival, const ServerOptions& options, const std::atomic<bool>& stopping)
      : arrival_(std::move(arrival)),
        options_(options),
        stopping_(stopping),
        method_(take_foreign_method()) {}

  bool is_readable() const override { return at_ < arrival_.bytes.size(); }
  bool is_writable() const override { return wait_for(arrival_.socket, POLLOUT, 0); }

  ssize_t read(char* out, size_t size) override {
    const std::size_t count = std::min(size, arrival_.bytes.size() - at_);
    std::copy_n(arrival_.bytes.data() + at_, count, out);
    at_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* data, size_t size) override {
    if (deadline_ == Clock::time_point{})
      deadline_ = Clock::now() + std::chrono::seconds(options_.reply_seconds);
    for (;;) {
      if (stopping_) deadline_ = std::min(deadline_, Clock::now() + kLastWrite);
      if (!wait_for(arrival_.socket, POLLOUT, std::min(kLook, milliseconds_until(deadline_)))) {
        if (Clock::now() >= deadline_) return -1;
        continue;
      }
      const ssize_t sent = send(arrival_.socket, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0) return sent;
      if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return -1;
    }
  }

  Arrival::State state() const { return arrival_.state; }
  const ServerOptions& options() const { return options_; }
  const std::string& id() const { return id_; }
  void log(std::string method, std::string path, int status, std::size_t bytes) const {
    if (!options_.log) return;
    const std::chrono::duration<double, std::milli> time = Clock::now() - since_;
    if (!method_.empty()) method = method_;
    options_.log({id_, std::move(method), std::move(path), status, bytes, time.count()});
  }
  // The next piece of a streamed reply has its own time.
  void new_piece(std::size_t size) {
    deadline_ = {};
    streamed_ += size;
  }
  std::size_t streamed() const { return streamed_; }
  bool asks_head() const { return arrival_.bytes.starts_with("HEAD "); }
  // Such a client knows no chunks: the end of the connection is the end of the reply.
  bool is_http_1_0() const {
    return std::string_view(arrival_.bytes)
        .substr(0, arrival_.bytes.find("\r\n"))
        .ends_with(" HTTP/1.0");
  }

  // Nothing here looks at addresses.
  void get_remote_ip_and_port(std::string& ip, int& port) const override { ip.clear(), port = 0; }
  void get_local_ip_and_port(std::string& ip, int& port) const override { ip.clear(), port = 0; }
  socket_t socket() const override { return arrival_.socket; }

 private:
  // cpp-httplib says of a method that it does not know that the request is malformed. In its place
  // it sees TRACE, which no address takes either: 405. Returns the method; empty: it is known.
  std::string take_foreign_method() {
    const std::string method = arrival_.bytes.substr(0, arrival_.bytes.find(' '));
    constexpr std::string_view known[] = {"GET",   "HEAD",    "POST",   "PUT",     "PATCH",
                                          "TRACE", "OPTIONS", "DELETE", "CONNECT", "PRI"};
    const bool token = !method.empty() && method.size() <= 20 &&
                       method.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == std::string::npos;
    if (!token || std::find(std::begin(known), std::end(known), method) != std::end(known))
      return {};
    arrival_.bytes.replace(0, method.size(), "TRACE");
    return method;
  }

  Arrival arrival_;
  const ServerOptions& options_;
  const std::atomic<bool>& stopping_;
  const std::string method_;
  const std::string id_ = new_request_id();
  const Clock::time_point since_ = Clock::now();
  std::size_t at_ = 0;
  std::size_t streamed_ = 0;  // bytes of the body that were sent in pieces
  Clock::time_point deadline_{};
};

// The connection that this thread serves; cpp-httplib does not hand it to its handlers.
thread_local ArrivedStream* current_stream = nullptr;

class GuardedServer final : public httplib::Server {
 public:
  /// Accepts connections until `stop` is set; it looks every tenth of a second. cpp-httplib's own
  /// loop ends for good at errors that pass, and its five places for those that wait are fewer than
  /// clients that come at once.
  void accept_until(const std::atomic<bool>& stop, const std::function<void(int)>& admit) {
    const int listener = static_cast<int>(svr_sock_.load());
    ::listen(listener, SOMAXCONN);
    while (!stop) {
      if (!wait_for(listener, POLLIN, 100)) continue;
      const int socket = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket >= 0) {
        admit(socket);
      } else if (errno != EINTR && errno != EAGAIN && errno != ECONNABORTED) {
        // No more files or memory: until some are given back.
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    }
    close(listener);
  }

  /// Answers a request that has arrived.
  void serve(ArrivedStream& stream) {
    current_stream = &stream;
    bool closed = false;
    process_request(stream, true, closed, nullptr);
    current_stream = nullptr;
  }
};

void write_reply(const Reply& reply, httplib::Response& response) {
  response.status = reply.status;
  response.set_header("X-Request-Id", current_stream->id());
  if (const auto& origin = current_stream->options().cors_origin; !origin.empty()) {
    response.set_header("Access-Control-Allow-Origin", origin);
    response.set_header("Vary", "Origin");
  }
  // cpp-httplib would offer ranges in its reply to HEAD.
  if (current_stream->asks_head()) response.set_header("Accept-Ranges", "none");
  for (const auto& [name, value] : reply.headers) response.set_header(name.c_str(), value);
  if (!reply.stream) return response.set_content(reply.body, reply.content_type);
  const auto provide = [write = reply.stream](std::size_t, httplib::DataSink& sink) {
    write([&sink](std::string_view piece) {
      current_stream->new_piece(piece.size());
      return sink.write(piece.data(), piece.size());
    });
    sink.done();
    return true;
  };
  if (current_stream->is_http_1_0()) {
    response.set_content_provider(reply.content_type, provide);
  } else {
    response.set_chunked_content_provider(reply.content_type, provide);
  }
}

// A reply to what cpp-httplib never sees.
void refuse(ArrivedStream& stream, int status, const char* reason, const Error& error,
            const char* headers = "") {
  const std::string body = error_to_json(error).dump() + "\n";
  const std::string reply =
      "HTTP/1.1 " + std::to_string(status) + " " + reason +
      "\r\nContent-Type: application/json\r\nConnection: close\r\nX-Request-Id: " + stream.id() +
      "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  stream.write(reply.data(), reply.size());
  stream.log("-", "-", status, body.size());
}

// What a browser asks before it lets another site's page send JSON.
Reply preflight() {
  Reply reply;
  reply.status = 204;
  reply.headers = {{"Access-Control-Allow-Methods", "GET, POST, DELETE"},
                   {"Access-Control-Allow-Headers", "Content-Type, Authorization"},
                   {"Access-Control-Max-Age", "600"}};
  return reply;
}

// "localhost:8080" -> "localhost".
std::string host_name(const std::string& header) {
  if (header.starts_with("[")) return header.substr(0, header.find(']') + 1);
  return header.substr(0, header.find(':'));
}

// Not whatever begins with "127.": a name such as 127.example.org may lead anywhere.
bool is_loopback(std::string host) {
  std::transform(host.begin(), host.end(), host.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (host.ends_with(".")) host.pop_back();
  in_addr address{};
  const bool numeric = inet_pton(AF_INET, host.c_str(), &address) == 1;
  return host == "localhost" || host == "[::1]" || host == "::1" ||
         (numeric && ntohl(address.s_addr) >> 24 == 127);
}

}  // namespace

Reply error_reply(int status, const Error& error) {
  Reply reply;
  reply.status = status;
  reply.body = error_to_json(error).dump() + "\n";
  return reply;
}

class HttpServer::Impl {
 public:
  Impl(Handler handler, const std::vector<std::string>& post_paths,
       std::vector<std::string> quick_paths, ServerOptions options)
      : handler_(std::move(handler)),
        quick_paths_(std::move(quick_paths)),
        options_(std::move(options)) {
    // cpp-httplib would share the port with a second server on it.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_.set_payload_max_length(options_.reception.body_bytes);
    server_.set_pre_routing_handler(
        [this, post_paths](const httplib::Request& in, httplib::Response& out) {
          const bool posts = in.method == "POST" && std::find(post_paths.begin(), post_paths.end(),
                                                              in.path) != post_paths.end();
          if (auto refusal = refusal_of(in, posts)) {
            write_reply(*refusal, out);
            return httplib::Server::HandlerResponse::Handled;
          }
          if (in.method == "OPTIONS" && !options_.cors_origin.empty()) {
            write_reply(preflight(), out);
            return httplib::Server::HandlerResponse::Handled;
          }
          // Only paths that take a body go on to cpp-httplib's routing by regular expressions.
          if (posts) return httplib::Server::HandlerResponse::Unhandled;
          answer(in, "", out);
          return httplib::Server::HandlerResponse::Handled;
        });
    for (const std::string& path : post_paths) {
      server_.Post(path, [this](const httplib::Request& in, httplib::Response& out,
                                const httplib::ContentReader& read) { read_body(in, out, read); });
    }
    server_.set_error_handler([this](const httplib::Request&, httplib::Response& out) {
      if (out.body.empty()) write_reply(own_error(out.status), out);
    });
    server_.set_logger([](const httplib::Request& in, const httplib::Response& out) {
      current_stream->log(in.method, in.path, out.status,
                          out.body.size() + current_stream->streamed());
    });
    server_.set_exception_handler(
        [](const httplib::Request&, httplib::Response& out, std::exception_ptr) {
          write_reply(error_reply(500, fail(ErrorCode::internal, "an unexpected failure")), out);
        });
  }

  ~Impl() { stop(); }

  Result<int> start(const std::string& host, int port, bool search) {
    loopback_ = is_loopback(host);
    int bound = -1;
    if (port == 0) {
      bound = server_.bind_to_any_port(host);
    } else {
      const int last = std::min(65535, search ? port + 19 : port);
      for (int p = port; p <= last && bound < 0; ++p) {
        if (server_.bind_to_port(host, p)) bound = p;
      }
    }
    if (bound < 0) {
      return fail(ErrorCode::unavailable,
                  "cannot listen on " + host + ":" + std::to_string(port) +
                      ": the port is taken or the address is not ours; try another --port, or "
                      "--port-search",
                  "port");
    }
    serve_in_background();
    return bound;
  }

  Result<void> start(const std::string& path) {
    if (auto free = socket_file_.make_way(path); !free) return free;
    loopback_ = false;  // no page reaches a Unix socket by a host name
    server_.set_address_family(AF_UNIX);
    constexpr int kAnyPort = 80;      // cpp-httplib wants one, and does not use it here
    const mode_t mask = umask(0117);  // for owner and group, from the first moment
    const bool bound = server_.bind_to_port(path, kAnyPort);
    umask(mask);
    if (!bound) {
      return fail(ErrorCode::unavailable, "cannot listen on " + path + ": " + std::strerror(errno),
                  "socket");
    }
    socket_file_.made();
    serve_in_background();
    return {};
  }

  void stop() {
    if (!thread_.joinable()) return;
    socket_file_.remove();
    stopping_ = true;
    thread_.join();
    workers_->finish();
    quick_->finish();
    reception_->close();  // until now it took back the connections that had their reply
  }

 private:
  void serve_in_background() {
    workers_.emplace(options_.workers, static_cast<std::size_t>(options_.queue));
    quick_.emplace(kQuickWorkers, static_cast<std::size_t>(options_.queue));
    reception_.emplace(options_.reception,
                       [this](Arrival arrival) { arrived(std::move(arrival)); });
    thread_ = std::thread([this] {
      server_.accept_until(stopping_, [this](int socket) { reception_->admit(socket); });
    });
  }

  // On the reception's thread, or the accept loop's.
  void arrived(Arrival arrival) {
    const bool crowded = arrival.state == Arrival::State::crowded;
    auto& pool = is_quick(arrival.bytes) ? *quick_ : *workers_;
    const auto stream = std::make_shared<ArrivedStream>(std::move(arrival), options_, stopping_);
    if (!crowded && pool.give([this, stream] { serve(*stream); })) return;
    if (stopping_) {
      refuse(*stream, 503, "Service Unavailable",
             fail(ErrorCode::unavailable, "the server is shutting down"));
    } else {
      refuse(*stream, 429, "Too Many Requests",
             fail(ErrorCode::busy, "too many requests at once; try again in a second"),
             "Retry-After: 1\r\n");
    }
    reception_->dismiss(static_cast<int>(stream->socket()));
  }

  // On a worker.
  void serve(ArrivedStream& stream) {
    switch (stream.state()) {
      case Arrival::State::late:
        refuse(stream, 408, "Request Timeout",
               fail(ErrorCode::deadline_exceeded, "the request did not arrive in time"));
        break;
      case Arrival::State::too_long:
        refuse(stream, 431, "Request Header Fields Too Large",
               fail(ErrorCode::too_large, "the headers may have at most " +
                                              std::to_string(options_.reception.head_bytes) +
                                              " bytes"));
        break;
      case Arrival::State::malformed:
        refuse(stream, 400, "Bad Request",
               fail(ErrorCode::invalid_field, "the headers must end their lines in CR LF"));
        break;
      default:
        server_.serve(stream);
    }
    reception_->dismiss(static_cast<int>(stream.socket()));
  }

  bool is_quick(std::string_view request) const {
    if (!request.starts_with("GET ") && !request.starts_with("HEAD ")) return false;
    std::string_view path = request.substr(request.find(' ') + 1);
    path = path.substr(0, path.find_first_of(" ?\r"));
    return std::find(quick_paths_.begin(), quick_paths_.end(), path) != quick_paths_.end();
  }

  void read_body(const httplib::Request& in, httplib::Response& out,
                 const httplib::ContentReader& read) const {
    std::string body;
    const bool complete = read([&](const char* data, std::size_t size) {
      if (body.size() + size > options_.reception.body_bytes) return false;
      body.append(data, size);
      return true;
    });
    if (complete) {
      answer(in, std::move(body), out);
    } else if (out.status < 400) {
      write_reply(error_reply(400, fail(ErrorCode::invalid_json, "the body ended early")), out);
    }
  }

  // What can be refused before the body is read.
  std::optional<Reply> refusal_of(const httplib::Request& in, bool posts) const {
    // A page of another site that the browser resolves to this machine must not reach us.
    const std::string host = host_name(in.get_header_value("Host"));
    if (loopback_ && !host.empty() && !is_loopback(host)) {
      return error_reply(421, fail(ErrorCode::invalid_field,
                                   "the host \"" + host + "\" is not this server", "Host"));
    }
    if (in.has_header("Transfer-Encoding")) {
      return error_reply(
          411, fail(ErrorCode::invalid_field, "send the body with a Content-Length, not in chunks",
                    "Transfer-Encoding"));
    }
    if (in.has_header("Content-Encoding")) {
      return error_reply(
          415, fail(ErrorCode::unsupported, "compressed bodies are not taken", "Content-Encoding"));
    }
    if (in.get_header_value_count("Content-Length") > 1) {
      return error_reply(
          400, fail(ErrorCode::invalid_field, "more than one Content-Length", "Content-Length"));
    }
    if (!posts) return std::nullopt;
    if (!in.has_header("Content-Length")) {
      return error_reply(
          411, fail(ErrorCode::invalid_field, "a POST needs a Content-Length", "Content-Length"));
    }
    // Another site's page can send forms and plain text unasked, but no JSON.
    std::string type = in.get_header_value("Content-Type");
    type = type.substr(0, type.find(';'));
    while (!type.empty() && type.back() == ' ') type.pop_back();
    std::transform(type.begin(), type.end(), type.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (type != "application/json") {
      return error_reply(
          415, fail(ErrorCode::unsupported,
                    "the body must be JSON with Content-Type: application/json (curl --json)",
                    "Content-Type"));
    }
    return std::nullopt;
  }

  void answer(const httplib::Request& in, std::string body, httplib::Response& out) const {
    const int socket = static_cast<int>(current_stream->socket());
    write_reply(
        handler_({in.method, in.path, in.params, std::move(body),
                  in.get_header_value("Authorization"), [socket] { return has_hung_up(socket); }}),
        out);
  }

  Reply own_error(int status) const {
    if (status == 413) {
      return error_reply(413, fail(ErrorCode::too_large,
                                   "the body may have at most " +
                                       std::to_string(options_.reception.body_bytes) + " bytes"));
    }
    if (status == 414)
      return error_reply(414, fail(ErrorCode::too_large, "the address is too long"));
    if (status >= 500)
      return error_reply(status, fail(ErrorCode::internal, "an unexpected failure"));
    return error_reply(status, fail(ErrorCode::invalid_field, "the request is no valid HTTP"));
  }

  const Handler handler_;
  const std::vector<std::string> quick_paths_;
  const ServerOptions options_;
  GuardedServer server_;
  std::atomic<bool> stopping_{false};
  std::optional<Reception> reception_;
  std::optional<WorkerPool> workers_, quick_;
  bool loopback_ = true;
  SocketFile socket_file_;
  std::thread thread_;
};

HttpServer::HttpServer(Handler handler, const std::vector<std::string>& post_paths,
                       std::vector<std::string> quick_paths, ServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(handler), post_paths, std::move(quick_paths),
                                   std::move(options))) {}
HttpServer::~HttpServer() = default;

Result<int> HttpServer::start(const std::string& host, int port, bool search) {
  return impl_->start(host, port, search);
}
Result<void> HttpServer::start(const std::string& socket_path) { return impl_->start(socket_path); }
void HttpServer::stop() { impl_->stop(); }

}  // namespace trm::http
