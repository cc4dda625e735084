// A real trm_server on a free port, and a client that can misbehave.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "puzzles/json.h"
#include "tests/catch.h"

namespace trm::test {

struct HttpReply {
  int status = 0;  ///< 0: the connection closed without a reply
  std::string head;
  Json body;
};

/// Talks to a server on the loopback or on a Unix socket; can misbehave.
class HttpClient {
 public:
  explicit HttpClient(int port) : port_(port) {}
  int port() const { return port_; }

  /// A connected socket, or -1. No assertion here: Catch2's are not thread-safe, and several
  /// clients run at once.
  int connect() const {
    const bool local = !path_.empty();
    sockaddr_in internet{};
    internet.sin_family = AF_INET;
    internet.sin_port = htons(static_cast<std::uint16_t>(port_));
    internet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_un local_address{};
    local_address.sun_family = AF_UNIX;
    path_.copy(local_address.sun_path, sizeof local_address.sun_path - 1);
    const auto* address = local ? reinterpret_cast<sockaddr*>(&local_address)
                                : reinterpret_cast<sockaddr*>(&internet);
    const int socket = ::socket(address->sa_family, SOCK_STREAM, 0);
    if (::connect(socket, address, local ? sizeof local_address : sizeof internet) == 0)
      return socket;
    close(socket);
    return -1;
  }

  /// Sends the bytes as they are, says that no more will come, and reads until the server closes.
  HttpReply raw(std::string_view bytes, bool half_close = true, std::string* body = nullptr) const {
    const int socket = connect();
    if (socket < 0) return {};
    while (!bytes.empty()) {
      const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;  // refused early: the reply is there
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    if (half_close) shutdown(socket, SHUT_WR);
    std::string text;
    char buffer[4096];
    for (ssize_t got = 0; (got = recv(socket, buffer, sizeof buffer, 0)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(got));
    }
    close(socket);
    if (body != nullptr) *body = text.substr(std::min(text.size(), text.find("\r\n\r\n") + 4));
    return parse_reply(text);
  }

  /// `headers`: further lines, each with its end.
  HttpReply get(const std::string& path, const std::string& headers = "") const {
    return raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
  }
  /// The body of a GET as it is.
  std::string text(const std::string& path) const {
    std::string body;
    raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n", true, &body);
    return body;
  }
  HttpReply post(const std::string& path, const std::string& body,
                 const std::string& headers = "") const {
    return raw("POST " + path +
                   " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" + headers +
                   "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
               false);
  }

 protected:
  HttpClient() = default;
  int port_ = 0;
  std::string path_;  ///< of the Unix socket; empty: the port

 private:
  static HttpReply parse_reply(const std::string& text) {
    HttpReply reply;
    const auto end = text.find("\r\n\r\n");
    if (!text.starts_with("HTTP/1.1 ") || end == std::string::npos) return reply;
    reply.status = std::atoi(text.c_str() + 9);
    reply.head = text.substr(0, end);
    auto json = parse_json(text.substr(end + 4));
    if (json) reply.body = std::move(json).value();
    return reply;
  }
};

class ServerProcess : public HttpClient {
 public:
  /// The program with the fake modules; --port 0 is added.
  explicit ServerProcess(std::vector<std::string> arguments, bool fakes = true) {
    int out[2];
    REQUIRE(pipe(out) == 0);
    const std::string program = std::string(fakes ? TRM_TEST_BIN_DIR : TRM_BIN_DIR) + "/trm_server";
    arguments.insert(arguments.begin(), program);
    const auto socket = std::find(arguments.begin(), arguments.end(), "--socket");
    if (socket != arguments.end()) path_ = *(socket + 1);
    arguments.insert(arguments.end(), {"--port", "0", "--log", "off"});
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      dup2(out[1], 1);
      close(out[0]);
      execv(program.c_str(), argv.data());
      _exit(98);
    }
    close(out[1]);
    std::string line;
    for (char c = 0; read(out[0], &c, 1) == 1 && c != '\n';) line += c;
    close(out[0]);
    INFO("first line: " << line);
    REQUIRE(line.find(" listening on ") != std::string::npos);
    if (!path_.empty()) return;
    port_ = std::atoi(line.c_str() + line.rfind(':') + 1);
    REQUIRE(port_ > 0);
  }
  /// Stops the server as a user would; it must end in peace, also as a sanitizer sees it (those end
  /// a program with a status of their own).
  ~ServerProcess() {
    if (pid_ > 0) CHECK(stop(SIGTERM) == 0);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  void signal(int signal) const { kill(pid_, signal); }

  /// Sends a signal; the exit status, or 128 + the signal that ended it (SIGKILL after 20 s).
  int stop(int signal) {
    kill(pid_, signal);
    int status = 0, waited_ms = 0;
    for (; waitpid(pid_, &status, WNOHANG) == 0; waited_ms += 10) {
      if (waited_ms == 20'000) kill(pid_, SIGKILL);
      usleep(10'000);
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
};

/// "code" of an error reply; checks that its shape is the one that is promised.
inline std::string error_code(const HttpReply& reply) {
  const Json* error = reply.body.find("error");
  if (error == nullptr) return "no error: " + reply.body.dump();
  for (const char* key : {"code", "message", "field", "type"}) CHECK(error->find(key) != nullptr);
  CHECK_FALSE(error->find("message")->as_string().empty());
  return error->find("code")->as_string();
}

inline std::string field_of(const HttpReply& reply) {
  const Json* field = reply.body.find("error")->find("field");
  return field->is_string() ? field->as_string() : "";
}

/// A body that is refused; empty code or field: any.
struct BadRequest {
  std::string body;
  int status;
  std::string code, field;
};

inline void check_refused(const HttpClient& server, const std::string& path,
                          const std::vector<BadRequest>& cases) {
  for (const BadRequest& c : cases) {
    INFO(c.body);
    const auto reply = server.post(path, c.body);
    CHECK(reply.status == c.status);
    const std::string code = error_code(reply);
    if (!c.code.empty()) CHECK(code == c.code);
    if (!c.field.empty()) CHECK(field_of(reply) == c.field);
  }
}

}  // namespace trm::test
