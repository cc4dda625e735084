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

FittingNetFactory fitting_nets(int threads) {
  return [threads](std::shared_ptr<const FitTask> task,
                   std::uint64_t seed) -> Result<std::unique_ptr<FittingNet>> {
    use_one_torch_thread();
    const int size = threads > 0 ? threads : native::usable_threads();
    auto fitter = Fitter::make(std::move(task), fit_recipe(), seed,
                               std::make_shared<native::ThreadTeam>(size));
    if (!fitter) return fitter.error();
    return std::unique_ptr<FittingNet>(std::move(*fitter));
  };
}

}  // namespace trm
