// Files of boards: text with one a line, or CSV with named columns; .gz too. Torch-free.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "puzzles/puzzle.h"

namespace trm {

/// Calls `use` with each question of a text file (one a line, .gz too; empty lines, a heading and
/// what stands behind a TAB, such as an answer, are passed over) and its line number, until it
/// returns false. Errors: not_found, io_error, invalid_data naming the line, and those of `use`.
Result<void> for_each_question(
    const Puzzle& puzzle, const std::string& path,
    const std::function<Result<bool>(Question question, std::int64_t line)>& use);

/// At most `limit` questions of a text file. Errors: as above; invalid_data if it holds none.
Result<std::vector<Question>> read_questions(const Puzzle& puzzle, const std::string& path,
                                             std::size_t limit);

/// A board of a file with what the file says of it.
struct BoardEntry {
  Question question;
  std::optional<Answer> answer;  ///< the label
  std::optional<double> rating;  ///< how hard, in the file's own unit
  std::int64_t line = 0;         ///< from 1
};

/// The boards of a file. Its first line may name columns, separated by commas: "puzzle" or
/// "question", and where they are there "answer", "rating" or "guesses", and "source", which is
/// passed over; fields are not quoted. Any other file is read as by for_each_question, with the
/// answers behind TABs.
struct BoardFile {
  std::string rating;    ///< the column of that name; empty: none
  bool answers = false;  ///< there is a column of them, or some line has one
  std::vector<BoardEntry> entries;

  /// At most `limit` boards. Errors: not_found, io_error, too_large (a line over 1 MiB);
  /// invalid_data for a board, an answer that the rules refuse, a number or a column that cannot be
  /// used, naming the line, and as the field the column; invalid_data for a file without boards.
  static Result<BoardFile> read(const Puzzle& puzzle, const std::string& path,
                                std::size_t limit = std::numeric_limits<std::size_t>::max());
};

}  // namespace trm
