// Whole requests through the dispatcher of the HTTP service, with a solver behind it.
//
// Input: a request as it stands on the wire, "POST /solve?stream=true\n{...}": method and target,
// then the body. The same bytes also go to the reception's search for the end of a request.
#include <memory>

#include "http/reception.h"
#include "http/routes.h"
#include "tests/fuzz/fuzz.h"

namespace trm {
namespace {

using http::Api;
using http::Reply;
using http::Request;

/// One service for all inputs: the rules answer, and each request has a few milliseconds.
Api& service() {
  static const std::unique_ptr<Api> api = [] {
    http::SolveLimits limits;
    limits.longest = std::chrono::milliseconds(3);
    limits.jobs = 8;
    limits.keep_jobs = std::chrono::seconds(1);
    auto made = std::make_unique<Api>(limits);
    SolverOptions options;
    options.backend = "exact";
    auto solver = Solver::create(options);
    FUZZ_CHECK(solver.ok(), solver ? "" : solver.error().message);
    made->set_solver(std::move(solver).value());
    return made;
  }();
  return *api;
}

std::multimap<std::string, std::string> read_query(std::string_view text) {
  std::multimap<std::string, std::string> query;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const auto equals = std::min(pair.size(), pair.find('='));
    query.emplace(pair.substr(0, equals),
                  equals < pair.size() ? pair.substr(equals + 1) : std::string_view());
  }
  return query;
}

Request read_request(std::string_view text) {
  Request request;
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.size() < text.size()) request.body = text.substr(line.size() + 1);
  request.method = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), request.method.size() + 1));
  request.path = line.substr(0, line.find('?'));
  line.remove_prefix(std::min(line.size(), request.path.size() + 1));
  request.query = read_query(line);
  // Whoever waits longer than the deadline has gone.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
  request.disconnected = [until] { return std::chrono::steady_clock::now() > until; };
  return request;
}

void check_reply(const Reply& reply, std::string_view text) {
  FUZZ_CHECK(reply.status >= 200 && reply.status <= 504, text);
  FUZZ_CHECK(reply.status != 500, reply.body);
  if (reply.stream) {
    std::size_t pieces = 0;
    reply.stream([&](std::string_view piece) {
      FUZZ_CHECK(piece.ends_with("\n\n"), piece);
      return ++pieces < 20;
    });
  } else if (reply.content_type == "application/json") {
    FUZZ_CHECK(parse_json(reply.body).ok(), reply.body);
    const auto json = parse_json(reply.body);
    FUZZ_CHECK((reply.status >= 400) == (json->find("error") != nullptr) || reply.status == 200,
               reply.body);
  }
}

void check_length(std::string_view text) {
  constexpr std::size_t kBody = 4096;
  const std::size_t length = http::request_length(text, kBody);
  const auto head = text.find("\r\n\r\n");
  FUZZ_CHECK((length == 0) == (head == std::string_view::npos), text);
  if (length > 0) FUZZ_CHECK(length >= head + 4 && length <= head + 4 + kBody, text);
}

}  // namespace
}  // namespace trm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trm;
  const auto text = fuzz::as_text(data, size);
  check_length(text);
  check_reply(service().handle(read_request(text)), text);
  return 0;
}
