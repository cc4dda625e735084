// Where the time of training steps goes: own time by operation, and the matrix products alone.
#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>

#include "trainer/measure.h"

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

/// One matrix product of a step, `batch` times [m, k] x [k, n], and how often a step needs it.
struct Product {
  std::int64_t m, k, n;
  double count;
  std::int64_t batch = 1;  ///< attention: rows times heads
};

// The products of a step over the blocks' weights: forward in every call, two more backward in the
// last H cycle. Attention's own products are batched over rows and heads.
std::vector<Product> products_of(const Network& network, std::int64_t rows, std::int64_t nodes,
                                 const RecursionDepth& depth) {
  const Arch& arch = network.arch();
  const std::int64_t S = nodes + arch.prefix_len();
  const double graph = depth.L_cycles + 1, forward = graph * depth.H_cycles;
  std::vector<Product> products;
  const auto add = [&](std::int64_t m, std::int64_t k, std::int64_t n, double times,
                       std::int64_t batch = 1) {
    products.push_back({m, k, n, forward * times, batch});
    products.push_back({m, n, k, graph * times, batch});  // gradient of the input
    products.push_back({n, m, k, graph * times, batch});  // gradient of the weight
  };
  for (const auto& [name, p] : network.parameters()) {
    if (name.find(".layers.") == std::string::npos) continue;
    const std::int64_t out = p.size(0), in = p.numel() / p.size(0);
    const bool over_length = name.find(".mlp_t.") != std::string::npos;
    add(over_length ? rows * arch.hidden_size : rows * S, in, out, 1);
  }
  if (arch.mixer == Mixer::attention) {
    const std::int64_t head = arch.hidden_size / arch.num_heads;
    add(S, head, S, arch.L_layers, rows * arch.num_heads);
    add(S, S, head, arch.L_layers, rows * arch.num_heads);
  }
  return products;
}

// The least time of one product, over repeats for about `budget` seconds.
double product_seconds(const Product& p, torch::ScalarType dtype, torch::Device device,
                       double budget) {
  const auto options = torch::TensorOptions().dtype(dtype).device(device);
  const torch::Tensor a = torch::randn({p.batch, p.m, p.k}, options);
  const torch::Tensor b = torch::randn({p.batch, p.n, p.k}, options);
  double best = 1e30;
  const auto start = Clock::now();
  for (int i = 0; i < 3 || seconds_since(start) < budget; ++i) {
    const auto begun = Clock::now();
    const torch::Tensor c = p.batch > 1 ? torch::bmm(a, b.transpose(1, 2)) : at::linear(a[0], b[0]);
    best = std::min(best, seconds_since(begun));
    if (i >= 200) break;
  }
  return best;
}

}  // namespace

double matrix_seconds(const Network& network, std::int64_t rows, std::int64_t nodes,
                      const RecursionDepth& depth) {
  torch::NoGradGuard no_grad;
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>, double> measured;
  double sum = 0;
  for (const Product& p : products_of(network, rows, nodes, depth)) {
    const auto key = std::tuple(p.batch, p.m, p.k, p.n);
    if (!measured.contains(key))
      measured[key] = product_seconds(p, network.dtype(), network.device(), 0.15);
    sum += measured[key] * p.count;
  }
  return sum;
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
    Lane lane = Lane::make(network, rows, board.length, board.geometry);
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
