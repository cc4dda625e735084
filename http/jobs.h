// Solves that run on while nobody waits: asked for with "async", looked at by their id.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/solver.h"
#include "http/share.h"
#include "puzzles/json.h"

namespace trm::http {

/// One solve and what it has said so far. Thread-safe: whoever looks takes the news in.
class Job {
 public:
  using Clock = std::chrono::steady_clock;
  /// Called once, with the result, by whoever sees it first.
  using OnResult = std::function<void(const Result<Solution>& result)>;

  /// `share`: of the cells that traces may keep; null: it is not traced.
  Job(SolveHandle handle, Question question, std::shared_ptr<Share> share, OnResult on_result);

  /// An event in the order of its coming.
  struct Event {
    std::string name;  ///< "attempt", "step", "fit", "result" or "error"
    std::string data;  ///< JSON: a hundred times as many events fit as text than as values
  };
  /// The next few events from `from` on, waiting up to `timeout` for one.
  std::vector<Event> events(std::size_t from, std::chrono::milliseconds timeout);
  /// {"id","status":"running"|"done"|"failed","events", "fit" of a fit, and "result" or "error"}.
  Json state(const std::string& id);
  bool ended();
  std::optional<Clock::time_point> end();
  /// Takes in some of what it has come to.
  void look();
  /// The end, if it has been taken in already: costs nothing.
  std::optional<Clock::time_point> settled();
  bool traced() const { return share_ != nullptr; }
  /// Gives its share back: nobody finds it any more, though somebody may still follow it.
  void give_back();
  void cancel();

 private:
  void take_news(int most);

  std::mutex mutex_;
  SolveHandle
      handle_;  // thread-safe; its events are taken under mutex_, so that they keep their order
  const Question question_;
  const std::shared_ptr<Share> share_;  // shrunk under mutex_
  const OnResult on_result_;
  std::vector<Event> events_;             // guarded by mutex_
  std::int64_t cells_ = 0;                // of the steps in them; guarded by mutex_
  Json fit_;                              // the last progress of a fit; by mutex_
  Clock::time_point fit_told_;            // guarded by mutex_
  Json last_;                             // the data of the last event at the end; by mutex_
  std::optional<Clock::time_point> end_;  // guarded by mutex_
};

/// Thread-safe.
class JobStore {
 public:
  /// At most `limit` jobs; those that have ended are kept for `keep`, the oldest of them give way.
  JobStore(std::size_t limit, std::chrono::seconds keep) : limit_(limit), keep_(keep) {}

  /// Adds a job under a new id that cannot be guessed. Error: busy, when all still run.
  Result<std::string> add(std::shared_ptr<Job> job);
  /// Null: there is none of that id.
  std::shared_ptr<Job> find(const std::string& id);
  /// Cancels and forgets it; whether it was there.
  bool remove(const std::string& id);
  /// Cancels all.
  void cancel_all();
  /// Those that have not ended.
  std::size_t running() const;
  /// Takes in some of what each has come to, so that those that nobody watches end too.
  void look();
  /// Forgets the traced job that ended first; false: none has ended.
  bool forget_traced();

 private:
  void forget_old();
  std::vector<std::shared_ptr<Job>> all() const;

  const std::size_t limit_;
  const std::chrono::seconds keep_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Job>> jobs_;  // guarded by mutex_
};

}  // namespace trm::http
