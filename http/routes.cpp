#include "http/routes.h"

#include <algorithm>
#include <utility>

#include "engine/solution_json.h"
#include "http/schema.h"
#include "http/status.h"
#include "puzzles/registry.h"

#ifndef TRM_VERSION
#define TRM_VERSION "unknown"
#endif

namespace trm::http {
namespace {

constexpr int kTraceSteps = 8192;
constexpr auto kPoll = std::chrono::milliseconds(50);

Reply json_reply(const Json& json) { return {200, json.dump() + "\n", {}}; }

Reply wrong_method(const char* allowed) {
  Reply reply =
      error_reply(405, fail(ErrorCode::unsupported, std::string("use ") + allowed, "method"));
  reply.headers.emplace_back("Allow", allowed);
  return reply;
}

Error loading() {
  return fail(ErrorCode::unavailable, "the models are being loaded; try again in a second");
}

// Counts itself; over the limit it does not.
class Turn {
 public:
  Turn(std::atomic<int>& count, int limit) : count_(count), granted_(count.fetch_add(1) < limit) {}
  ~Turn() { count_.fetch_sub(1); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool granted() const { return granted_; }

 private:
  std::atomic<int>& count_;
  bool granted_;
};

Reply one_puzzle(const std::string& name) {
  const auto puzzle = find_puzzle(name);
  return puzzle ? json_reply(puzzle_to_json(**puzzle)) : error_reply(puzzle.error());
}

}  // namespace

void Api::set_solver(std::shared_ptr<Solver> solver) {
  const std::lock_guard lock(mutex_);
  solver_ = std::move(solver);
}

std::shared_ptr<Solver> Api::solver() const {
  const std::lock_guard lock(mutex_);
  return solver_;
}

Reply Api::handle(const Request& request) {
  std::string path = request.path;
  if (path.starts_with("/v1/")) path = path.substr(3);
  if (path == "/solve") return request.method == "POST" ? solve(request) : wrong_method("POST");
  using Page = std::pair<std::string_view, Reply (Api::*)() const>;
  static constexpr Page pages[] = {{"/", &Api::props},
                                   {"/health", &Api::health},
                                   {"/puzzles", &Api::puzzles},
                                   {"/models", &Api::models},
                                   {"/props", &Api::props}};
  const auto* page = std::find_if(std::begin(pages), std::end(pages),
                                  [&](const Page& p) { return p.first == path; });
  constexpr std::string_view one = "/puzzles/";
  if (page == std::end(pages) && !path.starts_with(one)) {
    return error_reply(fail(ErrorCode::not_found,
                            "there is no such address: POST /solve, GET /health, /puzzles, "
                            "/puzzles/NAME, /models, /props",
                            "path"));
  }
  if (request.method != "GET" && request.method != "HEAD") return wrong_method("GET");
  return page != std::end(pages) ? (this->*page->second)() : one_puzzle(path.substr(one.size()));
}

Reply Api::puzzles() const {
  Json list = Json::array();
  for (const Puzzle* puzzle : registered_puzzles()) list.push(puzzle_to_json(*puzzle));
  return json_reply(Json::object().set("puzzles", std::move(list)));
}

Reply Api::health() const {
  if (solver() == nullptr || stopping_) return error_reply(loading());
  return json_reply(Json::object().set("status", "ok").set("version", TRM_VERSION));
}

Reply Api::models() const {
  const auto engine = solver();
  if (engine == nullptr) return error_reply(loading());
  Json list = Json::array();
  for (const ModelInfo& model : engine->models()) list.push(model_to_json(model));
  return json_reply(Json::object().set("models", std::move(list)));
}

Reply Api::props() const {
  const auto engine = solver();
  if (engine == nullptr) return error_reply(loading());
  Json names = Json::array();
  for (const Puzzle* puzzle : registered_puzzles()) names.push(puzzle->name());
  Json json = Json::object();
  json.set("name", "trm_server").set("version", TRM_VERSION);
  const SolverOptions& options = engine->options();
  json.set("backend", options.backend).set("precision", options.precision);
  json.set("slots", options.slots).set("deterministic", options.deterministic);
  json.set("puzzles", std::move(names));
  json.set("limits", Json::object()
                         .set("deadline_ms", static_cast<std::int64_t>(limits_.longest.count()))
                         .set("solves", limits_.solves));
  return json_reply(json);
}

Reply Api::solve(const Request& request) {
  const auto engine = solver();
  if (engine == nullptr || stopping_) return error_reply(loading());
  const Turn turn(solving_, limits_.solves);
  if (!turn.granted()) {
    return error_reply(fail(ErrorCode::busy, "too many solves at once; try again in a second"));
  }
  auto asked = read_solve_request(request.body, limits_.longest);
  if (!asked) return error_reply(asked.error());
  const Question question = asked->question;
  const bool traced = asked->trace;
  if (traced && static_cast<std::int64_t>(asked->max_steps) * asked->attempts > kTraceSteps) {
    return error_reply(fail(ErrorCode::invalid_field,
                            "trace: at most " + std::to_string(kTraceSteps) +
                                " steps (max_steps times attempts) can be traced",
                            "trace"));
  }
  auto handle = engine->submit(std::move(asked).value());
  if (!handle) return error_reply(handle.error());
  Json steps = Json::array();
  for (;;) {
    const auto event = handle->next(kPoll);
    if (stopping_ || request.disconnected()) handle->cancel();
    if (!event) continue;
    if (const auto* step = std::get_if<event::Step>(&*event)) {
      if (traced) steps.push(step_to_json(question, *step));
    } else if (const auto* done = std::get_if<event::Done>(&*event)) {
      if (!done->result) return error_reply(done->result.error());
      Json json = solution_to_json(*done->result);
      if (traced) json.set("trace", std::move(steps));
      return json_reply(json);
    }
  }
}

}  // namespace trm::http
