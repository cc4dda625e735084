#include "ui/views/tools_view.h"

#include <algorithm>

#include "ui/app/imgui_canvas.h"
#include "ui/app/shortcuts.h"
#include "ui/app/theme.h"
#include "ui/app/widgets.h"
#include "ui/views/palette_colors.h"
#include "ui/views/words.h"

namespace trm::ui {
namespace {

/// Says in the log why a change was refused.
void told(Session& session, const Result<void>& result) {
  if (!result) session.log().error(result.error());
}

/// Grid of the cursor, else the first one.
int current_grid(const Editor& editor) { return editor.cursor() ? editor.cursor()->grid : 0; }

}  // namespace

void ToolsView::draw_content(Session& session, Shell& shell) {
  Editor& editor = session.editor();
  refresh(editor);
  refresh_palette(editor);
  layers(editor);
  ImGui::Spacing();
  tools(editor);
  palette(session);
  ImGui::Spacing();
  moves(session);
  board(session, shell);
  ImGui::Spacing();
  make(session, shell);
}

void ToolsView::refresh(const Editor& editor) {
  if (options_of_ != editor.board_number()) {
    options_of_ = editor.board_number();
    from_ = example_ = 0;
    const auto& sizes = editor.puzzle().info().sizes;
    size_ = std::clamp(size_, 0, std::max(0, static_cast<int>(sizes.size()) - 1));
    const auto words = static_cast<int>(editor.puzzle().info().difficulties.size());
    difficulty_ = std::clamp(difficulty_, 0, words);
  } else if (facts_.revision == editor.revision() && facts_.layer == editor.layer() &&
             facts_.grid == current_grid(editor)) {
    return;
  }
  facts_ = {editor.revision(), editor.layer(), current_grid(editor), {}, {}, {}};
  const Question& question = editor.question();
  for (std::size_t i = 0; i < question.grids().size(); ++i) {
    const std::string& name = question.grids()[i].name;
    facts_.grids.push_back(std::to_string(i + 1) + (name.empty() ? "" : ": " + name));
  }
  if (editor.puzzle().info().examples) {
    const auto count = editor.puzzle().examples(question).size();
    for (std::size_t i = 0; i < count; ++i) facts_.examples.push_back(std::to_string(i + 1));
  }
  const auto grids = editor.grids(editor.layer());
  const auto at = static_cast<std::size_t>(std::max(0, facts_.grid));
  if (!grids.empty()) facts_.size = size_text(*grids[std::min(at, grids.size() - 1)]);
}

void ToolsView::refresh_palette(const Editor& editor) {
  if (shown_.board == editor.board_number() && shown_.layer == editor.layer() &&
      shown_.dark == is_dark() && shown_.entries.size() == editor.palette().size())
    return;
  shown_ = {editor.board_number(), editor.layer(), is_dark(),
            colors_on_screen(editor.question(), editor.palette(), is_dark())};
}

void ToolsView::layers(Editor& editor) {
  const bool drawing = editor.layer() == Layer::question;
  if (toggle("tools/draw", "Draw", drawing, "What you paint belongs to the puzzle"))
    editor.set_layer(Layer::question);
  flow_button("Play");
  if (toggle("tools/play", "Play", !drawing, "What you put in is your answer"))
    editor.set_layer(Layer::answer);
  muted(drawing ? "You draw the puzzle itself." : "You fill in the answer.");
}

void ToolsView::tools(Editor& editor) {
  struct Choice {
    Tool tool;
    const char *name, *label, *tooltip;
  };
  constexpr Choice choices[] = {
      {Tool::paint, "tools/paint_tool", "Paint",
       "Paint cells by dragging; the right button erases. A start or a goal moves along."},
      {Tool::fill, "tools/fill_tool", "Fill", "Fill all connected cells of the same value"},
      {Tool::select, "tools/select_tool", "Select",
       "Choose a rectangle to copy, cut, fill or erase"},
      {Tool::mark, "tools/mark_tool", "Mark", "Put small candidates into open cells"}};
  bool first = true;
  for (const Choice& choice : choices) {
    if (choice.tool == Tool::mark && !editor.puzzle().info().marks) continue;
    if (!first) flow_button(choice.label);
    first = false;
    if (!toggle(choice.name, choice.label, editor.tool() == choice.tool, choice.tooltip)) continue;
    editor.set_tool(choice.tool);
    if (choice.tool == Tool::mark) editor.set_layer(Layer::answer);
  }
}

// Few values have their names beside them, many stand side by side.
void ToolsView::palette(Session& session) {
  const Editor& editor = session.editor();
  ImGui::Spacing();
  constexpr std::size_t kMostRows = 6;
  const float side = ImGui::GetFrameHeight() * 1.15f;
  const bool rows = shown_.entries.size() <= kMostRows;
  const PaletteEntry* chosen = nullptr;
  for (std::size_t i = 0; i < shown_.entries.size(); ++i) {
    const PaletteEntry& entry = shown_.entries[i];
    if (entry.value == editor.brush()) chosen = &entry;
    if (!rows && i > 0) flow(side);
    swatch(session, entry, side);
    if (!rows) continue;
    ImGui::SameLine();
    ImGui::AlignTextToFramePadding();
    ImGui::TextUnformatted(entry.name.c_str());
    if (entry.key == 0) continue;
    ImGui::SameLine();
    ImGui::TextDisabled("%c", entry.key);
  }
  if (rows || chosen == nullptr) return;
  std::string words = "Brush: " + chosen->name;
  if (chosen->key != 0) words += std::string(" (key ") + chosen->key + ")";
  muted(words.c_str());
}

void ToolsView::swatch(Session& session, const PaletteEntry& entry, float side) {
  const std::string id = "tools/brush/" + std::to_string(entry.value);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  Editor& editor = session.editor();
  if (ImGui::InvisibleButton(id.c_str(), {side, side})) {
    if (editor.tool() == Tool::select && (editor.selection() || editor.cursor())) {
      pick(editor, session.log(), entry.value);  // as its key does
    } else {
      editor.set_brush(entry.value);
      if (editor.tool() == Tool::select) editor.set_tool(Tool::paint);
    }
  }
  focus_ring();
  probe().mark_last(id);
  const bool chosen = editor.brush() == entry.value;
  const bool hovered = ImGui::IsItemHovered();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ImguiCanvas canvas(list);
  const ImVec2 end{at.x + side, at.y + side};
  const float rounding = ImGui::GetStyle().FrameRounding;
  list.AddRectFilled(at, end, imgui_color(entry.fill), rounding);
  const float height =
      side *
      std::min(0.6f, 1.1f / static_cast<float>(std::max<std::size_t>(1, entry.label.size())));
  canvas.text({at.x + side / 2, at.y + side / 2}, height, entry.label, entry.ink);
  list.AddRect(at, end, chosen || hovered ? colors().accent : colors().line, rounding, 0,
               chosen ? std::max(2.0f, side * 0.1f) : 1.0f);
  if (!hovered) return;
  tooltip(entry.key == 0 ? entry.name : entry.name + " (key " + entry.key + ")");
}

void ToolsView::moves(Session& session) {
  Editor& editor = session.editor();
  const History& history = editor.history();
  const auto& moments = history.moments();
  const std::string undone = history.can_undo() ? "Undo: " + moments[history.at()]->label : "";
  const std::string redone = history.can_redo() ? "Redo: " + moments[history.at() + 1]->label : "";
  if (button("tools/undo", "Undo", undone.empty() ? "Nothing to undo" : undone.c_str(),
             history.can_undo()))
    editor.undo();
  flow_button("Redo");
  if (button("tools/redo", "Redo", redone.empty() ? "Nothing to redo" : redone.c_str(),
             history.can_redo()))
    editor.redo();
  if (editor.layer() == Layer::answer) {
    flow_button("Clear answer");
    if (button("tools/clear_answer", "Clear answer", "Take out everything that you filled in",
               editor.has_entries()))
      told(session, editor.clear_entries());
    if (editor.puzzle().info().marks) {
      flow_button("Fill in marks");
      if (button("tools/fill_marks", "Fill in marks", "Mark every candidate that fits now")) {
        const auto filled = editor.fill_marks();
        if (!filled) session.log().error(filled.error());
      }
      flow_button("Clear marks");
      if (button("tools/clear_marks", "Clear marks", "Rub out all marks"))
        told(session, editor.clear_marks());
    }
    return;
  }
  flow_button("Clear board");
  if (button("tools/clear_board", "Clear board", "A board of this size without content"))
    told(session, editor.clear_question());
  if (!editor.has_entries()) return;
  flow_button("Keep answer");
  if (button("tools/give_entries", "Keep answer", "What you filled in becomes part of the puzzle"))
    told(session, editor.give_entries());
}

void ToolsView::board(Session& session, Shell& shell) {
  ImGui::Spacing();
  heading(session.editor().puzzle().info().title.c_str());
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(facts_.size.c_str());
  flow_button("Resize...");
  if (button("tools/resize", "Resize...", "Change the number of rows and columns"))
    shell.dialog = "resize";
  copy_from(session);
  if (session.editor().puzzle().info().examples) examples(session);
}

void ToolsView::copy_from(Session& session) {
  Editor& editor = session.editor();
  const int to = current_grid(editor);
  if (editor.layer() == Layer::answer) {
    const int queries = static_cast<int>(editor.now().entries.queries.size());
    if (facts_.grids.size() < 2 || to >= queries) return;
    if (button("tools/copy_from", "Copy from input", "Begin the answer with the board asked about"))
      told(session, editor.copy_grid(editor.puzzle().query_grid(editor.question(), to), to));
    return;
  }
  if (facts_.grids.size() < 2) return;
  from_ = std::clamp(from_, 0, static_cast<int>(facts_.grids.size()) - 1);
  combo("tools/from", "Copy from", from_, facts_.grids);
  const auto into =
      static_cast<std::size_t>(std::clamp(to, 0, static_cast<int>(facts_.grids.size()) - 1));
  const std::string tooltip = "Into the grid with the cursor, " + facts_.grids[into];
  if (button("tools/copy_from", "Copy here", tooltip.c_str(), from_ != to))
    told(session, editor.copy_grid(from_, to));
}

void ToolsView::examples(Session& session) {
  Editor& editor = session.editor();
  if (button("tools/add_example", "Add example", "One more pair that shows the rule"))
    told(session, editor.add_example());
  if (facts_.examples.empty()) return;
  example_ = std::clamp(example_, 0, static_cast<int>(facts_.examples.size()) - 1);
  combo("tools/example", "Example", example_, facts_.examples);
  if (button("tools/remove_example", "Remove it")) told(session, editor.remove_example(example_));
}

void ToolsView::sizes(const PuzzleInfo& info) {
  if (!info.sizes.empty()) {
    combo("tools/size", "Size", size_, info.sizes);
  }
  if (info.difficulties.empty()) return;
  std::vector<std::string> words{"any"};
  words.insert(words.end(), info.difficulties.begin(), info.difficulties.end());
  combo("tools/difficulty", "Difficulty", difficulty_, words);
}

void ToolsView::make(Session& session, Shell& shell) {
  const PuzzleInfo& info = session.editor().puzzle().info();
  heading("New board");
  if (info.generates) {
    sizes(info);
    const bool entered = input_text("tools/seed", "Seed", seed_, "random", true);
    if (session.generating()) {
      if (button("tools/cancel_generate", "Cancel")) session.cancel_generate();
    } else if (button("tools/generate", "Generate", "Another board of this puzzle") || entered) {
      const auto seed = wanted_seed(seed_);
      wrong_ = seed ? "" : wrong_seed;
      GameId id{info.name, {}, seed.value_or(0)};
      if (!info.sizes.empty()) id.request.size = info.sizes[static_cast<std::size_t>(size_)];
      if (difficulty_ > 0)
        id.request.difficulty = info.difficulties[static_cast<std::size_t>(difficulty_ - 1)];
      if (wrong_.empty()) session.generate(std::move(id));
    }
    flow_button("New...");
  }
  if (button("tools/new", "New...", "Another puzzle, an empty board, more choices"))
    shell.dialog = "new";
  if (!wrong_.empty()) colored_text(colors().bad, wrong_);
  if (session.id().empty()) return;
  muted("Game id, the same board everywhere:");
  text(session.id());
  if (button("tools/copy_id", "Copy id", "To the clipboard; paste it anywhere in the editor"))
    shell.clipboard = session.id();
}

}  // namespace trm::ui
