#include "engine/native/weights.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace trm::native {
namespace {

using kernels::Bf16;
using kernels::Buffer;
using kernels::kColumnStep;
using kernels::PackedMatrix;
using kernels::round_up;
using Dims = std::vector<std::int64_t>;

const std::string kInner = "inner.";

Error bad(const std::string& name, const std::string& what) {
  return fail(ErrorCode::invalid_weights, "the tensor \"" + name + "\" " + what, name);
}

std::string shape_text(const Dims& shape) {
  std::string text = "[";
  for (const auto n : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(n);
  return text + "]";
}

float half_to_float(std::uint16_t h) {
  const int exponent = h >> 10 & 31, mantissa = h & 1023;
  const float sign = h >> 15 != 0 ? -1.0f : 1.0f;
  if (exponent == 31) return mantissa != 0 ? NAN : sign * INFINITY;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
  return sign * std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
}

float element(const TensorView& view, std::size_t i) {
  if (view.dtype == DType::f32) {
    float value;
    std::memcpy(&value, view.bytes.data() + 4 * i, sizeof(value));
    return value;
  }
  std::uint16_t half;
  std::memcpy(&half, view.bytes.data() + 2 * i, sizeof(half));
  if (view.dtype == DType::f16) return half_to_float(half);
  return std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16);
}

using Shapes = std::map<std::string, Dims>;

// Every tensor of the architecture and its shape: checked before anything is allocated, so that a
// small file cannot ask for much memory.
Shapes expected(const Arch& arch, std::int64_t taps, std::int64_t pools) {
  const std::int64_t D = arch.hidden_size, S = arch.seq_len + arch.prefix_len();
  const std::int64_t F = arch.inner_width(arch.hidden_size);
  const bool geometry = arch.mixer == Mixer::geometry;
  Shapes shapes;
  shapes[kInner + "embed_tokens.embedding_weight"] = {
      arch.per_symbol ? arch.first_symbol + 2 : arch.vocab_size, D};
  shapes[kInner + "lm_head.weight"] = {arch.per_symbol ? 1 : arch.vocab_size, D};
  shapes[kInner + "q_head.weight"] = {2, geometry ? 2 * D : D};
  shapes[kInner + "q_head.bias"] = {2};
  shapes[kInner + "H_init"] = shapes[kInner + "L_init"] = {D};
  if (arch.pos_encodings == PosEncoding::learned) {
    shapes[kInner + "embed_pos.embedding_weight"] = {S, D};
  }
  if (arch.puzzle_emb_ndim > 0) {
    shapes[kInner + "puzzle_emb.weights"] = {arch.num_puzzle_identifiers, arch.puzzle_emb_ndim};
  }
  for (int i = 0; i < arch.L_layers; ++i) {
    if (arch.mixer == Mixer::attention) {
      shapes[layer_name(i, "self_attn.qkv_proj.weight")] = {3 * D, D};
      shapes[layer_name(i, "self_attn.o_proj.weight")] = {D, D};
    } else if (arch.mixer == Mixer::mlp_t) {
      const std::int64_t over = arch.inner_width(static_cast<int>(S));
      shapes[layer_name(i, "mlp_t.gate_up_proj.weight")] = {2 * over, S};
      shapes[layer_name(i, "mlp_t.down_proj.weight")] = {S, over};
    } else if (taps > 0) {
      shapes[layer_name(i, "near.weight")] = {D, D, taps};
    }
    shapes[layer_name(i, "mlp.gate_up_proj.weight")] = {2 * F, D * (1 + pools)};
    shapes[layer_name(i, "mlp.down_proj.weight")] = {D, F};
  }
  return shapes;
}

Result<void> check_tensors(const TensorMap& tensors, const Shapes& shapes) {
  for (const auto& [name, shape] : shapes) {
    const auto it = tensors.find(name);
    if (it == tensors.end()) return bad(name, "is missing");
    const TensorView& view = it->second;
    if (view.shape != shape) {
      return bad(name, "has shape " + shape_text(view.shape) + ", the architecture wants " +
                           shape_text(shape));
    }
    if (view.dtype != DType::f32 && view.dtype != DType::bf16 && view.dtype != DType::f16) {
      return bad(name, "has type " + std::string(dtype_name(view.dtype)) +
                           ", weights are F32, BF16 or F16");
    }
    for (std::size_t i = 0; i < view.bytes.size() / dtype_size(view.dtype); ++i) {
      if (!std::isfinite(element(view, i))) return bad(name, "holds values that are no numbers");
    }
  }
  for (const auto& [name, view] : tensors) {
    if (!shapes.contains(name)) return bad(name, "belongs to no part of this architecture");
  }
  return {};
}

/// Reads tensors that were checked.
class Reader {
 public:
  explicit Reader(const TensorMap& tensors) : tensors_(tensors) {}

  std::vector<float> take(const std::string& name) const {
    return floats_of(tensors_.find(name)->second);
  }

 private:
  const TensorMap& tensors_;
};

template <class T>
PackedMatrix<T> packed(const std::vector<float>& w, std::int64_t n, std::int64_t k) {
  const auto values = rounded<T>(w.data(), n * k);
  return PackedMatrix<T>(kernels::gemm<T>(), values.data(), n, k, k);
}

template <class T>
PackedMatrix<T> packed_gated(const std::vector<float>& w, const GatedWidth& width, std::int64_t all,
                             std::int64_t from, std::int64_t k) {
  return packed<T>(gated_order(w, width, all, from, k), 2 * width.padded, k);
}

template <class T>
void take_mixer(Layer<T>& layer, Weights<T>& weights, const Reader& reader, int i) {
  const Arch& arch = weights.arch;
  const std::int64_t D = arch.hidden_size;
  if (arch.mixer == Mixer::attention) {
    layer.qkv = packed<T>(reader.take(layer_name(i, "self_attn.qkv_proj.weight")), 3 * D, D);
    layer.o = packed<T>(reader.take(layer_name(i, "self_attn.o_proj.weight")), D, D);
  } else if (arch.mixer == Mixer::mlp_t) {
    const std::int64_t S = arch.seq_len + arch.prefix_len();
    const std::int64_t F = arch.inner_width(static_cast<int>(S));
    weights.mix_gated = GatedWidth::of(F);
    layer.mix_gate_up = packed_gated<T>(reader.take(layer_name(i, "mlp_t.gate_up_proj.weight")),
                                        weights.mix_gated, S, 0, S);
    layer.mix_down = packed<T>(reader.take(layer_name(i, "mlp_t.down_proj.weight")), S, F);
  } else if (const std::int64_t taps = weights.taps(); taps > 0) {
    const auto by_tap = near_order(reader.take(layer_name(i, "near.weight")), D, taps);
    layer.near = packed<T>(by_tap, D, taps * D);
  }
}

template <class T>
void take_layer(Weights<T>& weights, const Reader& reader, int i) {
  const Arch& arch = weights.arch;
  const std::int64_t D = arch.hidden_size, F = arch.inner_width(arch.hidden_size);
  const std::int64_t all = D * (1 + weights.pools());
  Layer<T> layer;
  take_mixer(layer, weights, reader, i);
  weights.gated = GatedWidth::of(F);
  const auto gate_up = reader.take(layer_name(i, "mlp.gate_up_proj.weight"));
  layer.gate_up = packed_gated<T>(gate_up, weights.gated, all, 0, D);
  for (std::int64_t r = 0; r < weights.pools(); ++r) {
    layer.pooled.push_back(packed_gated<T>(gate_up, weights.gated, all, (1 + r) * D, D));
  }
  layer.down = packed<T>(reader.take(layer_name(i, "mlp.down_proj.weight")), D, F);
  weights.layers.push_back(std::move(layer));
}

// Cosines and sines of the rotary angles, each half of a head alike (Su et al. 2021).
template <class T>
void make_rope(Weights<T>& weights) {
  const Arch& arch = weights.arch;
  if (arch.mixer != Mixer::attention || arch.pos_encodings != PosEncoding::rope) return;
  const int head = arch.hidden_size / arch.num_heads, half = head / 2;
  const auto theta = static_cast<float>(arch.rope_theta);
  for (int p = 0; p < arch.seq_len + arch.prefix_len(); ++p) {
    for (int i = 0; i < head; ++i) {
      const float power = static_cast<float>(2 * (i % half)) / static_cast<float>(head);
      const float angle = static_cast<float>(p) * (1.0f / std::pow(theta, power));
      weights.rope_cos.push_back(std::cos(angle));
      weights.rope_sin.push_back(std::sin(angle));
    }
  }
}

template <class T>
std::vector<float> rounded_floats(std::vector<float> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  const auto as_t = rounded<T>(values.data(), size);
  Buffer<float> wide(as_t.size());
  ops_for<T>().widen(as_t.data(), wide.data(), as_t.size());
  std::copy_n(wide.data(), size, values.begin());
  return values;
}

}  // namespace

GatedWidth GatedWidth::of(std::int64_t inner) {
  // A chunk of 96 + 96 float32 columns by a block of 64 rows lies in the first-level cache.
  constexpr std::int64_t kWidest = 96;
  const std::int64_t chunks = (inner + kWidest - 1) / kWidest;
  const std::int64_t chunk = round_up((inner + chunks - 1) / chunks, kColumnStep);
  return {inner, chunks * chunk, chunk};
}

std::string layer_name(int i, const std::string& rest) {
  return kInner + "L_level.layers." + std::to_string(i) + "." + rest;
}

std::vector<float> floats_of(const TensorView& view) {
  std::vector<float> values(view.bytes.size() / dtype_size(view.dtype));
  if (view.dtype == DType::f32) {
    std::memcpy(values.data(), view.bytes.data(), view.bytes.size());
  } else {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = element(view, i);
  }
  return values;
}

std::int64_t gated_source(const GatedWidth& width, std::int64_t row) {
  const std::int64_t inside = row % (2 * width.chunk);
  const std::int64_t unit = row / (2 * width.chunk) * width.chunk + inside % width.chunk;
  return unit >= width.inner ? -1 : unit + (inside >= width.chunk ? width.inner : 0);
}

std::vector<float> gated_order(const std::vector<float>& w, const GatedWidth& width,
                               std::int64_t all, std::int64_t from, std::int64_t k) {
  std::vector<float> ordered(static_cast<std::size_t>(2 * width.padded * k), 0.0f);
  for (std::int64_t row = 0; row < 2 * width.padded; ++row) {
    const std::int64_t source = gated_source(width, row);
    if (source >= 0) std::copy_n(w.begin() + source * all + from, k, ordered.begin() + row * k);
  }
  return ordered;
}

std::vector<float> near_order(const std::vector<float>& w, std::int64_t D, std::int64_t taps) {
  std::vector<float> by_tap(w.size());
  for (std::int64_t at = 0; at < D * D * taps; ++at) {
    const std::int64_t out = at / (D * taps), in = at / taps % D, tap = at % taps;
    by_tap[static_cast<std::size_t>((out * taps + tap) * D + in)] = w[static_cast<std::size_t>(at)];
  }
  return by_tap;
}

template <class T>
Buffer<T> rounded(const float* from, std::int64_t size) {
  const std::int64_t padded = round_up(size, kColumnStep);
  Buffer<float> wide(padded);
  std::copy_n(from, size, wide.data());
  Buffer<T> values(padded);
  ops_for<T>().round(wide.data(), 0, values.data(), 0, 1, padded);
  return values;
}

template <class T>
std::int64_t Weights<T>::taps() const {
  if (arch.mixer != Mixer::geometry) return 0;
  // Offset relations are named "name(dr,dc)".
  const auto offsets = std::count_if(arch.relations.begin(), arch.relations.end(), [](auto& name) {
    return name.find('(') != std::string::npos;
  });
  return offsets > 0 ? 1 + offsets : 0;
}

template <class T>
std::int64_t Weights<T>::pools() const {
  if (arch.mixer != Mixer::geometry) return 0;
  const auto groups = std::count_if(arch.relations.begin(), arch.relations.end(),
                                    [](auto& name) { return name.find('(') == std::string::npos; });
  return groups + (arch.per_symbol ? 1 : 0);
}

template <class T>
Result<Weights<T>> make_weights(const Arch& arch, const TensorMap& tensors) {
  if (auto valid = validate(arch); !valid) return valid.error();
  Weights<T> weights;
  weights.arch = arch;
  const Shapes shapes = expected(arch, weights.taps(), weights.pools());
  if (auto checked = check_tensors(tensors, shapes); !checked) return checked.error();
  const Reader reader(tensors);
  const auto floats = [&](const std::string& name) {
    return rounded_floats<T>(reader.take(kInner + name));
  };
  weights.embed_tokens = floats("embed_tokens.embedding_weight");
  if (arch.pos_encodings == PosEncoding::learned) {
    weights.embed_pos = floats("embed_pos.embedding_weight");
  }
  if (arch.puzzle_emb_ndim > 0) weights.puzzle_emb = floats("puzzle_emb.weights");
  for (int i = 0; i < arch.L_layers; ++i) take_layer(weights, reader, i);
  const std::int64_t outputs = arch.per_symbol ? 1 : arch.vocab_size;
  weights.lm_head = packed<T>(reader.take(kInner + "lm_head.weight"), outputs, arch.hidden_size);
  weights.q_weight = floats("q_head.weight");
  weights.q_bias = floats("q_head.bias");
  weights.y_init = floats("H_init");
  weights.z_init = floats("L_init");
  make_rope(weights);
  return weights;
}

template struct Weights<float>;
template struct Weights<Bf16>;
template Result<Weights<float>> make_weights(const Arch&, const TensorMap&);
template Result<Weights<Bf16>> make_weights(const Arch&, const TensorMap&);
template Buffer<float> rounded(const float*, std::int64_t);
template Buffer<Bf16> rounded(const float*, std::int64_t);

}  // namespace trm::native
