// Where the time of training steps goes: own time by operation, and the matrix products alone.
#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>

#include "trainer/measure.h"
#include "trainer/products.h"

namespace trm {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Collects own time by operation through LibTorch's observers. One at a time.
class OperationTimes {
 public:
  OperationTimes() {
    current() = this;
    handle_ = at::addGlobalCallback(
        at::RecordFunctionCallback(&begin, &end)
            .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION,
                     at::RecordScope::USER_SCOPE}));
  }
  ~OperationTimes() {
    at::removeCallback(handle_);
    current() = nullptr;
  }
  OperationTimes(const OperationTimes&) = delete;
  OperationTimes& operator=(const OperationTimes&) = delete;

  std::map<std::string, std::pair<double, std::int64_t>> take() {
    const std::lock_guard lock(mutex_);
    return times_;
  }

 private:
  // What runs on this thread: each frame knows how long its children took.
  struct Frame : at::ObserverContext {
    Clock::time_point start = Clock::now();
    double children = 0;
    Frame* parent = nullptr;
  };
  static Frame*& top() {
    thread_local Frame* frame = nullptr;
    return frame;
  }
  static OperationTimes*& current() {
    static OperationTimes* times = nullptr;
    return times;
  }
  static std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction&) {
    auto frame = std::make_unique<Frame>();
    frame->parent = top();
    top() = frame.get();
    return frame;
  }
  static void end(const at::RecordFunction& function, at::ObserverContext* context) {
    auto* frame = static_cast<Frame*>(context);
    const double whole = seconds_since(frame->start);
    top() = frame->parent;
    if (frame->parent) frame->parent->children += whole;
    if (current() == nullptr) return;
    const std::lock_guard lock(current()->mutex_);
    auto& [seconds, calls] = current()->times_[function.name()];
    seconds += whole - frame->children;
    ++calls;
  }

  at::CallbackHandle handle_ = 0;
  std::mutex mutex_;
  std::map<std::string, std::pair<double, std::int64_t>> times_;
};

}  // namespace

double matrix_seconds(const Network& network, std::int64_t rows, std::int64_t nodes,
                      const RecursionDepth& depth) {
  const auto products = products_of(network, rows, nodes, depth, Passes::training);
  ProductPeaks peaks(network.dtype(), network.device());
  peaks.measure(products);
  return peaks.seconds(products);
}

TrainProfile profile_training(Learner& learner, const MeasureBoard& board, std::int64_t rows,
                              const RecursionDepth& depth, int steps) {
  Network& network = learner.network();
  torch::NoGradGuard no_grad;
  TrainProfile profile;
  {
    const at::AutoGradMode with_grad(true);
    profile.step_seconds = measure_step(learner, board, rows, depth, 2.0).seconds;
    OperationTimes times;
    LearnLane lane = LearnLane::make(network, rows, board.length, board.geometry);
    Rng rng(1);
    const auto next = random_rows(network.arch(), board.length, rng);
    for (int i = 0; i < steps; ++i) learner.step(lane, depth, 0, next, rng);
    for (const auto& [name, time] : times.take()) {
      profile.lines.push_back({name, time.first / steps, time.second / steps});
    }
  }
  std::sort(profile.lines.begin(), profile.lines.end(),
            [](const auto& a, const auto& b) { return a.seconds > b.seconds; });
  profile.flops = train_flops(network, depth, board.nodes()) * static_cast<double>(rows);
  profile.matrix_seconds = matrix_seconds(network, rows, board.nodes(), depth);
  return profile;
}

}  // namespace trm
