#include "engine/model/fused.h"

#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <cmath>

#include "engine/kernels/row_ops.h"
#ifdef TRM_WITH_CUDA
#include <c10/core/DeviceGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "engine/kernels/row_ops_cuda.h"
#endif

namespace trm {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr std::int64_t kGrain = 16 * 1024;  // elements per task below which threads do not pay

bool can_fuse(const Tensor& t) {
  return t.device().is_cpu() &&
         (t.scalar_type() == torch::kFloat32 || t.scalar_type() == torch::kBFloat16);
}

// Calls f(ops, T{}) with the operations for the tensor's element type.
template <class F>
void dispatch(const Tensor& t, F&& f) {
  if (t.scalar_type() == torch::kBFloat16) {
    f(kernels::row_ops().bf16, kernels::Bf16{});
  } else {
    f(kernels::row_ops().f32, float{});
  }
}

template <class T>
const T* in_ptr(const Tensor& t) {
  return t.defined() ? static_cast<const T*>(t.const_data_ptr()) : nullptr;
}
template <class T>
T* out_ptr(const Tensor& t) {
  return static_cast<T*>(t.mutable_data_ptr());
}

void for_rows(std::int64_t rows, std::int64_t width,
              const std::function<void(std::int64_t, std::int64_t)>& body) {
  at::parallel_for(0, rows, std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(width, 1)),
                   body);
}

// Returns y and the inverse root mean squares [rows].
std::pair<Tensor, Tensor> norm_forward(const Tensor& x, const Tensor& r, double eps) {
  RECORD_USER_SCOPE("trm::add_rms_norm");
  const std::int64_t dim = x.size(-1), rows = x.numel() / dim;
  Tensor y = torch::empty_like(x);
  Tensor inv = torch::empty({rows}, x.options().dtype(torch::kFloat32));
  dispatch(x, [&](const auto& ops, auto zero) {
    using T = decltype(zero);
    for_rows(rows, dim, [&](std::int64_t from, std::int64_t to) {
      const T* residual = in_ptr<T>(r);
      ops.add_rms_norm(in_ptr<T>(x) + from * dim, residual ? residual + from * dim : nullptr,
                       out_ptr<T>(y) + from * dim, inv.data_ptr<float>() + from, to - from, dim,
                       static_cast<float>(eps));
    });
  });
  return {y, inv};
}

struct AddRmsNorm : torch::autograd::Function<AddRmsNorm> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& r, double eps) {
    auto [y, inv] = norm_forward(x, r, eps);
    ctx->save_for_backward({y, inv});
    ctx->saved_data["residual"] = r.defined();
    return y;
  }
  static tensor_list backward(AutogradContext* ctx, tensor_list grads) {
    const auto saved = ctx->get_saved_variables();
    const Tensor &y = saved[0], &inv = saved[1];
    const Tensor grad = grads[0].contiguous();
    const std::int64_t dim = y.size(-1), rows = y.numel() / dim;
    Tensor dh = torch::empty_like(y);
    dispatch(y, [&](const auto& ops, auto zero) {
      using T = decltype(zero);
      for_rows(rows, dim, [&](std::int64_t from, std::int64_t to) {
        ops.add_rms_norm_backward(in_ptr<T>(grad) + from * dim, in_ptr<T>(y) + from * dim,
                                  inv.const_data_ptr<float>() + from, out_ptr<T>(dh) + from * dim,
                                  to - from, dim);
      });
    });
    return {dh, ctx->saved_data["residual"].toBool() ? dh : Tensor(), Tensor()};
  }
};

Tensor swiglu_forward(const Tensor& in) {
  RECORD_USER_SCOPE("trm::swiglu");
  const std::int64_t width = in.size(-1) / 2, rows = in.numel() / (2 * width);
  auto shape = in.sizes().vec();
  shape.back() = width;
  Tensor out = torch::empty(shape, in.options());
  dispatch(in, [&](const auto& ops, auto zero) {
    using T = decltype(zero);
    for_rows(rows, width, [&](std::int64_t from, std::int64_t to) {
      ops.swiglu(in_ptr<T>(in) + from * 2 * width, out_ptr<T>(out) + from * width, to - from,
                 width);
    });
  });
  return out;
}

struct SwiGlu : torch::autograd::Function<SwiGlu> {
  static Tensor forward(AutogradContext* ctx, const Tensor& in) {
    ctx->save_for_backward({in});
    return swiglu_forward(in);
  }
  static tensor_list backward(AutogradContext* ctx, tensor_list grads) {
    const Tensor in = ctx->get_saved_variables()[0];
    const Tensor grad = grads[0].contiguous();
    const std::int64_t width = in.size(-1) / 2, rows = in.numel() / (2 * width);
    Tensor din = torch::empty_like(in);
    dispatch(in, [&](const auto& ops, auto zero) {
      using T = decltype(zero);
      for_rows(rows, width, [&](std::int64_t from, std::int64_t to) {
        ops.swiglu_backward(in_ptr<T>(in) + from * 2 * width, in_ptr<T>(grad) + from * width,
                            out_ptr<T>(din) + from * 2 * width, to - from, width);
      });
    });
    return {din};
  }
};

// One board a task: its rows stay in the cache over all relations.
Tensor pool_forward(const Tensor& u, const GeometryIndex& geometry) {
  RECORD_USER_SCOPE("trm::pool_concat");
  const std::int64_t boards = u.size(0), length = u.size(1), channels = u.size(2);
  const auto sets = geometry.group_sets();
  const auto k = static_cast<std::int64_t>(sets.size());
  Tensor out = torch::empty({boards, length, (1 + k) * channels}, u.options());
  dispatch(u, [&](const auto& ops, auto zero) {
    using T = decltype(zero);
    for_rows(boards, length * channels, [&](std::int64_t from, std::int64_t to) {
      std::vector<float> scratch(static_cast<std::size_t>(channels));
      ops.pool_concat(in_ptr<T>(u) + from * length * channels,
                      out_ptr<T>(out) + from * length * (1 + k) * channels, to - from, length,
                      channels, sets.data(), k, scratch.data());
    });
  });
  return out;
}

Tensor pool_backward(const Tensor& grad, const GeometryIndex& geometry) {
  const auto sets = geometry.group_sets();
  const auto k = static_cast<std::int64_t>(sets.size());
  const std::int64_t boards = grad.size(0), length = grad.size(1);
  const std::int64_t channels = grad.size(2) / (1 + k);
  Tensor du = torch::empty({boards, length, channels}, grad.options());
  dispatch(grad, [&](const auto& ops, auto zero) {
    using T = decltype(zero);
    for_rows(boards, length * channels, [&](std::int64_t from, std::int64_t to) {
      std::vector<float> scratch(static_cast<std::size_t>((1 + length) * channels));
      ops.pool_concat_backward(in_ptr<T>(grad) + from * length * (1 + k) * channels,
                               out_ptr<T>(du) + from * length * channels, to - from, length,
                               channels, sets.data(), k, scratch.data());
    });
  });
  return du;
}

struct PoolConcat : torch::autograd::Function<PoolConcat> {
  static Tensor forward(AutogradContext* ctx, const Tensor& u, const GeometryIndex* geometry) {
    ctx->saved_data["geometry"] = reinterpret_cast<std::int64_t>(geometry);
    return pool_forward(u, *geometry);
  }
  static tensor_list backward(AutogradContext* ctx, tensor_list grads) {
    // The lane that owns the geometry outlives the graph of its step.
    const auto* geometry =
        reinterpret_cast<const GeometryIndex*>(ctx->saved_data["geometry"].toInt());
    return {pool_backward(grads[0].contiguous(), *geometry), Tensor()};
  }
};

// x [B, S, heads, d] turned by the positions' angles into the first heads of y [B, S, any, d].
void rotate_heads(const Tensor& x, const Tensor& y, const Tensor& cos, const Tensor& sin,
                  float sign) {
  RECORD_USER_SCOPE("trm::rotate");
  const std::int64_t rows = x.size(0) * x.size(1), heads = x.size(2), dim = x.size(3);
  dispatch(x, [&](const auto& ops, auto zero) {
    using T = decltype(zero);
    for_rows(rows, heads * dim, [&](std::int64_t from, std::int64_t to) {
      ops.rotate(in_ptr<T>(x), out_ptr<T>(y), cos.const_data_ptr<float>(),
                 sin.const_data_ptr<float>(), from, to - from, x.size(1), heads, dim, x.stride(1),
                 y.stride(1), sign);
    });
  });
}

// [q | k] of qkv [B, S, 3 H, d], turned where there are angles (cos and sin are not empty).
Tensor turned_qk(const Tensor& qkv, const Tensor& cos, const Tensor& sin) {
  const Tensor qk = qkv.narrow(2, 0, qkv.size(2) / 3 * 2);
  if (cos.numel() == 0) return qk;
  Tensor turned = torch::empty(qk.sizes(), qkv.options());
  rotate_heads(qk, turned, cos, sin, 1);
  return turned;
}

Tensor attention_forward(const Tensor& q, const Tensor& k, const Tensor& v) {
  return torch::scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2),
                                             v.transpose(1, 2))
      .transpose(1, 2);
}

// The same for [q | k] and [q | k | v].
Tensor attention_of(const Tensor& qk, const Tensor& qkv) {
  const std::int64_t H = qkv.size(2) / 3;
  return attention_forward(qk.narrow(2, 0, H), qk.narrow(2, H, H), qkv.narrow(2, 2 * H, H));
}

// Gradients of q, k, v, all [B H, S, d], computed in parts that stay near the processor. Torch's
// own backward for the CPU is several times slower at the lengths of boards.
void attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& grad,
                        const Tensor& dq, const Tensor& dk, const Tensor& dv) {
  RECORD_USER_SCOPE("trm::attention_backward");
  constexpr std::int64_t kPartElements = 4 << 20;
  const std::int64_t count = q.size(0), length = q.size(1);
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(2)));
  const Tensor scaled = q * scale;
  const std::int64_t part = std::max<std::int64_t>(1, kPartElements / (length * length));
  for (std::int64_t at = 0; at < count; at += part) {
    const std::int64_t n = std::min(part, count - at);
    const auto of = [&](const Tensor& t) { return t.narrow(0, at, n); };
    const Tensor p = torch::softmax(torch::bmm(of(scaled), of(k).transpose(1, 2)), -1);
    Tensor to = of(dv);
    at::bmm_out(to, p.transpose(1, 2), of(grad));
    const Tensor dp = torch::bmm(of(grad), of(v).transpose(1, 2));
    const Tensor ds = at::_softmax_backward_data(dp, p, -1, p.scalar_type());
    to = of(dk);
    at::bmm_out(to, ds.transpose(1, 2), of(scaled));
    to = of(dq);
    at::bmm_out(to, ds, of(k));
  }
  Tensor{dq}.mul_(scale);
}

struct Attention : torch::autograd::Function<Attention> {
  static Tensor forward(AutogradContext* ctx, const Tensor& qkv, const Tensor& cos,
                        const Tensor& sin) {
    const Tensor qk = turned_qk(qkv, cos, sin);
    ctx->save_for_backward({qkv, cos.numel() > 0 ? qk : Tensor(), cos, sin});
    return attention_of(qk, qkv);
  }
  static tensor_list backward(AutogradContext* ctx, tensor_list grads) {
    const auto saved = ctx->get_saved_variables();
    const Tensor &qkv = saved[0], &cos = saved[2], &sin = saved[3];
    const std::int64_t B = qkv.size(0), S = qkv.size(1), H = qkv.size(2) / 3, d = qkv.size(3);
    const Tensor qk = saved[1].defined() ? saved[1] : qkv;
    const auto dense = [&](const Tensor& t) {
      return t.transpose(1, 2).contiguous().view({B * H, S, d});
    };
    const Tensor dq = torch::empty({B * H, S, d}, qkv.options());
    const Tensor dk = torch::empty_like(dq), dv = torch::empty_like(dq);
    attention_backward(dense(qk.narrow(2, 0, H)), dense(qk.narrow(2, H, H)),
                       dense(qkv.narrow(2, 2 * H, H)), dense(grads[0]), dq, dk, dv);
    Tensor out = torch::empty_like(qkv);
    const auto put = [&](const Tensor& t, const Tensor& to, std::int64_t head) {
      to.narrow(2, head, H).copy_(t.view({B, H, S, d}).transpose(1, 2));
    };
    put(dv, out, 2 * H);
    const bool turns = cos.numel() > 0;
    const Tensor turned = turns ? torch::empty({B, S, 2 * H, d}, qkv.options()) : out;
    put(dq, turned, 0);
    put(dk, turned, H);
    if (turns) rotate_heads(turned, out, cos, sin, -1);
    return {out, Tensor(), Tensor()};
  }
};

Tensor rotate_half(const Tensor& x) {
  const auto halves = x.chunk(2, -1);
  return torch::cat({-halves[1], halves[0]}, -1);
}

// The reference of rotate_heads, in the official order.
Tensor apply_rope(const Tensor& x, const Tensor& cos, const Tensor& sin) {
  const Tensor wide = x.to(at::promote_types(x.scalar_type(), cos.scalar_type()));
  return (wide * cos.unsqueeze(-2) + rotate_half(wide) * sin.unsqueeze(-2)).to(x.scalar_type());
}

#ifdef TRM_WITH_CUDA
// Inference on the GPU by our kernels; training there takes the reference path.
bool on_gpu(const Tensor& t) {
  return t.is_cuda() && (t.scalar_type() == torch::kFloat32 || t.scalar_type() == torch::kBFloat16);
}

// Calls launch(T{}, stream) on the tensor's device, which need not be the current one.
template <class F>
void launch_on(const Tensor& t, F&& launch) {
  const c10::DeviceGuard guard(t.device());
  void* stream = c10::cuda::getCurrentCUDAStream(t.device().index()).stream();
  dispatch(t, [&](const auto&, auto zero) {
    const int error = launch(zero, stream);
    TORCH_CHECK(error == 0, "CUDA kernel failed with error ", error);
  });
}

Tensor norm_on_gpu(const Tensor& x, const Tensor& r, double eps) {
  const std::int64_t dim = x.size(-1), rows = x.numel() / dim;
  Tensor y = torch::empty_like(x);
  launch_on(x, [&](auto zero, void* stream) {
    using T = decltype(zero);
    return kernels::add_rms_norm_cuda(in_ptr<T>(x), in_ptr<T>(r), out_ptr<T>(y), rows, dim,
                                      static_cast<float>(eps), stream);
  });
  return y;
}

Tensor swiglu_on_gpu(const Tensor& in) {
  const std::int64_t width = in.size(-1) / 2, rows = in.numel() / (2 * width);
  auto shape = in.sizes().vec();
  shape.back() = width;
  Tensor out = torch::empty(shape, in.options());
  launch_on(in, [&](auto zero, void* stream) {
    using T = decltype(zero);
    return kernels::swiglu_cuda(in_ptr<T>(in), out_ptr<T>(out), rows, width, stream);
  });
  return out;
}

Tensor pool_on_gpu(const Tensor& u, const GeometryIndex& geometry) {
  const auto& on = geometry.on_device;
  const std::int64_t boards = u.size(0), length = u.size(1), channels = u.size(2);
  const auto k = static_cast<std::int64_t>(geometry.groups.size());
  const kernels::PoolIndex index{in_ptr<std::int32_t>(on.set_starts),
                                 in_ptr<std::int32_t>(on.members),
                                 in_ptr<std::int32_t>(on.node_starts),
                                 in_ptr<std::int32_t>(on.node_sets),
                                 on.set_starts.size(0) - 1,
                                 k};
  Tensor sums = torch::empty({boards, index.sets, channels}, u.options().dtype(torch::kFloat32));
  Tensor out = torch::empty({boards, length, (1 + k) * channels}, u.options());
  launch_on(u, [&](auto zero, void* stream) {
    using T = decltype(zero);
    return kernels::pool_concat_cuda(in_ptr<T>(u), out_ptr<T>(out), out_ptr<float>(sums), boards,
                                     length, channels, index, stream);
  });
  return out;
}
#endif

bool needs_graph(const Tensor& a, const Tensor& b = {}) {
  return at::GradMode::is_enabled() && (a.requires_grad() || (b.defined() && b.requires_grad()));
}

}  // namespace

Tensor add_rms_norm(const Tensor& x, const Tensor& residual, double eps, bool fused) {
#ifdef TRM_WITH_CUDA
  if (fused && on_gpu(x) && !needs_graph(x, residual)) {
    return norm_on_gpu(x.contiguous(), residual.defined() ? residual.contiguous() : residual, eps);
  }
#endif
  if (!fused || !can_fuse(x)) {
    const Tensor sum = residual.defined() ? x + residual : x;
    const Tensor h = sum.to(at::promote_types(sum.scalar_type(), torch::kFloat32));
    return (h * torch::rsqrt(h.square().mean(-1, true) + eps)).to(x.scalar_type());
  }
  const Tensor dense = x.contiguous();
  const Tensor r = residual.defined() ? residual.contiguous() : residual;
  if (needs_graph(dense, r)) return AddRmsNorm::apply(dense, r, eps);
  return norm_forward(dense, r, eps).first;
}

Tensor swiglu(const Tensor& in, bool fused) {
#ifdef TRM_WITH_CUDA
  if (fused && on_gpu(in) && !needs_graph(in)) return swiglu_on_gpu(in.contiguous());
#endif
  if (!fused || !can_fuse(in)) {
    const auto halves = in.chunk(2, -1);
    return torch::silu(halves[0]) * halves[1];
  }
  const Tensor dense = in.contiguous();
  return needs_graph(dense) ? SwiGlu::apply(dense) : swiglu_forward(dense);
}

Tensor attention(const Tensor& qkv, const Tensor& cos, const Tensor& sin, bool fused) {
  const std::int64_t heads = qkv.size(2) / 3;
  if (!fused || !can_fuse(qkv)) {
    Tensor q = qkv.narrow(2, 0, heads), k = qkv.narrow(2, heads, heads);
    if (cos.defined()) q = apply_rope(q, cos, sin), k = apply_rope(k, cos, sin);
    return attention_forward(q, k, qkv.narrow(2, 2 * heads, heads));
  }
  const Tensor dense = qkv.contiguous();
  // Autograd functions take no undefined tensors.
  const Tensor none = torch::empty({0}, torch::kFloat32);
  const Tensor &c = cos.defined() ? cos : none, &s = sin.defined() ? sin : none;
  if (needs_graph(dense)) return Attention::apply(dense, c, s);
  return attention_of(turned_qk(dense, c, s), dense);
}

Tensor pool_concat(const Tensor& u, const GeometryIndex& geometry, bool fused) {
#ifdef TRM_WITH_CUDA
  if (fused && on_gpu(u) && geometry.on_device.members.defined() && !needs_graph(u)) {
    return pool_on_gpu(u.contiguous(), geometry);
  }
#endif
  if (!fused || !can_fuse(u)) {
    std::vector<Tensor> parts{u};
    for (const auto& g : geometry.groups) {
      Tensor sums = torch::zeros({u.size(0), g.scale.size(0), u.size(2)}, u.options());
      sums = sums.index_add(1, g.set, u.index_select(1, g.member));
      sums = sums * g.scale.to(u.scalar_type()).unsqueeze(-1);
      parts.push_back(torch::zeros_like(u).index_add(1, g.member, sums.index_select(1, g.set)));
    }
    return torch::cat(parts, -1);
  }
  const Tensor dense = u.contiguous();
  return needs_graph(dense) ? PoolConcat::apply(dense, &geometry) : pool_forward(dense, geometry);
}

}  // namespace trm
