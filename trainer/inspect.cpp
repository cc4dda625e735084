#include "trainer/inspect.h"

#include <algorithm>
#include <unordered_set>

#include "puzzles/text.h"
#include "trainer/data.h"

namespace trm {
namespace {

constexpr std::size_t kShownWrong = 10;

// Characters, not bytes: continuation bytes of UTF-8 take no column.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

class SplitChecker {
 public:
  SplitChecker(const Puzzle& puzzle, const Question& prototype, const Dataset& data)
      : puzzle_(puzzle), prototype_(prototype), data_(data) {
    found_.examples = data.examples();
    found_.puzzles = data.puzzles();
    found_.groups = data.groups();
  }

  Result<SplitCheck> run(std::unordered_set<std::string>& groups,
                         const std::function<void(std::int64_t)>& progress) {
    for (std::int64_t g = 0; g < data_.groups(); ++g) {
      const std::int64_t first = data_.puzzle_start(data_.group_start(g));
      const std::int64_t end = data_.puzzle_start(data_.group_start(g + 1));
      for (std::int64_t i = first; i < end; ++i) {
        auto board = read(i);
        if (!board && board.error().code == ErrorCode::unsupported) return board.error();
        if (!board) {
          wrong(i, board.error().message);
        } else {
          judge(i, *board);
          if (i == first && !groups.insert(puzzle_.isomorph_key(board->question)).second)
            ++found_.isomorphic;
        }
        if (i % 64 == 0) progress(i);
      }
    }
    return found_;
  }

 private:
  Result<Labelled> read(std::int64_t i) {
    const auto example = data_.example(i);
    if (!example) return example.error();
    if (!tokens_
             .insert(std::string(reinterpret_cast<const char*>(example->tokens.data()),
                                 example->tokens.size() * sizeof(Token)))
             .second) {
      ++found_.repeated;
    }
    return stored_board(prototype_, *example);
  }

  void judge(std::int64_t i, const Labelled& board) {
    const Verdict verdict = puzzle_.check(board.question, board.target);
    if (verdict.status == Status::unverified) {
      const auto& conflicts = verdict.conflicts;
      wrong(i, conflicts.empty()
                   ? "the label is no answer"
                   : cell_place(conflicts.front().cell.row, conflicts.front().cell.col) + ": " +
                         conflicts.front().message);
      return;
    }
    ++(verdict.status == Status::verified ? found_.verified : found_.unchecked);
    if (!(puzzle_.target(board.question, board.target) == board.target)) ++found_.other_label;
  }

  void wrong(std::int64_t i, const std::string& why) {
    ++found_.wrong;
    if (found_.first_wrong.size() < kShownWrong)
      found_.first_wrong.push_back("example " + std::to_string(i) + ": " + why);
  }

  const Puzzle& puzzle_;
  const Question& prototype_;
  const Dataset& data_;
  SplitCheck found_;
  std::unordered_set<std::string> tokens_;
};

}  // namespace

Result<DatasetCheck> check_dataset(
    const Puzzle& puzzle, const Dataset& train, const Dataset* test,
    const std::function<void(std::int64_t done, std::int64_t total)>& progress) {
  const std::int64_t total = train.examples() + (test ? test->examples() : 0);
  DatasetCheck check;
  std::unordered_set<std::string> train_groups, test_groups;
  const auto look = [&](const Dataset& data, std::unordered_set<std::string>& groups,
                        std::int64_t before, SplitCheck& found) -> Result<void> {
    const auto prototype = dataset_prototype(puzzle, data.info());
    if (!prototype) return prototype.error();
    auto done = SplitChecker(puzzle, *prototype, data).run(groups, [&](std::int64_t i) {
      progress(before + i, total);
    });
    if (!done) return done.error();
    found = std::move(*done);
    return {};
  };
  if (auto done = look(train, train_groups, 0, check.train); !done) return done.error();
  if (test != nullptr) {
    if (auto done = look(*test, test_groups, train.examples(), check.test); !done)
      return done.error();
    for (const auto& key : test_groups) check.leaked += train_groups.contains(key);
  }
  return check;
}

std::string side_by_side(const std::string& left, const std::string& right, int gap) {
  const auto lines = [](std::string_view text) {
    std::vector<std::string> all;
    for (const auto& line : split_lines(text)) all.emplace_back(line.text);
    while (!all.empty() && all.back().empty()) all.pop_back();
    return all;
  };
  auto a = lines(left), b = lines(right);
  std::size_t width = 0;
  for (const auto& line : a) width = std::max(width, width_of(line));
  const std::size_t rows = std::max(a.size(), b.size());
  a.resize(rows);
  b.resize(rows);
  std::string text;
  for (std::size_t i = 0; i < rows; ++i) {
    text += a[i];
    if (!b[i].empty())
      text += std::string(width - width_of(a[i]) + static_cast<std::size_t>(gap), ' ') + b[i];
    text += '\n';
  }
  return text;
}

Result<std::string> show_examples(const Puzzle& puzzle, const Dataset& data, std::int64_t from,
                                  std::int64_t count) {
  const auto prototype = dataset_prototype(puzzle, data.info());
  if (!prototype) return prototype.error();
  if (from < 0 || from >= data.examples()) {
    return fail(ErrorCode::invalid_field,
                "example " + std::to_string(from) + ": the split has examples 0 to " +
                    std::to_string(data.examples() - 1),
                "index");
  }
  std::string text;
  for (std::int64_t i = from; i < std::min(from + count, data.examples()); ++i) {
    const auto example = data.example(i);
    if (!example) return example.error();
    const auto board = stored_board(*prototype, *example);
    if (!board) {
      return fail(board.error().code, "example " + std::to_string(i) + ": " + board.error().message,
                  board.error().field);
    }
    text += "example " + std::to_string(i) + ", puzzle " + std::to_string(data.puzzle_of(i)) +
            ", identifier " + std::to_string(example->identifier) + "\n";
    text += side_by_side(puzzle.format_readable(board->question),
                         puzzle.format_answer_readable(board->question, board->target)) +
            "\n";
  }
  return text;
}

}  // namespace trm
