#include "trainer/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <sstream>

#include "puzzles/registry.h"
#include "trainer/nearest.h"

namespace trm {
namespace {

// Enumerations by name, in the order of their values.
constexpr std::string_view kMixers[] = {"attention", "mlp_t", "geometry"};
constexpr std::string_view kPositions[] = {"rope", "learned", "none"};
constexpr std::string_view kLosses[] = {"stablemax", "softmax"};
constexpr std::string_view kOptimizers[] = {"adam_atan2", "adamw", "muon"};
constexpr std::string_view kSchedules[] = {"constant", "linear", "cosine"};

/// Every scalar of the configuration, once: its key, what it means, the field. Reading, --set,
/// printing and the refusal of unknown keys all walk this list.
template <class Visitor>
void visit_fields(TrainConfig& c, Visitor&& v) {
  v("puzzle", "module that is trained", c.puzzle);
  v("name", "name of the run and its model", c.name);
  v("seed", "of weights, data and exploration", c.seed);
  v("init", "model file whose weights the run starts from; none: random ones", c.init);
  v("minutes", "length of the run in training time", c.minutes);
  v("steps", "length in supervision steps; 0: by minutes", c.steps);
  v("epochs", "length in passes over the data; 0: by minutes", c.epochs);
  v("arch.mixer", "attention, mlp_t or geometry", c.arch.mixer, kMixers);
  v("arch.hidden_size", "D", c.arch.hidden_size);
  v("arch.num_heads", "attention heads", c.arch.num_heads);
  v("arch.expansion", "SwiGLU width over D, before the official rounding", c.arch.expansion);
  v("arch.swiglu_inner", "SwiGLU width; 0: from expansion", c.arch.swiglu_inner);
  v("arch.H_cycles", "y updates a supervision step", c.arch.H_cycles);
  v("arch.L_cycles", "z updates for each y update", c.arch.L_cycles);
  v("arch.L_layers", "blocks of the network", c.arch.L_layers);
  v("arch.pos_encodings", "rope, learned or none", c.arch.pos_encodings, kPositions);
  v("arch.vocab_size", "tokens; 0: the module's", c.arch.vocab_size);
  v("arch.seq_len", "positions of attention and mlp_t nets; 0: the data's", c.arch.seq_len);
  v("arch.puzzle_emb_ndim", "width of the puzzle embedding; 0: none", c.arch.puzzle_emb_ndim);
  v("arch.puzzle_emb_len", "positions it takes; 0: as many as it fills", c.arch.puzzle_emb_len);
  v("arch.num_puzzle_identifiers", "rows of its table; 0: the data set's",
    c.arch.num_puzzle_identifiers);
  v("arch.per_symbol", "one node for each position and symbol", c.arch.per_symbol);
  v("arch.relations", "relations that are mixed along", c.arch.relations);
  v("arch.halt_max_steps", "supervision steps an example at the most", c.arch.halt_max_steps);
  v("arch.loss", "stablemax or softmax", c.arch.loss, kLosses);
  v("train.optimizer", "adam_atan2, adamw or muon", c.learn.optimizer, kOptimizers);
  v("train.lr", "peak learning rate", c.learn.lr);
  v("train.weight_decay", "decoupled", c.learn.weight_decay);
  v("train.beta1", "", c.learn.beta1);
  v("train.beta2", "", c.learn.beta2);
  v("train.muon_momentum", "muon only", c.learn.muon_momentum);
  v("train.puzzle_emb_lr", "sign-SGD of the puzzle embedding", c.learn.puzzle_emb_lr);
  v("train.puzzle_emb_weight_decay", "", c.learn.puzzle_emb_weight_decay);
  v("train.clip_norm", "global gradient norm; 0: no clipping", c.learn.clip_norm);
  v("train.ema_decay", "0: no EMA", c.learn.ema_decay);
  v("train.halt_weight", "of the halt head in the loss", c.learn.halt_weight);
  v("train.halt_exploration", "probability of a random least number of steps",
    c.learn.halt_exploration);
  v("train.supervision_decay", "weight of step s in the loss, to the power s - 1; 1: all alike",
    c.learn.supervision_decay);
  v("train.skip_loss", "skip steps whose loss is so many times the running mean; 0: none",
    c.learn.skip_loss);
  v("train.bf16", "compute in bfloat16; masters and optimiser stay float32", c.learn.bf16);
  v("train.frontier", "least factor on the weight of sources by what they still teach; 0: fixed",
    c.frontier);
  v("train.warmup_steps", "linear warm-up", c.warmup_steps);
  v("train.schedule", "constant, linear or cosine", c.schedule, kSchedules);
  v("train.decay_from", "share of the run at which the learning rate starts to fall", c.decay_from);
  v("train.lr_min_ratio", "learning rate at the end, over the peak; 0: decay to zero",
    c.lr_min_ratio);
  v("train.eval_every_minutes", "", c.eval_every_minutes);
  v("train.eval_every_steps", "instead of minutes; 0: by minutes", c.eval_every_steps);
  v("train.eval_raw", "evaluate the weights without EMA as well", c.eval_raw);
  v("train.patience", "stop after so many evaluations without a better score; 0: never",
    c.patience);
  v("train.checkpoint_every_minutes", "", c.checkpoint_every_minutes);
  v("train.checkpoint_every_steps", "instead of minutes; 0: by minutes", c.checkpoint_every_steps);
  v("train.keep_checkpoints", "the newest ones; the best stays as well", c.keep_checkpoints);
}
template <class Visitor>
void visit_fields(DataSource& d, Visitor&& v) {
  v("name", "key in a stage's weights", d.name);
  v("size", "", d.size);
  v("difficulty", "", d.difficulty);
  v("options", "of the generator", d.options);
  v("file", "text, one puzzle a line, instead of the generator", d.file);
  v("dataset", "a split's folder, instead of the generator", d.dataset);
  v("augment", "a fresh random symmetry for every example", d.augment);
  v("reveal", "up to so many further cells of the answer given away, a random number of them",
    d.reveal);
  v("pool", "distinct questions", d.pool);
  v("batch", "rows of its lane", d.batch);
}
template <class Visitor>
void visit_fields(Stage& s, Visitor&& v) {
  v("until", "end, as a share of the run", s.until);
  v("H_cycles", "", s.H_cycles);
  v("L_cycles", "", s.L_cycles);
  v("weights", "share of steps by source", s.weights);
}
template <class Visitor>
void visit_fields(EvalSet& e, Visitor&& v) {
  v("name", "", e.name);
  v("size", "", e.size);
  v("difficulty", "", e.difficulty);
  v("options", "of the generator", e.options);
  v("file", "text, one puzzle a line, instead of the generator", e.file);
  v("dataset", "a split's folder, instead of the generator", e.dataset);
  v("count", "boards; of files and data sets 0: all", e.count);
  v("seed", "", e.seed);
  v("max_steps", "", e.max_steps);
}

Error wrong(std::string_view key, const toml::node& node, std::string_view expected) {
  std::ostringstream message;
  message << "line " << node.source().begin.line << ": " << key << " must be " << expected;
  return fail(ErrorCode::invalid_config, message.str(), std::string(key));
}

// One overload a kind of field; each leaves the field alone on error.
std::optional<Error> assign(std::string_view key, const toml::node& node, std::string& field) {
  if (const auto v = node.value_exact<std::string>()) return field = *v, std::nullopt;
  return wrong(key, node, "a string");
}
std::optional<Error> assign(std::string_view key, const toml::node& node, bool& field) {
  if (const auto v = node.value_exact<bool>()) return field = *v, std::nullopt;
  return wrong(key, node, "true or false");
}
std::optional<Error> assign(std::string_view key, const toml::node& node, std::int64_t& field) {
  if (const auto v = node.value_exact<std::int64_t>()) return field = *v, std::nullopt;
  return wrong(key, node, "a whole number");
}
std::optional<Error> assign(std::string_view key, const toml::node& node, int& field) {
  const auto v = node.value_exact<std::int64_t>();
  if (v && *v >= 0 && *v <= 1'000'000'000) return field = static_cast<int>(*v), std::nullopt;
  return wrong(key, node, "a whole number from 0 to 1000000000");
}
std::optional<Error> assign(std::string_view key, const toml::node& node, double& field) {
  const auto v = node.value<double>();
  if (v && std::isfinite(*v) && *v >= 0) return field = *v, std::nullopt;
  return wrong(key, node, "a number of at least 0");
}
std::optional<Error> assign(std::string_view key, const toml::node& node,
                            std::vector<std::string>& field) {
  const toml::array* list = node.as_array();
  if (list == nullptr) return wrong(key, node, "a list of strings");
  std::vector<std::string> values;
  for (const auto& element : *list) {
    if (auto error = assign(key, element, values.emplace_back())) return error;
  }
  return field = std::move(values), std::nullopt;
}
std::optional<Error> assign(std::string_view key, const toml::node& node,
                            std::map<std::string, double, std::less<>>& field) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return wrong(key, node, "a table of numbers");
  std::map<std::string, double, std::less<>> values;
  for (const auto& [name, value] : *table) {
    if (auto error = assign(key, value, values[std::string(name.str())])) return error;
  }
  return field = std::move(values), std::nullopt;
}
template <class Enum, std::size_t n>
std::optional<Error> assign(std::string_view key, const toml::node& node, Enum& field,
                            const std::string_view (&names)[n]) {
  const auto text = node.value_exact<std::string>();
  for (std::size_t i = 0; text && i < n; ++i) {
    if (*text == names[i]) return field = static_cast<Enum>(i), std::nullopt;
  }
  std::string expected = "one of";
  for (const auto name : names) expected += " \"" + std::string(name) + "\"";
  return wrong(key, node, expected);
}

/// Visitor that fills fields from a table and remembers the keys it knows.
struct Reader {
  const toml::table& table;
  std::string where;
  std::optional<Error> error;
  std::set<std::string, std::less<>> known;

  template <class... Field>
  void operator()(std::string_view key, std::string_view, Field&... field) {
    known.insert(std::string(key));
    const toml::node* node = table.at_path(key).node();
    if (node != nullptr && !error) error = assign(where + std::string(key), *node, field...);
  }
};

// Keys of a table that no field has; "arch" and "train" are tables of fields.
std::optional<Error> refuse_unknown(const toml::table& table, const Reader& reader,
                                    const std::string& prefix,
                                    const std::set<std::string, std::less<>>& lists = {}) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    if (prefix.empty() && lists.contains(key)) continue;
    if (reader.known.contains(key)) continue;
    const bool parent = std::any_of(reader.known.begin(), reader.known.end(),
                                    [&](const auto& k) { return k.starts_with(key + "."); });
    if (parent && node.is_table()) {
      if (auto error = refuse_unknown(*node.as_table(), reader, key + ".")) return error;
      continue;
    }
    auto keys = reader.known;
    if (prefix.empty()) keys.insert(lists.begin(), lists.end());
    return fail(ErrorCode::invalid_config,
                "line " + std::to_string(node.source().begin.line) + ": unknown key " +
                    reader.where + key + did_you_mean(key, keys),
                reader.where + key);
  }
  return std::nullopt;
}

template <class Item>
std::optional<Error> read_list(const toml::table& table, std::string_view key,
                               std::vector<Item>& items) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::nullopt;
  const toml::array* list = node->as_array();
  if (list == nullptr) return wrong(key, *node, "written as [[" + std::string(key) + "]]");
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string where = std::string(key) + "[" + std::to_string(i) + "].";
    const toml::table* entry = list->get(i)->as_table();
    if (entry == nullptr) return wrong(where, *list->get(i), "a table");
    Reader reader{*entry, where, {}, {}};
    visit_fields(items.emplace_back(), reader);
    if (reader.error) return reader.error;
    if (auto error = refuse_unknown(*entry, reader, "")) return error;
  }
  return std::nullopt;
}

Error syntax_error(const toml::parse_error& error) {
  std::ostringstream message;
  message << "line " << error.source().begin.line << ": " << error.description();
  return fail(ErrorCode::invalid_config, message.str());
}

}  // namespace

Result<TrainConfig> parse_config(std::string_view text) {
  try {
    const toml::table table = toml::parse(text);
    TrainConfig config;
    Reader reader{table, "", {}, {}};
    visit_fields(config, reader);
    if (reader.error) return *reader.error;
    if (auto error = refuse_unknown(table, reader, "", {"data", "stage", "eval"})) return *error;
    if (auto error = read_list(table, "data", config.data)) return *error;
    if (auto error = read_list(table, "stage", config.stages)) return *error;
    if (auto error = read_list(table, "eval", config.evals)) return *error;
    return config;
  } catch (const toml::parse_error& error) {
    return syntax_error(error);
  }
}

Result<void> set_config(TrainConfig& config, std::string_view assignment) {
  const auto equals = assignment.find('=');
  const auto bad = [&](const std::string& why) {
    return fail(ErrorCode::invalid_config,
                "--set " + std::string(assignment) + ": " + why + ", as in train.lr=0.001", "set");
  };
  if (equals == std::string_view::npos) return bad("expected key=value");
  std::string line(assignment);
  toml::table table;
  try {
    table = toml::parse(line);
  } catch (const toml::parse_error&) {
    // A bare word is a string: train.schedule=cosine.
    line = std::string(assignment.substr(0, equals)) + " = \"" +
           std::string(assignment.substr(equals + 1)) + "\"";
    try {
      table = toml::parse(line);
    } catch (const toml::parse_error& error) {
      return bad(std::string(error.description()));
    }
  }
  Reader reader{table, "", {}, {}};
  TrainConfig changed = config;
  visit_fields(changed, reader);
  if (reader.error) return bad(reader.error->message);
  if (auto error = refuse_unknown(table, reader, "")) return bad(error->message);
  config = std::move(changed);
  return {};
}

namespace {

/// Visitor that prints fields in TOML, a new [section] where the key's first part changes.
struct Printer {
  std::ostringstream out;
  std::string section;

  void value(const std::string& v) {
    out << toml::value<std::string>(v);  // escapes as TOML wants
  }
  void value(bool v) { out << (v ? "true" : "false"); }
  void value(std::int64_t v) { out << v; }
  void value(int v) { out << v; }
  void value(double v) { out << toml::value<double>(v); }
  void value(const std::vector<std::string>& list) {
    out << '[';
    for (std::size_t i = 0; i < list.size(); ++i) out << (i ? ", " : ""), value(list[i]);
    out << ']';
  }
  void value(const std::map<std::string, double, std::less<>>& map) {
    out << "{ ";
    bool first = true;
    for (const auto& [key, v] : map) {
      out << (first ? "" : ", ") << toml::value<std::string>(key) << " = ";
      value(v);
      first = false;
    }
    out << (map.empty() ? "}" : " }");
  }
  template <class Enum, std::size_t n>
  void value(Enum v, const std::string_view (&names)[n]) {
    out << '"' << names[static_cast<std::size_t>(v)] << '"';
  }

  template <class... Field>
  void operator()(std::string_view key, std::string_view help, Field&... field) {
    const auto dot = key.find('.');
    if (dot != std::string_view::npos) {
      if (section != key.substr(0, dot)) {
        section = key.substr(0, dot);
        out << "\n[" << section << "]\n";
      }
      key = key.substr(dot + 1);
    }
    out << key << " = ";
    value(field...);
    if (!help.empty()) out << "  # " << help;
    out << '\n';
  }
};

template <class Item>
void print_list(Printer& printer, const char* key, const std::vector<Item>& items) {
  for (Item item : items) {
    printer.out << "\n[[" << key << "]]\n";
    visit_fields(item, printer);
  }
}

}  // namespace

std::string config_to_toml(const TrainConfig& config) {
  Printer printer;
  TrainConfig copy = config;
  visit_fields(copy, printer);
  print_list(printer, "data", config.data);
  print_list(printer, "stage", config.stages);
  print_list(printer, "eval", config.evals);
  return printer.out.str();
}

}  // namespace trm
