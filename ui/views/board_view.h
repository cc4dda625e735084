// The board: drawn by its module as large as fits, under the user's mouse.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ui/views/view.h"

namespace trm::ui {

class BoardView final : public View {
 public:
  const char* name() const override { return "board"; }
  const char* title() const override { return "Board"; }
  Place place() const override { return Place::board; }
  void draw_content(Session& session, Shell& shell) override;

 private:
  /// What follows from the board, its layer and its place on the screen; made anew when one of them
  /// changes.
  struct Picture {
    std::uint64_t revision = 0, board = 0;
    Layer layer = Layer::question;
    Rect area{0, 0, 0, 0};
    std::vector<const Grid*> grids;
    std::vector<Rect> places;
    std::vector<Conflict> conflicts;
    std::vector<PaletteEntry> notes;  ///< values that marks can say, in their order
  };

  /// What the user may have touched; whoever does wants to see the board.
  struct Seen {
    std::uint64_t revision = 0;
    Layer layer = Layer::question;
    std::optional<CellRef> cursor;
    std::optional<Region> selection;
    std::optional<CellRef> hint;
  };

  void choose_preview(Session& session);
  void strip(Session& session);
  void status(Session& session);
  void refresh(const Editor& editor, const Rect& area);
  std::optional<CellRef> cell_under(const Editor& editor, ImVec2 point) const;
  std::optional<Rect> rect_of(const CellRef& cell) const;
  void mouse(Session& session);
  void draw_board(Session& session, ImDrawList& list);
  void draw_over(Session& session, ImDrawList& list);
  void draw_marks(const Editor& editor, ImDrawList& list) const;
  void explain(const Editor& editor) const;
  void mark_cells(const Editor& editor) const;

  Picture picture_;
  bool preview_ = false;      // the thinking is shown instead of the board
  bool can_preview_ = false;  // there is one to show
  bool was_solving_ = false, refused_ = false;
  StepCursor seen_cursor_;
  Seen seen_;
  std::optional<CellRef> pointed_, dragged_;
};

}  // namespace trm::ui
