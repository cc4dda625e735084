#include "engine/model/network.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/model/fused.h"
#include "engine/model/init.h"
#include "engine/model/native_cycles.h"

namespace trm {

using torch::Tensor;

/// Weights of one block in the compute dtype; which are defined depends on the mixer.
struct Network::Layer {
  Tensor qkv, o;                 // attention: [3 D, D], [D, D]
  Tensor mix_gate_up, mix_down;  // mlp_t over the length axis
  Tensor near;                   // offsets: [D, D, 1 + n], centre first
  Tensor near3x3;                // the same as [D, D, 3, 3] where the offsets are the eight
  Tensor gate_up, down;          // SwiGLU: [2 F, D], [D, F]
};

struct Network::Prepared {
  std::vector<Layer> layers;
  Tensor embed_tokens, embed_pos, lm_head;  // compute dtype
  Tensor q_weight, q_bias;                  // compute dtype, as the official q_head
  Tensor rope_cos, rope_sin;                // [P + L, head dim] float32
};

namespace {

const std::string kInner = "inner.";

// Logit of tokens that a per-symbol net cannot answer (pad, blank, symbols beyond the board's).
constexpr double kNeverLogit = -1e4;

std::string layer_name(int i, const std::string& rest) {
  return kInner + "L_level.layers." + std::to_string(i) + "." + rest;
}

int count_relations(const Arch& arch, bool offsets) {
  // Offset relations are named "name(dr,dc)"; see near_relations().
  int n = 0;
  for (const auto& name : arch.relations) n += (name.find('(') != std::string::npos) == offsets;
  return n;
}

// Pools that a geometry block reads beside its own node: one a groups relation, and for per-symbol
// nets the one over a position's symbols.
int pools(const Arch& arch) {
  if (arch.mixer != Mixer::geometry) return 0;
  return count_relations(arch, false) + (arch.per_symbol ? 1 : 0);
}

// y = x W^T for the last dimension.
Tensor project(const Tensor& x, const Tensor& weight) { return at::linear(x, weight); }

}  // namespace

Network::Network(const Arch& arch, std::uint64_t seed, torch::Device device)
    : arch_(arch), device_(device) {
  torch::Generator generator = torch::make_generator<at::CPUGeneratorImpl>(seed);
  const auto linear_weight = [&](std::int64_t out, std::int64_t in) {
    return truncated_normal({out, in}, 1.0 / std::sqrt(static_cast<double>(in)), generator);
  };
  const auto add = [&](std::string name, Tensor value) {
    parameters_.emplace_back(std::move(name), value.to(device_).requires_grad_(true));
  };
  const std::int64_t D = arch.hidden_size;
  const double embed_std = 1.0 / std::sqrt(static_cast<double>(D));
  const std::int64_t S = arch.seq_len + arch.prefix_len();

  // Per-symbol nets see at each node: a token that is no symbol, this symbol, or another one.
  const std::int64_t embeddings = arch.per_symbol ? arch.first_symbol + 2 : arch.vocab_size;
  add(kInner + "embed_tokens.embedding_weight",
      truncated_normal({embeddings, D}, embed_std, generator));
  if (arch.pos_encodings == PosEncoding::learned) {
    add(kInner + "embed_pos.embedding_weight", truncated_normal({S, D}, embed_std, generator));
  }
  for (int i = 0; i < arch.L_layers; ++i) {
    if (arch.mixer == Mixer::attention) {
      add(layer_name(i, "self_attn.qkv_proj.weight"), linear_weight(3 * D, D));
      add(layer_name(i, "self_attn.o_proj.weight"), linear_weight(D, D));
    } else if (arch.mixer == Mixer::mlp_t) {
      const std::int64_t F = arch.inner_width(static_cast<int>(S));
      add(layer_name(i, "mlp_t.gate_up_proj.weight"), linear_weight(2 * F, S));
      add(layer_name(i, "mlp_t.down_proj.weight"), linear_weight(S, F));
    } else {
      if (count_relations(arch, true) > 0) {
        const std::int64_t taps = 1 + count_relations(arch, true);
        add(layer_name(i, "near.weight"), linear_weight(D, D * taps).view({D, D, taps}));
      }
    }
    const std::int64_t F = arch.inner_width(arch.hidden_size);
    add(layer_name(i, "mlp.gate_up_proj.weight"), linear_weight(2 * F, D * (1 + pools(arch))));
    add(layer_name(i, "mlp.down_proj.weight"), linear_weight(D, F));
  }
  add(kInner + "lm_head.weight", linear_weight(arch.per_symbol ? 1 : arch.vocab_size, D));
  // The halt head reads the first position; geometry nets have no special position and read the
  // mean and the maximum over the board ("is anything wrong anywhere?").
  const std::int64_t q_inputs = arch.mixer == Mixer::geometry ? 2 * D : D;
  add(kInner + "q_head.weight", torch::zeros({2, q_inputs}));
  add(kInner + "q_head.bias", torch::full({2}, -5.0f));

  buffers_.emplace_back(kInner + "H_init", truncated_normal({D}, 1.0, generator).to(device_));
  buffers_.emplace_back(kInner + "L_init", truncated_normal({D}, 1.0, generator).to(device_));
  if (arch.puzzle_emb_ndim > 0) {
    buffers_.emplace_back(kInner + "puzzle_emb.weights",
                          torch::zeros({arch.num_puzzle_identifiers, arch.puzzle_emb_ndim},
                                       torch::TensorOptions().device(device_)));
  }
}

namespace {
Tensor& find_tensor(Network::NamedTensors& tensors, std::string_view name) {
  for (auto& [key, value] : tensors) {
    if (key == name) return value;
  }
  TORCH_CHECK(false, "no tensor named ", std::string(name));
}
}  // namespace

Tensor& Network::buffer(std::string_view name) { return find_tensor(buffers_, name); }
Tensor& Network::parameter(std::string_view name) { return find_tensor(parameters_, name); }

void Network::set_dtype(torch::ScalarType dtype) {
  dtype_ = dtype;
  prepared_.reset();
  native_cycles_.reset();
  if (dtype != torch::kFloat64) return;
  for (auto& [name, p] : parameters_) p = p.detach().to(dtype).requires_grad_(true);
  for (auto& [name, b] : buffers_) b = b.to(dtype);
}

void Network::prepare() {
  native_stale_ = true;
  auto prepared = std::make_shared<Prepared>();
  const auto cast = [&](std::string_view name) { return parameter(name).to(dtype_); };
  for (int i = 0; i < arch_.L_layers; ++i) {
    Layer layer;
    if (arch_.mixer == Mixer::attention) {
      layer.qkv = cast(layer_name(i, "self_attn.qkv_proj.weight"));
      layer.o = cast(layer_name(i, "self_attn.o_proj.weight"));
    } else if (arch_.mixer == Mixer::mlp_t) {
      layer.mix_gate_up = cast(layer_name(i, "mlp_t.gate_up_proj.weight"));
      layer.mix_down = cast(layer_name(i, "mlp_t.down_proj.weight"));
    } else {
      if (count_relations(arch_, true) > 0) layer.near = cast(layer_name(i, "near.weight"));
    }
    layer.gate_up = cast(layer_name(i, "mlp.gate_up_proj.weight"));
    layer.down = cast(layer_name(i, "mlp.down_proj.weight"));
    prepared->layers.push_back(std::move(layer));
  }
  prepared->embed_tokens = cast(kInner + "embed_tokens.embedding_weight");
  if (arch_.pos_encodings == PosEncoding::learned) {
    prepared->embed_pos = cast(kInner + "embed_pos.embedding_weight");
  }
  prepared->lm_head = cast(kInner + "lm_head.weight");
  prepared->q_weight = cast(kInner + "q_head.weight");
  prepared->q_bias = cast(kInner + "q_head.bias");
  if (arch_.mixer == Mixer::attention && arch_.pos_encodings == PosEncoding::rope) {
    if (prepared_ && prepared_->rope_cos.defined()) {
      prepared->rope_cos = prepared_->rope_cos;
      prepared->rope_sin = prepared_->rope_sin;
    } else {
      const std::int64_t head = arch_.hidden_size / arch_.num_heads;
      const auto options = torch::TensorOptions().dtype(torch::kFloat32).device(device_);
      const Tensor inverse =
          1.0 / torch::pow(arch_.rope_theta, torch::arange(0, head, 2, options) / head);
      const Tensor angles =
          torch::outer(torch::arange(arch_.seq_len + arch_.prefix_len(), options), inverse);
      const Tensor both = torch::cat({angles, angles}, -1);
      prepared->rope_cos = both.cos();
      prepared->rope_sin = both.sin();
    }
  }
  prepared_ = std::move(prepared);
}

Carry Network::initial_carry(std::int64_t rows, std::int64_t nodes) const {
  torch::NoGradGuard no_grad;
  const std::vector<std::int64_t> shape{rows, arch_.prefix_len() + nodes, arch_.hidden_size};
  auto& self = const_cast<Network&>(*this);
  return {self.buffer(kInner + "H_init").to(dtype_).expand(shape).contiguous(),
          self.buffer(kInner + "L_init").to(dtype_).expand(shape).contiguous()};
}

Tensor Network::embed(const Batch& batch) const {
  Tensor ids = batch.tokens;
  if (arch_.per_symbol) {
    const std::int64_t first = arch_.first_symbol;
    const Tensor symbol = ids.unsqueeze(-1) - first;  // [B, L, 1], negative: no symbol
    // `first` for the node of this symbol, else the next. Tensors only: a scalar would be copied
    // from the host, which a CUDA graph cannot hold.
    const Tensor differs = (symbol != batch.geometry->symbol_ids).to(torch::kInt64);
    ids = torch::where(symbol < 0, ids.unsqueeze(-1), differs + first).flatten(1);
  }
  Tensor x = torch::embedding(prepared_->embed_tokens, ids);
  if (arch_.puzzle_emb_ndim > 0) {
    Tensor rows = batch.puzzle_rows;
    if (!rows.defined()) {
      auto& self = const_cast<Network&>(*this);
      rows = self.buffer(kInner + "puzzle_emb.weights").index_select(0, batch.identifiers);
    }
    rows = rows.to(dtype_);
    const std::int64_t wanted = std::int64_t{arch_.prefix_len()} * arch_.hidden_size;
    if (wanted > rows.size(1)) rows = torch::constant_pad_nd(rows, {0, wanted - rows.size(1)});
    x = torch::cat({rows.view({-1, arch_.prefix_len(), arch_.hidden_size}), x}, 1);
  }
  if (arch_.pos_encodings == PosEncoding::learned) {
    x = 0.707106781 * (x + prepared_->embed_pos);  // keeps the variance of the sum
  }
  return std::sqrt(static_cast<double>(arch_.hidden_size)) * x;
}

Tensor Network::mix(const Layer& layer, const Tensor& hidden, const Batch& batch) const {
  if (arch_.mixer == Mixer::attention) {
    const std::int64_t B = hidden.size(0), S = hidden.size(1);
    const Tensor qkv = project(hidden, layer.qkv).view({B, S, 3 * arch_.num_heads, -1});
    const Tensor out = attention(qkv, prepared_->rope_cos, prepared_->rope_sin, fused_);
    return project(out.reshape({B, S, arch_.hidden_size}), layer.o);
  }
  return near_convolution(layer, hidden, *batch.geometry);
}

Tensor Network::near_convolution(const Layer& layer, const Tensor& hidden,
                                 const GeometryIndex& geometry) const {
  const std::int64_t B = hidden.size(0), L = hidden.size(1), D = hidden.size(2);
  if (geometry.dense3x3) {
    // [B, L, D] is a channels-last image: no copy on the way in or out.
    const Tensor image = hidden.view({B, geometry.rows, geometry.cols, D}).permute({0, 3, 1, 2});
    const Tensor out = torch::conv2d(image, layer.near3x3, {}, 1, 1);
    return out.permute({0, 2, 3, 1}).reshape({B, L, D});
  }
  const Tensor padded = torch::constant_pad_nd(hidden, {0, 0, 0, 1});
  return torch::matmul(padded.index_select(1, geometry.taps).view({B, L, -1}),
                       layer.near.permute({2, 1, 0}).reshape({-1, D}));
}

Tensor Network::apply(Tensor hidden, const Tensor& injection, const Batch& batch) const {
  hidden = hidden + injection;
  for (const Layer& layer : prepared_->layers) {
    if (arch_.mixer == Mixer::mlp_t) {
      // The official block normalises this part over the length axis, where it mixes.
      // The eager path keeps the official views, and with them the order of its additions.
      const Tensor view = hidden.transpose(1, 2);
      const Tensor t = fused_ ? view.contiguous() : view;
      const Tensor mixed = project(swiglu(project(t, layer.mix_gate_up), fused_), layer.mix_down);
      hidden = add_rms_norm(t, mixed, arch_.rms_norm_eps, fused_).transpose(1, 2);
      if (fused_) hidden = hidden.contiguous();
    } else if (arch_.mixer == Mixer::attention || layer.near.defined()) {
      hidden = add_rms_norm(hidden, mix(layer, hidden, batch), arch_.rms_norm_eps, fused_);
    }
    const bool pooled = arch_.mixer == Mixer::geometry && !batch.geometry->groups.empty();
    const Tensor seen = pooled ? pool_concat(hidden, *batch.geometry, fused_) : hidden;
    const Tensor out = project(swiglu(project(seen, layer.gate_up), fused_), layer.down);
    hidden = add_rms_norm(hidden, out, arch_.rms_norm_eps, fused_);
  }
  return hidden;
}

// Whether the cycles are computed without torch; then the weights are there.
bool Network::runs_native(const Batch& batch) {
  if (!native_ || !fused_ || arch_.mixer != Mixer::geometry) return false;
  if (!native_cycles_) native_cycles_ = NativeCycles::make(arch_, device_, dtype_, team_);
  if (!native_cycles_ || !native_cycles_->supports(*batch.geometry)) return false;
  if (std::exchange(native_stale_, false)) native_cycles_->load(parameters_, buffers_);
  return true;
}

Carry Network::cycles(const Tensor& x, const Carry& carry, const Batch& batch,
                      const RecursionDepth& depth) const {
  Tensor y = carry.y, z = carry.z;
  // 1. All but the last H cycle only improve the state (paper, section 4.1): no gradient.
  {
    torch::NoGradGuard no_grad;
    const Tensor x_value = x.detach();
    for (int h = 0; h + 1 < depth.H_cycles; ++h) {
      for (int l = 0; l < depth.L_cycles; ++l) z = apply(z, y + x_value, batch);
      y = apply(y, z, batch);
    }
  }
  // 2. The last one carries the gradient.
  for (int l = 0; l < depth.L_cycles; ++l) z = apply(z, y + x, batch);
  return {apply(y, z, batch), z};
}

StepOutput Network::step(const Carry& carry, const Batch& batch, const RecursionDepth& depth) {
  if (!prepared_) prepare();
  if (arch_.mixer == Mixer::geometry) {
    TORCH_CHECK(batch.geometry != nullptr, "geometry nets need the layout's geometry");
    if (batch.geometry->dense3x3) prepare_dense(*batch.geometry);
  }
  const Tensor x = embed(batch);
  const auto [y, z] = runs_native(batch) ? native_cycles_->run(x, carry, *batch.geometry, depth)
                                         : cycles(x, carry, batch, depth);
  // Read the answer and the halt head.
  const std::int64_t P = arch_.prefix_len();
  StepOutput out;
  out.logits = project(P > 0 ? y.slice(1, P) : y, prepared_->lm_head);
  if (arch_.per_symbol) {
    const std::int64_t first = arch_.first_symbol, symbols = batch.geometry->symbols;
    out.logits = torch::constant_pad_nd(out.logits.view({y.size(0), -1, symbols}),
                                        {first, arch_.vocab_size - first - symbols}, kNeverLogit);
  }
  Tensor summary = y.select(1, 0);
  if (arch_.mixer == Mixer::geometry) {
    const Tensor& present = batch.geometry->present;
    const Tensor weights = (present / present.sum()).to(y.scalar_type());
    const Tensor hidden_pads = ((present - 1) * 1e4).to(y.scalar_type()).unsqueeze(-1);
    summary = torch::cat({torch::matmul(weights, y), (y + hidden_pads).amax(1)}, -1);
  }
  out.q = halt_head(summary);
  if (dtype_ != torch::kFloat64) out.q = out.q.to(torch::kFloat32);
  out.carry = {y.detach(), z.detach()};
  return out;
}

Tensor Network::halt_head(const Tensor& summary) const {
  if (at::GradMode::is_enabled()) {
    return at::linear(summary, prepared_->q_weight, prepared_->q_bias);
  }
  // Libraries add up this narrow product (two columns) in another order for some rows of a batch;
  // a board's answer may not depend on its row.
  const auto wide = at::promote_types(summary.scalar_type(), torch::kFloat32);
  const Tensor products = summary.to(wide).unsqueeze(1) * prepared_->q_weight.to(wide);
  return products.sum(-1) + prepared_->q_bias.to(wide);
}

void Network::prepare_dense(const GeometryIndex& geometry) {
  for (Layer& layer : prepared_->layers) {
    if (!layer.near.defined() || layer.near3x3.defined()) continue;
    std::vector<std::int64_t> tap(9, 0);  // tap of each kernel cell; the centre is tap 0
    for (std::size_t i = 0; i < geometry.offsets.size(); ++i) {
      const auto [dr, dc] = geometry.offsets[i];
      tap[static_cast<std::size_t>((dr + 1) * 3 + dc + 1)] = static_cast<std::int64_t>(i) + 1;
    }
    const Tensor order = torch::tensor(tap, geometry.neighbours.options());
    const std::int64_t D = arch_.hidden_size;
    layer.near3x3 = layer.near.index_select(2, order).view({D, D, 3, 3});
  }
}

double Network::flops_per_call(std::int64_t nodes) const {
  const double S = static_cast<double>(nodes + arch_.prefix_len());
  double weights = 0;
  for (const auto& [name, value] : parameters_) {
    if (name.find(".layers.") == std::string::npos) continue;
    const bool over_length = name.find(".mlp_t.") != std::string::npos;
    weights += static_cast<double>(value.numel()) * (over_length ? arch_.hidden_size : S);
  }
  double flops = 2 * weights;
  if (arch_.mixer == Mixer::attention) flops += 4.0 * S * S * arch_.hidden_size * arch_.L_layers;
  return flops;
}

std::int64_t Network::step_bytes(std::int64_t rows, std::int64_t length, std::int64_t nodes) const {
  const std::int64_t D = arch_.hidden_size, S = nodes + arch_.prefix_len();
  const std::int64_t F = arch_.inner_width(arch_.hidden_size);
  // The SwiGLU block: what it reads (with pools and their float32 sums), gate and up, product.
  std::int64_t block = S * (D * (1 + 3 * pools(arch_)) + 3 * F);
  if (arch_.mixer == Mixer::mlp_t) {
    block = std::max(block, D * (3 * std::int64_t{arch_.inner_width(static_cast<int>(S))} + S));
  } else if (arch_.mixer == Mixer::attention) {
    block =
        std::max(block, 8 * S * D);  // q, k, v, both turned, in the order that the product wants
  } else {
    block = std::max(block, S * D * (3 + count_relations(arch_, true)));
  }
  // The state: carry as it was, gathered, computed; question; hidden, injected, their sum; result.
  const std::int64_t values = block + 12 * S * D;
  // Logits and their float32 copies; token ids of embeddings with comparisons.
  const std::int64_t ends = length * arch_.vocab_size * 16 + nodes * 48;
  const auto size = static_cast<std::int64_t>(c10::elementSize(dtype_));
  const std::int64_t bytes = rows * (values * size + ends);
  // A convolution brings its weights into an order of its own at each call.
  const std::int64_t taps = 1 + count_relations(arch_, true);
  const std::int64_t reordered = taps > 1 ? 2 * D * D * taps * size : 0;
  // Products pack their operands into blocks, each thread its own.
  const std::int64_t packed = std::int64_t{at::get_num_threads()} * (64 << 10);
  // On the GPU a graph and its warm-up keep memory of their own.
  return bytes * (device_.is_cuda() ? 2 : 1) + bytes / 4 + reordered + packed;
}

}  // namespace trm
