// Boards and thinking as files: SVG, PDF, PNG, GIF, JSON; lines for data sets.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "ui/jobs/solving.h"
#include "ui/session/board_state.h"

namespace trm::ui {

/// What a printed page shows beside the board.
struct PageOptions {
  std::string title;                 ///< empty: the puzzle's
  std::string note;                  ///< a line below: the game id
  bool entries = false;              ///< with what was filled in and noted
  const Answer* solution = nullptr;  ///< on a second page; may be null
};
/// A4 pages as SVG documents (595 x 842 points, portrait; boards wider than high: landscape).
std::vector<std::string> page_svgs(const BoardState& state, const PageOptions& options);
/// Writes .svg or .png (one file; the solution as FILE-solution.svg) or .pdf by the name's ending.
/// `stop` is looked at between pages; null: never. Errors: invalid_field (another ending),
/// io_error, cancelled (`stop`), those of raster.h. Never a partial file.
Result<void> write_page(const std::string& path, const BoardState& state,
                        const PageOptions& options, const std::atomic<bool>* stop = nullptr);

/// The steps of an attempt as pictures: board, cells changed in the step marked, caption with step,
/// halt probability and conflicts. Writes an animated .gif, a .png strip (8 in a row) or .json (the
/// whole trace) by the name's ending. Of very many steps some are shown, evenly, with the first and
/// the last. `stop` is looked at between pictures. Errors: as write_page; invalid_field (no steps).
Result<void> write_thinking(const std::string& path, const Thinking& thinking, int attempt,
                            const std::atomic<bool>* stop = nullptr);

/// Draws what the steps view shows of a step into a canvas: board, confidence as shade, conflicts,
/// changed cells framed. Queries that moved before in the same step of the attempt are framed too.
void draw_step(Canvas& canvas, const Thinking& thinking, std::size_t step, const Rect& area,
               bool dark);

/// Appends the board's one-line form to a text file that `trm_trainer data build PUZZLE --from
/// FILE` reads; behind a TAB the exact answer, as the trainer would label it. Boards of modules
/// without a rule solver go as tasks into a .json file instead: their demonstrations are what is
/// learned. A board that stands in it already is not added again. Returns what was done, in words.
/// Errors: invalid_board (problems, no solution, no demonstration), invalid_field (a file of the
/// other kind, .gz), exhausted (no solution found in time), cancelled (`stop`), invalid_json,
/// too_large (a file over 64 MiB), io_error.
Result<std::string> add_to_data_set(const std::string& path, const Question& question,
                                    const std::atomic<bool>& stop);

}  // namespace trm::ui
