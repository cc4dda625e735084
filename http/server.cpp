#include "http/server.h"

#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <thread>

#include "engine/solution_json.h"

namespace trm::http {
namespace {

using Clock = std::chrono::steady_clock;

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

// One request's view of its socket: a budget of bytes to read (first for the headers, then for the
// body), a deadline to read them, another one to write the reply, counted from its first byte.
class GuardedStream final : public httplib::Stream {
 public:
  GuardedStream(int socket, const ServerLimits& limits)
      : socket_(socket),
        limits_(limits),
        budget_(limits.header_bytes),
        read_deadline_(Clock::now() + std::chrono::seconds(limits.request_seconds)) {}

  bool is_readable() const override {
    return begin_ < end_ || wait_for(socket_, POLLIN, milliseconds_until(read_deadline_));
  }
  bool is_writable() const override { return wait_for(socket_, POLLOUT, 0); }

  ssize_t read(char* out, size_t size) override {
    if (begin_ == end_ && !fill()) return -1;
    if (begin_ == end_) return 0;  // the client closed
    const std::size_t count = std::min(size, end_ - begin_);
    std::copy_n(buffer_.data() + begin_, count, out);
    begin_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* data, size_t size) override {
    if (write_deadline_ == Clock::time_point{}) {
      write_deadline_ = Clock::now() + std::chrono::seconds(limits_.reply_seconds);
    }
    for (;;) {
      if (!wait_for(socket_, POLLOUT, milliseconds_until(write_deadline_))) return -1;
      const ssize_t sent = send(socket_, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0) return sent;
      if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return -1;
    }
  }

  // The headers were fine: the body may come.
  void allow_body() { budget_ += limits_.body_bytes; }

  // Nothing here looks at addresses.
  void get_remote_ip_and_port(std::string& ip, int& port) const override { ip.clear(), port = 0; }
  void get_local_ip_and_port(std::string& ip, int& port) const override { ip.clear(), port = 0; }
  socket_t socket() const override { return socket_; }

 private:
  bool fill() {
    if (budget_ == 0) return false;
    for (;;) {
      if (!wait_for(socket_, POLLIN, milliseconds_until(read_deadline_))) return false;
      const ssize_t got = recv(socket_, buffer_.data(), std::min(buffer_.size(), budget_), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return false;
      begin_ = 0;
      end_ = static_cast<std::size_t>(got);
      budget_ -= end_;
      return true;
    }
  }

  int socket_;
  const ServerLimits& limits_;
  std::size_t budget_;
  Clock::time_point read_deadline_;
  Clock::time_point write_deadline_{};
  std::array<char, 16 << 10> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// The connection that this thread serves; cpp-httplib does not hand it to its handlers.
thread_local GuardedStream* current_stream = nullptr;

// Closing while unread bytes wait resets the connection, and the client may lose the reply: so the
// rest of a refused request is read and thrown away for a moment.
void linger_and_close(int socket) {
  shutdown(socket, SHUT_WR);
  std::array<char, 4096> ignored{};
  const auto deadline = Clock::now() + std::chrono::milliseconds(500);
  std::size_t left = 4u << 20;
  while (left > 0 && wait_for(socket, POLLIN, milliseconds_until(deadline))) {
    const ssize_t got = recv(socket, ignored.data(), ignored.size(), MSG_DONTWAIT);
    if (got <= 0) break;
    left -= std::min(left, static_cast<std::size_t>(got));
  }
  close(socket);
}

class GuardedServer final : public httplib::Server {
 public:
  explicit GuardedServer(const ServerLimits& limits) : limits_(limits) {}

 private:
  bool process_and_close_socket(socket_t socket) override {
    GuardedStream stream(static_cast<int>(socket), limits_);
    current_stream = &stream;
    bool closed = false;
    const bool done = process_request(stream, true, closed, nullptr);
    current_stream = nullptr;
    linger_and_close(static_cast<int>(socket));
    return done;
  }

  const ServerLimits limits_;
};

void write_reply(const Reply& reply, httplib::Response& response) {
  response.status = reply.status;
  for (const auto& [name, value] : reply.headers) response.set_header(name.c_str(), value);
  response.set_content(reply.body, "application/json");
}

// "localhost:8080" -> "localhost".
std::string host_name(const std::string& header) {
  if (header.starts_with("[")) return header.substr(0, header.find(']') + 1);
  return header.substr(0, header.find(':'));
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host == "::1" || host.starts_with("127.");
}

}  // namespace

Reply error_reply(int status, const Error& error) {
  return {status, error_to_json(error).dump() + "\n", {}};
}

class HttpServer::Impl {
 public:
  Impl(Handler handler, const std::vector<std::string>& post_paths, ServerLimits limits)
      : handler_(std::move(handler)), limits_(limits), server_(limits_) {
    server_.new_task_queue = [this] {
      return new httplib::ThreadPool(static_cast<std::size_t>(limits_.threads));
    };
    // cpp-httplib would share the port with a second server on it.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_.set_payload_max_length(limits_.body_bytes);
    server_.set_pre_routing_handler(
        [this, post_paths](const httplib::Request& in, httplib::Response& out) {
          const bool posts = in.method == "POST" && std::find(post_paths.begin(), post_paths.end(),
                                                              in.path) != post_paths.end();
          if (auto refusal = refuse(in, posts)) {
            write_reply(*refusal, out);
            return httplib::Server::HandlerResponse::Handled;
          }
          // Only paths that take a body go on to cpp-httplib's routing by regular expressions.
          if (posts) {
            current_stream->allow_body();
            return httplib::Server::HandlerResponse::Unhandled;
          }
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
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    return bound;
  }

  void stop() {
    if (!thread_.joinable()) return;
    // stop() before the listener runs would be lost.
    while (!server_.is_running()) std::this_thread::yield();
    server_.stop();
    thread_.join();
  }

 private:
  void read_body(const httplib::Request& in, httplib::Response& out,
                 const httplib::ContentReader& read) const {
    std::string body;
    const bool complete = read([&](const char* data, std::size_t size) {
      if (body.size() + size > limits_.body_bytes) return false;
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
  std::optional<Reply> refuse(const httplib::Request& in, bool posts) const {
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
        handler_({in.method, in.path, std::move(body), [socket] { return has_hung_up(socket); }}),
        out);
  }

  Reply own_error(int status) const {
    if (status == 413) {
      return error_reply(
          413, fail(ErrorCode::too_large,
                    "the body may have at most " + std::to_string(limits_.body_bytes) + " bytes"));
    }
    if (status == 414)
      return error_reply(414, fail(ErrorCode::too_large, "the address is too long"));
    if (status >= 500)
      return error_reply(status, fail(ErrorCode::internal, "an unexpected failure"));
    return error_reply(status, fail(ErrorCode::invalid_field, "the request is no valid HTTP"));
  }

  const Handler handler_;
  const ServerLimits limits_;
  GuardedServer server_;
  bool loopback_ = true;
  std::thread thread_;
};

HttpServer::HttpServer(Handler handler, const std::vector<std::string>& post_paths,
                       ServerLimits limits)
    : impl_(std::make_unique<Impl>(std::move(handler), post_paths, limits)) {}
HttpServer::~HttpServer() = default;

Result<int> HttpServer::start(const std::string& host, int port, bool search) {
  return impl_->start(host, port, search);
}
void HttpServer::stop() { impl_->stop(); }

}  // namespace trm::http
