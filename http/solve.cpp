#include "http/solve.h"

#include <deque>
#include <utility>

#include "engine/solution_json.h"
#include "http/status.h"

namespace trm::http {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPoll = std::chrono::milliseconds(50);
constexpr auto kPing = std::chrono::seconds(15);
/// Boards of one request that are with the engine at a time.
constexpr std::size_t kWindow = 64;

// Counts a waiting caller; over the limit it does not.
class Turn {
 public:
  Turn(std::atomic<int>& count, int limit) : count_(count), granted_(count.fetch_add(1) < limit) {}
  ~Turn() { count_.fetch_sub(1); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool granted() const { return granted_; }

 private:
  std::atomic<int>& count_;
  const bool granted_;
};

Error too_many() { return fail(ErrorCode::busy, "too many solves at once; try again in a second"); }

Result<void> check_trace(const SolveRequest& request) {
  const auto steps = static_cast<std::int64_t>(request.max_steps) * request.attempts;
  if (!request.trace || steps <= static_cast<std::int64_t>(Job::kEvents)) return {};
  return fail(ErrorCode::invalid_field,
              "trace: at most " + std::to_string(Job::kEvents) +
                  " steps (max_steps times attempts) can be traced",
              "trace");
}

std::string sse(const std::string& name, const Json& data) {
  return "event: " + name + "\ndata: " + data.dump() + "\n\n";
}

Result<bool> wants_stream(const Request& request) {
  bool stream = false;
  for (const auto& [key, value] : request.query) {
    if (key != "stream") {
      return fail(ErrorCode::unknown_field,
                  "unknown query \"" + key.substr(0, 60) + "\": expected stream",
                  key.substr(0, 60));
    }
    if (value != "true" && value != "false") {
      return fail(ErrorCode::invalid_field, "stream: expected true or false", "stream");
    }
    stream = value == "true";
  }
  return stream;
}

}  // namespace

SolveService::SolveService(SolveLimits limits, Metrics& metrics)
    : limits_(limits), metrics_(metrics), jobs_(limits.jobs, limits.keep_jobs) {}

void SolveService::shut_down() {
  stopping_ = true;
  jobs_.cancel_all();
}

void SolveService::count(const Puzzle& puzzle, const Result<Solution>& result) const {
  if (result) {
    metrics_.solved(*result, result->time_ms / 1000);
  } else {
    metrics_.failed(puzzle.name(), result.error().code);
  }
}

Reply SolveService::post(const Request& request, Solver& solver) {
  const auto stream = wants_stream(request);
  if (!stream) return error_reply(stream.error());
  auto body = read_solve_body(request.body, limits_.longest);
  if (!body) return error_reply(body.error());
  if (body->many && (*stream || body->async)) {
    return error_reply(fail(ErrorCode::invalid_field,
                            "streams and async jobs take one \"board\", not \"boards\"", "boards"));
  }
  if (*stream && body->async) {
    return error_reply(fail(ErrorCode::invalid_field,
                            "a job has a stream of its own: GET /jobs/ID/events", "async"));
  }
  for (auto& wanted : body->requests) {
    if (!wanted) continue;
    wanted->trace = wanted->trace || *stream;
    if (const auto valid = check_trace(*wanted); !valid) return error_reply(valid.error());
  }
  if (body->async) return queued(solver, *body->requests.front());
  if (*stream) return streamed(request, solver, *body->requests.front());
  const Turn turn(waiting_, limits_.waiting);
  if (!turn.granted()) return error_reply(too_many());
  return body->many ? many(request, solver, body->requests)
                    : one(request, solver, *body->requests.front());
}

SolveService::Submitted SolveService::submit(Solver& solver, const SolveRequest& wanted) const {
  return {wanted.question, wanted.trace, solver.submit(wanted)};
}

Result<Json> SolveService::finish(const Request& request, Submitted submitted) const {
  auto& [question, traced, handle] = submitted;
  std::optional<Result<Solution>> result;
  if (!handle) result = handle.error();
  Json steps = Json::array();
  while (!result) {
    const auto event = handle->next(kPoll);
    if (stopping_ || request.disconnected()) handle->cancel();
    if (!event) continue;
    if (const auto* step = std::get_if<event::Step>(&*event)) {
      if (traced) steps.push(step_to_json(question, *step));
    } else if (const auto* done = std::get_if<event::Done>(&*event)) {
      result = done->result;
    }
  }
  count(question.puzzle(), *result);
  if (!*result) return result->error();
  Json json = solution_to_json(**result);
  if (traced) json.set("trace", std::move(steps));
  return json;
}

Reply SolveService::one(const Request& request, Solver& solver, const SolveRequest& wanted) {
  const auto json = finish(request, submit(solver, wanted));
  return json ? json_reply(200, *json) : error_reply(json.error());
}

// Results in the order of the boards; a window of them is with the engine at a time.
Reply SolveService::many(const Request& request, Solver& solver,
                         const std::vector<Result<SolveRequest>>& wanted) {
  std::deque<Result<Submitted>> window;  // an error: that board is none
  Json results = Json::array();
  const auto finish_first = [&] {
    Result<Submitted> first = std::move(window.front());
    window.pop_front();
    auto json = first ? finish(request, std::move(*first)) : Result<Json>(first.error());
    results.push(json ? std::move(*json) : error_to_json(json.error()));
  };
  for (const auto& one : wanted) {
    if (window.size() >= kWindow) finish_first();
    if (!one) {
      window.emplace_back(one.error());
      continue;
    }
    Submitted submitted = submit(solver, *one);
    // A full queue empties as ours are answered.
    while (!submitted.handle && submitted.handle.error().code == ErrorCode::busy &&
           !window.empty()) {
      finish_first();
      submitted.handle = solver.submit(*one);
    }
    window.emplace_back(std::move(submitted));
  }
  while (!window.empty()) finish_first();
  return json_reply(200, Json::object().set("results", std::move(results)));
}

// The events of a job that nobody else knows, so that streams and jobs are written once.
Reply SolveService::streamed(const Request& request, Solver& solver, const SolveRequest& wanted) {
  const auto turn = std::make_shared<Turn>(waiting_, limits_.waiting);
  if (!turn->granted()) return error_reply(too_many());
  const auto job = start(solver, wanted);
  if (!job) return error_reply(job.error());
  Reply reply = events(request, *job);
  reply.stream = [write = std::move(reply.stream), turn, job = *job](const Send& send) {
    write(send);
    job->cancel();  // who asked has it, or has gone
  };
  return reply;
}

Reply SolveService::queued(Solver& solver, const SolveRequest& wanted) {
  const auto job = start(solver, wanted);
  if (!job) return error_reply(job.error());
  const auto id = jobs_.add(*job);
  if (!id) return error_reply(id.error());
  Reply reply = json_reply(202, (*job)->state(*id));
  reply.headers.emplace_back("Location", "/jobs/" + *id);
  return reply;
}

Result<std::shared_ptr<Job>> SolveService::start(Solver& solver, const SolveRequest& wanted) {
  auto [question, traced, handle] = submit(solver, wanted);
  if (!handle) {
    count(question.puzzle(), handle.error());
    return handle.error();
  }
  const Puzzle* puzzle = &question.puzzle();
  return std::make_shared<Job>(
      std::move(*handle), std::move(question),
      [this, puzzle](const Result<Solution>& result) { count(*puzzle, result); });
}

Reply SolveService::events(const Request& request, std::shared_ptr<Job> job) {
  Reply reply;
  reply.content_type = "text/event-stream";
  reply.headers.emplace_back("Cache-Control", "no-store");
  reply.headers.emplace_back("X-Accel-Buffering", "no");  // nginx: pass them on as they come
  reply.stream = [this, gone = request.disconnected, job](const Send& send) {
    auto last = Clock::now();
    for (std::size_t at = 0;;) {
      const auto news = job->events(at, kPoll);
      for (const auto& event : news) {
        if (!send(sse(event.name, event.data))) return;
        if (event.name == "result" || event.name == "error") return;
      }
      at += news.size();
      if (gone()) return;
      if (stopping_) job->cancel();
      if (!news.empty()) last = Clock::now();
      if (Clock::now() - last < kPing) continue;
      if (!send(": still at it\n\n")) return;
      last = Clock::now();
    }
  };
  return reply;
}

Reply SolveService::job(const Request& request, const std::string& path) {
  constexpr std::string_view tail = "/events";
  const bool events_wanted = path.ends_with(tail);
  const std::string id = events_wanted ? path.substr(0, path.size() - tail.size()) : path;
  const auto job = jobs_.find(id);
  if (!job) {
    return error_reply(fail(ErrorCode::not_found,
                            "there is no such job; those that have ended are kept for " +
                                std::to_string(limits_.keep_jobs.count()) + " seconds",
                            "id"));
  }
  if (events_wanted) {
    return request.method == "GET" ? events(request, job) : wrong_method("GET");
  }
  if (request.method == "GET") return json_reply(200, job->state(id));
  if (request.method != "DELETE") return wrong_method("GET, DELETE");
  jobs_.remove(id);
  return json_reply(200, Json::object().set("id", id).set("status", "removed"));
}

}  // namespace trm::http
