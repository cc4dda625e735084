#include "bench/task_baselines.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace trm::bench {
namespace {

template <class F>
Answer answer_with(const Question& question, F&& f) {
  Answer answer;
  for (int query = 0; query < question.puzzle().queries(question); ++query)
    answer.queries.push_back({f(question.puzzle().query_input(question, query))});
  return answer;
}

}  // namespace

bool same_size(const Grid& a, const Grid& b) { return a.rows == b.rows && a.cols == b.cols; }

int equal_cells(const Grid& a, const Grid& b) {
  int equal = 0;
  for (std::size_t i = 0; i < a.cells.size(); ++i) equal += a.cells[i] == b.cells[i];
  return equal;
}

Answer copied_input(const Question& question) {
  return answer_with(question, [](const Grid& input) { return input; });
}

Answer mapped_values(const Question& question) {
  std::array<std::array<int, 256>, 256> counts{};
  for (const auto& [shown, answer] : question.puzzle().examples(question)) {
    const Grid &input = shown.puzzle().query_input(shown, 0), &output = answer.best();
    if (!same_size(input, output)) continue;
    for (std::size_t i = 0; i < input.cells.size(); ++i) ++counts[input.cells[i]][output.cells[i]];
  }
  return answer_with(question, [&](Grid grid) {
    for (Cell& cell : grid.cells) {
      const auto& row = counts[cell];
      const auto most = std::max_element(row.begin(), row.end());
      if (*most > 0) cell = static_cast<Cell>(most - row.begin());
    }
    return grid;
  });
}

Answer nearest_output(const Question& question) {
  const auto examples = question.puzzle().examples(question);
  return answer_with(question, [&](const Grid& input) {
    std::tuple<bool, int> best{false, -1};
    Grid output = input;
    for (const auto& [shown, answer] : examples) {
      const Grid& other = shown.puzzle().query_input(shown, 0);
      const bool same = same_size(input, other);
      const std::tuple<bool, int> likeness{same, same ? equal_cells(input, other) : 0};
      if (likeness > best) best = likeness, output = answer.best();
    }
    return output;
  });
}

}  // namespace trm::bench
