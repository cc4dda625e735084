#include "ui/session/game_id.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "puzzles/registry.h"
#include "puzzles/text.h"

namespace trm::ui {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "puzzle", "size=9x9,...", "17" of "puzzle:size=9x9,...#17".
struct Parts {
  std::string_view puzzle, params, seed;
  bool has_params = false;
};

std::optional<Parts> split_id(std::string_view text) {
  text = trimmed(text);
  const auto hash = text.rfind('#');
  if (hash == std::string_view::npos || hash + 1 == text.size()) return std::nullopt;
  Parts parts;
  parts.seed = text.substr(hash + 1);
  if (!std::ranges::all_of(parts.seed, is_digit)) return std::nullopt;
  const std::string_view front = text.substr(0, hash);
  const auto colon = front.find(':');
  parts.puzzle = front.substr(0, colon);
  parts.has_params = colon != std::string_view::npos;
  if (parts.has_params) parts.params = front.substr(colon + 1);
  return parts;
}

Error wrong(std::string message) {
  return fail(ErrorCode::invalid_text, "the game id has " + std::move(message), "id");
}

std::string quoted(std::string_view text) {
  std::string shown = "'";
  shown += text.substr(0, 40);
  return shown + (text.size() > 40 ? "...'" : "'");
}

Result<void> read_param(std::string_view param, GameId& id) {
  const auto equals = param.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == param.size()) {
    return wrong("the parameter " + quoted(param) + "; expected name=value");
  }
  const std::string_view name = param.substr(0, equals), value = param.substr(equals + 1);
  if (name == "size" || name == "difficulty") {
    std::string& field = name == "size" ? id.request.size : id.request.difficulty;
    if (!field.empty()) return wrong("two parameters " + quoted(name));
    field = value;
    return {};
  }
  double number = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
  if (read.ec != std::errc() || read.ptr != value.data() + value.size() || !std::isfinite(number)) {
    return wrong("the value " + quoted(value) + " for " + quoted(name) + "; expected a number");
  }
  if (!id.request.options.emplace(name, number).second) {
    return wrong("two parameters " + quoted(name));
  }
  return {};
}

std::string number_text(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

}  // namespace

bool is_game_id(std::string_view text) {
  const auto parts = split_id(text);
  return parts && find_puzzle(parts->puzzle).ok();
}

Result<GameId> parse_game_id(std::string_view text) {
  const auto parts = split_id(text);
  if (!parts) {
    return wrong("no seed; expected puzzle:size=...,difficulty=...#number");
  }
  const auto puzzle = find_puzzle(parts->puzzle);
  if (!puzzle) return puzzle.error();
  GameId id;
  id.puzzle = (*puzzle)->name();
  const auto read =
      std::from_chars(parts->seed.data(), parts->seed.data() + parts->seed.size(), id.seed);
  if (read.ec != std::errc()) {
    return wrong("the seed " + quoted(parts->seed) + "; at most 18446744073709551615");
  }
  if (!parts->has_params) return id;
  for (const std::string_view param : split(parts->params, ',')) {
    if (auto known = read_param(param, id); !known) return std::move(known).error();
  }
  return id;
}

std::string format_game_id(const GameId& id) {
  std::string params;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    params += params.empty() ? ":" : ",";
    params += name;
    params += '=';
    params += value;
  };
  add("size", id.request.size);
  add("difficulty", id.request.difficulty);
  for (const auto& [name, value] : id.request.options) add(name, number_text(value));
  return id.puzzle + params + "#" + std::to_string(id.seed);
}

Result<Question> generate(const GameId& id) {
  const auto puzzle = find_puzzle(id.puzzle);
  if (!puzzle) return puzzle.error();
  Rng rng(id.seed);
  return (*puzzle)->generate(rng, id.request);
}

}  // namespace trm::ui
