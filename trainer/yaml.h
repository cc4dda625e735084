// The project's one YAML door, for configurations of the official PyTorch code. Torch-free.
//
// This file pair is the only place that includes yaml-cpp (in yaml.cpp). It makes JSON values of
// what it reads, so that callers have one kind of value to check. Fuzzed.
#pragma once

#include <string_view>

#include "puzzles/json.h"
#include "puzzles/result.h"

namespace trm {

/// Limits of parse_yaml: configurations are small.
inline constexpr JsonLimits yaml_limits{64u << 10, 32, 20'000};

/// The first document of a YAML text. Plain scalars become null, true/false, numbers or strings as
/// in the YAML 1.2 core schema (plus "True", "1e-4"); quoted ones are strings; tags are ignored and
/// nothing in the text is executed. Errors: invalid_config (a text that is not UTF-8; naming line
/// and column: no YAML, a repeated key, a key that is no text), too_large.
Result<Json> parse_yaml(std::string_view text, const JsonLimits& limits = yaml_limits);

}  // namespace trm
