// The architecture of a network as data: what the paper and the official configuration name.
// Torch-free; the network (engine/model) is built from it, and weights files carry it as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "puzzles/json.h"
#include "puzzles/result.h"

namespace trm {

/// How information moves between token positions inside a block.
enum class Mixer {
  attention,  ///< multi-head self-attention (paper, section 4.5)
  mlp_t,      ///< SwiGLU over the length axis (paper, section 4.5: fixed small contexts)
  geometry    ///< mixers built from the module's relations: any board size
};

/// Positional encodings of attention nets.
enum class PosEncoding { rope, learned, none };

/// How logits become probabilities, in the loss and in confidences.
enum class LossKind { stablemax, softmax };

/// Everything that fixes the parameters' shapes and the recursion. Names follow the official code.
struct Arch {
  Mixer mixer = Mixer::geometry;
  int vocab_size = 0;      ///< the module's TokenSpec::vocab
  int seq_len = 0;         ///< L of attention and mlp_t nets; 0 for geometry (any length)
  int hidden_size = 128;   ///< D
  int num_heads = 4;       ///< attention only
  double expansion = 4.0;  ///< SwiGLU: inner width = round up(expansion * D * 2/3, 256)
  int swiglu_inner = 0;    ///< inner width if not 0, instead of the official rounding
  int H_cycles = 3;        ///< T of the paper: y updates a supervision step, the last with gradient
  int L_cycles = 6;        ///< n of the paper: z updates for each y update
  int L_layers = 2;        ///< blocks of the one network
  PosEncoding pos_encodings = PosEncoding::none;
  double rope_theta = 10000.0;
  double rms_norm_eps = 1e-5;
  int puzzle_emb_ndim = 0;  ///< width of a puzzle embedding row; 0: none
  int puzzle_emb_len = 0;   ///< positions in front; 0: ceil(puzzle_emb_ndim / hidden_size)
  int num_puzzle_identifiers = 0;
  int halt_max_steps = 16;  ///< N_sup: supervision steps in training
  LossKind loss = LossKind::stablemax;
  bool no_ACT_continue = true;  ///< q_continue is not trained (the paper's simplification)
  /// Geometry nets: the state holds one node for each position and symbol, with the same weights
  /// for every symbol, so that renaming the symbols renames the answer (symbol-equivariant
  /// networks, arXiv 2603.02193).
  bool per_symbol = false;
  int first_symbol = 0;                ///< per_symbol: the module's TokenSpec::first_symbol
  std::vector<std::string> relations;  ///< geometry: names of the relations mixed, in weight order

  /// Positions in front of the tokens.
  int prefix_len() const {
    if (puzzle_emb_ndim <= 0) return 0;
    if (puzzle_emb_len > 0) return puzzle_emb_len;
    return (puzzle_emb_ndim + hidden_size - 1) / hidden_size;
  }
  /// Inner width of a SwiGLU over `dim` channels: official rounding, or swiglu_inner over D.
  int inner_width(int dim) const;

  bool operator==(const Arch&) const = default;
};

/// Checks ranges: everything that would allocate beyond reason or divide by zero is refused here.
/// Error: invalid_weights with the field's name.
Result<void> validate(const Arch& arch);

/// The architecture as the JSON object stored under `trm.arch`, and back (unknown keys refused).
Json arch_to_json(const Arch& arch);
Result<Arch> arch_from_json(const Json& json);

/// The official configuration names (golden files, imported checkpoints): arch from their JSON.
Result<Arch> arch_from_official(const Json& config);

std::string_view mixer_name(Mixer mixer);
std::string_view pos_encoding_name(PosEncoding pos);

}  // namespace trm
