#include "http/routes.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "engine/solution_json.h"
#include "http/draw.h"
#include "http/fields.h"
#include "http/pages.h"
#include "http/schema.h"
#include "http/status.h"
#include "puzzles/registry.h"

#ifndef TRM_VERSION
#define TRM_VERSION "unknown"
#endif

namespace trm::http {
namespace {

/// Of all workers those that may make boards at once, and the time for one request.
constexpr int kGenerating = 16;
constexpr std::chrono::seconds kGenerateTime{10};

Error loading() {
  return fail(ErrorCode::unavailable, "the models are being loaded; try again in a second");
}

Error shutting_down() { return fail(ErrorCode::unavailable, "the server is shutting down"); }

// The path without "/v1".
std::string plain(const std::string& path) {
  return path.starts_with("/v1/") ? path.substr(3) : path;
}

std::vector<std::string> under_v1_too(std::vector<std::string> paths) {
  for (std::size_t i = 0, count = paths.size(); i < count; ++i) paths.push_back("/v1" + paths[i]);
  return paths;
}

}  // namespace

/// An address: literal, no pattern. One that ends with a slash takes what follows as its rest, up
/// to the tail.
struct Api::Route {
  std::string path;
  std::string methods;  ///< "GET", "POST" or "GET, DELETE"
  Reply (Api::*answer)(const Request& request, const std::string& rest);
  bool open = false;   ///< needs no key
  bool quick = false;  ///< never waits
  std::string tail = {};

  bool has_rest() const { return path.size() > 1 && path.ends_with("/"); }
  std::string text() const { return has_rest() ? path + "..." + tail : path; }
};

const std::vector<Api::Route>& Api::routes() {
  static const std::vector<Route> all{{"/solve", "POST", &Api::solve},
                                      {"/check", "POST", &Api::check},
                                      {"/generate", "POST", &Api::generate},
                                      {"/hint", "POST", &Api::hint},
                                      {"/draw", "POST", &Api::draw},
                                      {"/jobs/", "GET", &Api::job_events, false, false, "/events"},
                                      {"/jobs/", "GET, DELETE", &Api::job},
                                      {"/health", "GET", &Api::health, true, true},
                                      {"/ready", "GET", &Api::health, true, true},
                                      {"/metrics", "GET", &Api::metrics, false, true},
                                      {"/puzzles", "GET", &Api::puzzles},
                                      {"/puzzles/", "GET", &Api::puzzle},
                                      {"/models", "GET", &Api::models},
                                      {"/models/reload", "POST", &Api::reload_models},
                                      {"/props", "GET", &Api::props},
                                      {"/openapi.json", "GET", &Api::openapi, true},
                                      {"/docs", "GET", &Api::docs, true},
                                      {"/web/", "GET", &Api::web, true},
                                      {"/", "GET", &Api::front, true}};
  return all;
}

std::vector<std::string> Api::post_paths() {
  std::vector<std::string> paths;
  for (const Route& route : routes()) {
    if (route.methods == "POST") paths.push_back(route.path);
  }
  return under_v1_too(std::move(paths));
}

std::vector<std::string> Api::quick_paths() {
  std::vector<std::string> paths;
  for (const Route& route : routes()) {
    if (route.quick) paths.push_back(route.path);
  }
  return under_v1_too(std::move(paths));
}

void Api::set_solver(std::shared_ptr<Solver> solver) {
  const std::lock_guard lock(mutex_);
  solver_ = std::move(solver);
}

std::shared_ptr<Solver> Api::solver() const {
  const std::lock_guard lock(mutex_);
  return solver_;
}

Result<void> Api::reload() {
  const auto engine = solver();
  const std::lock_guard lock(reloading_);  // one after the other: the last listing wins
  return engine != nullptr ? engine->reload() : Result<void>(loading());
}

bool Api::matches(const Route& route, const std::string& path, std::string& rest) {
  if (!route.has_rest()) {
    rest.clear();
    return path == route.path;
  }
  if (!path.starts_with(route.path) || !path.ends_with(route.tail)) return false;
  rest = path.substr(route.path.size());
  if (rest.size() < route.tail.size()) return false;
  rest.resize(rest.size() - route.tail.size());
  return true;
}

Reply Api::handle(const Request& request) {
  if (request.method == "HEAD") {  // the server leaves the body out
    Request get = request;
    get.method = "GET";
    return handle(get);
  }
  const std::string path = plain(request.path);
  std::string rest;
  const Route* route = nullptr;
  for (const Route& one : routes()) {
    if (route == nullptr && matches(one, path, rest)) route = &one;
  }
  const bool open = route != nullptr && route->open;
  if (!open && !keys_.empty() && !keys_.admits(request.authorization)) {
    return error_reply(fail(ErrorCode::unauthorized,
                            "this server wants a key: send the header Authorization: Bearer KEY",
                            "Authorization"));
  }
  if (route == nullptr) return no_such_address();
  // Whole words of "GET, DELETE".
  if ((", " + route->methods + ",").find(", " + request.method + ",") == std::string::npos) {
    return wrong_method(route->methods);
  }
  return (this->*route->answer)(request, rest);
}

Reply Api::no_such_address() {
  std::string known;
  for (const Route& route : routes()) {
    known += (known.empty() ? "" : ", ") + route.text();
  }
  return error_reply(
      fail(ErrorCode::not_found, "there is no such address; there are " + known, "path"));
}

Reply Api::solve(const Request& request, const std::string&) {
  const auto engine = solver();
  if (engine == nullptr) return error_reply(loading());
  if (solves_.stopping()) return error_reply(shutting_down());
  return solves_.post(request, *engine);
}

Reply Api::job(const Request& request, const std::string& rest) {
  return request.method == "GET" ? solves_.job(rest) : solves_.remove_job(rest);
}

Reply Api::job_events(const Request& request, const std::string& rest) {
  return solves_.job_events(request, rest);
}

Reply Api::check(const Request& request, const std::string&) {
  const auto body = read_board_body(request.body, true);
  if (!body) return error_reply(body.error());
  const Verdict verdict = body->question.puzzle().check(body->question, *body->answer);
  return json_reply(200, verdict_to_json(body->question, verdict));
}

Reply Api::hint(const Request& request, const std::string&) {
  const auto body = read_board_body(request.body, false);
  if (!body) return error_reply(body.error());
  const Answer partial = body->answer ? *body->answer : Answer();
  const auto hint = body->question.puzzle().hint(body->question, partial);
  if (!hint) return error_reply(hint.error());
  return json_reply(200, hint_to_json(body->question, *hint));
}

Reply Api::draw(const Request& request, const std::string&) {
  const auto body = read_draw_body(request.body);
  return body ? json_reply(200, drawing_to_json(*body)) : error_reply(body.error());
}

Reply Api::generate(const Request& request, const std::string&) {
  auto body = read_generate_body(request.body);
  if (!body) return error_reply(body.error());
  const Share share(generating_, kGenerating);
  if (!share.granted()) {
    return error_reply(fail(ErrorCode::busy, "too many boards are being made; try again"));
  }
  body->request.deadline = std::chrono::steady_clock::now() + kGenerateTime;
  // Without a seed every request gets other boards; the reply says which seed made them.
  const std::uint64_t seed = body->seed ? *body->seed : std::random_device{}();
  Json boards = Json::array();
  for (int i = 0; i < body->count; ++i) {
    if (request.disconnected() || solves_.stopping()) return error_reply(shutting_down());
    Rng rng = Rng::stream(seed, static_cast<std::uint64_t>(i));
    const auto question = body->puzzle->generate(rng, body->request);
    if (!question) return error_reply(question.error());
    boards.push(body->puzzle->to_json(*question));
  }
  Json json = Json::object().set("puzzle", body->puzzle->name());
  json.set("seed", static_cast<std::int64_t>(seed)).set("boards", std::move(boards));
  return json_reply(200, json);
}

Reply Api::puzzles(const Request&, const std::string&) {
  Json list = Json::array();
  for (const Puzzle* puzzle : registered_puzzles()) list.push(puzzle_to_json(*puzzle));
  return json_reply(200, Json::object().set("puzzles", std::move(list)));
}

Reply Api::puzzle(const Request&, const std::string& rest) {
  const auto puzzle = find_puzzle(rest);
  return puzzle ? json_reply(200, puzzle_to_json(**puzzle)) : error_reply(puzzle.error());
}

Reply Api::health(const Request&, const std::string&) {
  if (solves_.stopping()) return error_reply(shutting_down());
  if (solver() == nullptr) return error_reply(loading());
  return json_reply(200, Json::object().set("status", "ok").set("version", TRM_VERSION));
}

Reply Api::metrics(const Request&, const std::string&) {
  solves_.look();
  Reply reply;
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = metrics_.text(solver().get());
  return reply;
}

Reply Api::models(const Request&, const std::string&) {
  const auto engine = solver();
  if (engine == nullptr) return error_reply(loading());
  Json list = Json::array();
  for (const ModelInfo& model : engine->models()) list.push(model_to_json(model));
  return json_reply(200, Json::object().set("models", std::move(list)));
}

Reply Api::reload_models(const Request& request, const std::string& rest) {
  if (keys_.empty()) {
    return error_reply(fail(ErrorCode::forbidden,
                            "only a server that was started with --api-key-file reads its models "
                            "anew on request (SIGHUP always does)"));
  }
  const auto body = read_object(request.body);
  if (!body) return error_reply(body.error());
  if (!body->as_object().empty()) {
    return error_reply(unknown_field(body->as_object().front().first, "an empty object"));
  }
  const auto reloaded = reload();
  return reloaded ? models(request, rest) : error_reply(reloaded.error());
}

Reply Api::front(const Request&, const std::string&) { return page("index.html"); }
Reply Api::docs(const Request&, const std::string&) { return page("docs.html"); }
Reply Api::openapi(const Request&, const std::string&) { return page("openapi.json"); }
Reply Api::web(const Request&, const std::string& rest) { return page(rest); }

Reply Api::props(const Request&, const std::string&) {
  const auto engine = solver();
  if (engine == nullptr) return error_reply(loading());
  Json names = Json::array(), models = Json::array();
  for (const Puzzle* puzzle : registered_puzzles()) names.push(puzzle->name());
  for (const ModelInfo& model : engine->models()) {
    models.push(Json::object().set("name", model.name).set("sha256", model.sha256));
  }
  const SolverOptions& options = engine->options();
  const SolveLimits& limits = solves_.limits();
  Json json = Json::object();
  json.set("name", "trm_server").set("version", TRM_VERSION);
  json.set("backend", options.backend).set("precision", options.precision);
  json.set("fits", engine->can_fit());
  json.set("slots", options.slots).set("deterministic", options.deterministic);
  json.set("puzzles", std::move(names)).set("models", std::move(models));
  json.set("limits", Json::object()
                         .set("deadline_ms", static_cast<std::int64_t>(limits.longest.count()))
                         .set("fit_seconds", limits.longest_fit)
                         .set("solves", limits.waiting)
                         .set("queue", options.queue)
                         .set("jobs", limits.jobs)
                         .set("max_memory", options.max_memory));
  return json_reply(200, json);
}

}  // namespace trm::http
