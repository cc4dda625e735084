#include "trainer/overfit.h"

#include "engine/model/tensor_io.h"
#include "trainer/evaluate.h"
#include "trainer/state.h"

namespace trm {

Result<OverfitResult> overfit(
    TrainConfig config, const OverfitRequest& request, const std::atomic<bool>& stop,
    const std::function<void(std::int64_t step, double loss, double exact)>& report) {
  constexpr std::int64_t kReport = 50;
  config.data.resize(1);
  DataSource& source = config.data.front();
  source.augment = false;
  source.pool = source.batch = request.examples;
  config.learn.halt_exploration = 0;
  const auto device = resolve_device(request.device);
  if (!device) return device.error();
  auto state = RunState::make(config, *device);
  if (!state) return state.error();
  // The same examples again and again, data sets too.
  std::vector<Example> examples;
  for (int i = 0; i < request.examples; ++i) {
    auto example = state->sources.front().next();
    if (!example) return example.error();
    examples.push_back(std::move(*example));
  }
  const RecursionDepth depth{config.arch.H_cycles, config.arch.L_cycles};
  OverfitResult result;
  double loss = 0;
  std::int64_t right = 0, halted = 0, rows = 0;
  while (result.steps < request.steps && !result.learned && !stop) {
    const auto next = [&](std::int64_t row) { return examples[static_cast<std::size_t>(row)]; };
    const StepMetrics m =
        state->learner->step(state->lanes.front().lane, depth, 1, next, state->rng);
    if (!m.finite) {
      return fail(ErrorCode::backend_failed,
                  "the loss is no longer a number at step " + std::to_string(result.steps),
                  "train.lr");
    }
    loss += m.lm_loss;
    rows += m.rows;
    right += m.exact;
    halted += m.halted;
    if (++result.steps % kReport != 0) continue;
    result.exact = rate(right, halted);
    result.learned = halted >= request.examples && right == halted;
    report(result.steps, loss / static_cast<double>(rows), result.exact);
    loss = 0;
    right = halted = rows = 0;
  }
  return result;
}

}  // namespace trm
