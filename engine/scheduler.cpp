#include "engine/scheduler.h"

#include <algorithm>

#include "engine/guard.h"

namespace trm {

// --- JobQueue
// --------------------------------------------------------------------------------------

void JobQueue::put(std::unique_ptr<Job> job) {
  auto& place = lanes_[job->lane().get()][job->turn];
  if (!place) ++size_;
  place = std::move(job);
}

const Job* JobQueue::front(Lane* lane) {
  for (;;) {
    const auto found = lanes_.find(lane);
    if (found == lanes_.end() || found->second.empty()) return nullptr;
    const Job* job = found->second.begin()->second.get();
    if (!job->state().ended) return job;
    pop(lane);
  }
}

std::unique_ptr<Job> JobQueue::pop(Lane* lane) {
  const auto found = lanes_.find(lane);
  auto node = found->second.extract(found->second.begin());
  --size_;
  if (found->second.empty()) lanes_.erase(found);
  return std::move(node.mapped());
}

void JobQueue::purge() {
  for (auto it = lanes_.begin(); it != lanes_.end();) {
    size_ -=
        std::erase_if(it->second, [](const auto& e) { return e.second->state().ended.load(); });
    it = it->second.empty() ? lanes_.erase(it) : std::next(it);
  }
}

std::vector<std::shared_ptr<Lane>> JobQueue::lanes() const {
  std::vector<std::shared_ptr<Lane>> lanes;
  for (const auto& [lane, jobs] : lanes_) {
    if (!jobs.empty()) lanes.push_back(jobs.begin()->second->lane());
  }
  return lanes;
}

std::vector<std::unique_ptr<Job>> JobQueue::take_all() {
  std::vector<std::unique_ptr<Job>> all;
  for (auto& [lane, jobs] : lanes_) {
    for (auto& [turn, job] : jobs) all.push_back(std::move(job));
  }
  lanes_.clear();
  size_ = 0;
  return all;
}

// --- Scheduler
// -------------------------------------------------------------------------------------

Scheduler::Scheduler(int queue_limit) : queue_limit_(queue_limit), engine_([this] { run(); }) {}

Scheduler::~Scheduler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  engine_.join();
}

int Scheduler::waiting() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(queue_.size());
}

Result<SolveHandle> Scheduler::submit(SolveRequest request, std::shared_ptr<Lane> lane) {
  request.attempts = std::min(request.attempts, lane->backend().info().attempts);
  const std::string key = request.replace_key;
  const int priority = request.priority;
  const int slots = lane->slots();
  const std::int64_t most = lane->max_memory();
  auto state = std::make_shared<SolveHandle::State>(request.deadline,
                                                    static_cast<std::size_t>(request.max_events));
  auto job = std::make_unique<Job>(std::move(request), lane, state);
  if (job->rows() > slots) {
    auto error = fail(ErrorCode::unsupported,
                      "the question has " + std::to_string(job->rows()) +
                          " queries, the solver has " + std::to_string(slots) + " slots",
                      "slots");
    job->fail_with(error);
    return error;
  }
  // The estimate lays the board out: only where somebody asks for it.
  if (most > 0) job->step_bytes = lane->step_bytes(job->question(), job->rows());
  if (job->step_bytes > most) {
    auto error = fail(ErrorCode::out_of_memory,
                      "a step of this board takes about " + std::to_string(job->step_bytes) +
                          " bytes, max_memory allows " + std::to_string(most),
                      "max_memory");
    job->fail_with(error);
    return error;
  }
  {
    const std::lock_guard lock(mutex_);
    job->turn = {priority, arrivals_++};
    if (auto queued = enqueue(key, std::move(job)); !queued) return queued.error();
  }
  wake_.notify_one();
  return SolveHandle(std::move(state));
}

// With the mutex held. An older request with the same key ends; if it still waited, its place in
// the queue goes to the newer one, so that somebody who keeps asking does not lose the turn.
Result<void> Scheduler::enqueue(const std::string& key, std::unique_ptr<Job> job) {
  if (stopping_) return shutting_down_error();
  const auto entry = key.empty() ? keyed_.end() : keyed_.find(key);
  const auto older = entry == keyed_.end() ? nullptr : entry->second.state.lock();
  // One that is refused must not have ended another.
  if (!(older && older->waits()) && !has_place()) {
    return fail(ErrorCode::busy, "the queue is full (" + std::to_string(queue_limit_) +
                                     " requests): try again later");
  }
  if (older && older->cancel(replaced_error())) job->turn.arrival = entry->second.arrival;
  if (!key.empty()) {
    keyed_[key] = {job->shared_state(), job->turn.arrival};
    forget_ended_keys();
  }
  queue_.put(std::move(job));
  return {};
}

void Scheduler::replace(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto entry = keyed_.find(key);
  if (entry == keyed_.end()) return;
  if (const auto older = entry->second.state.lock()) older->cancel(replaced_error());
  keyed_.erase(entry);
}

// Requests that wait for a fallback hold a place too: otherwise their number had no bound.
bool Scheduler::has_place() {
  const auto full = [&] {
    return static_cast<int>(queue_.size()) + finisher_.fallbacks() >= queue_limit_;
  };
  if (full()) queue_.purge();
  return !full();
}

void Scheduler::forget_ended_keys() {
  if (keyed_.size() <= keyed_limit_) return;
  std::erase_if(keyed_, [](const auto& item) {
    const auto state = item.second.state.lock();
    return !state || state->ended;
  });
  keyed_limit_ = 2 * keyed_.size() + 64;
}

void Scheduler::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      // Waiting jobs are looked at again in each tick: with nothing active each of them can start.
      wake_.wait(lock, [&] { return stopping_ || queue_.size() > 0 || !active_.empty(); });
      if (stopping_) break;
    }
    try {
      tick();
    } catch (...) {  // of our own lists: no request is to blame, but none can go on
      const Error error = current_error();
      for (const auto& lane : active_) lane->fail_all(error);
    }
  }
  stop();
}

void Scheduler::stop() {
  for (const auto& lane : active_) {
    lane->fail_all(shutting_down_error());
    lane->take_ended();  // jobs hold their lane: it must not hold them for ever
  }
  const std::lock_guard lock(mutex_);
  for (const auto& job : queue_.take_all()) job->fail_with(shutting_down_error());
}

void Scheduler::tick() {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& lane : queue_.lanes()) {
      if (std::find(active_.begin(), active_.end(), lane) == active_.end()) {
        active_.push_back(lane);
      }
    }
  }
  for (const auto& lane : active_) {
    lane->drop_interrupted();
    const bool somebody_waits = admit(*lane);
    if (!somebody_waits) lane->spread();
    lane->step(counter_);
    for (const auto& job : lane->take_ended()) {
      if (auto task = std::exchange(job->rule_task(), std::nullopt)) finisher_.take(*task);
    }
  }
  std::erase_if(active_, [](const auto& lane) { return lane->idle(); });
}

// True: somebody still waits for slots of this lane.
bool Scheduler::admit(Lane& lane) {
  for (;;) {
    std::unique_ptr<Job> job;
    {
      const std::lock_guard lock(mutex_);
      const Job* first = queue_.front(&lane);
      if (first == nullptr) return false;
      if (!lane.has_room(*first)) return true;
      job = queue_.pop(&lane);
    }
    if (job->interrupted(lane.backend())) continue;
    if (lane.start(job) != Lane::Start::later) continue;
    const std::lock_guard lock(mutex_);
    // One that ended meanwhile may have left its place to another.
    if (!job->state().ended) queue_.put(std::move(job));
    return true;
  }
}

}  // namespace trm
