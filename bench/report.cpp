#include "bench/report.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

namespace trm::bench {
namespace {

std::string cell_text(const Column& column, const Json* value) {
  if (value == nullptr || value->is_null()) return "-";
  if (value->is_string()) return value->as_string();
  if (!value->is_number()) return value->dump();
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", std::max(0, column.digits),
                column.scale * value->as_double());
  return text + column.unit;
}

/// Text to the left, numbers to the right.
std::string padded(const std::string& text, int width, bool left) {
  const std::string room(
      static_cast<std::size_t>(std::max(0, width - static_cast<int>(text.size()))), ' ');
  return left ? text + room : room + text;
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

Report::Report(std::string bench, std::vector<Column> columns, Style style)
    : bench_(std::move(bench)),
      columns_(std::move(columns)),
      style_(style),
      machine_(this_machine()) {
  for (Column& column : columns_) {
    column.width = std::max(column.width, static_cast<int>(column.title.size()));
  }
}

void Report::row(const Json& fields) {
  if (style_ == Style::json) {
    Json json = Json::object();
    json.set("bench", bench_);
    for (const auto& [key, value] : fields.as_object()) json.set(key, value);
    std::cout << json.set("machine", machine_json(machine_)).dump() << std::endl;
    return;
  }
  if (!begun_) head();
  std::vector<std::string> cells;
  for (const Column& column : columns_) {
    cells.push_back(cell_text(column, fields.find(column.field)));
  }
  line(cells);
}

void Report::note(const std::string& text) {
  if (style_ != Style::json) std::cout << '\n' << text << std::endl;
}

void Report::head() {
  begun_ = true;
  std::cout << machine_line(machine_) << "\n\n";
  std::vector<std::string> titles, rules;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    rules.emplace_back("---");
  }
  line(titles);
  if (style_ == Style::markdown) line(rules);
}

void Report::line(const std::vector<std::string>& cells) const {
  std::string text = style_ == Style::markdown ? "|" : "";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Column& column = columns_[i];
    text += style_ == Style::markdown
                ? " " + cells[i] + " |"
                : padded(cells[i], column.width, column.digits == kText) + "  ";
  }
  std::cout << trimmed(text) << std::endl;
}

int complain(const Error& error) {
  std::cout << std::flush;
  std::cerr << "trm_bench: " << error.message;
  if (!error.field.empty()) std::cerr << " (" << error.field << ")";
  std::cerr << " [" << error_name(error.code) << "]" << std::endl;
  return 1;
}

}  // namespace trm::bench
