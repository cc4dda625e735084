// The network that is fitted to a task's demonstrations.
#pragma once

#include <memory>
#include <vector>

#include "engine/fit/fitting_net.h"
#include "engine/learn/learner.h"

namespace trm {

/// How a network is fitted. Small and often updated beats large: with these defaults a network
/// reproduces more demonstrations in the same time than with twice the width or two blocks.
struct FitRecipe {
  int hidden_size = 32;
  int swiglu_inner = 64;
  int L_layers = 1;
  int H_cycles = 2;
  int L_cycles = 3;
  int halt_max_steps = 6;     ///< N_sup
  bool softmax = true;        ///< else stablemax
  int most_rows = 8;          ///< B, where images are small
  int most_positions = 2048;  ///< B times the positions of an image, if B is 2 or more
  LearnOptions learn;
};

/// What fits at solve time use.
FitRecipe fit_recipe();

/// Not thread-safe.
class Fitter : public FittingNet {
 public:
  /// A board, as an image shows it.
  struct Asking {
    FitTask::Image image;
    FitTask::Asked asked;
  };

  /// The architecture that a recipe gives for tasks of a module.
  static Arch arch_of(const FitTask& task, const FitRecipe& recipe);

  /// Fresh weights, drawn with the seed. Errors: unsupported_by_model.
  static Result<std::unique_ptr<Fitter>> make(std::shared_ptr<const FitTask> task,
                                              const FitRecipe& recipe, std::uint64_t seed,
                                              std::shared_ptr<native::ThreadTeam> team);

  double train(double lr_scale) override;
  std::vector<Proposal> propose(int board, int images) override;
  Result<void> move_to(std::shared_ptr<const FitTask> task) override;

 private:
  /// Images of one pose that learn together.
  struct Pose {
    std::shared_ptr<const GeometryIndex> geometry;
    LearnLane lane;
  };
  Fitter(const FitRecipe& recipe, std::uint64_t seed, const Arch& arch,
         std::shared_ptr<native::ThreadTeam> team);
  Result<std::shared_ptr<const GeometryIndex>> index_of(const FitTask::Scene& scene);
  void answer(const std::vector<Asking>& askings, const GeometryIndex& geometry,
              std::vector<Proposal>& proposals);

  const FitRecipe recipe_;
  Rng rng_;
  Learner learner_;
  std::shared_ptr<const FitTask> task_;
  std::vector<Pose> poses_;
};

}  // namespace trm
