// Frame: what is on the screen, for programs.
#include "puzzles/json.h"
#include "ui/app/frame.h"
#include "ui/app/widgets.h"

namespace trm::ui {
namespace {

Json rect_json(const Rect& rect) {
  Json json = Json::array();
  for (const float value : {rect.x, rect.y, rect.width, rect.height}) {
    json.push(static_cast<double>(value));
  }
  return json;
}

Json cursor_json(const Editor& editor) {
  const auto cursor = editor.cursor();
  if (!cursor) return nullptr;
  return Json(Json::Array{cursor->grid, cursor->row, cursor->col});
}

}  // namespace

std::string Frame::describe() const {
  const Editor& editor = session_.editor();
  Json items = Json::object();
  for (const auto& [name, rect] : probe().items()) items.set(name, rect_json(rect));
  Json shown = Json::array();
  for (const auto& view : views_) {
    if (is_open(*view) && is_shown(*view)) shown.push(view->name());
  }
  const LogLine* last = session_.log().last();
  const auto* thinking = session_.thinking();
  Json json = Json::object();
  json.set("puzzle", editor.puzzle().name())
      .set("board", editor.puzzle().format_line(editor.question()))
      .set("entries", session_.copy_answer_text())
      .set("layer", editor.layer() == Layer::answer ? "answer" : "question")
      .set("status", status_name(editor.entries_status()))
      .set("problems", editor.problems().size())
      .set("conflicts", editor.entry_conflicts().size())
      .set("count", session_.count() ? Json(count_text(*session_.count())) : Json())
      .set("cursor", cursor_json(editor))
      .set("revision", static_cast<std::int64_t>(editor.revision()))
      .set("solving", session_.solving())
      .set("generating", session_.generating())
      .set("steps", thinking == nullptr ? std::size_t{0} : thinking->steps.size())
      .set("path", session_.path())
      .set("unsaved", session_.unsaved())
      .set("dialog", dialogs_.open())
      .set("keys", keys_view_)
      .set("narrow", layout_.narrow)
      .set("views", std::move(shown))
      .set("log", last == nullptr ? Json() : Json(last->text))
      .set("items", std::move(items));
  return json.dump();
}

}  // namespace trm::ui
