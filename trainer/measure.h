// What a network costs: parameters, arithmetic, memory, and the time of a step on this machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/learn/learner.h"
#include "trainer/config.h"

namespace trm {

/// The board that a network is measured on.
struct MeasureBoard {
  std::int64_t length = 0;                        ///< L, token positions
  std::shared_ptr<const GeometryIndex> geometry;  ///< of geometry nets
  std::int64_t nodes() const { return geometry ? geometry->nodes : length; }
};

/// The board of a complete configuration's source. Errors: those of ExampleSource::open.
Result<MeasureBoard> measure_board(const TrainConfig& config, const DataSource& source,
                                   torch::Device device);

/// The board that a preset's network reads, also where its data are not there: attention and mlp_t
/// nets with seq_len and vocab_size need none. May complete `config`. Errors: those of
/// complete_config and measure_board.
Result<MeasureBoard> preset_board(TrainConfig& config);

/// Arithmetic of one training step for one row, in FLOPs (multiply-adds count 2): all recursion
/// forward, the last H cycle backward (twice its forward).
double train_flops(const Network& network, const RecursionDepth& depth, std::int64_t nodes);

/// Bytes that training a network needs at the peak, estimated: masters, gradients, moments, EMA,
/// the compute copy, and what the graph of the last H cycle keeps for `rows` rows.
double train_bytes(const Network& network, const LearnOptions& options, const RecursionDepth& depth,
                   std::int64_t rows, std::int64_t nodes);

/// Examples of random tokens: what they hold does not change the time of a step. `rng` must outlive
/// the function.
std::function<Example(std::int64_t row)> random_rows(const Arch& arch, std::int64_t length,
                                                     Rng& rng);

/// A step on random rows, as the trainer does it.
struct StepTime {
  double seconds = 0;  ///< the least of the repeats
  std::int64_t rows = 0;
};
/// Repeats steps for about `budget` seconds, at least two (one where a step takes longer than the
/// budget). Throws c10::Error.
StepTime measure_step(Learner& learner, const MeasureBoard& board, std::int64_t rows,
                      const RecursionDepth& depth, double budget);

/// Where the time of training steps goes.
struct TrainProfile {
  struct Line {
    std::string name;  ///< operation
    double seconds = 0;
    std::int64_t calls = 0;
  };
  double step_seconds = 0;    ///< mean of the profiled steps, without the profiler
  double flops = 0;           ///< of a step
  double matrix_seconds = 0;  ///< the same products alone, each shape at the best time measured now
  std::vector<Line> lines;    ///< own time by operation, a step, longest first
  /// Share of the machine's time-weighted peak for the net's own matrix shapes.
  double share_of_peak() const { return step_seconds > 0 ? matrix_seconds / step_seconds : 0; }
};

/// Seconds that the matrix products of a training step take alone, each shape at the best of its
/// repeats now (trainer/products.h). Throws c10::Error.
double matrix_seconds(const Network& network, std::int64_t rows, std::int64_t nodes,
                      const RecursionDepth& depth);

/// Profiles `steps` steps of a lane of `rows` random rows. Throws c10::Error.
TrainProfile profile_training(Learner& learner, const MeasureBoard& board, std::int64_t rows,
                              const RecursionDepth& depth, int steps);

/// Memory of the machine in bytes; 0 where the system does not tell.
double physical_memory();

/// "1.5 GB", "12.3 GFLOP".
std::string human(double value, const char* unit);

}  // namespace trm
