// Hyperparameters of learning. Torch-free, so that configuration code needs no torch header.
#pragma once

namespace trm {

enum class OptimizerKind {
  adam_atan2,  ///< the paper's
  adamw,
  muon  ///< orthogonalised momentum for the blocks' matrices, AdamW for the rest
};

/// Hyperparameters of learning; the paper's values unless said otherwise.
struct LearnOptions {
  OptimizerKind optimizer = OptimizerKind::adam_atan2;
  double lr = 1e-4;           ///< peak; the caller's schedule scales it for each step
  double weight_decay = 0.1;  ///< decoupled
  double beta1 = 0.9;
  double beta2 = 0.95;
  double adamw_eps = 1e-8;      ///< AdamW only
  double muon_momentum = 0.95;  ///< Muon only, Nesterov
  double puzzle_emb_lr = 1e-2;  ///< sign-SGD of the puzzle-embedding table
  double puzzle_emb_weight_decay = 0.1;
  double ema_decay = 0.999;  ///< 0: no EMA
  double clip_norm = 0;      ///< global gradient norm; 0: none
  double skip_loss =
      0;  ///< a step whose loss is so many times the running mean is skipped; 0: never
  double halt_weight = 0.5;       ///< of the halt head's BCE in the loss
  double halt_exploration = 0.1;  ///< probability of a random least number of steps
  /// Weight of an example's supervision step s = 1 .. N_sup in the loss: supervision_decay^(s - 1),
  /// scaled to a mean of 1 (CGAR, arXiv 2511.08653: 0.7 stresses the first steps). 1: all alike.
  double supervision_decay = 1;
  bool float64 = false;  ///< masters, optimiser and compute in double: to compare implementations
  bool bf16 = false;     ///< compute dtype; masters and optimiser stay float32
};

}  // namespace trm
