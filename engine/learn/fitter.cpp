#include "engine/learn/fitter.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/backends/model_rows.h"
#include "engine/kernels/gemm.h"

namespace trm {

using torch::Tensor;

FitRecipe fit_recipe() {
  FitRecipe recipe;
  recipe.arch.mixer = Mixer::geometry;
  recipe.arch.hidden_size = 32;
  recipe.arch.swiglu_inner = 64;
  recipe.arch.L_layers = 1;
  recipe.arch.H_cycles = 2;
  recipe.arch.L_cycles = 3;
  recipe.arch.halt_max_steps = 6;
  recipe.arch.loss = LossKind::softmax;
  recipe.learn.optimizer = OptimizerKind::muon;
  recipe.learn.lr = 1e-2;
  recipe.learn.ema_decay = 0.99;
  recipe.learn.bf16 = kernels::multiplies_bf16();
  return recipe;
}

Result<std::unique_ptr<Fitter>> Fitter::make(std::shared_ptr<const FitTask> task,
                                             const FitRecipe& recipe, std::uint64_t seed,
                                             std::shared_ptr<native::ThreadTeam> team) {
  Arch arch = recipe.arch;
  arch.vocab_size = task->puzzle().tokens().vocab;
  for (const Relation& relation : task->scene(0, 0).geometry)
    arch.relations.push_back(relation.name);
  if (auto valid = validate(arch); !valid) return valid.error();
  std::unique_ptr<Fitter> fitter(new Fitter(recipe, seed, arch, std::move(team)));
  if (auto moved = fitter->move_to(std::move(task)); !moved) return moved.error();
  return fitter;
}

Fitter::Fitter(const FitRecipe& recipe, std::uint64_t seed, const Arch& arch,
               std::shared_ptr<native::ThreadTeam> team)
    : recipe_(recipe), rng_(Rng::stream(seed, 1)), learner_(arch, recipe.learn, seed, torch::kCPU) {
  learner_.network().set_native(true, std::move(team));
}

Result<std::shared_ptr<const GeometryIndex>> Fitter::index_of(const FitTask::Scene& scene) {
  auto index =
      GeometryIndex::make(learner_.network().arch(), scene.layout, scene.geometry, torch::kCPU);
  if (!index) return index.error();
  return std::make_shared<const GeometryIndex>(std::move(*index));
}

Result<void> Fitter::move_to(std::shared_ptr<const FitTask> task) {
  std::vector<LearnLane> lanes;
  for (int pose = 0; pose < task->poses(); ++pose) {
    const FitTask::Scene scene = task->scene(pose);
    const int length = scene.layout.size();
    auto index = index_of(scene);
    if (!index) return index.error();
    const int rows = std::clamp(recipe_.most_positions / length, 2, recipe_.most_rows);
    lanes.push_back(LearnLane::make(learner_.network(), rows, length, std::move(*index)));
  }
  task_ = std::move(task);
  lanes_ = std::move(lanes);
  return {};
}

double Fitter::train(double lr_scale) {
  const int pose = static_cast<int>(rng_.below(static_cast<std::uint32_t>(task_->poses())));
  const auto next = [&](std::int64_t row) {
    // The first row shows the task in its own colours.
    EncodedPair pair = task_->demonstrations(task_->image(pose, row > 0, rng_));
    return Example{std::move(pair.tokens), std::move(pair.labels), 0};
  };
  const Arch& arch = learner_.network().arch();
  const StepMetrics metrics = learner_.step(lanes_[static_cast<std::size_t>(pose)],
                                            {arch.H_cycles, arch.L_cycles}, lr_scale, next, rng_);
  if (!metrics.finite) return std::numeric_limits<double>::quiet_NaN();
  return metrics.lm_loss / static_cast<double>(metrics.rows);
}

std::vector<Proposal> Fitter::propose(int board, int images) {
  // Poses take turns, the task as it stands first.
  std::vector<std::vector<Asking>> by_pose(static_cast<std::size_t>(task_->poses()));
  for (int i = 0; i < images; ++i) {
    const int pose = i % task_->poses();
    auto image = task_->image(pose, i > 0, rng_);
    auto asked = task_->ask(image, board);
    by_pose[static_cast<std::size_t>(pose)].push_back({std::move(image), std::move(asked)});
  }
  torch::NoGradGuard no_grad;
  std::vector<Proposal> proposals;
  learner_.with_ema([&](Network& network) {
    for (int pose = 0; pose < task_->poses(); ++pose) {
      const auto& askings = by_pose[static_cast<std::size_t>(pose)];
      if (askings.empty()) continue;
      const auto geometry = index_of(task_->scene(pose, board));
      if (geometry) answer(network, askings, **geometry, proposals);
    }
  });
  return proposals;
}

namespace {

// The last of all supervision steps.
StepOutput last_step(Network& network, const Tensor& tokens, const GeometryIndex& geometry) {
  const Arch& arch = network.arch();
  StepOutput out;
  out.carry = network.initial_carry(tokens.size(0), geometry.nodes);
  for (int step = 0; step < arch.halt_max_steps; ++step)
    out = network.step(out.carry, {tokens, {}, &geometry, {}}, {arch.H_cycles, arch.L_cycles});
  return out;
}

// The answer that a row's logits [L, vocab] stand for; each position may have the same tokens.
SlotOutput answer_of(const Tensor& logits, const std::vector<std::uint8_t>& legal, LossKind loss) {
  const auto length = static_cast<std::size_t>(logits.size(0));
  std::vector<std::uint8_t> everywhere;
  for (std::size_t p = 0; p < length; ++p)
    everywhere.insert(everywhere.end(), legal.begin(), legal.end());
  SlotOutput output{std::vector<Token>(length), std::vector<float>(length), 0};
  read_answer({logits.const_data_ptr<float>(), everywhere.size()}, everywhere,
              static_cast<int>(legal.size()), loss, output);
  return output;
}

// What stands behind the cells of a grid in the top left corner of its frame.
std::vector<float> cells_of(const Grid& grid, const std::vector<float>& frame, int cols) {
  std::vector<float> values;
  for (int row = 0; row < grid.rows; ++row) {
    const auto from = frame.begin() + std::ptrdiff_t{row} * cols;
    values.insert(values.end(), from, from + grid.cols);
  }
  return values;
}

}  // namespace

void Fitter::answer(Network& network, const std::vector<Asking>& askings,
                    const GeometryIndex& geometry, std::vector<Proposal>& proposals) const {
  std::vector<Tensor> rows;
  for (const auto& [image, asked] : askings)
    rows.push_back(torch::tensor(asked.tokens, torch::kInt32));
  const auto out = last_step(network, torch::stack(rows).to(torch::kInt64), geometry);
  const Tensor logits = out.logits.to(torch::kFloat32).contiguous();
  const Tensor halt = torch::sigmoid(out.q.select(-1, 0));
  for (std::size_t i = 0; i < askings.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const auto& [image, asked] = askings[i];
    const SlotOutput output = answer_of(logits[row], asked.legal, network.arch().loss);
    auto grid = task_->read(image, asked, output.tokens);
    if (!grid) continue;  // end markers that enclose nothing
    Proposal proposal{std::move(*grid), halt[row].item<float>(), !image.names && !image.turn, {}};
    if (proposal.plain)
      proposal.confidence = cells_of(proposal.grid, output.confidence, asked.frame.cols);
    proposals.push_back(std::move(proposal));
  }
}

}  // namespace trm
