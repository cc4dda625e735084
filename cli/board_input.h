// Boards from a file or a pipe, one a line, as they come.
#pragma once

#include <cstdint>
#include <deque>
#include <fstream>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include "puzzles/puzzle.h"

namespace trm::cli {

/// A line without its line end ("\n" or "\r\n"); nothing else is trimmed.
struct InputLine {
  std::int64_t number = 0;  ///< from 1
  std::string text;
  bool too_long = false;  ///< beyond LineReader::longest; text is cut
};

/// Reads lines in bounded memory. Empty lines at the very end of the input are no lines; others
/// are.
class LineReader {
 public:
  static constexpr std::size_t longest = 1u << 20;

  explicit LineReader(std::istream& in) : in_(in) {}

  /// The next line, or nothing at the end. Blocks on a pipe until a line is there.
  std::optional<InputLine> next();
  /// The stream broke before its end.
  bool failed() const { return in_.bad(); }

 private:
  std::optional<InputLine> read();

  std::istream& in_;
  std::int64_t number_ = 0;
  std::int64_t empty_ = 0;            ///< empty lines read but not yet handed out
  std::optional<InputLine> waiting_;  ///< the line after them
};

/// The board that a text stands for. `puzzle` null: the one module that accepts it. Errors: those
/// of Puzzle::parse; without a puzzle invalid_text naming the modules that refuse, or accept, it.
Result<Question> parse_board(const Puzzle* puzzle, std::string_view text);

/// A board and where it began.
struct InputBoard {
  std::int64_t line = 1;
  Result<Question> question;
};

/// Splits an input into boards: one a line, or one board over several lines.
///
/// The text is one board if it is short, parses as a whole, and its lines do not do better: not
/// every line is a finished board by itself, and either the whole is one or no line is. This needs
/// a look ahead of at most `look_ahead` bytes. A pipe is not kept waiting for it: there a first
/// line that is a finished board settles that boards come line by line.
class BoardReader {
 public:
  static constexpr std::size_t look_ahead = 64u << 10;
  enum class Mode {
    whole_file,  ///< look ahead before the first board
    stream,      ///< look ahead only if the first line is no board
    lines        ///< never look ahead
  };

  BoardReader(std::istream& in, const Puzzle* puzzle, Mode mode)
      : lines_(in), puzzle_(puzzle), mode_(mode) {}

  /// The next board or the error in its place; nothing at the end.
  std::optional<InputBoard> next();
  bool failed() const { return lines_.failed(); }

 private:
  std::optional<Question> recognise_one();

  LineReader lines_;
  const Puzzle* puzzle_;
  Mode mode_;
  bool begun_ = false;
  std::deque<InputLine> ahead_;
};

/// A named file or, for "-", the stream given.
class InputFile {
 public:
  /// Errors: not_found, io_error.
  static Result<InputFile> open(const std::string& name, std::istream& standard_input);
  std::istream& stream() { return standard_input_ != nullptr ? *standard_input_ : file_; }
  bool is_file() const { return standard_input_ == nullptr; }

 private:
  std::ifstream file_;
  std::istream* standard_input_ = nullptr;
};

}  // namespace trm::cli
