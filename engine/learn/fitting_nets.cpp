// The networks that the engine fits: their recipe and their threads.
#include <omp.h>

#include "engine/learn/fitter.h"

namespace trm {
namespace {

// The tensors outside the cycles are small: one thread, and none that spins beside the solves.
void use_one_torch_thread() {
  at::get_num_threads();  // torch sets its own number at a thread's first use
  omp_set_num_threads(1);
}

}  // namespace

FittingNetFactory fitting_nets() {
  return [](std::shared_ptr<const FitTask> task,
            std::uint64_t seed) -> Result<std::unique_ptr<FittingNet>> {
    use_one_torch_thread();
    auto fitter =
        Fitter::make(std::move(task), fit_recipe(), seed, std::make_shared<native::ThreadTeam>(1));
    if (!fitter) return fitter.error();
    return std::unique_ptr<FittingNet>(std::move(*fitter));
  };
}

}  // namespace trm
