// Writing .trm files.
#include "ui/session/board_file.h"

#include <algorithm>
#include <utility>

#include "puzzles/grid_json.h"
#include "ui/session/board_cost.h"

namespace trm::ui {
namespace {

constexpr std::size_t kLongestLabel = 100;
constexpr std::size_t kLongestName = 1000;

/// What a piece of the text takes of each limit.
struct Weight {
  std::size_t bytes = 0, elements = 0, memory = 0;
  Weight& operator+=(const Weight& other) {
    bytes += other.bytes, elements += other.elements, memory += other.memory;
    return *this;
  }
  Weight& operator-=(const Weight& other) {
    bytes -= other.bytes, elements -= other.elements, memory -= other.memory;
    return *this;
  }
};

struct Written {
  std::string text;
  Weight weight;
};

std::size_t count_elements(const Json& json) {
  std::size_t count = 1;
  if (json.is_array()) {
    for (const Json& element : json.as_array()) count += count_elements(element);
  } else if (json.is_object()) {
    for (const auto& [key, member] : json.as_object()) count += 1 + count_elements(member);
  }
  return count;
}

bool same_size(const Grid& a, const Grid& b) { return a.rows == b.rows && a.cols == b.cols; }

/// Appends the cells that differ as [number, row, col, value].
void add_changes(Json& list, const Grid& before, const Grid& after, std::size_t number) {
  for (int i = 0; i < after.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (before.cells[at] == after.cells[at]) continue;
    list.push(Json::array()
                  .push(number)
                  .push(i / after.cols)
                  .push(i % after.cols)
                  .push(static_cast<int>(after.cells[at])));
  }
}

bool comparable(const Question& a, const Question& b) {
  return a.params() == b.params() && a.notation().form == b.notation().form &&
         a.notation().json == b.notation().json &&
         std::ranges::equal(a.grids(), b.grids(), [](const auto& one, const auto& other) {
           return one.name == other.name && same_size(one.grid, other.grid);
         });
}

bool comparable(const Answer& a, const Answer& b) {
  return std::ranges::equal(a.queries, b.queries, [](const auto& one, const auto& other) {
    return same_size(one.front(), other.front());
  });
}

void write_board(Json& json, const Question& question) {
  constexpr const char* containers[] = {"text", "text_rows", "number_rows", "object"};
  json.set("board", question.puzzle().format_line(question));
  const Notation& notation = question.notation();
  if (!notation.form.empty()) json.set("form", notation.form);
  json.set("container", containers[static_cast<int>(notation.json)]);
}

void write_question(Json& json, const Question* before, const Question& question) {
  if (before == nullptr || !comparable(*before, question)) return write_board(json, question);
  if (*before == question) return;
  Json cells = Json::array();
  std::size_t all = 0;
  for (std::size_t i = 0; i < question.grids().size(); ++i) {
    add_changes(cells, before->grid(i), question.grid(i), i);
    all += question.grid(i).cells.size();
  }
  // A cell of a list takes some twelve characters, one of a line about one.
  if (cells.as_array().size() * 12 > all + 60) return write_board(json, question);
  json.set("cells", std::move(cells));
}

/// Whether the entries were written whole.
bool write_entries(Json& json, const Answer* before, const Answer& entries) {
  Json put = Json::array();
  std::size_t all = 0;
  bool whole = before == nullptr || !comparable(*before, entries);
  for (std::size_t query = 0; query < entries.queries.size() && !whole; ++query) {
    add_changes(put, before->best(query), entries.best(query), query);
    all += entries.best(query).cells.size();
  }
  whole = whole || put.as_array().size() * 6 > all + 60;
  if (!whole) {
    if (!put.as_array().empty()) json.set("put", std::move(put));
    return false;
  }
  Json rows = Json::array();
  for (const auto& candidates : entries.queries) rows.push(number_rows(candidates.front()));
  json.set("entries", std::move(rows));
  return true;
}

std::uint64_t marks_at(const BoardState& state, std::size_t query, std::size_t cell) {
  return state.marks.empty() ? 0 : state.marks[query][cell];
}

void write_marks(Json& json, const BoardState* before, const BoardState& state) {
  Json list = Json::array();
  for (std::size_t query = 0; query < state.entries.queries.size(); ++query) {
    const Grid& grid = state.entries.best(query);
    for (std::size_t i = 0; i < grid.cells.size(); ++i) {
      const std::uint64_t marks = marks_at(state, query, i);
      if (marks == (before == nullptr ? 0 : marks_at(*before, query, i))) continue;
      Json values = Json::array();
      for (int value = 0; value < 64; ++value) {
        if ((marks >> value & 1) != 0) values.push(value);
      }
      const auto cell = static_cast<int>(i);
      list.push(Json::array()
                    .push(query)
                    .push(cell / grid.cols)
                    .push(cell % grid.cols)
                    .push(std::move(values)));
    }
  }
  if (!list.as_array().empty()) json.set("marks", std::move(list));
}

/// A moment against the one before, or by itself (null).
Written write_moment(const Moment& moment, const Moment* previous) {
  const BoardState* before = previous == nullptr ? nullptr : &previous->state;
  Json json = Json::object();
  json.set("label", moment.label.substr(0, kLongestLabel));
  write_question(json, before == nullptr ? nullptr : &before->question, moment.state.question);
  const bool whole =
      write_entries(json, before == nullptr ? nullptr : &before->entries, moment.state.entries);
  write_marks(json, whole ? nullptr : before, moment.state);
  const bool shared = json.find("board") == nullptr && json.find("cells") == nullptr;
  Written written{json.dump(), {}};
  written.weight = {written.text.size() + 2, count_elements(json), memory_of(moment.state, shared)};
  return written;
}

/// The stretch of moments that the limits leave: each against the one before, the first by itself.
struct Stretch {
  std::vector<Written> moments;
  std::size_t first = 0;
};

Stretch write_stretch(const History::Moments& moments, std::size_t at, std::size_t longest) {
  Stretch stretch;
  Weight total;
  for (std::size_t i = 0; i < moments.size(); ++i) {
    stretch.moments.push_back(write_moment(*moments[i], i == 0 ? nullptr : moments[i - 1].get()));
    total += stretch.moments.back().weight;
  }
  const auto too_much = [&] {
    return total.bytes > longest || total.elements > kMostElements || total.memory > kMostMemory;
  };
  std::size_t first = 0;
  for (; too_much() && first < at; ++first) {
    total -= stretch.moments[first].weight;
    total -= stretch.moments[first + 1].weight;
    stretch.moments[first + 1] = write_moment(*moments[first + 1], nullptr);
    total += stretch.moments[first + 1].weight;
  }
  while (too_much() && stretch.moments.size() - 1 > at) {
    total -= stretch.moments.back().weight;
    stretch.moments.pop_back();
  }
  stretch.moments.erase(stretch.moments.begin(),
                        stretch.moments.begin() + static_cast<std::ptrdiff_t>(first));
  stretch.first = first;
  return stretch;
}

}  // namespace

std::size_t memory_of(const BoardState& state, bool shared) {
  std::size_t bytes = 400;
  for (const NamedGrid& named : state.question.grids()) {
    if (!shared) bytes += 100 + named.grid.cells.size();
  }
  for (const auto& candidates : state.entries.queries) {
    bytes += 100 + candidates.front().cells.size();
  }
  for (const MarkSet& set : state.marks) bytes += sizeof(std::uint64_t) * set.size();
  return bytes;
}

std::string format_board_file(const BoardFile& file, std::size_t longest) {
  const auto& moments = file.history.moments();
  // Room for what stands before and behind the moments.
  const std::size_t frame = 500 + 6 * std::min(file.name.size(), kLongestName) +
                            6 * std::min(file.path.size(), kLongestName);
  const Stretch stretch =
      write_stretch(moments, file.history.at(), longest > frame ? longest - frame : 0);
  Json head = Json::object();
  head.set("format", "trm-board").set("version", 1);
  head.set("puzzle", file.history.now().question.puzzle().name());
  head.set("name", file.name.substr(0, kLongestName)).set("playing", file.playing);
  if (!file.path.empty()) {
    head.set("path", file.path.substr(0, kLongestName)).set("saved", file.saved);
  }
  head.set("at", file.history.at() - stretch.first);
  std::string text = head.dump();
  text.back() = ',';
  text += "\"moments\":[\n";
  for (std::size_t i = 0; i < stretch.moments.size(); ++i) {
    if (i > 0) text += ",\n";
    text += stretch.moments[i].text;
  }
  return text + "\n]}\n";
}

}  // namespace trm::ui
