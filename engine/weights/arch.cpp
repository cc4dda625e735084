#include "engine/weights/arch.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

namespace trm {
namespace {

constexpr std::string_view kMixers[] = {"attention", "mlp_t", "geometry"};
constexpr std::string_view kPositions[] = {"rope", "learned", "none"};
constexpr std::string_view kLosses[] = {"stablemax", "softmax"};

// Limits beyond which a file is refused before anything is allocated.
constexpr int kMaxHidden = 8192, kMaxLength = 1 << 16, kMaxVocab = 1 << 16, kMaxCycles = 256,
              kMaxLayers = 64, kMaxIdentifiers = 10'000'000, kMaxSteps = 1024;

Error invalid(const std::string& message, const std::string& field) {
  return fail(ErrorCode::invalid_weights, "architecture: " + field + " " + message, field);
}

/// Every field once, for writing and reading.
template <class A, class Visitor>
void visit_arch(A& a, Visitor&& v) {
  v("mixer", a.mixer, kMixers);
  v("vocab_size", a.vocab_size);
  v("seq_len", a.seq_len);
  v("hidden_size", a.hidden_size);
  v("num_heads", a.num_heads);
  v("expansion", a.expansion);
  v("swiglu_inner", a.swiglu_inner);
  v("H_cycles", a.H_cycles);
  v("L_cycles", a.L_cycles);
  v("L_layers", a.L_layers);
  v("pos_encodings", a.pos_encodings, kPositions);
  v("rope_theta", a.rope_theta);
  v("rms_norm_eps", a.rms_norm_eps);
  v("puzzle_emb_ndim", a.puzzle_emb_ndim);
  v("puzzle_emb_len", a.puzzle_emb_len);
  v("num_puzzle_identifiers", a.num_puzzle_identifiers);
  v("halt_max_steps", a.halt_max_steps);
  v("loss", a.loss, kLosses);
  v("no_ACT_continue", a.no_ACT_continue);
  v("per_symbol", a.per_symbol);
  v("first_symbol", a.first_symbol);
  v("relations", a.relations);
}

struct Writer {
  Json json = Json::object();
  void operator()(const char* key, int v) { json.set(key, v); }
  void operator()(const char* key, double v) { json.set(key, v); }
  void operator()(const char* key, bool v) { json.set(key, v); }
  void operator()(const char* key, const std::vector<std::string>& list) {
    Json array = Json::array();
    for (const auto& s : list) array.push(s);
    json.set(key, array);
  }
  template <class Enum, std::size_t n>
  void operator()(const char* key, Enum v, const std::string_view (&names)[n]) {
    json.set(key, names[static_cast<std::size_t>(v)]);
  }
};

struct Reader {
  const Json& json;
  std::optional<Error> error;
  std::vector<std::string_view> known;

  const Json* take(const char* key) {
    known.push_back(key);
    return error ? nullptr : json.find(key);
  }
  void operator()(const char* key, int& field) {
    const Json* v = take(key);
    if (v == nullptr) return;
    if (!v->is_int() || v->as_int() < 0 || v->as_int() > kMaxIdentifiers) {
      error = invalid("is no whole number in range", key);
    } else {
      field = static_cast<int>(v->as_int());
    }
  }
  void operator()(const char* key, double& field) {
    const Json* v = take(key);
    if (v == nullptr) return;
    if (!v->is_number() || !std::isfinite(v->as_double())) {
      error = invalid("is no number", key);
    } else {
      field = v->as_double();
    }
  }
  void operator()(const char* key, bool& field) {
    const Json* v = take(key);
    if (v == nullptr) return;
    if (!v->is_bool()) {
      error = invalid("is neither true nor false", key);
    } else {
      field = v->as_bool();
    }
  }
  void operator()(const char* key, std::vector<std::string>& field) {
    const Json* v = take(key);
    if (v == nullptr) return;
    if (!v->is_array() || v->as_array().size() > 256) {
      error = invalid("is no list of names", key);
      return;
    }
    field.clear();
    for (const Json& name : v->as_array()) {
      if (!name.is_string()) {
        error = invalid("is no list of names", key);
        return;
      }
      field.push_back(name.as_string());
    }
  }
  template <class Enum, std::size_t n>
  void operator()(const char* key, Enum& field, const std::string_view (&names)[n]) {
    const Json* v = take(key);
    if (v == nullptr) return;
    for (std::size_t i = 0; v->is_string() && i < n; ++i) {
      if (v->as_string() == names[i]) {
        field = static_cast<Enum>(i);
        return;
      }
    }
    error = invalid("has an unknown value", key);
  }
};

// Keys of the official configuration that say nothing about the network's shape or are implied.
constexpr std::string_view kOfficialOnly[] = {"batch_size",    "H_layers", "halt_exploration_prob",
                                              "forward_dtype", "mlp_t",    "name",
                                              "causal",        "loss"};

bool contains(std::initializer_list<std::string_view> list, std::string_view key) {
  return std::find(list.begin(), list.end(), key) != list.end();
}

}  // namespace

int Arch::inner_width(int dim) const {
  if (swiglu_inner > 0 && dim == hidden_size) return swiglu_inner;
  // Official: find_multiple(round(expansion * dim * 2 / 3), 256).
  const auto wanted = static_cast<int>(std::lround(expansion * dim * 2.0 / 3.0));
  return (wanted + 255) / 256 * 256;
}

Result<void> validate(const Arch& arch) {
  const auto in = [](int v, int low, int high) { return v >= low && v <= high; };
  if (!in(arch.vocab_size, 2, kMaxVocab)) return invalid("must be 2 to 65536", "vocab_size");
  if (!in(arch.hidden_size, 2, kMaxHidden)) return invalid("must be 2 to 8192", "hidden_size");
  const bool geometry = arch.mixer == Mixer::geometry;
  if (geometry ? arch.seq_len != 0 : !in(arch.seq_len, 1, kMaxLength)) {
    return invalid(geometry ? "must be 0 for geometry nets" : "must be 1 to 65536", "seq_len");
  }
  if (!(arch.expansion > 0 && arch.expansion <= 64))
    return invalid("must be above 0, to 64", "expansion");
  if (!in(arch.swiglu_inner, 0, 8 * kMaxHidden)) return invalid("is out of range", "swiglu_inner");
  if (!in(arch.H_cycles, 1, kMaxCycles)) return invalid("must be 1 to 256", "H_cycles");
  if (!in(arch.L_cycles, 1, kMaxCycles)) return invalid("must be 1 to 256", "L_cycles");
  if (!in(arch.L_layers, 1, kMaxLayers)) return invalid("must be 1 to 64", "L_layers");
  if (!in(arch.halt_max_steps, 1, kMaxSteps)) return invalid("must be 1 to 1024", "halt_max_steps");
  if (!(arch.rms_norm_eps > 0 && arch.rms_norm_eps < 1))
    return invalid("must be in (0, 1)", "rms_norm_eps");
  if (!(arch.rope_theta > 1)) return invalid("must be above 1", "rope_theta");
  if (arch.mixer == Mixer::attention) {
    if (arch.num_heads < 1 || arch.hidden_size % arch.num_heads != 0) {
      return invalid("must divide hidden_size", "num_heads");
    }
    if (arch.pos_encodings == PosEncoding::rope && arch.hidden_size / arch.num_heads % 2 != 0) {
      return invalid("must leave an even width for each head with rope", "num_heads");
    }
  }
  if (geometry && arch.pos_encodings != PosEncoding::none) {
    return invalid("must be none for geometry nets", "pos_encodings");
  }
  if (geometry && arch.puzzle_emb_ndim != 0)
    return invalid("must be 0 for geometry nets", "puzzle_emb_ndim");
  if (geometry && arch.relations.empty())
    return invalid("must name what is mixed along", "relations");
  if (!in(arch.puzzle_emb_ndim, 0, kMaxHidden * 64))
    return invalid("is out of range", "puzzle_emb_ndim");
  if (!in(arch.puzzle_emb_len, 0, 4096)) return invalid("is out of range", "puzzle_emb_len");
  if (arch.puzzle_emb_ndim > 0) {
    if (!in(arch.num_puzzle_identifiers, 1, kMaxIdentifiers)) {
      return invalid("must be 1 to 10000000", "num_puzzle_identifiers");
    }
    if (std::int64_t{arch.prefix_len()} * arch.hidden_size < arch.puzzle_emb_ndim) {
      return invalid("is too small for puzzle_emb_ndim", "puzzle_emb_len");
    }
  }
  if (arch.per_symbol &&
      (!geometry || arch.first_symbol < 1 || arch.first_symbol >= arch.vocab_size)) {
    return invalid("needs a geometry net and first_symbol inside the vocabulary", "per_symbol");
  }
  return {};
}

Json arch_to_json(const Arch& arch) {
  Writer writer;
  visit_arch(arch, writer);
  return writer.json;
}

Result<Arch> arch_from_json(const Json& json) {
  if (!json.is_object())
    return fail(ErrorCode::invalid_weights, "the architecture is no JSON object", "arch");
  Arch arch;
  Reader reader{json, {}, {}};
  visit_arch(arch, reader);
  if (reader.error) return *reader.error;
  for (const auto& [key, value] : json.as_object()) {
    if (std::find(reader.known.begin(), reader.known.end(), key) == reader.known.end()) {
      return invalid("is unknown to this version", key.substr(0, 60));
    }
  }
  if (auto valid = validate(arch); !valid) return valid.error();
  return arch;
}

Result<Arch> arch_from_official(const Json& config) {
  if (!config.is_object())
    return fail(ErrorCode::invalid_weights, "the config is no JSON object", "config");
  Arch arch;
  arch.pos_encodings = PosEncoding::rope;
  Reader reader{config, {}, {}};
  const Json* mlp_t = config.find("mlp_t");
  const bool mixes_length = mlp_t != nullptr && mlp_t->is_bool() && mlp_t->as_bool();
  arch.mixer = mixes_length ? Mixer::mlp_t : Mixer::attention;
  visit_arch(arch, [&](const char* key, auto& field, auto&... names) {
    // These are ours; the official "loss" is a table of the trainer.
    if (!contains({"mixer", "swiglu_inner", "loss", "per_symbol", "first_symbol", "relations"},
                  key)) {
      reader(key, field, names...);
    }
  });
  if (reader.error) return *reader.error;
  for (const auto& [key, value] : config.as_object()) {
    const bool known =
        std::find(reader.known.begin(), reader.known.end(), key) != reader.known.end() ||
        std::find(std::begin(kOfficialOnly), std::end(kOfficialOnly), key) !=
            std::end(kOfficialOnly);
    if (!known) return invalid("is no key of the official configuration", key.substr(0, 60));
  }
  if (auto valid = validate(arch); !valid) return valid.error();
  return arch;
}

std::string_view mixer_name(Mixer mixer) { return kMixers[static_cast<std::size_t>(mixer)]; }
std::string_view pos_encoding_name(PosEncoding pos) {
  return kPositions[static_cast<std::size_t>(pos)];
}

}  // namespace trm
