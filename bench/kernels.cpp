// `trm_bench kernels`: the fused row operations for each instruction set, on one thread.
#include <bit>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>
#include <type_traits>

#include "bench/bench.h"
#include "bench/timing.h"
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
          {"isa", "isa", 7, kText},
          {"us", "us", 9, 1},
          {"gigabytes_per_second", "GB/s", 8, 1},
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
           [&ops, &d, heads, head] {
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

// All instruction sets take turns on one kernel.
template <class T>
void measure(const char* element, const Arguments& a, Report& report) {
  Data<T> data(a.rows, a.dim);
  const auto sets = kernels::available_row_ops();
  std::vector<std::vector<Work>> works;
  for (const auto* set : sets) works.push_back(works_of<T>(ops_for(*set, T{}), data));
  Ticker ticker(std::string("kernels in ") + element);
  for (std::size_t kernel = 0; kernel < works.front().size(); ++kernel) {
    ticker(static_cast<std::int64_t>(kernel), static_cast<std::int64_t>(works.front().size()));
    std::vector<std::function<void()>> turns;
    for (const auto& of_set : works) turns.push_back(of_set[kernel].run);
    const auto seconds = least_seconds(turns, a.seconds);
    for (std::size_t i = 0; i < sets.size(); ++i) {
      const Work& work = works[i][kernel];
      Json row = Json::object();
      row.set("kernel", work.name).set("element", element).set("isa", sets[i]->isa);
      row.set("rows", a.rows).set("dim", a.dim).set("us", 1e6 * seconds[i]);
      row.set("gigabytes_per_second", 1e-9 * work.bytes / seconds[i]);
      report.row(row.set("over_scalar", seconds[0] / seconds[i]));
    }
  }
}

int run(const Arguments& a) {
  if (a.dim % 16 != 0) {
    return complain(fail(ErrorCode::invalid_field,
                         "--dim is " + std::to_string(a.dim) + ", expected a multiple of 16",
                         "dim"));
  }
  Report report("kernels", columns(), a.common.json);
  measure<float>("float32", a, report);
  measure<kernels::Bf16>("bfloat16", a, report);
  return 0;
}

}  // namespace

void add_kernels_command(Commands& commands) {
  auto a = std::make_shared<Arguments>();
  auto* command = commands.add("kernels", "The fused row operations for each instruction set");
  command->add_option("--rows", a->rows, "Rows")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}))
      ->capture_default_str();
  command->add_option("--dim", a->dim, "Entries of a row")
      ->check(CLI::Range(std::int64_t{16}, std::int64_t{65'536}))
      ->capture_default_str();
  command->add_option("--seconds", a->seconds, "Measuring time a kernel")
      ->check(CLI::Range(0.001, 600.0))
      ->capture_default_str();
  add_json_option(*command, a->common);
  command->footer(
      "GB/s: bytes that must be read and written, over the time; data that fit the cache may beat\n"
      "the memory's speed. One thread.\n"
      "Examples:\n"
      "  trm_bench kernels\n"
      "  trm_bench kernels --rows 100000 --dim 128 --json      (beyond the caches)");
  commands.on(command, [a] { return run(*a); });
}

}  // namespace trm::bench
