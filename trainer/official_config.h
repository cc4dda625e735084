// What is said about a network of the official PyTorch code beside its tensors: the `arch:` section
// of its all_config.yaml, and what the command line adds. Torch-free.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/weights/arch.h"
#include "puzzles/json.h"
#include "puzzles/result.h"

namespace trm {

/// Values under the official names (H_cycles, num_heads, loss, ...), each checked for its kind, and
/// where it was said. Later sources replace earlier ones.
class OfficialConfig {
 public:
  /// A whole file: YAML, or JSON when it begins with "{"; its `arch` section, or the section's keys
  /// at the top. Values that another configuration would fill in ("${...}") and null count as not
  /// given. Errors: invalid_config naming key and source, invalid_json, too_large.
  Result<void> add_text(std::string_view text, const std::string& source);
  /// An `arch` section. Error: invalid_config.
  Result<void> add(const Json& section, const std::string& source);
  /// One value, "arch.H_cycles=3". Error: invalid_config.
  Result<void> set(std::string_view assignment);

  std::optional<int> integer(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;
  std::optional<bool> boolean(std::string_view key) const;
  std::optional<std::string> text(std::string_view key) const;
  /// Of the `loss` table; a value that is neither stablemax nor softmax was refused.
  std::optional<LossKind> loss() const;

  /// Where a value comes from: "all_config.yaml", "--set". Empty: it was not given.
  std::string source(std::string_view key) const;
  /// All values, as an `arch` section.
  Json json() const;

 private:
  struct Value {
    Json value;
    std::string source;
  };
  const Json* find(std::string_view key) const;
  std::map<std::string, Value, std::less<>> values_;
};

/// An architecture as an official `arch` section, which OfficialConfig::add reads back. Numbers
/// that are 0 because nothing is known (vocabulary, length, identifiers) are left out. Error:
/// unsupported for networks that the official code cannot build (mixer, swiglu_inner).
Result<Json> official_section(const Arch& arch);

/// The expansion with which the official rounding gives an inner width of `inner` over `dim`
/// channels, and of `inner_t` over `dim_t` where dim_t is not 0: `wanted` if it does, else 4, else
/// another. nullopt: there is none.
std::optional<double> official_expansion(int dim, int inner, int dim_t, int inner_t, double wanted);

}  // namespace trm
