// The Tiny Recursive Model on the CPU without a numeric library: the same network as
// engine/model/network.h, inference only, built for the speed of one supervision step.
//
// What makes it fast:
//  - weights are packed once, and products run on blocks of rows that stay in the cache together
//    with what follows them (SwiGLU, residual, norm): no tensor is written and read in between;
//  - the weights that read pooled sets multiply each set once instead of each of its members:
//    gate_up [h | pool_1 | ...] = W_0 h + sum of W_r pool_r(set), and W_r pool_r is the same for
//    all nodes of a set (a 9x9 Sudoku: 3.5 times fewer multiplications in that product);
//  - threads work on boards of their own for the whole step where there are enough of them, else
//    together on one, with a barrier between phases; nothing is allocated during a step.
//
// A board's result depends on its input alone, to the bit: not on neighbours or their number, nor
// on the number of threads.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/geometry_plan.h"
#include "engine/kernels/block_ops.h"
#include "engine/kernels/gemm.h"
#include "engine/native/thread_team.h"
#include "engine/weights/arch.h"
#include "engine/weights/safetensors.h"

namespace trm::native {

/// What all boards of one layout share. Immutable after make().
struct Shape {
  GeometryPlan plan;
  std::int64_t positions = 0;  ///< P + nodes: rows of the carry
  /// Pools: rows of all relations' sets, each relation's padded to kRowStep, and the sets that hold
  /// a node as rows, [nodes * node_sets], padded with `set_rows` (a row of zeros).
  std::int64_t set_rows = 0;
  std::vector<std::int64_t> first_set;  ///< of each relation
  std::int64_t node_sets = 0;
  std::vector<std::int32_t> sets;
  /// Offsets: the node whose neighbour a node is, [offsets, L], -1 for none: where gradients come
  /// from. Empty where a node is the neighbour of several.
  std::vector<std::int32_t> back_neighbours;

  /// Errors: those of GeometryPlan::make. Attention and mlp_t read no geometry.
  static Result<std::shared_ptr<const Shape>> make(const Arch& arch, const TokenLayout& layout,
                                                   const Geometry& geometry);
  /// The same of a geometry net's plan.
  static std::shared_ptr<const Shape> make(GeometryPlan plan);
};

/// One board of a batch: its rows are [Shape::positions, width()] with zeros beyond D.
template <class T>
struct BoardRows {
  const T* x;     ///< embedded question
  const T* y;     ///< answer before the step
  const T* z;     ///< latent before the step
  T* y_out;       ///< after it; may be y
  T* z_out;       ///< may be z
  float* logits;  ///< [L, vocab]
  float* q;       ///< [2]: halt logit, continue logit
};

/// T: float or kernels::Bf16 for activations and weights; sums are float32. One thread at a time
/// calls step(); the rest is const and thread-safe.
template <class T>
class RecursiveNet {
 public:
  /// Errors: invalid_weights naming the tensor (missing, foreign, wrong shape or type, not finite),
  /// out_of_memory.
  static Result<std::unique_ptr<RecursiveNet>> make(const Arch& arch, const TensorMap& tensors,
                                                    std::shared_ptr<ThreadTeam> team);
  ~RecursiveNet();

  const Arch& arch() const;
  std::int64_t width() const;  ///< of a row: D, padded
  /// Elements of x, y or z for a board.
  std::int64_t row_elements(const Shape& shape) const { return shape.positions * width(); }

  /// x of a board. Tokens and identifier are in range.
  void embed(const Shape& shape, std::span<const std::int32_t> tokens, int identifier, T* x) const;
  /// H_init and L_init at every position, plus `noise` [positions * D] each unless empty.
  void start(const Shape& shape, std::span<const float> y_noise, std::span<const float> z_noise,
             T* y, T* z) const;
  /// state += noise [positions * D].
  void add_noise(const Shape& shape, std::span<const float> noise, T* state) const;

  /// Bytes of working memory that a step of `boards` boards takes.
  std::int64_t step_bytes(const Shape& shape, std::int64_t boards) const;
  /// Takes the working memory of such a step in advance. Throws std::bad_alloc; nothing has changed
  /// then.
  void reserve(const Shape& shape, std::int64_t boards);

  /// One supervision step (paper, figure 3): H_cycles times { L_cycles times z = net(z + y + x);
  /// y = net(y + z) }, then the logits and the halt head. Throws std::bad_alloc before anything was
  /// written.
  void step(const Shape& shape, std::span<const BoardRows<T>> boards);

 private:
  struct Impl;
  explicit RecursiveNet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

extern template class RecursiveNet<float>;
extern template class RecursiveNet<kernels::Bf16>;

}  // namespace trm::native
