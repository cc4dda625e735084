// `trm_bench kernels`: the row operations and matrix products for each instruction set, on one
// thread.
#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>
#include <type_traits>

#include "bench/bench.h"
#include "bench/timing.h"
#include "engine/kernels/gemm.h"
#include "engine/kernels/row_ops.h"

namespace trm::bench {
namespace {

struct Arguments {
  CommonArguments common;
  std::int64_t rows = 648, dim = 512;
  double seconds = 0.3;
};

std::vector<Column> columns() {
  return {{"kernel", "kernel", 22, kText},
          {"element", "element", 8, kText},
          {"isa", "isa", 11, kText},
          {"us", "us", 9, 1},
          {"gigabytes_per_second", "GB/s", 8, 1},
          {"gflops", "GFLOP/s", 8, 1},
          {"over_scalar", "scalar/this", 11, 2, 1, "x"}};
}

/// Inputs and outputs of the kernels for one element type; values of ordinary size.
template <class T>
struct Data {
  std::int64_t rows, dim;
  std::vector<T> x, r, y, wide, pooled;
  std::vector<float> inverse, cosine, sine, scratch;
  std::vector<std::int32_t> starts, members;

  Data(std::int64_t rows_in, std::int64_t dim_in) : rows(rows_in), dim(dim_in) {
    const auto size = static_cast<std::size_t>(rows * dim);
    x = values(size), r = values(size), y = values(size), wide = values(2 * size);
    pooled.resize(2 * size);
    inverse.resize(static_cast<std::size_t>(rows));
    cosine.assign(size, 0.8f), sine.assign(size, 0.6f);
    scratch.resize(static_cast<std::size_t>((1 + rows) * dim));
    // One relation: sets of nine rows in a row, as those of a 9x9 board.
    members.resize(static_cast<std::size_t>(rows));
    std::iota(members.begin(), members.end(), 0);
    for (std::int64_t i = 0; i < rows; i += 9) starts.push_back(static_cast<std::int32_t>(i));
    starts.push_back(static_cast<std::int32_t>(rows));
  }

  static std::vector<T> values(std::size_t count) {
    std::vector<T> out(count);
    for (std::size_t i = 0; i < count; ++i) {
      const float value = std::sin(static_cast<float>(i % 1000));
      if constexpr (std::is_same_v<T, float>) {
        out[i] = value;
      } else {
        out[i] = static_cast<T>(std::bit_cast<std::uint32_t>(value) >> 16);
      }
    }
    return out;
  }
};

/// A kernel on its data, and the bytes that it must read and write.
struct Work {
  const char* name;
  std::function<void()> run;
  double bytes;
};

template <class T>
std::vector<Work> works_of(const kernels::RowOpsFor<T>& ops, Data<T>& d) {
  const double row_bytes = static_cast<double>(d.rows * d.dim) * sizeof(T);
  const std::int64_t heads = 8, head = d.dim / heads;
  return {{"add_rms_norm",
           [&ops, &d] {
             ops.add_rms_norm(d.x.data(), d.r.data(), d.y.data(), d.inverse.data(), d.rows, d.dim,
                              1e-5f);
           },
           3 * row_bytes},
          {"add_rms_norm_backward",
           [&ops, &d] {
             ops.add_rms_norm_backward(d.x.data(), d.r.data(), d.inverse.data(), d.y.data(), d.rows,
                                       d.dim);
           },
           3 * row_bytes},
          {"swiglu", [&ops, &d] { ops.swiglu(d.wide.data(), d.y.data(), d.rows, d.dim); },
           3 * row_bytes},
          {"swiglu_backward",
           [&ops, &d] {
             ops.swiglu_backward(d.wide.data(), d.x.data(), d.pooled.data(), d.rows, d.dim);
           },
           5 * row_bytes},
          {"rotate",
           [&ops, &d, head] {
             ops.rotate(d.x.data(), d.y.data(), d.cosine.data(), d.sine.data(), 0, d.rows, d.rows,
                        heads, head, d.dim, d.dim, 1.0f);
           },
           2 * row_bytes + 2.0 * static_cast<double>(d.rows * head) * sizeof(float)},
          {"pool_concat",
           [&ops, &d] {
             const kernels::GroupSets sets{d.starts.data(), d.members.data(),
                                           static_cast<std::int64_t>(d.starts.size()) - 1, true};
             ops.pool_concat(d.x.data(), d.pooled.data(), 1, d.rows, d.dim, &sets, 1,
                             d.scratch.data());
           },
           3 * row_bytes}};
}

const kernels::RowOpsFor<float>& ops_for(const kernels::RowOps& set, float) { return set.f32; }
const kernels::RowOpsFor<kernels::Bf16>& ops_for(const kernels::RowOps& set, kernels::Bf16) {
  return set.bf16;
}

/// One kernel for one instruction set.
struct Turn {
  std::string isa;
  std::function<void()> run;
};

// All instruction sets take turns on one kernel; the first is the scalar one. Bytes or FLOPs of 0
// are left out.
void measure(const Arguments& a, const char* kernel, const char* element,
             const std::vector<Turn>& turns, double bytes, double flops, Report& report) {
  std::vector<std::function<void()>> works;
  for (const Turn& turn : turns) works.push_back(turn.run);
  const auto seconds = least_seconds(works, a.seconds);
  const auto speed = [](double amount, double time) {
    return amount > 0 ? Json(1e-9 * amount / time) : Json();
  };
  for (std::size_t i = 0; i < turns.size(); ++i) {
    Json row = Json::object();
    row.set("kernel", kernel).set("element", element).set("isa", turns[i].isa);
    row.set("rows", a.rows).set("dim", a.dim).set("us", 1e6 * seconds[i]);
    row.set("gigabytes_per_second", speed(bytes, seconds[i]));
    row.set("gflops", speed(flops, seconds[i]));
    report.row(row.set("over_scalar", seconds[0] / seconds[i]));
  }
}

template <class T>
void measure_row_ops(const char* element, const Arguments& a, Report& report) {
  Data<T> data(a.rows, a.dim);
  std::vector<Turn> turns;
  const auto sets = kernels::available_row_ops();
  const auto first = works_of<T>(ops_for(*sets.front(), T{}), data);
  Ticker ticker(std::string("kernels in ") + element);
  for (std::size_t kernel = 0; kernel < first.size(); ++kernel) {
    ticker(static_cast<std::int64_t>(kernel), static_cast<std::int64_t>(first.size()));
    turns.clear();
    for (const auto* set : sets) {
      turns.push_back({set->name, works_of<T>(ops_for(*set, T{}), data)[kernel].run});
    }
    measure(a, first[kernel].name, element, turns, first[kernel].bytes, 0, report);
  }
}

/// A product with a packed square matrix as the engine runs it: blocks of rows that stay in the
/// cache.
template <class T>
class BlockedProduct {
 public:
  static constexpr std::int64_t kBlock = 64;

  BlockedProduct(const kernels::GemmFor<T>& ops, std::int64_t rows, std::int64_t dim)
      : ops_(&ops),
        rows_(rows),
        weights_(ops, Data<T>::values(static_cast<std::size_t>(dim * dim)).data(), dim, dim, dim),
        a_(kernels::round_up(rows, kBlock) * weights_.depth()),
        c_(kBlock * weights_.columns()) {
    const auto values = Data<T>::values(static_cast<std::size_t>(a_.size()));
    std::copy(values.begin(), values.end(), a_.data());
  }
  void run() {
    ops_->enter();
    for (std::int64_t row = 0; row < rows_; row += kBlock) {
      weights_.run(a_.data() + row * weights_.depth(), weights_.depth(), c_.data(),
                   weights_.columns(), std::min(kBlock, rows_ - row));
    }
    ops_->leave();
  }

 private:
  const kernels::GemmFor<T>* ops_;
  std::int64_t rows_;
  kernels::PackedMatrix<T> weights_;
  kernels::Buffer<T> a_;
  kernels::Buffer<float> c_;
};

template <class T>
void measure_products(const char* element, const Arguments& a, Report& report) {
  std::vector<Turn> turns;
  for (const auto* ops : kernels::available_gemms<T>()) {
    const auto product = std::make_shared<BlockedProduct<T>>(*ops, a.rows, a.dim);
    turns.push_back({ops->name, [product] { product->run(); }});
  }
  const double flops = 2.0 * static_cast<double>(a.rows * a.dim * a.dim);
  measure(a, "product", element, turns, 0, flops, report);
}

Result<void> check(const Arguments& a) {
  constexpr std::int64_t kMost = 1 << 28;  // 1 GB of float32 for one operand
  if (a.dim % 16 != 0) {
    return fail(ErrorCode::invalid_field,
                "--dim is " + std::to_string(a.dim) + ", expected a multiple of 16", "dim");
  }
  if (a.rows * a.dim > kMost) {
    return fail(ErrorCode::too_large, "--rows times --dim is over " + std::to_string(kMost),
                "rows");
  }
  return {};
}

int run(const Arguments& a) {
  if (const auto valid = check(a); !valid) return complain(valid.error());
  Report report("kernels", columns(), a.common.json);
  measure_row_ops<float>("float32", a, report);
  measure_row_ops<kernels::Bf16>("bfloat16", a, report);
  measure_products<float>("float32", a, report);
  measure_products<kernels::Bf16>("bfloat16", a, report);
  return 0;
}

}  // namespace

void add_kernels_command(Commands& commands) {
  auto a = std::make_shared<Arguments>();
  auto* command = commands.add("kernels", "Our kernels for each instruction set, on one thread");
  command->add_option("--rows", a->rows, "Rows")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}))
      ->capture_default_str();
  command->add_option("--dim", a->dim, "Entries of a row")
      ->check(CLI::Range(std::int64_t{16}, std::int64_t{16'384}))
      ->capture_default_str();
  command->add_option("--seconds", a->seconds, "Measuring time a kernel")
      ->check(CLI::Range(0.001, 600.0))
      ->capture_default_str();
  add_json_option(*command, a->common);
  command->footer(
      "GB/s: bytes that must be read and written, over the time; data that fit the cache may beat\n"
      "the memory's speed. product: --rows rows with a packed square matrix of side --dim, as the\n"
      "native backend runs it. One thread.\n"
      "Examples:\n"
      "  trm_bench kernels\n"
      "  trm_bench kernels --rows 100000 --dim 128 --json      (beyond the caches)");
  commands.on(command, [a] { return run(*a); });
}

}  // namespace trm::bench
