// What every subcommand prints: a table for people, or one JSON object a row.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/machine.h"
#include "puzzles/json.h"
#include "puzzles/result.h"

namespace trm::bench {

/// Digits of a column of text.
inline constexpr int kText = -1;

/// A column of a table: the field of the row that it shows, and how.
struct Column {
  std::string field;
  std::string title;
  int width = 0;       ///< at least the title's
  int digits = 0;      ///< behind the point, or kText
  double scale = 1;    ///< 100 for shares
  std::string unit{};  ///< written behind the number
};

/// How rows are written.
enum class Style {
  table,     ///< for people at a terminal
  markdown,  ///< the same as a table of Markdown
  json       ///< one object a row
};

/// Prints rows as they are found. The first row of a table is preceded by the machine and the
/// titles; each JSON row holds the machine.
class Report {
 public:
  /// `bench`: the subcommand, field "bench" of a JSON row.
  Report(std::string bench, std::vector<Column> columns, Style style);
  Report(std::string bench, std::vector<Column> columns, bool json)
      : Report(std::move(bench), std::move(columns), json ? Style::json : Style::table) {}

  /// An object; fields without a column are seen in JSON only, null shows as "-".
  void row(const Json& fields);
  /// A line that belongs to the whole table; tables only.
  void note(const std::string& text);

 private:
  void head();
  void line(const std::vector<std::string>& cells) const;

  std::string bench_;
  std::vector<Column> columns_;
  Style style_;
  bool begun_ = false;
  Machine machine_;
};

/// Prints an error for people; returns the exit status 1.
int complain(const Error& error);

}  // namespace trm::bench
