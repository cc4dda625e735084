// .trm files: a board with its whole history, as JSON. Also the form of autosaves.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ui/session/history.h"

namespace trm::ui {

/// What a file holds.
struct BoardFile {
  History history;
  std::string name = {};  ///< title; may be empty
  bool playing = false;   ///< the answer layer was in front
  // In autosaves only:
  std::string path = {};  ///< the file that the board was opened from or saved to; may be empty
  bool saved = false;     ///< it is there as it is here
};

inline constexpr std::size_t kLongestFile = 64u << 20;

/// {"format":"trm-board","version":1,"puzzle","name","playing","path"?,"saved"?,"at",
/// "moments":[...]}. A moment:
///   "label"      what made it
///   "board"      the question as one line of text, with "form" and "container" of its notation;
///   "cells"      or its cells that differ from the moment before, [grid, row, col, value] each;
///   "entries"    what is filled in, rows of numbers for each query;
///   "put"        or its cells that differ, [query, row, col, value] each;
///   "marks"      noted cells that differ, [query, row, col, [values]] each; from none behind
///                "entries".
/// What does not differ is left out. The oldest moments are left out where the text would be longer
/// than `longest` or more than the reader takes, then the newest; the current one never is.
std::string format_board_file(const BoardFile& file, std::size_t longest = kLongestFile);
/// The one door for such files. Errors: invalid_json, invalid_field (naming it), unknown_field,
/// unknown_puzzle, too_large, and those of the module. What passes never crashes later code.
Result<BoardFile> parse_board_file(std::string_view text);

/// A board from any text: a .trm file, a form of `preferred` (may be null), of another module, JSON
/// that a module reads or {"puzzle","board"}, a game id ("puzzle:size=9x9,difficulty=hard#42"),
/// which is generated here and becomes the name. Errors: invalid_text saying who refuses why; those
/// of parse_board_file and generate.
Result<BoardFile> read_any(std::string_view text, const Puzzle* preferred);

}  // namespace trm::ui
