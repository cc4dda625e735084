#include "trainer/measure.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>

#include "puzzles/registry.h"
#include "trainer/data.h"

namespace trm {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

std::function<Example(std::int64_t)> random_rows(const Arch& arch, std::int64_t length, Rng& rng) {
  return [&rng, length, vocab = static_cast<std::uint32_t>(arch.vocab_size)](std::int64_t) {
    Example example;
    for (std::int64_t i = 0; i < length; ++i) {
      example.tokens.push_back(static_cast<Token>(rng.below(vocab)));
      example.labels.push_back(static_cast<Token>(rng.below(vocab)));
    }
    return example;
  };
}

Result<MeasureBoard> measure_board(const TrainConfig& config, const DataSource& source,
                                   torch::Device device) {
  const auto puzzle = find_puzzle(config.puzzle);
  if (!puzzle) return puzzle.error();
  DataSource one = source;
  one.pool = 1;
  const auto opened = ExampleSource::open(**puzzle, one, static_cast<std::uint64_t>(config.seed));
  if (!opened) return opened.error();
  const TokenLayout layout = (*puzzle)->layout(opened->prototype(), 0);
  MeasureBoard board{layout.size(), nullptr};
  if (config.arch.mixer != Mixer::geometry) return board;
  auto index =
      GeometryIndex::make(config.arch, layout, (*puzzle)->geometry(opened->prototype(), 0), device);
  if (!index) return index.error();
  board.geometry = std::make_shared<const GeometryIndex>(std::move(*index));
  return board;
}

Result<MeasureBoard> preset_board(TrainConfig& config) {
  Arch& arch = config.arch;
  if (arch.mixer != Mixer::geometry && arch.seq_len > 0 && arch.vocab_size > 0) {
    if (arch.puzzle_emb_ndim > 0 && arch.num_puzzle_identifiers == 0)
      arch.num_puzzle_identifiers = 1;
    return MeasureBoard{arch.seq_len, nullptr};
  }
  if (auto completed = complete_config(config); !completed) return completed.error();
  return measure_board(config, config.data.back(), torch::kCPU);
}

double train_flops(const Network& network, const RecursionDepth& depth, std::int64_t nodes) {
  const double cycle = depth.L_cycles + 1;
  return network.flops_per_call(nodes) * cycle * (depth.H_cycles + 2);
}

double train_bytes(const Network& network, const LearnOptions& options, const RecursionDepth& depth,
                   std::int64_t rows, std::int64_t nodes) {
  const Arch& arch = network.arch();
  double parameters = 0, table = 0;
  for (const auto& [name, p] : network.parameters()) parameters += static_cast<double>(p.numel());
  for (const auto& [name, b] : network.buffers()) table += static_cast<double>(b.numel());
  const double element = options.bf16 ? 2 : 4;
  const double weights = parameters * (4 * (options.ema_decay > 0 ? 5 : 4) + element) + table * 4;
  // What the graph keeps for each position, block and call, in channels.
  const double D = arch.hidden_size, F = arch.inner_width(arch.hidden_size);
  const double S = static_cast<double>(nodes + arch.prefix_len());
  double kept = 2 * D + 3 * F + D * static_cast<double>(1 + arch.relations.size());
  if (arch.mixer == Mixer::attention) kept += 8 * D;
  if (arch.mixer == Mixer::mlp_t) kept += 3 * D * arch.inner_width(static_cast<int>(S)) / S + 3 * D;
  const double graph = kept * S * arch.L_layers * (depth.L_cycles + 1) * element;
  const double logits = S * arch.vocab_size * 8 * 4;  // the loss in float64
  return weights + static_cast<double>(rows) * (graph + logits + 4 * S * D * element);
}

StepTime measure_step(Learner& learner, const MeasureBoard& board, std::int64_t rows,
                      const RecursionDepth& depth, double budget) {
  LearnLane lane = LearnLane::make(learner.network(), rows, board.length, board.geometry);
  Rng rng(1);
  const auto next = random_rows(learner.network().arch(), board.length, rng);
  StepTime best{std::numeric_limits<double>::infinity(), rows};
  const auto start = Clock::now();
  for (int i = 0; i < 2 || seconds_since(start) < budget; ++i) {
    const auto begun = Clock::now();
    learner.step(lane, depth, 0, next, rng);
    best.seconds = std::min(best.seconds, seconds_since(begun));
    if (i == 0 && best.seconds > budget) break;
  }
  return best;
}

double physical_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
  return pages > 0 && bytes > 0 ? static_cast<double>(pages) * static_cast<double>(bytes) : 0;
}

std::string human(double value, const char* unit) {
  static constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T", "P", "E"};
  int i = 0;
  while (value >= 1000 && i < 6) value /= 1000, ++i;
  char text[48];
  std::snprintf(text, sizeof text, value < 10 && i > 0 ? "%.2f %s%s" : "%.3g %s%s", value,
                kPrefixes[i], unit);
  return text;
}

}  // namespace trm
