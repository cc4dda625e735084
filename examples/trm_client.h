// The part for a game: a client of trm_server. Copy this file.
//
// Needs cpp-httplib and nlohmann/json (Debian: libcpp-httplib-dev, nlohmann-json3-dev).
#pragma once

#include <httplib.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace trm_client {

using Json = nlohmann::json;

/// What the server refused: its one error shape, {"error":{"code","message","field","type"}}.
inline std::runtime_error refusal(const Json& error) {
  const Json field = error.value("field", Json());
  return std::runtime_error(error.value("code", "?") + ": " + error.value("message", "?") +
                            (field.is_string() ? " (field " + field.get<std::string>() + ")" : ""));
}

/// A trm_server. One call at a time; each throws std::runtime_error. stop() from another thread
/// closes the connection: the server then stops working on the board.
class Client {
 public:
  /// `url`: "http://127.0.0.1:8080"; `key`: empty where the server wants none.
  Client(std::string url, const std::string& key) : url_(std::move(url)), http_(url_) {
    // Solves take up to a minute by default; a stream says something every 15 seconds.
    http_.set_read_timeout(std::chrono::seconds(90));
    if (!key.empty()) http_.set_bearer_token_auth(key);
  }

  /// One result, or with "boards" {"results":[...]}: each a result or an error.
  Json solve(const Json& request) { return Json::parse(ask("POST", "/v1/solve", request.dump())); }

  /// Calls on_step(step) for each step as it comes; the result.
  Json solve_in_steps(const Json& request, const std::function<void(const Json&)>& on_step) {
    std::string text;
    Json result;
    ask("POST", "/v1/solve?stream=true", request.dump(), [&](std::string_view piece) {
      text += piece;  // server-sent events, an empty line after each
      for (std::size_t end; (end = text.find("\n\n")) != std::string::npos;) {
        const std::string event = text.substr(0, end);
        text.erase(0, end + 2);
        const std::size_t data = event.find("\ndata: ");
        if (data == std::string::npos) continue;  // a comment: the server is still at it
        const std::string name = event.substr(0, data);
        Json json = Json::parse(event.substr(data + 7));
        if (name == "event: error") throw refusal(json.at("error"));
        if (name == "event: step") on_step(json);
        if (name == "event: result") result = std::move(json);
      }
    });
    if (result.is_null()) throw std::runtime_error("the stream ended before the result");
    return result;
  }

  /// The id of a solve that runs on while nobody waits.
  std::string start_job(Json request) {
    request["async"] = true;
    return Json::parse(ask("POST", "/v1/solve", request.dump())).at("id");
  }
  /// {"id", "status": "running", "done" or "failed", "events", then "result" or "error"}.
  Json job(const std::string& id) { return Json::parse(ask("GET", "/v1/jobs/" + id)); }
  void cancel_job(const std::string& id) { ask("DELETE", "/v1/jobs/" + id); }

  void stop() { http_.stop(); }

 private:
  using OnPiece = std::function<void(std::string_view)>;

  std::string ask(const char* method, const std::string& path, const std::string& body = {},
                  const OnPiece& on_piece = {}) {
    for (int tries_left = 5;;) {
      int status = 0;
      std::string text;
      httplib::Request request;
      request.method = method;
      request.path = path;
      request.body = body;
      request.headers = {{"Content-Type", "application/json"}};
      request.response_handler = [&](const httplib::Response& head) {
        status = head.status;
        return true;
      };
      request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t,
                                     std::uint64_t) {
        if (status == 200 && on_piece) return on_piece({data, size}), true;
        return text.append(data, size), true;
      };
      const auto reply = http_.send(request);
      if (!reply) {
        throw std::runtime_error("no answer from " + url_ + ": " +
                                 httplib::to_string(reply.error()) +
                                 "\nstart the server with: ./run server --port 8080");
      }
      if (status < 300) return text;
      if (status != 429 || --tries_left == 0) {
        const Json json = Json::parse(text, nullptr, false);
        if (json.is_object() && json.contains("error")) throw refusal(json.at("error"));
        throw std::runtime_error(url_ + " did not answer as trm_server");
      }
      const int wait = std::clamp(std::atoi(reply->get_header_value("Retry-After").c_str()), 1, 60);
      std::cerr << "the server is busy: next try in " << wait << " s\n";
      std::this_thread::sleep_for(std::chrono::seconds(wait));
    }
  }

  const std::string url_;
  httplib::Client http_;
};

}  // namespace trm_client
