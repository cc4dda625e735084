#include "trainer/products.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <set>

namespace trm {
namespace {

using Clock = std::chrono::steady_clock;
using torch::Tensor;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// oneDNN's product of dense tensors, which torch itself calls from compiled graphs only; null
/// where this build of torch has none.
using OneDnnLinear = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&,
                            c10::string_view, c10::List<std::optional<at::Scalar>>,
                            std::optional<c10::string_view>);

std::optional<c10::TypedOperatorHandle<OneDnnLinear>> find_onednn() {
  const auto schema = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
  if (!schema || !at::hasMKLDNN()) return std::nullopt;
  return schema->typed<OneDnnLinear>();
}

Tensor onednn_linear(const Tensor& a, const Tensor& b) {
  static const auto op = find_onednn();
  return op->call(a, b, std::nullopt, "none", c10::List<std::optional<at::Scalar>>(), "");
}

/// Whether the call is there and takes such operands.
bool has_onednn(const Tensor& a, const Tensor& b) {
  static const bool found = find_onednn().has_value();
  if (!found) return false;
  try {
    onednn_linear(a, b);
    return true;
  } catch (const c10::Error&) {
    return false;
  }
}

}  // namespace

std::vector<Product> products_of(const Network& network, std::int64_t rows, std::int64_t nodes,
                                 const RecursionDepth& depth, Passes passes) {
  const Arch& arch = network.arch();
  const std::int64_t S = nodes + arch.prefix_len();
  const double graph = depth.L_cycles + 1, forward = graph * depth.H_cycles;
  std::vector<Product> products;
  const auto add = [&](std::int64_t m, std::int64_t k, std::int64_t n, double times,
                       std::int64_t batch = 1) {
    products.push_back({m, k, n, forward * times, batch});
    if (passes == Passes::forward) return;
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

ProductCalls::ProductCalls(const Product& p, torch::ScalarType dtype, torch::Device device) {
  const torch::NoGradGuard no_grad;
  const auto options = torch::TensorOptions().dtype(dtype).device(device);
  a_ = torch::randn({p.batch, p.m, p.k}, options);
  b_ = torch::randn({p.batch, p.n, p.k}, options);
  if (p.batch > 1) {
    b_ = b_.transpose(1, 2);
    names_ = {"bmm"};
    return;
  }
  a_ = a_[0], b_ = b_[0];
  names_ = {"linear"};
  // In bfloat16 at::linear goes to oneDNN by itself.
  if (dtype == torch::kFloat32 && device.is_cpu() && has_onednn(a_, b_)) names_.push_back("onednn");
}

void ProductCalls::run(std::size_t call) const {
  const torch::NoGradGuard no_grad;
  if (names_[call] == "bmm") {
    torch::bmm(a_, b_);
  } else if (names_[call] == "onednn") {
    onednn_linear(a_, b_);
  } else {
    at::linear(a_, b_);
  }
}

void ProductPeaks::measure(const std::vector<Product>& products, double budget) {
  std::set<Key> done;
  for (const Product& p : products) {
    if (!done.insert(key(p)).second) continue;
    double& best = best_.try_emplace(key(p), std::numeric_limits<double>::infinity()).first->second;
    const ProductCalls calls(p, dtype_, device_);
    for (std::size_t call = 0; call < calls.names().size(); ++call) {
      const auto start = Clock::now();
      for (int i = 0; i < 3 || (seconds_since(start) < budget && i <= 200); ++i) {
        const auto begun = Clock::now();
        calls.run(call);
        best = std::min(best, seconds_since(begun));
      }
    }
  }
}

double ProductPeaks::seconds(const std::vector<Product>& products) const {
  double sum = 0;
  for (const Product& p : products) sum += best_.at(key(p)) * p.count;
  return sum;
}

}  // namespace trm
