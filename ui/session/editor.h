// The board under the user's hands: tools, strokes, selection, clipboard, undo. Knows no window and
// no thread; every change makes a new BoardState.
//
// There are two layers. `question` is drawing: what is painted belongs to the puzzle. `answer` is
// playing: what is put in belongs to the player, and only what the puzzle leaves open can change.
// A cell is a CellRef whose grid is a grid of the question in the first layer, a query in the
// second.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "puzzles/puzzle.h"
#include "ui/session/answer_rules.h"
#include "ui/session/history.h"
#include "ui/session/paint.h"

namespace trm::ui {

enum class Layer { question, answer };
enum class Tool { paint, fill, select, mark };

/// A rectangle of cells of one grid.
struct Region {
  int grid = 0, row = 0, col = 0, rows = 1, cols = 1;
  bool contains(const CellRef& cell) const {
    return cell.grid == grid && cell.row >= row && cell.row < row + rows && cell.col >= col &&
           cell.col < col + cols;
  }
  bool operator==(const Region&) const = default;
};

/// Not thread-safe: the user's thread only. Members that change the board make one step of undo
/// each (a stroke makes one in all); a change that is refused says why and changes nothing.
class Editor {
 public:
  explicit Editor(Question question);

  // --- What is there
  /// The board as it is to be shown: with what a stroke under way has painted.
  const BoardState& now() const {
    return stroke_ && stroke_->painted ? *stroke_->painted : history_.now();
  }
  const Question& question() const { return now().question; }
  const Puzzle& puzzle() const { return question().puzzle(); }
  /// Without the stroke under way.
  const History& history() const { return history_; }
  /// Changes whenever now() does, and when a stroke that changed something ends; never repeats.
  std::uint64_t revision() const { return revision_; }
  /// Number of the board: changes when another puzzle is opened, not by edits.
  std::uint64_t board_number() const { return board_number_; }
  Layer layer() const { return layer_; }
  /// Grids of a layer: the question's, or the best candidates of the entries.
  std::vector<const Grid*> grids(Layer layer) const;
  Cell at(const CellRef& cell) const;  ///< in the current layer; 0 where there is no such cell
  bool contains(const CellRef& cell) const;
  /// Values to paint with in the current layer.
  const std::vector<PaletteEntry>& palette() const { return palette_; }
  /// Whether the current layer lets the cell hold this value.
  bool may_put(const CellRef& cell, Cell value) const;
  /// Whether a player may change that cell of the answer.
  bool is_given(const CellRef& query_cell) const { return rules().fixed(query_cell); }
  /// The value that erasing leaves in a cell.
  Cell erased(const CellRef& cell) const;
  std::uint64_t marks(const CellRef& query_cell) const;  ///< noted values, bit v for value v

  /// The question's problems, with places in its grids (empty: it can be solved).
  const std::vector<Conflict>& problems() const { return problems_; }
  /// What is wrong with the entries so far, with queries as places; only without problems().
  const std::vector<Conflict>& entry_conflicts() const { return entry_conflicts_; }
  /// Whether the player changed anything of the answer.
  bool has_entries() const { return has_entries_; }
  /// The verdict of the module on the entries; unverified while a stroke changes them.
  Status entries_status() const { return entries_status_; }

  // --- Tools
  void set_layer(Layer layer);  ///< the selection goes; cursor and brush stay where they fit
  Tool tool() const { return tool_; }
  void set_tool(Tool tool) { tool_ = tool; }
  Cell brush() const { return brush_; }
  void set_brush(Cell value) { brush_ = value; }
  /// The palette's entry with that key of the keyboard; null: none.
  const PaletteEntry* entry_for_key(char key) const;
  std::optional<CellRef> cursor() const { return cursor_; }
  void set_cursor(std::optional<CellRef> cell);  ///< outside: ignored
  /// Moves the cursor within its grid; makes one in the first cell where there was none.
  void move_cursor(int down, int right);  // the selection goes
  /// To the next (or previous) grid of the layer, or, if the layer has one, the next open cell.
  void next_stop(bool backwards);

  // --- Strokes: press, drag, release
  /// Begins a stroke of the current tool at a cell; the fill tool is done at once. `erase`: the
  /// right button: it puts back what erasing leaves, with the mark tool it takes marks away. With
  /// the paint tool a press on a unique value (a start, a goal) drags that value along instead, and
  /// strokes of other values leave unique ones standing. Cells that refuse the value are passed
  /// over. Errors: invalid_field (outside the board); those of toggle_mark and flood.
  Result<void> press(const CellRef& cell, bool erase = false);
  /// The pointer moved to a cell: paints all cells on the line from the last one, drags a unique
  /// value, or extends the selection. Nothing where no stroke is under way, and in other grids
  /// than the one where it began.
  Result<void> drag(const CellRef& cell);
  /// Ends the stroke: one step of undo, or none if nothing changed. Members that change the board
  /// end it too.
  void release();
  bool in_stroke() const { return stroke_.has_value(); }

  // --- Single changes
  Result<void> put(const CellRef& cell, Cell value);
  /// put() at the cursor, or in the selection where there is one. With the mark tool in the answer
  /// layer the value is noted in those of the cells that can note it, or, if all of them have it,
  /// taken away. Error: nothing is chosen, or no cell takes it.
  Result<void> type(Cell value);
  Result<void> erase_here();                            ///< cursor or selection
  Result<void> flood(const CellRef& cell, Cell value);  ///< the connected cells of one value
  /// Errors: unsupported (the puzzle has no marks); invalid_field (given or filled in already).
  Result<void> toggle_mark(const CellRef& query_cell, Cell value);
  Result<void> clear_marks();
  /// Notes every value in open cells that makes no conflict at once; marks that do go. Returns how
  /// many were added. Error: unsupported.
  Result<int> fill_marks();
  /// Marks that no longer fit (a value that partial_conflicts() refuses there) go. Returns how
  /// many. Error: unsupported.
  Result<int> tidy_marks();
  /// Resizes a grid of the current layer; content that fits is kept.
  Result<void> resize(int grid, int rows, int cols);
  /// Makes a grid of the current layer a copy of a grid of the question (copy from input).
  Result<void> copy_grid(int question_grid, int to);
  Result<void> add_example();
  Result<void> remove_example(int index);
  Result<void> clear_entries();   ///< the answer from the beginning
  Result<void> clear_question();  ///< the question without content, same size
  /// Entries become givens where the question takes them as such. Error: none can.
  Result<void> give_entries();
  /// Puts an answer into the entries as one undoable move; values that do not fit the question as
  /// it is now are left out. Errors: another number of queries, a size that cannot be.
  Result<void> take_over(const Answer& answer, std::string label);

  // --- Selection and regions
  const std::optional<Region>& selection() const { return selection_; }
  void select(std::optional<Region> region);
  void select_all();  ///< the grid of the cursor
  /// The selection (else the cursor's cell) as rows of values.
  std::optional<Grid> copied() const;
  /// The same as text: rows of labels where each is one character, else of numbers; empty: nothing
  /// to copy.
  std::string copied_text() const;
  /// Copies the selection to the region clipboard; `cut` erases it too. Error: nothing selected.
  Result<void> copy_region(bool cut);
  bool has_region() const { return region_clipboard_.has_value(); }
  /// Puts the copied cells at the cursor (or the selection's corner); what lies outside or does not
  /// fit is left out. Error: nothing copied.
  Result<void> paste_region();

  // --- History
  bool undo();
  bool redo();
  bool jump(std::size_t moment);

  // --- Whole boards
  /// Another board, with its own history. The layer: question where it has problems, else answer.
  void open(Question question);
  void open(History history);
  /// Another question as an undoable move (paste over, generate): entries begin anew.
  Result<void> replace_question(Question question, std::string label);

 private:
  enum class StrokeKind { paint, erase, move, select, mark, unmark };
  struct Stroke {
    StrokeKind kind = StrokeKind::paint;
    CellRef first, last;
    Cell value = 0;
    std::optional<BoardState> painted;  // once something was
  };

  const AnswerRules& rules() const;
  bool is_unique(Cell value) const { return unique_.test(value); }
  bool open_cell(const CellRef& cell) const;
  CellRef first_cell() const;
  std::vector<CellRef> chosen_cells() const;  // selection, else cursor
  std::optional<Region> clipped(Region region) const;

  // Whatever changes what now() is goes through one of these.
  void changed();
  void commit(BoardState state, std::string label);
  Painted painted(const BoardState& from, const std::vector<CellChange>& changes) const;
  Result<void> paint(const std::vector<CellChange>& changes, std::string label);
  Result<void> change_question(Result<Question> question, std::string label);
  void judge();
  void judge_status();
  void read_palette();
  void keep_places();

  const Grid* grid_of(const BoardState& state, int grid) const;  // of the layer; null: none
  Cell value_in(const BoardState& state, const CellRef& cell) const;

  StrokeKind stroke_kind(const CellRef& cell, bool erase) const;
  std::vector<CellChange> stroke_changes(const std::vector<CellRef>& cells) const;
  void stroke_over(const std::vector<CellRef>& cells);
  void stroke_marks(BoardState& state, const std::vector<CellRef>& cells) const;
  Result<void> check_marks_known() const;
  Result<void> check_mark(const CellRef& cell, Cell value) const;
  Result<void> toggle_marks(const std::vector<CellRef>& cells, Cell value);
  template <class Change>
  void change_marks(BoardState& state, Change&& change) const;
  bool makes_conflict(Answer& entries, const CellRef& cell, Cell value) const;
  Result<void> resize_answer(int query, int rows, int cols);
  std::vector<CellChange> possible_givens() const;
  Result<void> copy_to_answer(const Grid& from, int query);

  History history_;
  // Read off now(); rules_ only when somebody asks.
  std::optional<Question> judged_question_;
  mutable std::optional<AnswerRules> rules_;
  std::vector<PaletteEntry> palette_;
  std::bitset<256> unique_;
  std::vector<Conflict> problems_, entry_conflicts_;
  bool has_entries_ = false;
  Status entries_status_ = Status::unverified;
  std::uint64_t revision_ = 1, board_number_ = 1;
  Layer layer_ = Layer::question;
  Tool tool_ = Tool::paint;
  Cell brush_ = 0;
  std::optional<CellRef> cursor_;
  std::optional<Region> selection_;
  std::optional<Grid> region_clipboard_;
  std::optional<Stroke> stroke_;
};

}  // namespace trm::ui
