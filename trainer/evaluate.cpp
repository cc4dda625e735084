#include "trainer/evaluate.h"

#include <chrono>

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
    counted_ = labels_ != Puzzle::ignore_label;
  }

  const Tensor& tokens() const { return tokens_; }

  // Reads one step's answers.
  void read(const StepOutput& out, int step, bool last, Score& score) {
    const Tensor logits = out.logits.to(torch::kCPU).to(torch::kFloat32);
    const Tensor masked = logits.masked_fill(~legal_, -1e30).argmax(-1).contiguous();
    const Tensor raw_hits = (logits.argmax(-1) == labels_) & counted_;
    const Tensor raw = (raw_hits | ~counted_).all(-1);
    StepScore& at = score.by_step[static_cast<std::size_t>(step - 1)];
    at.exact_raw += raw.sum().item<std::int64_t>();
    for (std::size_t b = 0; b < solved_at_.size(); ++b) {
      const auto grid = decode(masked[static_cast<std::int64_t>(b)], boards_[b]);
      const bool valid = grid && is_valid(*grid, boards_[b]);
      at.valid += valid;
      if (valid && solved_at_[b] == 0) solved_at_[b] = step;
      at.solved += solved_at_[b] > 0;
      if (last) score.answers.push_back(grid ? Answer(*grid) : Answer());
    }
    if (last) close(out, masked, raw_hits, raw, score);
  }

 private:
  void close(const StepOutput& out, const Tensor& masked, const Tensor& raw_hits, const Tensor& raw,
             Score& score) {
    score.exact += ((masked == labels_) | ~counted_).all(-1).sum().item<std::int64_t>();
    score.cells += counted_.sum().item<std::int64_t>();
    score.cells_right += raw_hits.sum().item<std::int64_t>();
    const Tensor q = out.q.select(-1, 0).to(torch::kCPU).to(torch::kFloat64);
    score.halt_right += ((q >= 0) == raw).sum().item<std::int64_t>();
    const Tensor halts = q.sigmoid().contiguous();
    const auto exact = raw.contiguous();
    for (std::size_t b = 0; b < solved_at_.size(); ++b) {
      score.halts.push_back(halts.const_data_ptr<double>()[b]);
      score.steps += solved_at_[b];
      score.solved_at.push_back(solved_at_[b]);
      count_bucket(boards_[b], solved_at_[b] > 0, exact.const_data_ptr<bool>()[b], score);
    }
    score.boards += static_cast<std::int64_t>(solved_at_.size());
  }

  static void count_bucket(const Labelled& board, bool solved, bool exact, Score& score) {
    static constexpr std::pair<std::int64_t, const char*> kBuckets[] = {
        {0, "0 guesses"}, {9, "1 to 9"}, {99, "10 to 99"}, {INT64_MAX, "100 and more"}};
    if (board.guesses < 0) return;
    if (score.buckets.empty()) {
      for (const auto& bucket : kBuckets) score.buckets.push_back({bucket.second, 0, 0, 0});
    }
    std::size_t i = 0;
    while (board.guesses > kBuckets[i].first) ++i;
    ++score.buckets[i].boards;
    score.buckets[i].solved += solved;
    score.buckets[i].exact_raw += exact;
  }

  std::optional<Grid> decode(const Tensor& tokens, const Labelled& board) const {
    const auto* data = tokens.const_data_ptr<std::int64_t>();
    const std::vector<Token> list(data, data + tokens.numel());
    auto grid = puzzle_.decode(board.question, 0, list);
    if (!grid) return std::nullopt;
    return std::move(*grid);
  }

  bool is_valid(const Grid& grid, const Labelled& board) const {
    if (!puzzle_.info().checks || puzzle_.queries(board.question) > 1) {
      return grid == board.target.best();
    }
    return puzzle_.check(board.question, Answer(grid)).status == Status::verified;
  }

  const Puzzle& puzzle_;
  const Labelled* boards_;
  std::vector<int> solved_at_;
  Tensor tokens_, labels_, legal_, counted_;
};

Result<void> check_fit(const Network& network, const Puzzle& puzzle, const Labelled& board,
                       int identifier, const TokenLayout& layout) {
  const Arch& arch = network.arch();
  const auto unfit = [](const std::string& what) {
    return fail(ErrorCode::invalid_data, what, "model");
  };
  if (arch.seq_len > 0 && arch.seq_len != layout.size()) {
    return unfit("the model reads boards of " + std::to_string(arch.seq_len) +
                 " positions, this one has " + std::to_string(layout.size()));
  }
  for (const Token token : puzzle.encode(board.question, 0)) {
    if (token >= arch.vocab_size)
      return unfit("the model knows " + std::to_string(arch.vocab_size) +
                   " tokens, the board has " + std::to_string(token));
  }
  if (arch.puzzle_emb_ndim > 0 && identifier >= arch.num_puzzle_identifiers)
    return unfit("the model has no puzzle embedding for identifier " + std::to_string(identifier));
  return {};
}

}  // namespace

Json score_to_json(const Score& score, bool details) {
  const Interval solved = wilson(score.solved, score.boards);
  const Interval exact = wilson(score.exact_raw, score.boards);
  Json json = Json::object();
  json.set("boards", score.boards).set("solved", score.solved);
  json.set("solved_rate", score.solved_rate());
  json.set("solved_low", solved.low).set("solved_high", solved.high);
  json.set("valid", score.valid).set("valid_rate", rate(score.valid, score.boards));
  json.set("exact", score.exact).set("exact_rate", score.exact_rate());
  json.set("exact_raw", score.exact_raw).set("exact_raw_rate", score.exact_raw_rate());
  json.set("exact_raw_low", exact.low).set("exact_raw_high", exact.high);
  json.set("cell_rate", rate(score.cells_right, score.cells));
  json.set("halt_rate", rate(score.halt_right, score.boards));
  json.set("mean_steps", score.mean_steps()).set("seconds", score.seconds);
  if (score.pass_at) add_pass_at(*score.pass_at, json);
  if (!details) return json;
  Json steps = Json::array(), buckets = Json::array();
  for (std::size_t i = 0; i < score.by_step.size(); ++i) {
    const StepScore& at = score.by_step[i];
    Json step = Json::object();
    step.set("step", static_cast<std::int64_t>(i + 1)).set("exact_raw", at.exact_raw);
    step.set("valid", at.valid).set("solved", at.solved);
    steps.push(std::move(step));
  }
  for (const BucketScore& b : score.buckets) {
    const Interval interval = wilson(b.solved, b.boards);
    Json bucket = Json::object();
    bucket.set("bucket", b.name).set("boards", b.boards).set("solved", b.solved);
    bucket.set("solved_low", interval.low).set("solved_high", interval.high);
    bucket.set("exact_raw", b.exact_raw);
    buckets.push(std::move(bucket));
  }
  json.set("by_step", std::move(steps)).set("buckets", std::move(buckets));
  return json;
}

Result<Score> evaluate(Network& network, const Puzzle& puzzle, const HeldOut& held_out, int batch) {
  torch::NoGradGuard no_grad;
  const auto start = std::chrono::steady_clock::now();
  Score score;
  score.by_step.resize(static_cast<std::size_t>(held_out.max_steps));
  const Arch& arch = network.arch();
  const auto total = static_cast<std::int64_t>(held_out.boards.size());
  for (std::int64_t from = 0; from < total;) {
    const Question& first = held_out.boards[static_cast<std::size_t>(from)].question;
    const TokenLayout layout = puzzle.layout(first, 0);
    const Geometry geometry = puzzle.geometry(first, 0);
    std::int64_t to = from;
    while (to < total && to - from < batch) {  // boards of one layout in a row form a batch
      const auto i = static_cast<std::size_t>(to);
      const Question& q = held_out.boards[i].question;
      if (!(puzzle.layout(q, 0) == layout) || !(puzzle.geometry(q, 0) == geometry)) break;
      if (auto fits =
              check_fit(network, puzzle, held_out.boards[i], held_out.identifiers[i], layout);
          !fits) {
        return fits.error();
      }
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
    const std::vector<int> identifiers(held_out.identifiers.begin() + from,
                                       held_out.identifiers.begin() + to);
    const Batch input{
        boards.tokens().to(network.device()),
        torch::tensor(identifiers, torch::kInt32).to(torch::kInt64).to(network.device()),
        &index,
        {}};
    Carry carry = network.initial_carry(
        to - from, arch.mixer == Mixer::geometry ? index.nodes : layout.size());
    for (int step = 1; step <= held_out.max_steps; ++step) {
      const StepOutput out = network.step(carry, input, {arch.H_cycles, arch.L_cycles});
      carry = out.carry;
      boards.read(out, step, step == held_out.max_steps, score);
    }
    from = to;
  }
  if (!score.by_step.empty()) {
    const StepScore& last = score.by_step.back();
    score.valid = last.valid;
    score.solved = last.solved;
    score.exact_raw = last.exact_raw;
  }
  if (held_out.votes) {
    auto pass_at = held_out.votes->score(score.answers, score.halts);
    if (!pass_at) return pass_at.error();
    score.pass_at = *pass_at;
  }
  score.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return score;
}

}  // namespace trm
