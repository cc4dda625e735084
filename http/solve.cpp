#include "http/solve.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "engine/solution_json.h"
#include "http/status.h"

namespace trm::http {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPoll = std::chrono::milliseconds(50);
constexpr auto kPing = std::chrono::seconds(15);
/// For a client to take what is left of a stream when its job has ended, and when the server ends.
constexpr auto kLastPieces = std::chrono::seconds(30), kShutDown = std::chrono::seconds(2);
/// The most that SolveRequest::max_events takes.
constexpr std::int64_t kMostEvents = 1'000'000;
/// Looks at the queries of a fit, and its candidates: nobody may look before the end.
constexpr int kFitEvents = 100'000;
/// Boards of one request that are with the engine at a time.
constexpr std::size_t kWindow = 64;

// Steps of all attempts, at the most. Nobody has checked the factors yet.
std::int64_t traced_steps(const SolveRequest& request) {
  constexpr int kEnough = 1 << 20;
  return std::int64_t{std::clamp(request.max_steps, 0, kEnough)} *
         std::clamp(request.attempts, 0, kEnough);
}

// Cells that these steps show, of all queries.
std::int64_t traced_cells(const SolveRequest& request) {
  const Question& question = request.question;
  std::int64_t cells = 0;
  for (int query = 0; query < question.puzzle().queries(question); ++query) {
    cells += question.puzzle().layout(question, query).size();
  }
  return cells * traced_steps(request);
}

Error too_many() { return fail(ErrorCode::busy, "too many solves at once; try again in a second"); }

Error one_fit() {
  return fail(ErrorCode::invalid_field,
              "a network is fitted to each of these tasks, which takes its time: send them one by "
              "one as \"board\", each is answered with a job",
              "boards");
}

Error cut_short() {
  return fail(ErrorCode::unavailable, "the server is shutting down, or nobody waits any more");
}

std::string sse(const Job::Event& event) {
  return "event: " + event.name + "\ndata: " + event.data + "\n\n";
}

Result<bool> wants_stream(const Request& request) {
  bool stream = false;
  if (request.query.count("stream") > 1) {
    return fail(ErrorCode::invalid_field, "stream: given more than once", "stream");
  }
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

Result<void> SolveService::check_trace(const SolveRequest& request) const {
  if (!request.trace) return {};
  if (traced_steps(request) <= limits_.trace_steps && traced_cells(request) <= limits_.trace_cells)
    return {};
  return fail(ErrorCode::invalid_field,
              "trace: at most " + std::to_string(limits_.trace_steps) +
                  " steps (max_steps times attempts) and " + std::to_string(limits_.trace_cells) +
                  " cells (the same times those of the board) can be traced",
              "trace");
}

Result<void> SolveService::check_fit(const SolveRequest& request) const {
  if (request.fit_seconds <= limits_.longest_fit) return {};
  return fail(
      ErrorCode::invalid_field,
      "fit_seconds: expected at most " + Json(limits_.longest_fit).dump() + " on this server",
      "fit_seconds");
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
    if (solver.fits(wanted->question.puzzle(), wanted->model)) {
      if (body->many) return error_reply(one_fit());
      if (const auto valid = check_fit(*wanted); !valid) return error_reply(valid.error());
      if (wanted->fit_seconds == 0)
        wanted->fit_seconds = std::min(SolveRequest::kFitSeconds, limits_.longest_fit);
      // It ends by fit_seconds, which count from when its turn comes.
      if (!body->deadline_given) wanted->deadline.reset();
      body->async = !*stream;
      continue;
    }
    if (const auto valid = check_trace(*wanted); !valid) return error_reply(valid.error());
  }
  if (body->async) return queued(solver, *body->requests.front());
  if (*stream) return streamed(request, solver, *body->requests.front());
  const Share turn(waiting_, limits_.waiting);
  if (!turn.granted()) return error_reply(too_many());
  return body->many ? many(request, solver, body->requests)
                    : one(request, solver, *body->requests.front());
}

SolveService::Submitted SolveService::submit(Solver& solver, SolveRequest wanted) {
  Submitted submitted{wanted.question, wanted.trace, too_many(), nullptr};
  if (solver.fits(wanted.question.puzzle(), wanted.model)) {
    wanted.max_events = kFitEvents;
  } else if (wanted.trace) {
    const auto share = [&] {
      return std::make_shared<Share>(traced_, limits_.traced_cells, traced_cells(wanted));
    };
    submitted.share = share();
    while (!submitted.share->granted()) {
      if (!jobs_.forget_traced()) return submitted;
      submitted.share = share();
    }
    // Nobody may look before the end. Steps of each query, and what begins each attempt.
    const std::int64_t queries = wanted.question.puzzle().queries(wanted.question);
    wanted.max_events = static_cast<int>(
        std::clamp<std::int64_t>(traced_steps(wanted) * queries + wanted.attempts, 1, kMostEvents));
  }
  submitted.handle = solver.submit(std::move(wanted));
  return submitted;
}

Result<std::string> SolveService::finish(const Request& request, Submitted& submitted) const {
  auto& [question, traced, handle, share] = submitted;
  std::optional<Result<Solution>> result;
  if (!handle) result = handle.error();
  std::string steps;
  while (!result) {
    if (stopping_ || request.disconnected()) handle->cancel();
    const auto event = handle->next(kPoll);
    if (!event) continue;
    if (const auto* step = std::get_if<event::Step>(&*event)) {
      if (traced) steps += (steps.empty() ? "" : ",") + step_to_json(question, *step).dump();
    } else if (const auto* done = std::get_if<event::Done>(&*event)) {
      result = done->result;
    }
  }
  count(question.puzzle(), *result);
  if (!*result) return result->error();
  std::string json = solution_to_json(**result).dump();
  if (!traced) return json;
  json.pop_back();
  return json + ",\"trace\":[" + steps + "]}";
}

Reply SolveService::one(const Request& request, Solver& solver, const SolveRequest& wanted) {
  Submitted submitted = submit(solver, wanted);
  auto json = finish(request, submitted);
  return json ? text_reply(200, std::move(*json)) : error_reply(json.error());
}

// Results in the order of the boards; a window of them is with the engine at a time.
Reply SolveService::many(const Request& request, Solver& solver,
                         const std::vector<Result<SolveRequest>>& wanted) {
  std::deque<Result<Submitted>> window;        // an error: that board is none
  std::vector<std::shared_ptr<Share>> traces;  // all of them stand in the reply
  std::string results;
  const auto finish_first = [&] {
    Result<Submitted> first = std::move(window.front());
    window.pop_front();
    if (first && first->share) traces.push_back(first->share);
    const auto json = first ? finish(request, *first) : Result<std::string>(first.error());
    results += results.empty() ? "" : ",";
    results += json ? *json : error_to_json(json.error()).dump();
  };
  for (const auto& one : wanted) {
    // What is with the engine is cancelled with its handles.
    if (stopping_ || request.disconnected()) return error_reply(cut_short());
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
      submitted = submit(solver, *one);
    }
    window.emplace_back(std::move(submitted));
  }
  while (!window.empty()) finish_first();
  return text_reply(200, "{\"results\":[" + results + "]}");
}

// The events of a job that nobody else knows, so that streams and jobs are written once.
Reply SolveService::streamed(const Request& request, Solver& solver, const SolveRequest& wanted) {
  const auto turn = std::make_shared<Share>(waiting_, limits_.waiting);
  if (!turn->granted()) return error_reply(too_many());
  const auto job = start(solver, wanted);
  if (!job) return error_reply(job.error());
  Reply reply = events(request, *job, turn);
  reply.stream = [write = std::move(reply.stream), job = *job](const Send& send) {
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
  // As it is at the moment; looking at it might last as long as the solve.
  Reply reply =
      json_reply(202, Json::object().set("id", *id).set("status", "running").set("events", 0));
  reply.headers.emplace_back("Location", "/jobs/" + *id);
  return reply;
}

Result<std::shared_ptr<Job>> SolveService::start(Solver& solver, const SolveRequest& wanted) {
  auto [question, traced, handle, share] = submit(solver, wanted);
  if (!handle) {
    count(question.puzzle(), handle.error());
    return handle.error();
  }
  const Puzzle* puzzle = &question.puzzle();
  const auto on_result = [this, puzzle](const Result<Solution>& result) { count(*puzzle, result); };
  return std::make_shared<Job>(std::move(*handle), std::move(question), std::move(share),
                               on_result);
}

bool SolveService::over(Job& job, std::optional<Clock::time_point>& until) const {
  const auto now = Clock::now();
  if (!until && job.settled()) until = now + kLastPieces;
  if (stopping_) until = std::min(until.value_or(now + kShutDown), now + kShutDown);
  return until && now >= *until;
}

Reply SolveService::events(const Request& request, std::shared_ptr<Job> job,
                           std::shared_ptr<Share> turn) {
  Reply reply;
  reply.content_type = "text/event-stream";
  reply.headers.emplace_back("Cache-Control", "no-store");
  reply.headers.emplace_back("X-Accel-Buffering", "no");  // nginx: pass them on as they come
  reply.stream = [this, gone = request.disconnected, job, turn](const Send& send) {
    auto last = Clock::now();
    std::optional<Clock::time_point> until;
    for (std::size_t at = 0; !gone();) {
      if (stopping_) job->cancel();
      const auto news = job->events(at, kPoll);
      for (const auto& event : news) {
        if (over(*job, until) || !send(sse(event))) return;
        if (event.name == "result" || event.name == "error") return;
      }
      at += news.size();
      if (!news.empty()) last = Clock::now();
      if (Clock::now() - last < kPing) continue;
      if (!send(": still at it\n\n")) return;
      last = Clock::now();
    }
  };
  return reply;
}

Error SolveService::no_such_job() const {
  return fail(ErrorCode::not_found,
              "there is no such job; those that have ended are kept for " +
                  std::to_string(limits_.keep_jobs.count()) + " seconds",
              "id");
}

Reply SolveService::job(const std::string& id) {
  const auto job = jobs_.find(id);
  return job != nullptr ? json_reply(200, job->state(id)) : error_reply(no_such_job());
}

Reply SolveService::job_events(const Request& request, const std::string& id) {
  const auto job = jobs_.find(id);
  if (job == nullptr) return error_reply(no_such_job());
  const auto turn = std::make_shared<Share>(waiting_, limits_.waiting);
  return turn->granted() ? events(request, job, turn) : error_reply(too_many());
}

Reply SolveService::remove_job(const std::string& id) {
  if (!jobs_.remove(id)) return error_reply(no_such_job());
  return json_reply(200, Json::object().set("id", id).set("status", "removed"));
}

}  // namespace trm::http
