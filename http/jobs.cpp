#include "http/jobs.h"

#include <algorithm>
#include <limits>
#include <random>
#include <thread>

#include "engine/solution_json.h"

namespace trm::http {
namespace {

// A fit reports several times a second; who follows it needs less.
constexpr auto kFitNews = std::chrono::seconds(1);
constexpr int kAtOnce = 32, kAll = std::numeric_limits<int>::max();

std::string new_id() {
  std::random_device random;
  constexpr const char* digits = "0123456789abcdef";
  std::string id;
  for (int word = 0; word < 4; ++word) {
    for (auto [bits, i] = std::pair(random(), 0); i < 8; ++i, bits >>= 4) id += digits[bits & 15];
  }
  return id;
}

}  // namespace

Job::Job(SolveHandle handle, Question question, std::shared_ptr<Share> share, OnResult on_result)
    : handle_(std::move(handle)),
      question_(std::move(question)),
      share_(std::move(share)),
      on_result_(std::move(on_result)) {}

// With the mutex held. At most so many events: a fast engine would otherwise keep whoever follows
// them until the end.
void Job::take_news(int most) {
  for (int taken = 0; !end_ && taken < most; ++taken) {
    const auto event = handle_.next(std::chrono::milliseconds(0));
    if (!event) return;
    if (const auto* attempt = std::get_if<event::Attempt>(&*event)) {
      events_.push_back({"attempt", attempt_to_json(*attempt).dump()});
    } else if (const auto* step = std::get_if<event::Step>(&*event)) {
      cells_ += step->answer.size();
      events_.push_back({"step", step_to_json(question_, *step).dump()});
    } else if (const auto* fit = std::get_if<event::FitProgress>(&*event)) {
      fit_ = fit_to_json(fit->state).set("budget", fit->budget);
      const auto now = Clock::now();
      if (now - fit_told_ < kFitNews) continue;
      fit_told_ = now;
      events_.push_back({"fit", fit_.dump()});
    } else if (const auto* done = std::get_if<event::Done>(&*event)) {
      end_ = Clock::now();
      on_result_(done->result);
      if (share_ != nullptr) share_->shrink(cells_);
      last_ = done->result ? solution_to_json(*done->result) : error_to_json(done->result.error());
      events_.push_back({done->result ? "result" : "error", last_.dump()});
    }
  }
}

std::vector<Job::Event> Job::events(std::size_t from, std::chrono::milliseconds timeout) {
  // Waiting under the mutex would make everybody else wait.
  constexpr auto kLook = std::chrono::milliseconds(10);
  for (const auto until = Clock::now() + timeout;; std::this_thread::sleep_for(kLook)) {
    const std::lock_guard lock(mutex_);
    take_news(kAtOnce);
    if (from < events_.size()) {
      const std::size_t to = std::min(events_.size(), from + kAtOnce);
      return {events_.begin() + static_cast<std::ptrdiff_t>(from),
              events_.begin() + static_cast<std::ptrdiff_t>(to)};
    }
    if (end_ || Clock::now() >= until) return {};
  }
}

Json Job::state(const std::string& id) {
  const std::lock_guard lock(mutex_);
  take_news(kAll);
  Json json = Json::object().set("id", id);
  json.set("status", !end_ ? "running" : events_.back().name == "result" ? "done" : "failed");
  json.set("events", events_.size());
  if (!fit_.is_null()) json.set("fit", fit_);
  if (!end_) return json;
  if (events_.back().name == "result") return json.set("result", last_);
  return json.set("error", *last_.find("error"));
}

bool Job::ended() { return end().has_value(); }

std::optional<Job::Clock::time_point> Job::end() {
  const std::lock_guard lock(mutex_);
  take_news(kAll);
  return end_;
}

void Job::give_back() {
  const std::lock_guard lock(mutex_);
  if (share_ != nullptr) share_->shrink(0);
}

void Job::look() {
  const std::lock_guard lock(mutex_);
  take_news(kAtOnce);
}

std::optional<Job::Clock::time_point> Job::settled() {
  const std::lock_guard lock(mutex_);
  return end_;
}

void Job::cancel() { handle_.cancel(); }

Result<std::string> JobStore::add(std::shared_ptr<Job> job) {
  const std::lock_guard lock(mutex_);
  forget_old();
  if (jobs_.size() >= limit_) {
    auto oldest = jobs_.end();
    for (auto it = jobs_.begin(); it != jobs_.end(); ++it) {
      const auto end = it->second->end();
      if (end && (oldest == jobs_.end() || *end < *oldest->second->end())) oldest = it;
    }
    if (oldest == jobs_.end()) {
      return fail(ErrorCode::busy, "there are " + std::to_string(limit_) + " jobs already");
    }
    jobs_.erase(oldest);
  }
  std::string id = new_id();
  jobs_[id] = std::move(job);
  return id;
}

// With the mutex held.
void JobStore::forget_old() {
  const auto now = Job::Clock::now();
  std::erase_if(jobs_, [&](const auto& entry) {
    const auto end = entry.second->settled();
    return end && now - *end > keep_;
  });
}

std::shared_ptr<Job> JobStore::find(const std::string& id) {
  const std::lock_guard lock(mutex_);
  forget_old();
  const auto found = jobs_.find(id);
  return found != jobs_.end() ? found->second : nullptr;
}

bool JobStore::remove(const std::string& id) {
  std::shared_ptr<Job> job;
  {
    const std::lock_guard lock(mutex_);
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) return false;
    job = std::move(found->second);
    jobs_.erase(found);
  }
  job->cancel();
  return true;
}

std::vector<std::shared_ptr<Job>> JobStore::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Job>> jobs;
  for (const auto& [id, job] : jobs_) jobs.push_back(job);
  return jobs;
}

void JobStore::cancel_all() {
  for (const auto& job : all()) job->cancel();
}

std::size_t JobStore::running() const {
  const auto jobs = all();
  return static_cast<std::size_t>(
      std::count_if(jobs.begin(), jobs.end(), [](const auto& job) { return !job->ended(); }));
}

void JobStore::look() {
  for (const auto& job : all()) job->look();
  const std::lock_guard lock(mutex_);
  forget_old();
}

bool JobStore::forget_traced() {
  for (const auto& job : all()) {
    if (job->traced()) job->end();
  }
  const std::lock_guard lock(mutex_);
  auto oldest = jobs_.end();
  for (auto it = jobs_.begin(); it != jobs_.end(); ++it) {
    const auto end = it->second->traced() ? it->second->settled() : std::nullopt;
    if (end && (oldest == jobs_.end() || *end < *oldest->second->settled())) oldest = it;
  }
  if (oldest == jobs_.end()) return false;
  oldest->second->give_back();
  jobs_.erase(oldest);
  return true;
}

}  // namespace trm::http
