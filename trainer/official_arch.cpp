#include "trainer/official_arch.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <optional>

namespace trm {
namespace {

constexpr std::string_view kLayers = "inner.L_level.layers.";
constexpr std::int64_t kLargestSide = 10'000'000;
constexpr int kMostLayers = 64;  // as validate() allows

Error bad(const std::string& message, const std::string& name) {
  return fail(ErrorCode::invalid_weights, message, name);
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const auto n : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(n);
  return text + "]";
}

std::string layer_name(int i, std::string_view rest) {
  return std::string(kLayers) + std::to_string(i) + "." + std::string(rest);
}

/// Reads sides of tensors and remembers the first thing that is wrong.
class Shapes {
 public:
  explicit Shapes(const OfficialTensors& tensors) : tensors_(tensors) {}

  bool has(const std::string& name) const { return tensors_.contains(name); }
  const std::optional<Error>& error() const { return error_; }

  /// One side of a matrix; 0 after an error.
  int side(const std::string& name, std::size_t axis) {
    const auto it = tensors_.find(name);
    if (it == tensors_.end()) {
      note(bad("the tensor \"" + name + "\" is missing: this is no state dict of the official TRM",
               name));
      return 0;
    }
    const auto& shape = it->second.view.shape;
    if (shape.size() != 2 || shape[axis] < 1 || shape[axis] > kLargestSide) {
      note(bad("the tensor \"" + it->second.file_name + "\" has shape " + shape_text(shape) +
                   ", expected a matrix",
               it->second.file_name));
      return 0;
    }
    return static_cast<int>(shape[axis]);
  }

  /// Half of a side: gate and up projection lie behind each other.
  int half(const std::string& name) {
    const int both = side(name, 0);
    if (both % 2 != 0) {
      const std::string& file_name = tensors_.find(name)->second.file_name;
      note(bad("the tensor \"" + file_name + "\" has an odd number of rows, expected two halves",
               file_name));
    }
    return both / 2;
  }

  /// One more than the largest block's number.
  int layers() {
    int count = 0;
    for (auto it = tensors_.lower_bound(kLayers);
         it != tensors_.end() && it->first.starts_with(kLayers); ++it) {
      const char* begin = it->first.data() + kLayers.size();
      const char* end = it->first.data() + it->first.size();
      int number = 0;
      const auto [after, failed] = std::from_chars(begin, end, number);
      const bool read = failed == std::errc() && after != end && *after == '.';
      if (!read || number < 0 || number >= kMostLayers) {
        note(bad("the tensor \"" + it->second.file_name + "\" names no block from 0 to " +
                     std::to_string(kMostLayers - 1),
                 it->second.file_name));
        return 0;
      }
      count = std::max(count, number + 1);
    }
    return count;
  }

 private:
  void note(Error error) {
    if (!error_) error_ = std::move(error);
  }
  const OfficialTensors& tensors_;
  std::optional<Error> error_;
};

/// Puts tensors and configuration together.
class Derivation {
 public:
  Derivation(const OfficialTensors& tensors, const OfficialConfig& config)
      : shapes_(tensors), config_(config) {}

  Result<Arch> run() {
    sizes();
    if (shapes_.error()) return *shapes_.error();
    positions();
    widths();
    recursion();
    if (wrong_) return *wrong_;
    if (!missing_.empty()) return missing_error();
    if (auto valid = validate(arch_); !valid) {
      return fail(ErrorCode::invalid_config, valid.error().message, "arch." + valid.error().field);
    }
    return arch_;
  }

 private:
  void sizes() {
    const std::string tokens = "inner.embed_tokens.embedding_weight";
    arch_.vocab_size = shapes_.side(tokens, 0);
    arch_.hidden_size = shapes_.side(tokens, 1);
    arch_.L_layers = shapes_.layers();
    inner_ = shapes_.half(layer_name(0, "mlp.gate_up_proj.weight"));
    const std::string over_length = layer_name(0, "mlp_t.gate_up_proj.weight");
    arch_.mixer = shapes_.has(over_length) ? Mixer::mlp_t : Mixer::attention;
    if (arch_.mixer == Mixer::mlp_t) {
      inner_t_ = shapes_.half(over_length);
      length_ = shapes_.side(over_length, 1);
    }
    const std::string learned = "inner.embed_pos.embedding_weight";
    if (shapes_.has(learned)) {
      arch_.pos_encodings = PosEncoding::learned;
      if (length_ == 0) length_ = shapes_.side(learned, 0);
    }
    const std::string table = "inner.puzzle_emb.weights";
    if (shapes_.has(table)) {
      arch_.num_puzzle_identifiers = shapes_.side(table, 0);
      arch_.puzzle_emb_ndim = shapes_.side(table, 1);
    }
    agree("vocab_size", arch_.vocab_size);
    agree("hidden_size", arch_.hidden_size);
    agree("L_layers", arch_.L_layers);
    agree("puzzle_emb_ndim", arch_.puzzle_emb_ndim);
    if (arch_.puzzle_emb_ndim > 0) agree("num_puzzle_identifiers", arch_.num_puzzle_identifiers);
    if (const auto mlp_t = config_.boolean("mlp_t"); mlp_t && *mlp_t != (inner_t_ > 0)) {
      contradict("mlp_t", *mlp_t ? "true" : "false", inner_t_ > 0 ? "true" : "false");
    }
  }

  // The sequence is made of the puzzle embedding's positions and the board's.
  void positions() {
    const bool embeds = arch_.puzzle_emb_ndim > 0;
    const auto prefix = config_.integer("puzzle_emb_len"), board = config_.integer("seq_len");
    if (embeds && prefix) arch_.puzzle_emb_len = *prefix;
    if (length_ > 0 && embeds && !prefix && board) {
      arch_.seq_len = *board;
      arch_.puzzle_emb_len = std::max(0, length_ - *board);
    } else if (embeds && !prefix) {
      missing_.push_back("puzzle_emb_len");
    } else if (length_ > 0) {
      arch_.seq_len = std::max(0, length_ - arch_.prefix_len());
      agree("seq_len", arch_.seq_len);
    }
    if (length_ == 0 && board) arch_.seq_len = *board;
    if (length_ == 0 && !board) missing_.push_back("seq_len");
    encodings();
  }

  void encodings() {
    const auto given = config_.text("pos_encodings");
    const bool learned = arch_.pos_encodings == PosEncoding::learned;
    if (given && (*given == "learned") != learned) {
      contradict("pos_encodings", *given, learned ? "learned" : "rope or none");
    } else if (given && !learned) {
      arch_.pos_encodings = *given == "rope" ? PosEncoding::rope : PosEncoding::none;
    } else if (!given && arch_.mixer == Mixer::attention && !learned) {
      missing_.push_back("pos_encodings");
    }
  }

  void widths() {
    const auto wanted = config_.number("expansion");
    const auto expansion = official_expansion(arch_.hidden_size, inner_, length_of_mixer(),
                                              inner_t_, wanted.value_or(4));
    if (!expansion) {
      wrong(bad("the inner widths " + std::to_string(inner_) +
                    (inner_t_ > 0 ? " and " + std::to_string(inner_t_) : std::string()) +
                    " are not those of any expansion: the official code rounds up to multiples of "
                    "256",
                layer_name(0, "mlp.gate_up_proj.weight")));
      return;
    }
    if (wanted && *wanted != *expansion) {
      contradict("expansion", Json(*wanted).dump(), Json(*expansion).dump());
    }
    arch_.expansion = *expansion;
  }

  void recursion() {
    const bool attention = arch_.mixer == Mixer::attention;
    need("H_cycles", arch_.H_cycles);
    need("L_cycles", arch_.L_cycles);
    need("halt_max_steps", arch_.halt_max_steps);
    if (attention || config_.integer("num_heads")) need("num_heads", arch_.num_heads);
    // These have one value in all official recipes; the code's own defaults.
    arch_.rope_theta = config_.number("rope_theta").value_or(arch_.rope_theta);
    arch_.rms_norm_eps = config_.number("rms_norm_eps").value_or(arch_.rms_norm_eps);
    arch_.no_ACT_continue = config_.boolean("no_ACT_continue").value_or(true);
    arch_.loss = config_.loss().value_or(LossKind::stablemax);
    if (config_.boolean("causal").value_or(false)) {
      contradict("causal", "true", "false (no mask was ever part of this network)");
    }
  }

  int length_of_mixer() const { return inner_t_ > 0 ? length_ : 0; }

  void need(const char* key, int& field) {
    if (const auto value = config_.integer(key)) {
      field = *value;
    } else {
      missing_.push_back(key);
    }
  }
  void agree(const char* key, int found) {
    const auto said = config_.integer(key);
    if (said && *said != found) contradict(key, std::to_string(*said), std::to_string(found));
  }
  void contradict(const std::string& key, const std::string& said, const std::string& found) {
    wrong(fail(ErrorCode::invalid_config,
               config_.source(key) + " says arch." + key + " = " + said +
                   ", the file's tensors say " + found,
               "arch." + key));
  }
  void wrong(Error error) {
    if (!wrong_) wrong_ = std::move(error);
  }

  Error missing_error() const {
    std::string names, flags;
    for (const auto& key : missing_) {
      names += (names.empty() ? "arch." : ", arch.") + key;
      flags += " --set arch." + key + "=...";
    }
    const bool board = std::find(missing_.begin(), missing_.end(), "seq_len") != missing_.end();
    return fail(ErrorCode::invalid_config,
                "the tensors do not tell " + names +
                    "; give the run's --config all_config.yaml, or --preset NAME, or" + flags +
                    (board ? " (the board's length also by --size)" : ""),
                "arch." + missing_.front());
  }

  Shapes shapes_;
  const OfficialConfig& config_;
  Arch arch_;
  int inner_ = 0, inner_t_ = 0;  // SwiGLU widths over channels and over the length
  int length_ = 0;  // positions, the puzzle embedding's included; 0: not in the tensors
  std::vector<std::string> missing_;
  std::optional<Error> wrong_;
};

}  // namespace

std::string_view strip_wrappers(std::string_view name) {
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view wrapper : {"_orig_mod.", "module.", "model."}) {
      if (!name.starts_with(wrapper)) continue;
      name.remove_prefix(wrapper.size());
      again = true;
    }
  }
  return name;
}

Result<OfficialTensors> official_tensors(const TensorMap& tensors) {
  OfficialTensors found;
  for (const auto& [name, view] : tensors) {
    const std::string own(strip_wrappers(name));
    const auto [it, added] = found.emplace(own, OfficialTensor{name, view});
    if (!added) {
      return bad("the tensors \"" + it->second.file_name + "\" and \"" + name +
                     "\" are the same one under two prefixes",
                 name);
    }
  }
  return found;
}

Result<Arch> official_arch(const OfficialTensors& tensors, const OfficialConfig& config) {
  return Derivation(tensors, config).run();
}

std::map<std::string, std::vector<std::int64_t>> official_shapes(const Arch& arch) {
  const std::int64_t D = arch.hidden_size, V = arch.vocab_size;
  const std::int64_t S = arch.seq_len + arch.prefix_len();
  std::map<std::string, std::vector<std::int64_t>> shapes{
      {"inner.embed_tokens.embedding_weight", {V, D}},
      {"inner.lm_head.weight", {V, D}},
      {"inner.q_head.weight", {2, D}},
      {"inner.q_head.bias", {2}},
      {"inner.H_init", {D}},
      {"inner.L_init", {D}}};
  if (arch.pos_encodings == PosEncoding::learned) {
    shapes["inner.embed_pos.embedding_weight"] = {S, D};
  }
  if (arch.puzzle_emb_ndim > 0) {
    shapes["inner.puzzle_emb.weights"] = {arch.num_puzzle_identifiers, arch.puzzle_emb_ndim};
  }
  for (int i = 0; i < arch.L_layers; ++i) {
    if (arch.mixer == Mixer::mlp_t) {
      const std::int64_t F = arch.inner_width(static_cast<int>(S));
      shapes[layer_name(i, "mlp_t.gate_up_proj.weight")] = {2 * F, S};
      shapes[layer_name(i, "mlp_t.down_proj.weight")] = {S, F};
    } else {
      shapes[layer_name(i, "self_attn.qkv_proj.weight")] = {3 * D, D};
      shapes[layer_name(i, "self_attn.o_proj.weight")] = {D, D};
    }
    const std::int64_t F = arch.inner_width(arch.hidden_size);
    shapes[layer_name(i, "mlp.gate_up_proj.weight")] = {2 * F, D};
    shapes[layer_name(i, "mlp.down_proj.weight")] = {D, F};
  }
  return shapes;
}

Result<void> check_official(const OfficialTensors& tensors, const Arch& arch) {
  const auto shapes = official_shapes(arch);
  for (const auto& [name, tensor] : tensors) {
    const auto& [file_name, view] = tensor;
    const auto it = shapes.find(name);
    if (it == shapes.end()) {
      return bad("the tensor \"" + file_name + "\" belongs to no part of this network", file_name);
    }
    if (view.shape != it->second) {
      return bad("the tensor \"" + file_name + "\" has shape " + shape_text(view.shape) +
                     ", the architecture wants " + shape_text(it->second),
                 file_name);
    }
    if (view.dtype != DType::f32 && view.dtype != DType::bf16 && view.dtype != DType::f16) {
      return bad("the tensor \"" + file_name + "\" has type " +
                     std::string(dtype_name(view.dtype)) + ", weights are F32, BF16 or F16",
                 file_name);
    }
  }
  for (const auto& [name, shape] : shapes) {
    if (!tensors.contains(name)) {
      return bad("the tensor \"" + name + "\" " + shape_text(shape) + " is missing", name);
    }
  }
  return {};
}

}  // namespace trm
