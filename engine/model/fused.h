// The fused kernels (engine/kernels) as torch operations, each beside its eager reference. The
// CPU's take dense float32 or bfloat16 tensors and are differentiable. On the GPU norm, SwiGLU and
// pooling have kernels for inference; gradients, attention and `fused = false` take the reference
// path.
#pragma once

#include <torch/torch.h>

#include "engine/model/geometry_index.h"

namespace trm {

/// RMSNorm(x + residual) over the last dimension, without weights; `residual` may be undefined.
torch::Tensor add_rms_norm(const torch::Tensor& x, const torch::Tensor& residual, double eps,
                           bool fused);

/// silu(gate) * up for in = [gate | up] along the last dimension: [..., 2F] -> [..., F].
torch::Tensor swiglu(const torch::Tensor& in, bool fused);

/// softmax(q k^T / sqrt(d)) v for each head of qkv [B, S, 3 H, d] = [q | k | v]: [B, S, H, d]. With
/// `cos` and `sin` [S, d] float32 q and k are turned first (rotary positions, Su et al. 2021);
/// undefined: they are not.
torch::Tensor attention(const torch::Tensor& qkv, const torch::Tensor& cos,
                        const torch::Tensor& sin, bool fused);

/// [u | pools of u] along the geometry's k groups relations: [B, N, D] -> [B, N, (1 + k) D], N =
/// geometry.nodes. Backward needs `geometry` alive.
torch::Tensor pool_concat(const torch::Tensor& u, const GeometryIndex& geometry, bool fused);

}  // namespace trm
