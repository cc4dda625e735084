#include "trainer/official_config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <set>

#include "trainer/nearest.h"
#include "trainer/yaml.h"

namespace trm {
namespace {

enum class Kind { integer, number, boolean, text, loss };

struct Key {
  std::string_view name;
  Kind kind;
};
// The keys of TinyRecursiveReasoningModel_ACTV1Config, and of the section around it.
constexpr Key kKeys[] = {{"H_cycles", Kind::integer},
                         {"H_layers", Kind::integer},
                         {"L_cycles", Kind::integer},
                         {"L_layers", Kind::integer},
                         {"batch_size", Kind::integer},
                         {"causal", Kind::boolean},
                         {"expansion", Kind::number},
                         {"forward_dtype", Kind::text},
                         {"halt_exploration_prob", Kind::number},
                         {"halt_max_steps", Kind::integer},
                         {"hidden_size", Kind::integer},
                         {"loss", Kind::loss},
                         {"mlp_t", Kind::boolean},
                         {"name", Kind::text},
                         {"no_ACT_continue", Kind::boolean},
                         {"num_heads", Kind::integer},
                         {"num_puzzle_identifiers", Kind::integer},
                         {"pos_encodings", Kind::text},
                         {"puzzle_emb_len", Kind::integer},
                         {"puzzle_emb_ndim", Kind::integer},
                         {"rms_norm_eps", Kind::number},
                         {"rope_theta", Kind::number},
                         {"seq_len", Kind::integer},
                         {"vocab_size", Kind::integer}};

constexpr std::int64_t kLargest = 10'000'000;
constexpr std::string_view kClass = "TinyRecursiveReasoningModel_ACTV1";
constexpr std::string_view kLosses[] = {"stablemax", "softmax"};
constexpr std::string_view kLossEnding = "_cross_entropy";

Error invalid(std::string_view key, const std::string& source, const std::string& expected) {
  return fail(ErrorCode::invalid_config,
              source + ": arch." + std::string(key) + " must be " + expected,
              "arch." + std::string(key));
}

// "${.hidden_size}": filled in by the official program when it starts.
bool is_open(const Json& value) {
  return value.is_null() || (value.is_string() && value.as_string().starts_with("${"));
}

// The loss as one word, from {name, loss_type} or a word.
std::optional<std::string> loss_word(const Json& value) {
  const Json* type = value.is_object() ? value.find("loss_type") : &value;
  if (type == nullptr || !type->is_string()) return std::nullopt;
  std::string word = type->as_string();
  if (word.ends_with(kLossEnding)) word.resize(word.size() - kLossEnding.size());
  if (std::find(std::begin(kLosses), std::end(kLosses), word) == std::end(kLosses)) {
    return std::nullopt;
  }
  return word;
}

// Other networks of the official repository have the same class or the same tensors, but compute
// something else.
bool is_this_network(const std::string& name) {
  const auto at = name.find('@');
  if (at == std::string::npos || name.substr(at + 1) != kClass) return false;
  const std::string module = name.substr(0, at);
  return module == "trm" || module.ends_with(".trm");
}

std::optional<Error> check_text(const Key& key, const std::string& text,
                                const std::string& source) {
  if (key.name == "pos_encodings" && text != "rope" && text != "learned" && text != "none") {
    return invalid(key.name, source, "rope, learned or none");
  }
  if (key.name == "name" && !is_this_network(text)) {
    return invalid(key.name, source,
                   "recursive_reasoning.trm@" + std::string(kClass) + ", not " +
                       text.substr(0, 80) + ": other networks cannot be imported");
  }
  return std::nullopt;
}

std::optional<Error> check_value(const Key& key, const Json& value, const std::string& source) {
  switch (key.kind) {
    case Kind::integer:
      if (value.is_int() && value.as_int() >= 0 && value.as_int() <= kLargest) return {};
      return invalid(key.name, source, "a whole number from 0 to 10000000");
    case Kind::number:
      if (value.is_number() && std::isfinite(value.as_double()) && value.as_double() >= 0)
        return {};
      return invalid(key.name, source, "a number of at least 0");
    case Kind::boolean:
      if (value.is_bool()) return {};
      return invalid(key.name, source, "true or false");
    case Kind::text:
      if (value.is_string()) return check_text(key, value.as_string(), source);
      return invalid(key.name, source, "a word");
    case Kind::loss:
      if (loss_word(value)) return {};
      return invalid(key.name, source,
                     "a table whose loss_type is stablemax_cross_entropy or softmax_cross_entropy");
  }
  return {};
}

Result<const Key*> known_key(const std::string& name, const std::string& source) {
  const auto* key = std::find_if(std::begin(kKeys), std::end(kKeys),
                                 [&](const Key& k) { return k.name == name; });
  if (key != std::end(kKeys)) return key;
  std::set<std::string, std::less<>> names;
  for (const Key& k : kKeys) names.emplace(k.name);
  return fail(ErrorCode::invalid_config,
              source + ": arch." + name.substr(0, 60) + " is no key of the official configuration" +
                  did_you_mean(name, names),
              "arch." + name.substr(0, 60));
}

// Rounding of the official code over `dim` channels.
int official_width(double expansion, int dim) {
  Arch arch;
  arch.expansion = expansion;
  return arch.inner_width(dim);
}

}  // namespace

Result<void> OfficialConfig::add(const Json& section, const std::string& source) {
  if (!section.is_object()) {
    return fail(ErrorCode::invalid_config, source + ": expected an arch section of keys and values",
                "arch");
  }
  for (const auto& [name, value] : section.as_object()) {
    const auto key = known_key(name, source);
    if (!key) return key.error();
    if (is_open(value)) continue;
    if (auto error = check_value(**key, value, source)) return *error;
    const bool loss = (*key)->kind == Kind::loss;
    values_[name] = {loss ? Json(*loss_word(value)) : value, source};
  }
  return {};
}

Result<void> OfficialConfig::add_text(std::string_view text, const std::string& source) {
  const auto start = text.find_first_not_of(" \t\r\n");
  const bool json = start != std::string_view::npos && text[start] == '{';
  const auto value = json ? parse_json(text, yaml_limits) : parse_yaml(text);
  if (!value) {
    return fail(value.error().code, source + ": " + value.error().message, value.error().field);
  }
  const Json* section = value->find("arch");
  return add(section != nullptr ? *section : *value, source);
}

Result<void> OfficialConfig::set(std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (!assignment.starts_with("arch.") || equals == std::string_view::npos) {
    return fail(ErrorCode::invalid_config,
                "--set " + std::string(assignment.substr(0, 80)) + ": expected arch.KEY=VALUE",
                "set");
  }
  std::string key(assignment.substr(5, equals - 5));
  const std::string_view word = assignment.substr(equals + 1);
  Json value(word);
  if (word == "True" || word == "False") {
    value = word == "True";
  } else if (auto parsed = parse_json(word, yaml_limits)) {
    value = std::move(*parsed);
  }
  if (is_open(value)) return invalid(key.substr(0, 60), "--set", "given a value");
  return add(Json::object().set(std::move(key), std::move(value)), "--set");
}

const Json* OfficialConfig::find(std::string_view key) const {
  const auto it = values_.find(key);
  return it == values_.end() ? nullptr : &it->second.value;
}

// The kinds were checked when the values came in.
std::optional<int> OfficialConfig::integer(std::string_view key) const {
  const Json* value = find(key);
  return value ? std::optional(static_cast<int>(value->as_int())) : std::nullopt;
}
std::optional<double> OfficialConfig::number(std::string_view key) const {
  const Json* value = find(key);
  return value ? std::optional(value->as_double()) : std::nullopt;
}
std::optional<bool> OfficialConfig::boolean(std::string_view key) const {
  const Json* value = find(key);
  return value ? std::optional(value->as_bool()) : std::nullopt;
}
std::optional<std::string> OfficialConfig::text(std::string_view key) const {
  const Json* value = find(key);
  return value ? std::optional(value->as_string()) : std::nullopt;
}
std::optional<LossKind> OfficialConfig::loss() const {
  const auto word = text("loss");
  if (!word) return std::nullopt;
  return *word == kLosses[0] ? LossKind::stablemax : LossKind::softmax;
}

std::string OfficialConfig::source(std::string_view key) const {
  const auto it = values_.find(key);
  return it == values_.end() ? "" : it->second.source;
}

Json OfficialConfig::json() const {
  Json section = Json::object();
  for (const auto& [key, value] : values_) section.set(key, value.value);
  return section;
}

std::optional<double> official_expansion(int dim, int inner, int dim_t, int inner_t,
                                         double wanted) {
  const auto fits = [&](double expansion) {
    return expansion > 0 && official_width(expansion, dim) == inner &&
           (dim_t == 0 || official_width(expansion, dim_t) == inner_t);
  };
  // The largest expansion of each width is the one that the rounding leaves as it is.
  const double own = 1.5 * inner / std::max(dim, 1), other = 1.5 * inner_t / std::max(dim_t, 1);
  for (const double expansion : {wanted, 4.0, dim_t == 0 ? own : std::min(own, other)}) {
    if (expansion <= 64 && fits(expansion)) return expansion;
  }
  return std::nullopt;
}

Result<Json> official_section(const Arch& arch) {
  if (arch.mixer == Mixer::geometry) {
    return fail(ErrorCode::unsupported,
                "the official code has no geometry mixer, only attention and mlp_t", "arch.mixer");
  }
  const bool mlp_t = arch.mixer == Mixer::mlp_t;
  const int length = mlp_t ? arch.seq_len + arch.prefix_len() : 0;
  const auto expansion =
      official_expansion(arch.hidden_size, arch.inner_width(arch.hidden_size), length,
                         mlp_t ? arch.inner_width(length) : 0, arch.expansion);
  if (!expansion) {
    return fail(
        ErrorCode::unsupported,
        "the official code cannot build an inner width of " +
            std::to_string(arch.inner_width(arch.hidden_size)) +
            ": it rounds up to multiples of 256 (arch.swiglu_inner must fit arch.expansion)",
        "arch.swiglu_inner");
  }
  Json section = Json::object(), loss = Json::object();
  const auto loss_name = kLosses[static_cast<std::size_t>(arch.loss)];
  loss.set("name", "losses@ACTLossHead")
      .set("loss_type", std::string(loss_name) + std::string(kLossEnding));
  section.set("name", "recursive_reasoning.trm@" + std::string(kClass)).set("loss", loss);
  section.set("H_cycles", arch.H_cycles).set("L_cycles", arch.L_cycles);
  section.set("H_layers", 0).set("L_layers", arch.L_layers);
  section.set("hidden_size", arch.hidden_size).set("num_heads", arch.num_heads);
  section.set("expansion", *expansion).set("mlp_t", mlp_t);
  section.set("pos_encodings", pos_encoding_name(arch.pos_encodings));
  section.set("rope_theta", arch.rope_theta).set("rms_norm_eps", arch.rms_norm_eps);
  section.set("puzzle_emb_ndim", arch.puzzle_emb_ndim);
  section.set("puzzle_emb_len", arch.puzzle_emb_ndim > 0 ? arch.puzzle_emb_len : 0);
  section.set("halt_max_steps", arch.halt_max_steps);
  section.set("no_ACT_continue", arch.no_ACT_continue);
  const std::pair<const char*, int> unknown_if_0[] = {
      {"vocab_size", arch.vocab_size},
      {"seq_len", arch.seq_len},
      {"num_puzzle_identifiers", arch.num_puzzle_identifiers}};
  for (const auto& [key, value] : unknown_if_0) {
    if (value > 0) section.set(key, value);
  }
  return section;
}

}  // namespace trm
