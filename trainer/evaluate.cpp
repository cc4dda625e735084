#include "trainer/evaluate.h"

#include <chrono>
#include <cmath>

namespace trm {
namespace {

using torch::Tensor;

/// One batch of boards with the same layout and geometry.
class EvalBatch {
 public:
  EvalBatch(const Puzzle& puzzle, const Labelled* boards, std::int64_t count, std::int64_t vocab,
            std::int64_t length)
      : puzzle_(puzzle), boards_(boards), solved_at_(static_cast<std::size_t>(count), 0) {
    const auto int64 = torch::TensorOptions().dtype(torch::kInt64);
    tokens_ = torch::empty({count, length}, int64);
    labels_ = torch::empty({count, length}, int64);
    legal_ = torch::zeros({count, length, vocab}, torch::kBool);
    for (std::int64_t b = 0; b < count; ++b) {
      const Question& q = boards[b].question;
      tokens_[b].copy_(torch::tensor(puzzle.encode(q, 0), torch::kInt32));
      labels_[b].copy_(
          torch::tensor(puzzle.encode_answer(q, 0, boards[b].target.best()), torch::kInt32));
      const TokenMask mask = puzzle.mask(q, 0);
      auto legal = legal_.accessor<bool, 3>();
      for (int p = 0; p < length; ++p) {
        for (Token t = 0; t < mask.vocab && t < vocab; ++t) legal[b][p][t] = mask.at(p, t);
      }
    }
  }

  const Tensor& tokens() const { return tokens_; }

  // Checks the boards that are not solved yet.
  void read(const Tensor& logits, int step) {
    const Tensor masked = logits.to(torch::kCPU).to(torch::kFloat32).masked_fill(~legal_, -1e30);
    const Tensor best = masked.argmax(-1).contiguous();
    for (std::size_t b = 0; b < solved_at_.size(); ++b) {
      if (solved_at_[b] == 0 && right(best[static_cast<std::int64_t>(b)], boards_[b])) {
        solved_at_[b] = step;
      }
    }
  }

  void score(const Tensor& last_logits, Score& score) const {
    const Tensor counted = labels_ != Puzzle::ignore_label;
    const Tensor right = (last_logits.to(torch::kCPU).argmax(-1) == labels_) | ~counted;
    score.exact += right.all(-1).sum().item<std::int64_t>();
    for (const int step : solved_at_) {
      score.solved += step > 0;
      score.steps += step;
    }
    score.boards += static_cast<std::int64_t>(solved_at_.size());
  }

 private:
  bool right(const Tensor& tokens, const Labelled& board) const {
    const auto* data = tokens.const_data_ptr<std::int64_t>();
    const std::vector<Token> list(data, data + tokens.numel());
    const auto grid = puzzle_.decode(board.question, 0, list);
    if (!grid) return false;
    if (!puzzle_.info().checks || puzzle_.queries(board.question) > 1) {
      return *grid == board.target.best();
    }
    return puzzle_.check(board.question, Answer(*grid)).status == Status::verified;
  }

  const Puzzle& puzzle_;
  const Labelled* boards_;
  std::vector<int> solved_at_;
  Tensor tokens_, labels_, legal_;
};

}  // namespace

Interval wilson(std::int64_t hits, std::int64_t trials) {
  if (trials == 0) return {};
  const double z = 1.959963984540054, n = static_cast<double>(trials);
  const double p = static_cast<double>(hits) / n;
  const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

Result<HeldOut> HeldOut::make(const Puzzle& puzzle, const EvalSet& spec) {
  HeldOut held_out{spec.name, spec.max_steps, {}};
  for (int i = 0; i < spec.count; ++i) {
    auto board = generate_labelled(puzzle, spec.request(), static_cast<std::uint64_t>(spec.seed),
                                   static_cast<std::uint64_t>(i));
    if (!board) return board.error();
    held_out.boards.push_back(std::move(*board));
  }
  return held_out;
}

Result<Score> evaluate(Network& network, const Puzzle& puzzle, const HeldOut& held_out, int batch) {
  torch::NoGradGuard no_grad;
  const auto start = std::chrono::steady_clock::now();
  Score score;
  const Arch& arch = network.arch();
  const auto total = static_cast<std::int64_t>(held_out.boards.size());
  for (std::int64_t from = 0; from < total;) {
    const Question& first = held_out.boards[static_cast<std::size_t>(from)].question;
    const TokenLayout layout = puzzle.layout(first, 0);
    const Geometry geometry = puzzle.geometry(first, 0);
    std::int64_t to = from + 1;
    while (to < total && to - from < batch) {  // boards of one layout in a row form a batch
      const Question& q = held_out.boards[static_cast<std::size_t>(to)].question;
      if (!(puzzle.layout(q, 0) == layout) || !(puzzle.geometry(q, 0) == geometry)) break;
      ++to;
    }
    GeometryIndex index;
    if (arch.mixer == Mixer::geometry) {
      auto made = GeometryIndex::make(arch, layout, geometry, network.device());
      if (!made) return made.error();
      index = std::move(*made);
    }
    EvalBatch boards(puzzle, &held_out.boards[static_cast<std::size_t>(from)], to - from,
                     arch.vocab_size, layout.size());
    const Batch input{boards.tokens().to(network.device()),
                      torch::zeros({to - from}, torch::kInt64).to(network.device()),
                      &index,
                      {}};
    Carry carry = network.initial_carry(
        to - from, arch.mixer == Mixer::geometry ? index.nodes : layout.size());
    Tensor logits;
    for (int step = 1; step <= held_out.max_steps; ++step) {
      const StepOutput out = network.step(carry, input, {arch.H_cycles, arch.L_cycles});
      carry = out.carry;
      logits = out.logits;
      boards.read(logits, step);
    }
    boards.score(logits, score);
    from = to;
  }
  score.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return score;
}

}  // namespace trm
