// The network that is fitted to a task's demonstrations.
#pragma once

#include <memory>
#include <vector>

#include "engine/fit/fitting_net.h"
#include "engine/learn/learner.h"

namespace trm {

/// How a network is fitted.
struct FitRecipe {
  Arch arch;                  ///< but for what the task's module says: vocabulary and relations
  int most_rows = 8;          ///< B, where images are small
  int most_positions = 2048;  ///< B times the positions of an image, if B is 2 or more
  LearnOptions learn;
};

/// What fits at solve time use. Small and often updated beats large: such a network reproduces more
/// demonstrations in the same time than one with twice the width or two blocks.
FitRecipe fit_recipe();

/// Not thread-safe.
class Fitter : public FittingNet {
 public:
  /// Fresh weights, drawn with the seed. Errors: unsupported_by_model.
  static Result<std::unique_ptr<Fitter>> make(std::shared_ptr<const FitTask> task,
                                              const FitRecipe& recipe, std::uint64_t seed,
                                              std::shared_ptr<native::ThreadTeam> team);

  double train(double lr_scale) override;
  std::vector<Proposal> propose(int board, int images) override;
  Result<void> move_to(std::shared_ptr<const FitTask> task) override;

 private:
  /// A board, as an image shows it.
  struct Asking {
    FitTask::Image image;
    FitTask::Asked asked;
  };
  Fitter(const FitRecipe& recipe, std::uint64_t seed, const Arch& arch,
         std::shared_ptr<native::ThreadTeam> team);
  Result<std::shared_ptr<const GeometryIndex>> index_of(const FitTask::Scene& scene);
  /// `network`: the learner's, with the averaged weights.
  void answer(Network& network, const std::vector<Asking>& askings, const GeometryIndex& geometry,
              std::vector<Proposal>& proposals) const;

  const FitRecipe recipe_;
  Rng rng_;
  Learner learner_;
  std::shared_ptr<const FitTask> task_;
  std::vector<LearnLane> lanes_;  // by pose: its images learn together
};

}  // namespace trm
