#include "engine/learn/fitter.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/kernels/gemm.h"
#include "engine/learn/loss.h"

namespace trm {

using torch::Tensor;

namespace {
constexpr double kNever = -1e9;  // the logit of a token that no answer has
}

FitRecipe fit_recipe() {
  FitRecipe recipe;
  recipe.learn.optimizer = OptimizerKind::muon;
  recipe.learn.lr = 1e-2;
  recipe.learn.ema_decay = 0.99;
  recipe.learn.bf16 = kernels::multiplies_bf16();
  return recipe;
}

Arch Fitter::arch_of(const FitTask& task, const FitRecipe& recipe) {
  Arch arch;
  arch.mixer = Mixer::geometry;
  arch.vocab_size = task.puzzle().tokens().vocab;
  arch.hidden_size = recipe.hidden_size;
  arch.swiglu_inner = recipe.swiglu_inner;
  arch.L_layers = recipe.L_layers;
  arch.H_cycles = recipe.H_cycles;
  arch.L_cycles = recipe.L_cycles;
  arch.halt_max_steps = recipe.halt_max_steps;
  arch.loss = recipe.softmax ? LossKind::softmax : LossKind::stablemax;
  for (const Relation& relation : task.scene(0).geometry) arch.relations.push_back(relation.name);
  return arch;
}

Result<std::unique_ptr<Fitter>> Fitter::make(std::shared_ptr<const FitTask> task,
                                             const FitRecipe& recipe, std::uint64_t seed,
                                             std::shared_ptr<native::ThreadTeam> team) {
  const Arch arch = arch_of(*task, recipe);
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
  std::vector<Pose> poses;
  for (int pose = 0; pose < task->poses(); ++pose) {
    const FitTask::Scene scene = task->scene(pose);
    auto index = index_of(scene);
    if (!index) return index.error();
    const int rows = std::clamp(recipe_.most_positions / scene.layout.size(), 2, recipe_.most_rows);
    poses.push_back(
        {*index, LearnLane::make(learner_.network(), rows, scene.layout.size(), *index)});
  }
  task_ = std::move(task);
  poses_ = std::move(poses);
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
  const StepMetrics metrics = learner_.step(poses_[static_cast<std::size_t>(pose)].lane,
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
  std::vector<Proposal> proposals;
  for (int pose = 0; pose < task_->poses(); ++pose) {
    const auto& askings = by_pose[static_cast<std::size_t>(pose)];
    if (askings.empty()) continue;
    const auto geometry = index_of(task_->scene(pose, board));
    if (geometry) answer(askings, **geometry, proposals);
  }
  return proposals;
}

namespace {

// [rows, length] int64.
Tensor tokens_of(const std::vector<Fitter::Asking>& askings) {
  std::vector<Tensor> rows;
  for (const auto& [image, asked] : askings)
    rows.push_back(torch::tensor(asked.tokens, torch::kInt32));
  return torch::stack(rows).to(torch::kInt64);
}

// [rows, 1, vocab] bool: tokens that no answer has.
Tensor banned_of(const std::vector<Fitter::Asking>& askings, int vocab) {
  const auto rows = static_cast<std::int64_t>(askings.size());
  Tensor banned = torch::zeros({rows, 1, vocab}, torch::kBool);
  auto flags = banned.accessor<bool, 3>();
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto& legal = askings[static_cast<std::size_t>(row)].asked.legal;
    for (std::size_t t = 0; t < legal.size(); ++t)
      flags[row][0][static_cast<std::int64_t>(t)] = !legal[t];
  }
  return banned;
}

// What stands behind the cells of a grid in the top left corner of its frame.
std::vector<float> cells_of(const Grid& grid, const float* frame, int cols) {
  std::vector<float> values;
  for (int row = 0; row < grid.rows; ++row)
    values.insert(values.end(), frame + row * cols, frame + row * cols + grid.cols);
  return values;
}

// The last of all supervision steps.
StepOutput last_step(Network& network, const Tensor& tokens, const GeometryIndex& geometry) {
  const Arch& arch = network.arch();
  StepOutput out;
  out.carry = network.initial_carry(tokens.size(0), geometry.nodes);
  for (int step = 0; step < arch.halt_max_steps; ++step)
    out = network.step(out.carry, {tokens, {}, &geometry, {}}, {arch.H_cycles, arch.L_cycles});
  return out;
}

}  // namespace

void Fitter::answer(const std::vector<Asking>& askings, const GeometryIndex& geometry,
                    std::vector<Proposal>& proposals) {
  torch::NoGradGuard no_grad;
  const Arch& arch = learner_.network().arch();
  const Tensor tokens = tokens_of(askings), banned = banned_of(askings, arch.vocab_size);
  StepOutput out;
  learner_.with_ema([&](Network& network) { out = last_step(network, tokens, geometry); });
  const Tensor logits = out.logits.to(torch::kFloat32).masked_fill(banned, kNever);
  const auto [sure, best] = probabilities(logits, arch.loss).max(-1);
  const Tensor chosen = best.to(torch::kInt32), halt = torch::sigmoid(out.q.select(-1, 0));
  for (std::int64_t row = 0; row < tokens.size(0); ++row) {
    const auto& [image, asked] = askings[static_cast<std::size_t>(row)];
    const std::int32_t* from = chosen[row].const_data_ptr<std::int32_t>();
    auto grid = task_->read(image, asked, {from, from + tokens.size(1)});
    if (!grid) continue;  // end markers that enclose nothing
    Proposal proposal{std::move(*grid), halt[row].item<float>(), !image.names && !image.turn, {}};
    if (proposal.plain) {
      proposal.confidence =
          cells_of(proposal.grid, sure[row].const_data_ptr<float>(), asked.frame.cols);
    }
    proposals.push_back(std::move(proposal));
  }
}

}  // namespace trm
