// Hyperparameters of learning. Torch-free, so that configuration code needs no torch header.
#pragma once

namespace trm {

enum class OptimizerKind { adam_atan2, adamw };

/// Hyperparameters of learning; the paper's values unless said otherwise.
struct LearnOptions {
  OptimizerKind optimizer = OptimizerKind::adam_atan2;
  double lr = 1e-4;           ///< peak; the caller's schedule scales it for each step
  double weight_decay = 0.1;  ///< decoupled
  double beta1 = 0.9;
  double beta2 = 0.95;
  double adamw_eps = 1e-8;      ///< AdamW only
  double puzzle_emb_lr = 1e-2;  ///< sign-SGD of the puzzle-embedding table
  double puzzle_emb_weight_decay = 0.1;
  double ema_decay = 0.999;       ///< 0: no EMA
  double clip_norm = 0;           ///< global gradient norm; 0: none
  double halt_weight = 0.5;       ///< of the halt head's BCE in the loss
  double halt_exploration = 0.1;  ///< probability of a random least number of steps
  bool bf16 = false;              ///< compute dtype; masters and optimiser stay float32
};

}  // namespace trm
