#include "engine/scheduler.h"

#include <algorithm>

#include "engine/job.h"

namespace trm {

Scheduler::Scheduler(int queue_limit) : queue_limit_(queue_limit) {
  finisher_ = std::thread([this] { run_finisher(); });
  engine_ = std::thread([this] { run(); });
}

Scheduler::~Scheduler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  engine_.join();
  {
    const std::lock_guard lock(mutex_);
    finisher_stopping_ = true;  // after what the engine left for it
  }
  work_wake_.notify_all();
  finisher_.join();
}

Result<SolveHandle> Scheduler::submit(SolveRequest request, std::shared_ptr<BackendUnit> unit) {
  auto state = std::make_shared<SolveHandle::State>();
  const int slots = unit->backend->info().slots;
  auto job = std::make_unique<Job>(std::move(request), std::move(unit), state);
  if (job->rows() > slots) {
    return fail(ErrorCode::unsupported,
                "the question has " + std::to_string(job->rows()) + " queries, the solver has " +
                    std::to_string(slots) + " slots",
                "slots");
  }
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return fail(ErrorCode::unavailable, "the solver is shutting down");
    if (queued_ >= queue_limit_) {
      return fail(ErrorCode::busy, "the queue is full (" + std::to_string(queue_limit_) +
                                       " requests): try again later");
    }
    ++queued_;
    incoming_.push_back(std::move(job));
  }
  wake_.notify_one();
  return SolveHandle(std::move(state));
}

void Scheduler::run() {
  std::deque<std::unique_ptr<Job>> waiting;
  Jobs active;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      // Waiting jobs are always looked at again: with no active job each of them can start.
      wake_.wait(lock, [&] {
        return stopping_ || !incoming_.empty() || !active.empty() || !waiting.empty();
      });
      while (!incoming_.empty()) {
        waiting.push_back(std::move(incoming_.front()));
        incoming_.pop_front();
      }
      if (stopping_) break;
    }
    admit(waiting, active);
    tick(active);
  }
  for (auto& job : active)
    job->fail_with(fail(ErrorCode::unavailable, "the solver is shutting down"));
  for (auto& job : waiting)
    job->fail_with(fail(ErrorCode::unavailable, "the solver is shutting down"));
}

void Scheduler::admit(std::deque<std::unique_ptr<Job>>& waiting, Jobs& active) {
  int left = 0;
  // First come, first served for each backend: once a job must wait, later ones of its backend do
  // too.
  std::vector<const BackendUnit*> full;
  for (auto it = waiting.begin(); it != waiting.end();) {
    Job& job = **it;
    const bool blocked = std::find(full.begin(), full.end(), &job.unit()) != full.end();
    if (!job.interrupted()) {
      if (blocked || !job.start()) {
        full.push_back(&job.unit());
        ++it;
        continue;
      }
      active.push_back(std::move(*it));
    }
    it = waiting.erase(it);
    ++left;
  }
  if (left == 0) return;
  const std::lock_guard lock(mutex_);
  queued_ -= left;
}

void Scheduler::tick(Jobs& active) {
  // 1. One step for all busy slots of each backend.
  std::vector<BackendUnit*> units;
  for (const auto& job : active) {
    if (!job->ended() && std::find(units.begin(), units.end(), &job->unit()) == units.end()) {
      units.push_back(&job->unit());
    }
  }
  for (BackendUnit* unit : units) {
    std::vector<int> slots;
    for (const auto& job : active) {
      if (&job->unit() == unit && !job->ended()) {
        slots.insert(slots.end(), job->slots().begin(), job->slots().end());
      }
    }
    const auto stepped = unit->backend->step(slots);
    for (const auto& job : active) {
      if (&job->unit() != unit || job->ended()) continue;
      if (stepped) {
        job->after_step();
      } else {
        job->fail_with(stepped.error());
      }
    }
  }
  // 2. Slots of ended jobs are free for the next tick.
  for (auto it = active.begin(); it != active.end();) {
    Job& job = **it;
    if (!job.ended() && !job.wants_fallback()) {
      ++it;
      continue;
    }
    job.release();
    if (!job.ended()) {
      std::shared_ptr<Job> shared = std::move(*it);
      finish_later([shared] { shared->run_fallback(); });
    }
    it = active.erase(it);
  }
}

void Scheduler::finish_later(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
  }
  work_wake_.notify_one();
}

void Scheduler::run_finisher() {
  for (;;) {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      work_wake_.wait(lock, [&] { return finisher_stopping_ || !work_.empty(); });
      if (work_.empty()) return;
      work = std::move(work_.front());
      work_.pop_front();
    }
    work();
  }
}

}  // namespace trm
