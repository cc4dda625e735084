// What every subcommand prints: a table for people, or one JSON object a row.
#pragma once

#include <string>
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

/// Prints rows as they are found. The first row of a table is preceded by the machine and the
/// titles; each JSON row holds the machine.
class Report {
 public:
  /// `bench`: the subcommand, field "bench" of a JSON row.
  Report(std::string bench, std::vector<Column> columns, bool json);

  /// An object; fields without a column are seen in JSON only, null shows as "-".
  void row(const Json& fields);

 private:
  void head();

  std::string bench_;
  std::vector<Column> columns_;
  bool json_;
  bool begun_ = false;
  Machine machine_;
};

/// Prints an error for people; returns the exit status 1.
int complain(const Error& error);

}  // namespace trm::bench
