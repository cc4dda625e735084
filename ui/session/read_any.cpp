// A board from whatever text somebody pastes or drops.
#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "puzzles/registry.h"
#include "ui/session/board_file.h"
#include "ui/session/game_id.h"

namespace trm::ui {
namespace {

constexpr std::chrono::seconds kLongestGenerate(5);

/// Long enough for every board; what is longer only costs time.
constexpr std::size_t kLongestBoard = 8u << 20;

BoardFile fresh_file(Question question, std::string name = {}) {
  return {History(fresh_state(std::move(question))), std::move(name), false};
}

/// All modules, the preferred one first.
std::vector<const Puzzle*> in_order(const Puzzle* preferred) {
  std::vector<const Puzzle*> puzzles = registered_puzzles();
  std::stable_partition(puzzles.begin(), puzzles.end(),
                        [&](const Puzzle* one) { return one == preferred; });
  return puzzles;
}

/// {"puzzle": NAME, "board": ...}, as the command line and the service write it.
Result<Question> read_named(const Json& json) {
  const Json& name = *json.find("puzzle");
  if (!name.is_string()) {
    return fail(ErrorCode::invalid_field, "puzzle: expected a string", "puzzle");
  }
  const auto puzzle = find_puzzle(name.as_string());
  return puzzle ? (*puzzle)->from_json(*json.find("board")) : Result<Question>(puzzle.error());
}

Result<BoardFile> read_game(std::string_view text) {
  auto id = parse_game_id(text);
  if (!id) return std::move(id).error();
  std::string name = format_game_id(*id);
  id->request.deadline = std::chrono::steady_clock::now() + kLongestGenerate;
  auto question = generate(*id);
  if (!question) return std::move(question).error();
  return fresh_file(std::move(*question), std::move(name));
}

bool is_board_file(std::string_view text) {
  // Its own head, so that a long file is not read twice.
  const auto head = text.substr(0, 200);
  return head.find("\"trm-board\"") != std::string_view::npos &&
         head.find("\"format\"") != std::string_view::npos;
}

std::string_view without_end(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

/// The module's reading of the text, and of the JSON value that it may be as well.
Result<Question> read_by(const Puzzle& puzzle, std::string_view text, const Json* json) {
  auto question = puzzle.parse(text);
  if (question) return question;
  if (auto cut = puzzle.parse(without_end(text)); cut) return cut;
  if (json == nullptr) return question;
  return puzzle.from_json(*json);
}

}  // namespace

Result<BoardFile> read_any(std::string_view text, const Puzzle* preferred) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return fail(ErrorCode::invalid_text, "the text is empty", "text");
  }
  if (is_board_file(text)) return parse_board_file(text);
  if (is_game_id(text)) return read_game(text);
  if (text.size() > kLongestBoard) {
    return fail(ErrorCode::too_large, "the text is too long for a board", "text");
  }
  const auto json = parse_json(text);
  if (const Json* format = json ? json->find("format") : nullptr;
      format != nullptr && *format == Json("trm-board")) {
    return parse_board_file(text);
  }
  if (json && json->find("puzzle") != nullptr && json->find("board") != nullptr) {
    auto question = read_named(*json);
    if (!question) return std::move(question).error();
    return fresh_file(std::move(*question));
  }
  std::string refusals;
  for (const Puzzle* puzzle : in_order(preferred)) {
    auto question = read_by(*puzzle, text, json ? &*json : nullptr);
    if (question) return fresh_file(std::move(*question));
    refusals += (refusals.empty() ? "" : "; ") + puzzle->name() + ": " + question.error().message;
  }
  return fail(ErrorCode::invalid_text, "no puzzle reads this text (" + refusals + ")", "text");
}

}  // namespace trm::ui
