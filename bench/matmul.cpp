// `trm_bench matmul`: the machine's peak in matrix products, large squares and the models' own.
#include <memory>
#include <set>
#include <tuple>

#include "bench/bench.h"
#include "bench/models.h"
#include "bench/timing.h"
#include "engine/model/tensor_io.h"
#include "engine/model_dirs.h"
#include "trainer/products.h"
#include "trainer/run.h"

namespace trm::bench {
namespace {

struct Arguments {
  CommonArguments common;
  std::string folder;
  std::vector<std::string> models, precisions{"float32", "bfloat16"};
  std::vector<int> squares{1024, 2048, 4096};
  int batch = 8;
  double seconds = 1;
};

std::vector<Column> columns() {
  return {{"of", "of", 18, kText},
          {"shape", "shape", 24, kText},
          {"precision", "precision", 9, kText},
          {"linear_gflops", "linear", 9, 1},
          {"onednn_gflops", "oneDNN", 9, 1},
          {"gflops", "GFLOP/s", 9, 1},
          {"ms", "ms", 9, 3}};
}

/// A shape to measure and whose it is.
struct Wanted {
  std::string of;
  Product product;
};

std::string shape_text(const Product& p) {
  const std::string one =
      std::to_string(p.m) + "x" + std::to_string(p.k) + "x" + std::to_string(p.n);
  return p.batch > 1 ? std::to_string(p.batch) + " of " + one : one;
}

// The forward products of each model at the first size that it reads.
Result<std::vector<Wanted>> wanted(const Arguments& a) {
  std::vector<Wanted> list;
  for (const int side : a.squares) list.push_back({"square", {side, side, side}});
  const auto folder = find_model_dir(a.folder);
  if (!folder) return folder.error();
  auto names =
      a.models.empty() ? default_models(*folder) : Result<std::vector<std::string>>(a.models);
  if (!names) return names.error();
  if (a.models == std::vector<std::string>{"none"}) return list;
  const auto models = open_models(*names, *folder);
  if (!models) return models.error();
  for (const BenchModel& model : *models) {
    const auto boards = model_boards(model, {});
    if (!boards) return boards.error();
    if (boards->empty()) continue;
    const Network network(model.file.info.arch, 0, torch::kCPU);
    std::set<std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>> seen;
    for (const Product& p :
         products_of(network, a.batch, boards->front().nodes,
                     {network.arch().H_cycles, network.arch().L_cycles}, Passes::forward)) {
      if (seen.insert({p.batch, p.m, p.k, p.n}).second) list.push_back({model.name, p});
    }
  }
  return list;
}

torch::ScalarType dtype_of(const std::string& precision) {
  return precision == "bfloat16" ? torch::kBFloat16 : torch::kFloat32;
}

Json row_of(const Wanted& w, const std::string& precision, const std::vector<std::string>& names,
            const double* seconds) {
  Json row = Json::object();
  row.set("of", w.of).set("shape", shape_text(w.product));
  row.set("m", w.product.m).set("k", w.product.k).set("n", w.product.n);
  row.set("matrices", w.product.batch).set("precision", precision);
  row.set("threads", at::get_num_threads());
  Json linear, onednn;
  double least = seconds[0];
  for (std::size_t i = 0; i < names.size(); ++i) {
    (names[i] == "onednn" ? onednn : linear) = 1e-9 * w.product.flops() / seconds[i];
    least = std::min(least, seconds[i]);
  }
  row.set("linear_gflops", std::move(linear)).set("onednn_gflops", std::move(onednn));
  return row.set("gflops", 1e-9 * w.product.flops() / least).set("ms", 1000 * least);
}

// All precisions and calls of one shape take turns.
void measure(const Wanted& w, const Arguments& a, Report& report) {
  std::vector<ProductCalls> calls;
  for (const auto& precision : a.precisions) {
    calls.emplace_back(w.product, dtype_of(precision), torch::kCPU);
  }
  std::vector<std::function<void()>> works;
  for (const ProductCalls& of_precision : calls) {
    for (std::size_t i = 0; i < of_precision.names().size(); ++i) {
      works.push_back([&of_precision, i] { of_precision.run(i); });
    }
  }
  const auto seconds = least_seconds(works, a.seconds);
  std::size_t at = 0;
  for (std::size_t p = 0; p < calls.size(); ++p) {
    report.row(row_of(w, a.precisions[p], calls[p].names(), &seconds[at]));
    at += calls[p].names().size();
  }
}

int run(const Arguments& a) {
  set_threads(a.common.threads);
  const auto shapes = wanted(a);
  if (!shapes) return complain(shapes.error());
  Report report("matmul", columns(), a.common.json);
  const auto measured = guarded<int>([&]() -> Result<int> {
    Ticker ticker("shapes");
    for (std::size_t i = 0; i < shapes->size(); ++i) {
      ticker(static_cast<std::int64_t>(i), static_cast<std::int64_t>(shapes->size()));
      measure((*shapes)[i], a, report);
    }
    return 0;
  });
  return measured ? 0 : complain(measured.error());
}

}  // namespace

void add_matmul_command(Commands& commands) {
  auto a = std::make_shared<Arguments>();
  auto* command = commands.add("matmul", "The machine's peak in matrix products");
  command->add_option("--square", a->squares, "Sides of large squares")
      ->check(CLI::Range(1, 16384))
      ->capture_default_str();
  command->add_option("--model", a->models,
                      "Whose products, as for step (default: the same models); none: squares only");
  command->add_option("--models", a->folder, "Folder of the models (default: TRM_MODELS, assets)");
  command->add_option("--batch", a->batch, "Rows of the models' products")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--precision", a->precisions, "float32, bfloat16")
      ->check(CLI::IsMember({"float32", "bfloat16"}))
      ->capture_default_str();
  command->add_option("--seconds", a->seconds, "Measuring time a call")
      ->check(CLI::Range(0.001, 600.0))
      ->capture_default_str();
  add_threads_option(*command, a->common);
  add_json_option(*command, a->common);
  command->footer(
      "linear: at::linear (at::bmm for attention's own products); oneDNN: the same through "
      "oneDNN,\n"
      "where linear takes another path. GFLOP/s: the faster one. Shapes are m x k x n.\n"
      "Examples:\n"
      "  trm_bench matmul --square 4096 --model none\n"
      "  trm_bench matmul --model sudoku-extreme-mlp --batch 1 --precision bfloat16");
  commands.on(command, [a] { return run(*a); });
}

}  // namespace trm::bench
