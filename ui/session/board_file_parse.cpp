// Reading .trm files: nothing is believed.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "puzzles/registry.h"
#include "puzzles/text.h"
#include "ui/session/answer_rules.h"
#include "ui/session/board_cost.h"
#include "ui/session/board_file.h"

namespace trm::ui {
namespace {

constexpr std::size_t kLongestText = 4000;  // label and name

Error wrong(const std::string& field, const std::string& expected, const Json& found) {
  return fail(ErrorCode::invalid_field,
              field + ": expected " + expected + ", found " + std::string(json_kind(found)), field);
}

std::string element(const std::string& list, std::size_t i) {
  return list + "[" + std::to_string(i) + "]";
}

/// An object whose members all have names that somebody reads.
template <std::size_t N>
Result<void> check_members(const Json& json, const std::string& place,
                           const std::array<std::string_view, N>& known) {
  if (!json.is_object()) return wrong(place, "an object", json);
  for (const auto& [name, value] : json.as_object()) {
    if (std::ranges::find(known, name) != known.end()) continue;
    return fail(ErrorCode::unknown_field, place + ": unknown field \"" + name.substr(0, 40) + "\"",
                name.substr(0, 40));
  }
  return {};
}

Result<const Json*> member(const Json& json, const char* name) {
  if (const Json* found = json.find(name)) return found;
  return fail(ErrorCode::invalid_field, std::string("the field \"") + name + "\" is missing", name);
}

Result<std::string> read_text(const Json& json, const std::string& field) {
  if (!json.is_string()) return wrong(field, "a string", json);
  if (json.as_string().size() > kLongestText) {
    return fail(ErrorCode::too_large, field + " has more than 4000 bytes", field);
  }
  return json.as_string();
}

Result<int> read_int(const Json& json, const std::string& field, int low, int high) {
  const auto whole = json.whole();
  if (!whole) return wrong(field, "a whole number", json);
  if (*whole < low || *whole > high) {
    return fail(ErrorCode::invalid_field,
                field + " is " + std::to_string(*whole) + "; expected " + std::to_string(low) +
                    " to " + std::to_string(high),
                field);
  }
  return static_cast<int>(*whole);
}

/// [number, row, col, X]: a cell of one of the grids.
template <class Grids>
Result<CellRef> read_cell(const Json& json, const std::string& field, const Grids& grid_at,
                          std::size_t grids) {
  if (!json.is_array() || json.as_array().size() != 4) {
    return wrong(field, "an array of 4 values", json);
  }
  const auto& parts = json.as_array();
  const auto number = read_int(parts[0], element(field, 0), 0, static_cast<int>(grids) - 1);
  if (!number) return number.error();
  const Grid& grid = grid_at(static_cast<std::size_t>(*number));
  const auto row = read_int(parts[1], element(field, 1), 0, grid.rows - 1);
  if (!row) return row.error();
  const auto col = read_int(parts[2], element(field, 2), 0, grid.cols - 1);
  if (!col) return col.error();
  return CellRef{*number, *row, *col};
}

/// Puts the cells of a list into grids.
template <class Grids>
Result<void> change_cells(const Json& list, const std::string& field, const Grids& grid_at,
                          std::size_t grids) {
  if (!list.is_array()) return wrong(field, "an array", list);
  for (std::size_t i = 0; i < list.as_array().size(); ++i) {
    const Json& change = list.as_array()[i];
    const auto cell = read_cell(change, element(field, i), grid_at, grids);
    if (!cell) return cell.error();
    const auto value = read_int(change.as_array()[3], element(element(field, i), 3), 0, 255);
    if (!value) return value.error();
    grid_at(static_cast<std::size_t>(cell->grid)).at(cell->row, cell->col) =
        static_cast<Cell>(*value);
  }
  return {};
}

Result<Grid> read_rows(const Json& json, const std::string& field) {
  if (!json.is_array() || json.as_array().empty()) return wrong(field, "an array of rows", json);
  const auto& rows = json.as_array();
  if (!rows.front().is_array()) return wrong(element(field, 0), "an array of numbers", rows[0]);
  const std::size_t cols = rows.front().as_array().size();
  constexpr auto most = static_cast<std::size_t>(Puzzle::max_side);
  if (cols < 1 || cols > most || rows.size() > most) {
    return fail(ErrorCode::invalid_field, field + ": a side has 1 to 64 cells", field);
  }
  Grid grid(static_cast<int>(rows.size()), static_cast<int>(cols));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (!rows[row].is_array() || rows[row].as_array().size() != cols) {
      return wrong(element(field, row), "an array of " + std::to_string(cols) + " numbers",
                   rows[row]);
    }
    for (std::size_t col = 0; col < cols; ++col) {
      const auto value =
          read_int(rows[row].as_array()[col], element(element(field, row), col), 0, 255);
      if (!value) return value.error();
      grid.at(static_cast<int>(row), static_cast<int>(col)) = static_cast<Cell>(*value);
    }
  }
  return grid;
}

/// Reads one moment behind the other.
class MomentReader {
 public:
  explicit MomentReader(const Puzzle& puzzle) : puzzle_(puzzle) {}

  Result<Moment> next(const Json& json, std::size_t number) {
    place_ = element("moments", number);
    constexpr std::array<std::string_view, 8> known{"label", "board",   "form", "container",
                                                    "cells", "entries", "put",  "marks"};
    if (auto named = check_members(json, place_, known); !named) return std::move(named).error();
    const auto label = member(json, "label");
    if (!label) return label.error();
    auto text = read_text(**label, place_ + ".label");
    if (!text) return std::move(text).error();
    if (auto read = read_question(json); !read) return std::move(read).error();
    if (auto read = read_entries(json); !read) return std::move(read).error();
    if (auto read = read_marks(json); !read) return std::move(read).error();
    if (json.as_object().size() > 1) {  // more than a label
      drop_empty_marks(state_->marks);
      if (auto fits = check_state(); !fits) return std::move(fits).error();
    }
    memory_ += memory_of(*state_, !new_question_);
    if (memory_ > kMostMemory) {
      return fail(ErrorCode::too_large, place_ + ": the history takes too much memory", "moments");
    }
    return Moment{*state_, std::move(*text)};
  }

 private:
  Error at_place(Error error) const {
    error.message = place_ + ": " + error.message;
    return error;
  }
  Error missing(const char* name) const {
    return fail(ErrorCode::invalid_field, place_ + ": the field \"" + name + "\" is missing", name);
  }

  Result<void> read_question(const Json& json) {
    new_question_ = true;
    auto made = [&]() -> Result<Question> {
      if (const Json* board = json.find("board")) return read_board(json, *board);
      if (!state_) return missing("board");
      const Json* cells = json.find("cells");
      if (cells == nullptr) {
        new_question_ = false;
        return state_->question;
      }
      Draft draft = state_->question.draft();
      const auto grid_at = [&](std::size_t i) -> Grid& { return draft.grids[i].grid; };
      auto read = change_cells(*cells, place_ + ".cells", grid_at, draft.grids.size());
      if (!read) return std::move(read).error();
      auto question = puzzle_.make(std::move(draft));
      return question ? std::move(question) : at_place(question.error());
    }();
    if (!made) return std::move(made).error();
    if (new_question_) rules_.emplace(*made);
    if (state_) {
      state_->question = std::move(*made);
    } else {
      state_ = BoardState{std::move(*made), {}, {}};
    }
    return {};
  }

  Result<Question> read_board(const Json& json, const Json& board) const {
    if (!board.is_string()) return wrong(place_ + ".board", "a string", board);
    if (json.find("cells") != nullptr) {
      return fail(ErrorCode::invalid_field, place_ + " has both \"board\" and \"cells\"", "cells");
    }
    auto question = puzzle_.parse(board.as_string());
    if (!question) return at_place(question.error());
    Draft draft = question->draft();
    draft.notation = {};
    if (const Json* form = json.find("form")) {
      auto name = read_text(*form, place_ + ".form");
      if (!name) return std::move(name).error();
      const auto known = [&](const TextForm& one) { return one.name == *name; };
      if (std::ranges::none_of(puzzle_.info().forms, known)) {
        return fail(ErrorCode::invalid_field, place_ + ".form is no text form of this puzzle",
                    "form");
      }
      draft.notation.form = std::move(*name);
    }
    if (const Json* container = json.find("container")) {
      constexpr std::array<std::string_view, 4> names{"text", "text_rows", "number_rows", "object"};
      const auto at =
          container->is_string() ? std::ranges::find(names, container->as_string()) : names.end();
      if (at == names.end())
        return wrong(place_ + ".container", "text, text_rows, ...", *container);
      draft.notation.json = static_cast<Notation::Json>(at - names.begin());
    }
    return puzzle_.make(std::move(draft));
  }

  Result<void> read_entries(const Json& json) {
    Answer& entries = state_->entries;
    if (const Json* whole = json.find("entries")) {
      const Json& list = *whole;
      const std::string field = place_ + ".entries";
      if (!list.is_array()) return wrong(field, "an array", list);
      entries.queries.clear();
      state_->marks.clear();
      for (std::size_t i = 0; i < list.as_array().size(); ++i) {
        auto grid = read_rows(list.as_array()[i], element(field, i));
        if (!grid) return std::move(grid).error();
        entries.queries.push_back({std::move(*grid)});
      }
      return {};
    }
    if (entries.queries.empty()) return missing("entries");
    const auto grid_at = [&](std::size_t i) -> Grid& { return entries.queries[i].front(); };
    const Json* put = json.find("put");
    return put == nullptr ? Result<void>()
                          : change_cells(*put, place_ + ".put", grid_at, entries.queries.size());
  }

  Result<void> read_marks(const Json& json) {
    const Json* list = json.find("marks");
    if (list == nullptr) return {};
    const std::string field = place_ + ".marks";
    if (!list->is_array()) return wrong(field, "an array", *list);
    const Answer& entries = state_->entries;
    if (state_->marks.empty()) {
      for (const auto& one : entries.queries) {
        state_->marks.emplace_back(one.front().cells.size(), 0);
      }
    }
    const auto grid_at = [&](std::size_t i) -> const Grid& { return entries.best(i); };
    for (std::size_t i = 0; i < list->as_array().size(); ++i) {
      const Json& noted = list->as_array()[i];
      const auto cell = read_cell(noted, element(field, i), grid_at, entries.queries.size());
      if (!cell) return cell.error();
      const auto bits = read_values(noted.as_array()[3], element(element(field, i), 3));
      if (!bits) return bits.error();
      const auto query = static_cast<std::size_t>(cell->grid);
      state_->marks[query][entries.best(query).index(cell->row, cell->col)] = *bits;
    }
    return {};
  }

  static Result<std::uint64_t> read_values(const Json& values, const std::string& field) {
    if (!values.is_array()) return wrong(field, "an array of values", values);
    std::uint64_t bits = 0;
    for (const Json& value : values.as_array()) {
      const auto number = read_int(value, field, 0, kMarkValues - 1);
      if (!number) return number.error();
      bits |= std::uint64_t{1} << *number;
    }
    return bits;
  }

  Result<void> check_state() const {
    if (auto fits = rules_->check(state_->entries); !fits) return at_place(fits.error());
    if (auto fits = check_marks(*rules_, state_->entries, state_->marks); !fits) {
      return at_place(fits.error());
    }
    return {};
  }

  const Puzzle& puzzle_;
  std::string place_;
  std::optional<BoardState> state_;  // after the moments so far
  std::optional<AnswerRules> rules_;
  bool new_question_ = true;
  std::size_t memory_ = 0;
};

Result<void> check_head(const Json& json) {
  constexpr std::array<std::string_view, 9> known{
      "format", "version", "puzzle", "name", "playing", "path", "saved", "at", "moments"};
  if (auto named = check_members(json, "file", known); !named) return named;
  const auto format = member(json, "format");
  if (!format) return format.error();
  if (!(**format == Json("trm-board"))) {
    return fail(ErrorCode::invalid_field, "format: this is no board file of trm", "format");
  }
  const auto version = member(json, "version");
  if (!version) return version.error();
  const auto number = (*version)->whole();
  if (!number) return wrong("version", "a whole number", **version);
  if (*number != 1) {
    return fail(ErrorCode::invalid_field,
                "version " + std::to_string(*number) + ": this program reads version 1", "version");
  }
  return {};
}

Result<const Puzzle*> read_puzzle(const Json& json) {
  const auto name = member(json, "puzzle");
  if (!name) return name.error();
  if (!(*name)->is_string()) return wrong("puzzle", "a string", **name);
  return find_puzzle((*name)->as_string());
}

}  // namespace

Result<BoardFile> parse_board_file(std::string_view text) {
  const auto json = parse_json(text, {kLongestFile, 32, kMostElements + 100});
  if (!json) return json.error();
  if (auto head = check_head(*json); !head) return std::move(head).error();
  const auto puzzle = read_puzzle(*json);
  if (!puzzle) return puzzle.error();
  const auto list = member(*json, "moments"), at = member(*json, "at");
  if (!list) return list.error();
  if (!at) return at.error();
  if (!(*list)->is_array() || (*list)->as_array().empty()) {
    return wrong("moments", "an array of at least one moment", **list);
  }
  std::vector<Moment> moments;
  MomentReader reader(**puzzle);
  for (const Json& one : (*list)->as_array()) {
    auto moment = reader.next(one, moments.size());
    if (!moment) return std::move(moment).error();
    moments.push_back(std::move(*moment));
  }
  const auto now = read_int(**at, "at", 0, static_cast<int>(moments.size()) - 1);
  if (!now) return now.error();
  BoardFile file{History(std::move(moments), static_cast<std::size_t>(*now)), {}, false, {}, false};
  if (const Json* name = json->find("name")) {
    auto title = read_text(*name, "name");
    if (!title) return std::move(title).error();
    file.name = std::move(*title);
  }
  if (const Json* playing = json->find("playing")) {
    if (!playing->is_bool()) return wrong("playing", "true or false", *playing);
    file.playing = playing->as_bool();
  }
  if (const Json* path = json->find("path")) {
    auto place = read_text(*path, "path");
    if (!place) return std::move(place).error();
    file.path = std::move(*place);
  }
  if (const Json* saved = json->find("saved")) {
    if (!saved->is_bool()) return wrong("saved", "true or false", *saved);
    file.saved = saved->as_bool();
  }
  return file;
}

}  // namespace trm::ui
