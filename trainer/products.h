// The matrix products that a network consists of, and how fast this machine does them alone: the
// time-weighted peak of the network's own shapes.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "engine/model/network.h"

namespace trm {

/// One matrix product of a step, `batch` times [m, k] x [k, n], and how often a step needs it.
struct Product {
  std::int64_t m = 0, k = 0, n = 0;
  double count = 1;
  std::int64_t batch = 1;  ///< attention: rows times heads

  double flops() const {  ///< of one of them, multiply-adds count 2
    return 2.0 * static_cast<double>(batch) * static_cast<double>(m) * static_cast<double>(k) *
           static_cast<double>(n);
  }
};

/// What a step computes.
enum class Passes {
  forward,  ///< solving
  training  ///< all recursion forward, the last H cycle also backward: two more products each
};

/// The products of a supervision step over the blocks' weights, and attention's own, which are
/// batched over rows and heads.
std::vector<Product> products_of(const Network& network, std::int64_t rows, std::int64_t nodes,
                                 const RecursionDepth& depth, Passes passes);

/// Random operands of a product and the ways in which torch can compute it.
class ProductCalls {
 public:
  ProductCalls(const Product& product, torch::ScalarType dtype, torch::Device device);

  /// "linear" or "bmm", and "onednn" where it is another path: float32 on x86, where linear goes to
  /// MKL.
  const std::vector<std::string>& names() const { return names_; }
  /// Computes it once. Throws c10::Error.
  void run(std::size_t call) const;

 private:
  torch::Tensor a_, b_;
  std::vector<std::string> names_;
};

/// The least times of products seen so far on this machine, each by torch's fastest call.
class ProductPeaks {
 public:
  ProductPeaks(torch::ScalarType dtype, torch::Device device) : dtype_(dtype), device_(device) {}

  /// Measures each of them again for about `budget` seconds a call. Throws c10::Error.
  void measure(const std::vector<Product>& products, double budget = 0.15);
  /// Seconds that these products take alone; they have been measured.
  double seconds(const std::vector<Product>& products) const;

 private:
  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>;
  static Key key(const Product& p) { return {p.batch, p.m, p.k, p.n}; }

  torch::ScalarType dtype_;
  torch::Device device_;
  std::map<Key, double> best_;
};

}  // namespace trm
