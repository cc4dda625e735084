#include "http/draw.h"

#include <cstdio>

#include "engine/solution_json.h"
#include "http/fields.h"
#include "puzzles/grid_json.h"
#include "puzzles/svg_canvas.h"

namespace trm::http {
namespace {

/// Where the members of one edit go; -1: not given.
struct EditFields {
  int grid = 0, row = -1, col = -1, value = -1, rows = -1, cols = -1;
};

Result<EditFields> read_edit_fields(const std::string& place, const Json& json) {
  if (!json.is_object()) return wrong(place, "an object", json);
  EditFields fields;
  for (const auto& [key, value] : json.as_object()) {
    int* out = key == "grid"    ? &fields.grid
               : key == "row"   ? &fields.row
               : key == "col"   ? &fields.col
               : key == "value" ? &fields.value
               : key == "rows"  ? &fields.rows
               : key == "cols"  ? &fields.cols
                                : nullptr;
    if (out == nullptr)
      return unknown_field(place + "." + key, "grid, row, col and value, or rows and cols");
    if (auto done = read_field(place + "." + key, value, *out); !done) return done.error();
    if (*out < 0) {
      return fail(ErrorCode::invalid_field, place + "." + key + ": expected a number from 0",
                  place + "." + key);
    }
  }
  return fields;
}

Result<Edit> read_edit(const std::string& place, const Json& json, const Question& question) {
  const auto fields = read_edit_fields(place, json);
  if (!fields) return fields.error();
  const auto& [grid, row, col, value, rows, cols] = *fields;
  if (static_cast<std::size_t>(grid) >= question.grids().size()) {
    return fail(ErrorCode::invalid_field,
                place + ".grid: there are " + std::to_string(question.grids().size()) + " grids",
                place + ".grid");
  }
  const bool sets = row >= 0 && col >= 0 && value >= 0 && rows < 0 && cols < 0;
  const bool resizes = rows >= 0 && cols >= 0 && row < 0 && col < 0 && value < 0;
  if (resizes) return Edit(Resize{grid, rows, cols});
  if (!sets) {
    return fail(ErrorCode::invalid_field, place + ": expected row, col and value, or rows and cols",
                place);
  }
  if (value > 255) {
    return fail(ErrorCode::invalid_field, place + ".value: expected 0 to 255", place + ".value");
  }
  return Edit(SetCell{grid, row, col, static_cast<Cell>(value)});
}

Result<Question> apply_edits(Question question, const Json& edits) {
  if (!edits.is_array()) return wrong("edits", "an array of edits", edits);
  if (edits.as_array().size() > DrawBody::kMaxEdits) {
    return fail(ErrorCode::too_large,
                "edits: expected at most " + std::to_string(DrawBody::kMaxEdits), "edits");
  }
  for (std::size_t i = 0; i < edits.as_array().size(); ++i) {
    const std::string place = "edits[" + std::to_string(i) + "]";
    const auto edit = read_edit(place, edits.as_array()[i], question);
    if (!edit) return edit.error();
    auto changed = question.puzzle().apply(question, *edit);
    if (!changed) {
      Error error = std::move(changed).error();
      error.message = place + ": " + error.message;
      error.field = place;
      return error;
    }
    question = std::move(changed).value();
  }
  return question;
}

Result<void> read_side(const Json& json, const char* key, int& out) {
  const Json* value = json.find(key);
  if (value == nullptr) return {};
  if (auto done = read_field(key, *value, out); !done) return done;
  if (out >= DrawBody::kMinSide && out <= DrawBody::kMaxSide) return {};
  return fail(ErrorCode::invalid_field,
              std::string(key) + ": expected " + std::to_string(DrawBody::kMinSide) + " to " +
                  std::to_string(DrawBody::kMaxSide),
              key);
}

Result<void> read_confidence(const Json& json, DrawBody& body) {
  const Json* values = json.find("confidence");
  if (values == nullptr) return {};
  if (!values->is_array()) return wrong("confidence", "an array of numbers", *values);
  const std::size_t cells =
      body.answer && !body.answer->queries.empty() && !body.answer->queries.front().empty()
          ? body.answer->best().cells.size()
          : 0;
  if (values->as_array().size() != cells) {
    return fail(ErrorCode::invalid_field,
                "confidence: expected a number for each of the answer's " + std::to_string(cells) +
                    " cells",
                "confidence");
  }
  for (const Json& value : values->as_array()) {
    double number = 0;
    if (auto done = read_field("confidence", value, number); !done) return done;
    body.confidence.push_back(static_cast<float>(number));
  }
  return {};
}

std::string color_text(Color color) {
  char text[10];
  std::snprintf(text, sizeof text, "#%08x", static_cast<unsigned>(color));
  return text;
}

Json palette_json(const Question& question) {
  Json list = Json::array();
  for (const PaletteEntry& entry : question.puzzle().palette(question)) {
    Json one = Json::object();
    one.set("value", static_cast<int>(entry.value)).set("name", entry.name);
    one.set("label", entry.label);
    one.set("key", entry.key == 0 ? std::string() : std::string(1, entry.key));
    list.push(one.set("fill", color_text(entry.fill)).set("ink", color_text(entry.ink)));
  }
  return list;
}

// What each grid shows: the answer's where every grid of the question is asked for.
std::vector<const Grid*> shown_grids(const View& view) {
  const Question& question = *view.question;
  std::vector<const Grid*> shown;
  for (const NamedGrid& named : question.grids()) shown.push_back(&named.grid);
  if (view.answer == nullptr || view.answer->queries.size() != shown.size()) return shown;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto& candidates = view.answer->queries[i];
    if (!candidates.empty() && candidates.front().size() > 0) shown[i] = &candidates.front();
  }
  return shown;
}

Json grids_json(const View& view) {
  const Question& question = *view.question;
  const auto places = question.puzzle().areas(question, view.area);
  const auto shown = shown_grids(view);
  Json list = Json::array();
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const Rect& place = places[i];
    Json one = Json::object().set("name", question.grids()[i].name);
    one.set("x", static_cast<double>(place.x)).set("y", static_cast<double>(place.y));
    one.set("width", static_cast<double>(place.width));
    one.set("height", static_cast<double>(place.height));
    one.set("rows", shown[i]->rows).set("cols", shown[i]->cols);
    list.push(one.set("values", number_rows(*shown[i])));
  }
  return list;
}

Json problems_json(const Question& question, const std::vector<Conflict>& problems) {
  Json list = Json::array();
  for (const Conflict& problem : problems) {
    Json one = Json::object();
    if (question.grids().size() > 1) one.set("grid", problem.cell.grid);
    one.set("row", problem.cell.row).set("col", problem.cell.col);
    list.push(one.set("message", problem.message));
  }
  return list;
}

}  // namespace

Result<DrawBody> read_draw_body(std::string_view text) {
  const auto json = read_object(text);
  if (!json) return json.error();
  const auto known =
      only_fields(*json, {"puzzle", "board", "edits", "answer", "confidence", "width", "height"});
  if (!known) return known.error();
  const auto puzzle = read_puzzle(*json);
  if (!puzzle) return puzzle.error();
  auto question = read_board(**puzzle, *json);
  if (question && json->find("edits") != nullptr) {
    question = apply_edits(std::move(question).value(), *json->find("edits"));
  }
  if (!question) return std::move(question).error();
  DrawBody body{.question = std::move(question).value(), .answer = {}, .confidence = {}};
  if (json->find("answer") != nullptr) {
    auto answer = read_answer(body.question, *json);
    if (!answer) return std::move(answer).error();
    body.answer = std::move(answer).value();
  }
  if (auto done = read_confidence(*json, body); !done) return done.error();
  if (auto done = read_side(*json, "width", body.width); !done) return done.error();
  if (auto done = read_side(*json, "height", body.height); !done) return done.error();
  return body;
}

Json drawing_to_json(const DrawBody& body) {
  const Question& question = body.question;
  const Puzzle& puzzle = question.puzzle();
  const auto width = static_cast<float>(body.width), height = static_cast<float>(body.height);
  const auto problems = puzzle.problems(question);
  std::optional<Verdict> verdict;
  if (body.answer) verdict = puzzle.check(question, *body.answer);
  View view;
  view.question = &question;
  view.answer = body.answer ? &*body.answer : nullptr;
  view.confidence = body.confidence.empty() ? nullptr : &body.confidence;
  view.conflicts = verdict ? verdict->conflicts : problems;
  view.area = {0, 0, width, height};
  SvgCanvas canvas;
  puzzle.draw(canvas, view);

  Json json = Json::object();
  json.set("puzzle", puzzle.name()).set("board", puzzle.to_json(question));
  json.set("line", puzzle.format_line(question));
  json.set("readable", puzzle.format_readable(question));
  json.set("width", body.width).set("height", body.height);
  json.set("svg", canvas.document(width, height)).set("grids", grids_json(view));
  json.set("palette", palette_json(question));
  json.set("problems", problems_json(question, problems));
  if (verdict) json.set("verdict", verdict_to_json(question, *verdict));
  return json;
}

}  // namespace trm::http
