#include "ui/views/board_view.h"

#include <algorithm>
#include <cmath>

#include "ui/app/imgui_canvas.h"
#include "ui/app/theme.h"
#include "ui/app/widgets.h"
#include "ui/jobs/marks_drawing.h"
#include "ui/views/words.h"

namespace trm::ui {
namespace {

bool same(const Rect& a, const Rect& b) {
  return a.x == b.x && a.y == b.y && a.width == b.width && a.height == b.height;
}

ImU32 with_opacity(ImU32 color, float share) {
  const auto opacity = static_cast<ImU32>(std::lround(share * 255));
  return (color & ~IM_COL32_A_MASK) | opacity << IM_COL32_A_SHIFT;
}

void fill(ImDrawList& list, const Rect& rect, ImU32 color) {
  list.AddRectFilled({rect.x, rect.y}, {rect.x + rect.width, rect.y + rect.height}, color);
}

void ring(ImDrawList& list, const Rect& rect, ImU32 color, float share) {
  const float width = std::max(2.0f, std::min(rect.width, rect.height) * share);
  const float in = width / 2;
  list.AddRect({rect.x + in, rect.y + in}, {rect.x + rect.width - in, rect.y + rect.height - in},
               color, 0, 0, width);
}

/// The pane but for margins that vanish in a tiny one.
Rect framed(const ImVec2& at, const ImVec2& size) {
  const float margin = std::min({size.x * 0.03f, size.y * 0.03f, 12.0f});
  return {at.x + margin, at.y + margin, std::max(1.0f, size.x - 2 * margin),
          std::max(1.0f, size.y - 2 * margin)};
}

/// Not by a key.
bool pressed_by_mouse() {
  return ImGui::IsMouseDown(ImGuiMouseButton_Left) || ImGui::IsMouseDown(ImGuiMouseButton_Right);
}

std::string first_and_more(const std::vector<Conflict>& conflicts) {
  std::string words = capitalised(conflicts.front().message);
  if (conflicts.size() > 1) words += " (and " + std::to_string(conflicts.size() - 1) + " more)";
  return words;
}

}  // namespace

void BoardView::draw_content(Session& session, Shell& shell) {
  Editor& editor = session.editor();
  choose_preview(session);
  // A tiny pane has room for the board only.
  if (ImGui::GetContentRegionAvail().y > 8 * line_height()) strip(session);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImVec2 size = ImGui::GetContentRegionAvail();
  size = {std::max(1.0f, size.x), std::max(1.0f, size.y)};
  refresh(editor, framed(at, size));
  ImGui::InvisibleButton("board", size,
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
  probe().mark_last("board");
  mouse(session);
  refresh(editor, picture_.area);  // the mouse may have changed it, and freed its grids
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.PushClipRect(at, {at.x + size.x, at.y + size.y}, true);
  if (preview_ && can_preview_) {
    shell.thinking_frame = ImGui::GetFrameCount();
    ImguiCanvas canvas(list);
    draw_step(canvas, *session.thinking(), *session.shown_step(), picture_.area, is_dark());
  } else {
    draw_board(session, list);
    explain(editor);
  }
  list.PopClipRect();
  mark_cells(editor);
}

// Shows the thinking while there is something to watch, and the board as soon as it changes.
void BoardView::choose_preview(Session& session) {
  const StepCursor& cursor = session.cursor();
  const bool other_step = cursor.attempt != seen_cursor_.attempt ||
                          cursor.query != seen_cursor_.query || cursor.index != seen_cursor_.index;
  // Steps that play on do not take the board away from who went back to it.
  const bool moved =
      seen_cursor_.playing ? other_step && !cursor.playing : other_step || cursor.playing;
  const bool began = session.solving() && !was_solving_;
  const bool ended = !session.solving() && was_solving_;
  was_solving_ = session.solving();
  can_preview_ = session.thinking() != nullptr && !session.thinking_stale() &&
                 session.shown_step().has_value();
  // Whoever draws with live solving on wants to see the drawing.
  const bool watched = began && !session.settings().live;
  if (watched || (moved && !cursor.follow && !ended && can_preview_)) preview_ = true;
  seen_cursor_ = cursor;
  const Editor& editor = session.editor();
  const Seen seen{editor.revision(), editor.layer(), editor.cursor(), editor.selection(),
                  session.hint() ? std::optional(session.hint()->cell) : std::nullopt};
  const bool hint_gone = seen_.hint && !seen.hint;
  if (seen.revision != seen_.revision || seen.layer != seen_.layer || seen.cursor != seen_.cursor ||
      seen.selection != seen_.selection || (seen.hint != seen_.hint && !hint_gone))
    preview_ = watched;
  seen_ = seen;
  if ((!can_preview_ && !session.solving()) || editor.in_stroke()) preview_ = false;
}

void BoardView::strip(Session& session) {
  if (can_preview_) {
    if (toggle("board/show/board", "Board", !preview_, "Your board")) preview_ = false;
    flow_button("Thinking");
    if (toggle("board/show/thinking", "Thinking", preview_,
               "What the model thought in the step that the steps view shows; a click on it goes "
               "back"))
      preview_ = true;
    ImGui::SameLine();
  }
  ImGui::AlignTextToFramePadding();
  status(session);
}

// One line, so that the board does not jump.
void BoardView::status(Session& session) {
  const Editor& editor = session.editor();
  const auto say = [](ImU32 color, const std::string& words) {
    ImGui::PushStyleColor(ImGuiCol_Text, color);
    ImGui::TextUnformatted(words.data(), words.data() + words.size());
    ImGui::PopStyleColor();
    if (ImGui::IsItemHovered() && ImGui::GetItemRectSize().x > ImGui::GetContentRegionAvail().x)
      tooltip(words);
    probe().mark_last("board/status");
  };
  if (preview_ && can_preview_) {
    const event::Step& step = session.thinking()->steps[*session.shown_step()];
    return say(colors().muted,
               "Attempt " + std::to_string(step.attempt + 1) + ", step " +
                   std::to_string(step.step) + ": " +
                   plural(static_cast<std::int64_t>(step.conflicts.size()), "conflict"));
  }
  if (!editor.problems().empty()) return say(colors().bad, first_and_more(editor.problems()));
  if (editor.layer() == Layer::answer) {
    if (editor.entries_status() == Status::verified) {
      badge("Solved: the rules hold", colors().good);
      probe().mark_last("board/solved");
      return;
    }
    if (!editor.entry_conflicts().empty())
      return say(colors().bad, first_and_more(editor.entry_conflicts()));
  }
  const bool playing = editor.layer() == Layer::answer;
  say(colors().muted, playing ? "Fill in what is open; the puzzle itself stays."
                              : "Drag to paint; the right button erases.");
}

void BoardView::refresh(const Editor& editor, const Rect& area) {
  const Layer layer = editor.layer();
  picture_.grids = editor.grids(layer);  // they may have moved without a change
  const bool board = picture_.revision != editor.revision() ||
                     picture_.board != editor.board_number() || picture_.layer != layer;
  if (!board && same(picture_.area, area)) return;
  picture_.revision = editor.revision();
  picture_.board = editor.board_number();
  picture_.layer = layer;
  picture_.area = area;
  const Question& question = editor.question();
  const Puzzle& puzzle = editor.puzzle();
  const bool answer = layer == Layer::answer;
  picture_.places = answer ? puzzle.answer_areas(question, editor.now().entries, area)
                           : puzzle.areas(question, area);
  if (!board) return;
  picture_.conflicts = answer ? editor.entry_conflicts() : editor.problems();
  picture_.notes = mark_notes(question);
}

std::optional<CellRef> BoardView::cell_under(const Editor& editor, ImVec2 point) const {
  const Point at{point.x, point.y};
  if (editor.layer() == Layer::question)
    return editor.puzzle().hit(editor.question(), picture_.area, at);
  for (std::size_t i = 0; i < std::min(picture_.places.size(), picture_.grids.size()); ++i) {
    if (picture_.grids[i]->size() == 0) continue;
    auto cell = cell_at(picture_.places[i], *picture_.grids[i], at);
    if (!cell) continue;
    cell->grid = static_cast<int>(i);
    return cell;
  }
  return std::nullopt;
}

std::optional<Rect> BoardView::rect_of(const CellRef& cell) const {
  const auto at = static_cast<std::size_t>(cell.grid);
  if (cell.grid < 0 || at >= picture_.places.size() || at >= picture_.grids.size()) return {};
  const Grid& grid = *picture_.grids[at];
  if (!grid.contains(cell.row, cell.col)) return {};
  return cell_rect(picture_.places[at], grid, cell.row, cell.col);
}

void BoardView::mouse(Session& session) {
  Editor& editor = session.editor();
  const bool active = ImGui::IsItemActive();
  const auto cell = cell_under(editor, ImGui::GetMousePos());
  pointed_ = ImGui::IsItemHovered() ? cell : std::nullopt;
  if (ImGui::IsItemActivated() && pressed_by_mouse()) {
    refused_ = false;
    dragged_ = cell;
    if (preview_ && can_preview_) {
      preview_ = false;
      dragged_.reset();
      return;
    }
    if (!cell) {
      if (editor.tool() == Tool::select) editor.select(std::nullopt);
      return;
    }
    const bool erase = ImGui::IsMouseDown(ImGuiMouseButton_Right);
    const auto pressed = editor.press(*cell, erase);
    refused_ = !pressed;
    if (!pressed) session.log().error(pressed.error());
  } else if (active && cell && editor.in_stroke() && cell != dragged_) {
    dragged_ = cell;
    const auto dragged = editor.drag(*cell);
    // A stroke over many cells says once what one of them refuses.
    if (!dragged && !refused_) session.log().error(dragged.error());
    refused_ = refused_ || !dragged;
  }
  if (!ImGui::IsItemActive() && editor.in_stroke()) editor.release();
}

void BoardView::draw_board(Session& session, ImDrawList& list) {
  const Editor& editor = session.editor();
  ImguiCanvas canvas(list);
  trm::View view;
  view.question = &editor.question();
  view.answer = editor.layer() == Layer::answer ? &editor.now().entries : nullptr;
  view.area = picture_.area;
  view.dark = is_dark();
  view.conflicts.swap(picture_.conflicts);  // lent: no copy of the messages in each frame
  editor.puzzle().draw(canvas, view);
  view.conflicts.swap(picture_.conflicts);
  if (editor.layer() == Layer::answer && !picture_.notes.empty()) draw_marks(editor, list);
  draw_over(session, list);
}

void BoardView::draw_over(Session& session, ImDrawList& list) {
  const Editor& editor = session.editor();
  const auto& hint = session.hint();
  if (hint && editor.layer() == Layer::answer) {
    if (const auto rect = rect_of(hint->cell)) {
      fill(list, *rect, with_opacity(colors().hint, 0.25f));
      ring(list, *rect, colors().hint, 0.08f);
    }
  }
  if (const auto& region = editor.selection()) {
    const auto from = rect_of({region->grid, region->row, region->col});
    const auto to =
        rect_of({region->grid, region->row + region->rows - 1, region->col + region->cols - 1});
    if (from && to) {
      const Rect all{from->x, from->y, to->x + to->width - from->x, to->y + to->height - from->y};
      fill(list, all, with_opacity(colors().selection, 0.18f));
      ring(list, all, colors().selection, 0);
    }
  }
  if (pointed_) {
    if (const auto rect = rect_of(*pointed_)) fill(list, *rect, with_opacity(colors().text, 0.08f));
  }
  if (editor.cursor()) {
    if (const auto rect = rect_of(*editor.cursor())) ring(list, *rect, colors().cursor, 0.07f);
  }
}

void BoardView::draw_marks(const Editor& editor, ImDrawList& list) const {
  ImguiCanvas canvas(list);
  for (std::size_t query = 0; query < picture_.grids.size(); ++query) {
    const Grid& grid = *picture_.grids[query];
    for (int i = 0; i < grid.size(); ++i) {
      const CellRef cell{static_cast<int>(query), i / grid.cols, i % grid.cols};
      const std::uint64_t marks = editor.marks(cell);
      if (marks == 0 || editor.is_given(cell) || editor.at(cell) != editor.erased(cell)) continue;
      if (const auto rect = rect_of(cell))
        draw_cell_marks(canvas, *rect, marks, picture_.notes, is_dark());
    }
  }
}

void BoardView::explain(const Editor& editor) const {
  if (!pointed_ || editor.in_stroke()) return;
  for (const Conflict& conflict : picture_.conflicts) {
    if (conflict.cell != *pointed_) continue;
    tooltip(capitalised(conflict.message));
    return;
  }
}

// Where tests find cells: the cursor's and the corners of each grid.
void BoardView::mark_cells(const Editor& editor) const {
  const auto mark = [&](const CellRef& cell) {
    if (const auto rect = rect_of(cell))
      probe().mark("board/cell/" + std::to_string(cell.grid) + "/" + std::to_string(cell.row) +
                       "/" + std::to_string(cell.col),
                   *rect);
  };
  if (editor.cursor()) mark(*editor.cursor());
  for (std::size_t i = 0; i < picture_.grids.size(); ++i) {
    const Grid& grid = *picture_.grids[i];
    const int query = static_cast<int>(i);
    for (const int row : {0, grid.rows - 1}) {
      for (const int col : {0, grid.cols - 1}) mark({query, row, col});
    }
  }
}

}  // namespace trm::ui
