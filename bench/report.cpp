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

Report::Report(std::string bench, std::vector<Column> columns, bool json)
    : bench_(std::move(bench)),
      columns_(std::move(columns)),
      json_(json),
      machine_(this_machine()) {
  for (Column& column : columns_) {
    column.width = std::max(column.width, static_cast<int>(column.title.size()));
  }
}

void Report::row(const Json& fields) {
  if (json_) {
    Json json = Json::object();
    json.set("bench", bench_);
    for (const auto& [key, value] : fields.as_object()) json.set(key, value);
    std::cout << json.set("machine", machine_json(machine_)).dump() << std::endl;
    return;
  }
  if (!begun_) head();
  std::string line;
  for (const Column& column : columns_) {
    line +=
        padded(cell_text(column, fields.find(column.field)), column.width, column.digits == kText) +
        "  ";
  }
  std::cout << trimmed(line) << std::endl;
}

void Report::head() {
  begun_ = true;
  std::string line;
  for (const Column& column : columns_) {
    line += padded(column.title, column.width, column.digits == kText) + "  ";
  }
  std::cout << machine_line(machine_) << "\n\n" << trimmed(line) << std::endl;
}

int complain(const Error& error) {
  std::cout << std::flush;
  std::cerr << "trm_bench: " << error.message;
  if (!error.field.empty()) std::cerr << " (" << error.field << ")";
  std::cerr << " [" << error_name(error.code) << "]" << std::endl;
  return 1;
}

}  // namespace trm::bench
