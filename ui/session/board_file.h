// .trm files: a board with its whole history, as JSON. Also the form of autosaves.
#pragma once

#include <string>
#include <string_view>

#include "ui/session/history.h"

namespace trm::ui {

/// What a file holds.
struct BoardFile {
  History history;
  std::string name;      ///< title; may be empty
  bool playing = false;  ///< the answer layer was in front
};

/// {"format":"trm-board","version":1,"puzzle","name","playing","at","moments":[...]}; each moment
/// has its label and either a whole board (one-line form, entries as rows of numbers) or the cells
/// that differ from the moment before. The oldest moments are left out where the text would be
/// longer than kLongestFile; the current one never is.
std::string format_board_file(const BoardFile& file);
/// The one door for such files. Errors: invalid_json, invalid_field (naming it), unknown_puzzle,
/// too_large, and those of the module. What passes never crashes later code.
Result<BoardFile> parse_board_file(std::string_view text);

inline constexpr std::size_t kLongestFile = 64u << 20;

/// A board from any text: a .trm file, a form of `preferred` (may be null), of another module, a
/// game id ("puzzle:size=9x9,difficulty=hard#42"). Errors: invalid_text saying who refuses why.
Result<BoardFile> read_any(std::string_view text, const Puzzle* preferred);

}  // namespace trm::ui
