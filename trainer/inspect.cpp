#include "trainer/inspect.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "puzzles/text.h"
#include "trainer/data.h"
#include "trainer/hash.h"

namespace trm {
namespace {

constexpr std::size_t kShownWrong = 10;

// Characters, not bytes: continuation bytes of UTF-8 take no column.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// A pair as it stands, and with what it shares with its images.
struct PairKey {
  int identifier = 0;
  std::uint64_t exact = 0;
  std::string isomorph;
};

/// The pairs of a split's plain puzzles.
class PairSet {
 public:
  void add(const PairKey& pair) {
    exact_.insert(pair.exact);
    const auto [at, added] = owners_.try_emplace(pair.isomorph, pair.identifier);
    if (!added && at->second != pair.identifier) at->second = kSeveral;
  }
  /// Whether a test pair stands here. A task may test what its own demonstrations show in other
  /// clothes: under one identifier, if it is not the blank one, only the very same pair counts.
  bool leaks(const PairKey& pair, int blank) const {
    if (exact_.contains(pair.exact)) return true;
    const auto at = owners_.find(pair.isomorph);
    return at != owners_.end() && (pair.identifier == blank || at->second != pair.identifier);
  }

 private:
  static constexpr int kSeveral = -1;
  std::unordered_set<std::uint64_t> exact_;
  std::unordered_map<std::string, int> owners_;  // identifier of each isomorph key
};

class SplitChecker {
 public:
  SplitChecker(const Puzzle& puzzle, const Question& prototype, const Dataset& data)
      : puzzle_(puzzle), prototype_(prototype), data_(data) {
    found_.examples = data.examples();
    found_.puzzles = data.puzzles();
    found_.groups = data.groups();
  }

  /// Adds the split's pairs to `pairs`; counts the groups that hold one of `others` as leaked.
  Result<SplitCheck> run(PairSet& pairs, const PairSet& others, std::int64_t& leaked,
                         const std::function<void(std::int64_t)>& progress) {
    for (std::int64_t g = 0; g < data_.groups(); ++g) {
      // The group's first puzzle stands for its images.
      const std::int64_t first = data_.puzzle_start(data_.group_start(g));
      const std::int64_t images = data_.puzzle_start(data_.group_start(g) + 1);
      const std::int64_t end = data_.puzzle_start(data_.group_start(g + 1));
      std::vector<PairKey> keys;
      for (std::int64_t i = first; i < end; ++i) {
        auto board = read(i);
        if (!board && board.error().code == ErrorCode::unsupported) return board.error();
        if (!board) {
          wrong(i, board.error().message);
        } else {
          judge(i, *board);
          if (i < images) keys.push_back(key_of(i, *board));
        }
        if (i % 64 == 0) progress(i);
      }
      leaked += std::any_of(keys.begin(), keys.end(), [&](const PairKey& key) {
        return others.leaks(key, data_.info().blank_identifier_id);
      });
      close_group(std::move(keys), pairs);
    }
    return found_;
  }

 private:
  PairKey key_of(std::int64_t i, const Labelled& board) const {
    const std::string text = puzzle_.format_line(board.question) + '\n' +
                             puzzle_.format_answer(board.question, board.target);
    return {data_.identifier_of(data_.puzzle_of(i)), hash_text(text),
            puzzle_.pair_key(board.question, board.target)};
  }

  void close_group(std::vector<PairKey> keys, PairSet& pairs) {
    if (keys.empty()) return;
    for (const PairKey& key : keys) pairs.add(key);
    // The order of a puzzle's examples does not count.
    std::sort(keys.begin(), keys.end(),
              [](const PairKey& a, const PairKey& b) { return a.isomorph < b.isomorph; });
    std::string whole;
    for (const PairKey& key : keys) whole += key.isomorph + '\n';
    if (!groups_.insert(std::move(whole)).second) ++found_.isomorphic;
  }

  Result<Labelled> read(std::int64_t i) {
    const auto example = data_.example(i);
    if (!example) return example.error();
    // Two hashes of 64 bits from different starts: the tokens themselves would not fit in memory.
    const auto hash = std::pair(hash_tokens(example->tokens), hash_tokens(example->tokens, 1));
    if (!tokens_.insert(hash).second) ++found_.repeated;
    return stored_board(prototype_, *example);
  }

  void judge(std::int64_t i, const Labelled& board) {
    const Verdict verdict = puzzle_.check(board.question, board.target);
    const auto& conflicts = verdict.conflicts;
    const bool unjudged = !puzzle_.info().checks && conflicts.empty();
    if (verdict.status == Status::unverified && !unjudged) {
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
  std::set<std::pair<std::uint64_t, std::uint64_t>> tokens_;
  std::unordered_set<std::string> groups_;
};

}  // namespace

Result<DatasetCheck> check_dataset(
    const Puzzle& puzzle, const Dataset& train, const Dataset* test,
    const std::function<void(std::int64_t done, std::int64_t total)>& progress) {
  const std::int64_t total = train.examples() + (test ? test->examples() : 0);
  DatasetCheck check;
  PairSet train_pairs, test_pairs;
  const auto look = [&](const Dataset& data, PairSet& pairs, const PairSet& others,
                        std::int64_t before, SplitCheck& found) -> Result<void> {
    const auto prototype = dataset_prototype(puzzle, data.info());
    if (!prototype) return prototype.error();
    auto done =
        SplitChecker(puzzle, *prototype, data)
            .run(pairs, others, check.leaked, [&](std::int64_t i) { progress(before + i, total); });
    if (!done) return done.error();
    found = std::move(*done);
    return {};
  };
  if (auto done = look(train, train_pairs, {}, 0, check.train); !done) return done.error();
  if (test != nullptr) {
    if (auto done = look(*test, test_pairs, train_pairs, train.examples(), check.test); !done)
      return done.error();
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
