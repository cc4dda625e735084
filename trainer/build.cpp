#include "trainer/build.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <unordered_set>

#include "puzzles/registry.h"
#include "trainer/board_file.h"
#include "trainer/build_tasks.h"
#include "trainer/data.h"
#include "trainer/hash.h"
#include "trainer/split_writer.h"

namespace trm {
namespace {

namespace fs = std::filesystem;

constexpr int kSymmetryTries = 50;     // a symmetry may change the board's shape
constexpr int kDuplicatesInRow = 200;  // then the generator has no more boards

Error invalid(std::string message, std::string field) {
  return fail(ErrorCode::invalid_field, std::move(message), std::move(field));
}

// FNV-1a over the key, then spread: decides splits, so it must be the same everywhere.
std::uint64_t hash_key(std::string_view key, std::uint64_t seed) {
  std::uint64_t h = hash_text(key, hash_seed ^ seed);
  h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93ULL;
  return h ^ (h >> 32);
}

/// A puzzle on its way into a split.
struct Candidate {
  Question question;
  std::int64_t line = 0;  ///< in its file; 0: generated
};

/// One example as a group's next puzzle.
Result<void> add_puzzle(SplitWriter& split, const Question& question, const Answer& target) {
  const Puzzle& puzzle = question.puzzle();
  auto added = split.add_example(puzzle.encode(question, 0),
                                 puzzle.encode_answer(question, 0, target.best()));
  return added ? split.end_puzzle(0) : added;
}

// What holds for every kind of request.
Result<void> check_out(const BuildRequest& r) {
  if (r.out.empty()) return invalid("give the folder to make", "out");
  std::error_code failed;
  if (fs::exists(r.out, failed)) return invalid(r.out + " is there already", "out");
  if (r.augment < 0) return invalid("below 0", "augment");
  return {};
}

class Builder {
 public:
  Builder(const Puzzle& puzzle, const BuildRequest& request,
          const std::function<void(std::int64_t, std::int64_t)>& progress)
      : puzzle_(puzzle), request_(request), progress_(progress) {}

  Result<BuildReport> build() {
    if (auto ok = check_request(); !ok) return ok.error();
    partial_ = request_.out + ".partial";
    std::error_code failed;
    fs::remove_all(partial_, failed);
    auto done = request_.files.empty() ? from_generator() : from_files();
    if (done) done = close();
    if (!done) {
      fs::remove_all(partial_, failed);
      return done.error();
    }
    return report_;
  }

 private:
  Result<void> check_request() const {
    const BuildRequest& r = request_;
    if (r.test_share < 0 || r.test_share >= 1)
      return invalid("expected 0 to below 1", "test-share");
    if (r.test_share > 0 && !r.test_files.empty())
      return invalid("either a share of the files or files of its own", "test-share");
    if (r.subsample < 0 || r.test_count < 0) return invalid("below 0", "subsample");
    if (r.files.empty() && (r.test_share > 0 || !r.test_files.empty() || r.subsample > 0))
      return invalid("test-share, test files and subsample go with --from", "from");
    if (r.files.empty() && r.count < 1) return invalid("expected at least 1", "count");
    if (!puzzle_.info().solves)
      return invalid("the puzzle " + puzzle_.name() + " has no exact solver to label with",
                     "puzzle");
    return {};
  }

  Result<void> from_generator() {
    if (!puzzle_.info().generates)
      return invalid("the puzzle " + puzzle_.name() + " has no generator", "puzzle");
    const std::int64_t total = request_.count + request_.test_count;
    int in_row = 0;
    for (std::uint64_t n = 0; report_.test_puzzles + report_.train_puzzles < total; ++n) {
      auto board = generate_labelled(puzzle_, request_.generate, request_.seed, n);
      if (!board) return board.error();
      const bool test = report_.test_puzzles < request_.test_count;
      const auto before = report_.test_puzzles + report_.train_puzzles;
      if (auto added = add({board->question, 0}, test); !added) return added;
      const auto after = report_.test_puzzles + report_.train_puzzles;
      in_row = after > before ? 0 : in_row + 1;
      if (in_row == kDuplicatesInRow) {
        return fail(ErrorCode::exhausted,
                    "the generator made " + std::to_string(after) +
                        " different boards of this kind and then only repeated them",
                    "count");
      }
      progress_(after, total);
    }
    return {};
  }

  Result<void> from_files() {
    for (const auto& file : request_.test_files) {
      if (auto done = read(file, true); !done) return done;
    }
    for (const auto& file : request_.files) {
      if (auto done = read(file, false); !done) return done;
    }
    std::sort(sample_.begin(), sample_.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [number, candidate] : sample_) {
      if (auto written = write(candidate, false); !written) return written;
    }
    if (report_.train_puzzles == 0)
      return fail(ErrorCode::invalid_data, "the files hold no training puzzle", "from");
    return {};
  }

  Result<void> read(const std::string& file, bool test) {
    file_ = file;
    return for_each_question(puzzle_, file,
                             [&](Question question, std::int64_t line) -> Result<bool> {
                               auto added = add({std::move(question), line}, test);
                               if (!added) return added.error();
                               if (++seen_ % 256 == 0) progress_(seen_, 0);
                               return true;
                             });
  }

  // Counts what is left out; the rest goes into its split, or into the sample first.
  Result<void> add(Candidate candidate, bool test) {
    const Question& question = candidate.question;
    if (!fits(question)) {
      if (!request_.generate.size.empty()) return ++report_.other_size, Result<void>{};
      return fail(ErrorCode::invalid_data,
                  place(candidate) + "another size than the first; --size picks one", "size");
    }
    const std::string key = puzzle_.isomorph_key(question);
    if (request_.test_share > 0) {
      test =
          static_cast<double>(hash_key(key, request_.seed) >> 11) * 0x1p-53 < request_.test_share;
    }
    if (!test && test_keys_.contains(key)) return ++report_.overlapping, Result<void>{};
    if (!(test ? test_keys_ : train_keys_).insert(key).second)
      return ++report_.duplicates, Result<void>{};
    if (test || request_.subsample == 0) return write(candidate, test);
    // Reservoir sampling (Vitter 1985, algorithm R).
    const std::int64_t number = candidates_++;
    if (number < request_.subsample) {
      sample_.emplace_back(number, std::move(candidate));
      return {};
    }
    const std::int64_t slot =
        static_cast<std::int64_t>(sampler_.uniform() * static_cast<double>(candidates_));
    if (slot < request_.subsample) sample_[static_cast<std::size_t>(slot)] = {number, candidate};
    return {};
  }

  bool fits(const Question& question) {
    const TokenLayout layout = puzzle_.layout(question, 0);
    if (!layout_) {
      std::optional<Question> first = question;
      if (!request_.files.empty() && !request_.generate.size.empty()) {
        Rng rng(0);
        auto like = puzzle_.generate(rng, {request_.generate.size, "", {}});
        if (like) first = std::move(*like);
      }
      layout_ = puzzle_.layout(*first, 0);
    }
    return layout == *layout_;
  }

  Result<void> write(const Candidate& candidate, bool test) {
    auto board = label_of(candidate);
    if (!board) {
      if (request_.skip_bad) return ++report_.bad, Result<void>{};
      return fail(ErrorCode::invalid_data, place(candidate) + board.error().message,
                  board.error().field);
    }
    auto& split = test ? test_ : train_;
    if (!split) {
      auto made = SplitWriter::create(puzzle_, *layout_, partial_ + (test ? "/test" : "/train"));
      if (!made) return made.error();
      split.emplace(std::move(*made));
    }
    if (auto added = add_puzzle(*split, board->question, board->target); !added) return added;
    if (!test) {
      if (auto added = add_images(*split, *board); !added) return added;
    }
    ++(test ? report_.test_puzzles : report_.train_puzzles);
    return split->end_group();
  }

  Result<Labelled> label_of(const Candidate& candidate) {
    if (const auto problems = puzzle_.problems(candidate.question); !problems.empty()) {
      return fail(ErrorCode::invalid_data, problems.front().message, "file");
    }
    auto solved = puzzle_.solve_exact(candidate.question, {});
    if (!solved) return solved.error();
    if (solved->solutions.empty())
      return fail(ErrorCode::invalid_data, "the puzzle has no solution within the search's limits",
                  "file");
    report_.ambiguous += solved->solutions.size() > 1;
    Answer target = puzzle_.target(candidate.question, solved->solutions.front());
    return Labelled{candidate.question, std::move(target), solved->guesses};
  }

  Result<void> add_images(SplitWriter& split, const Labelled& board) {
    Rng rng = Rng::stream(request_.seed ^ 0x696d616765ULL,
                          static_cast<std::uint64_t>(report_.train_puzzles));
    for (int made = 0, tries = 0; made < request_.augment; ++tries) {
      if (tries == kSymmetryTries * (made + 1))
        return fail(ErrorCode::exhausted, "no symmetry keeps the board's shape", "augment");
      const auto symmetry = puzzle_.symmetry(rng, board.question);
      const Question mapped = symmetry->apply(board.question);
      if (!(puzzle_.layout(mapped, 0) == *layout_) || mapped.params() != board.question.params()) {
        continue;
      }
      const Answer target = puzzle_.target(mapped, symmetry->apply(board.target));
      if (auto added = add_puzzle(split, mapped, target); !added) return added;
      ++made;
    }
    return {};
  }

  Result<void> close() {
    const std::string size =
        !request_.generate.size.empty() || !request_.files.empty()
            ? request_.generate.size
            : (puzzle_.info().sizes.empty() ? "" : puzzle_.info().sizes.front());
    for (auto* split : {&train_, &test_}) {
      if (!*split) continue;
      if (auto closed = (*split)->close(size, 1); !closed) return closed;
    }
    report_.train_examples = train_ ? train_->examples() : 0;
    auto written = write_file_atomic(partial_ + "/identifiers.json", "[\"<blank>\"]\n");
    return written ? publish(partial_, request_.out) : written;
  }

  std::string place(const Candidate& candidate) const {
    return candidate.line > 0 ? file_ + ", line " + std::to_string(candidate.line) + ": " : "";
  }

  const Puzzle& puzzle_;
  const BuildRequest& request_;
  const std::function<void(std::int64_t, std::int64_t)>& progress_;
  BuildReport report_;
  std::string partial_, file_;
  std::optional<TokenLayout> layout_;
  std::optional<SplitWriter> train_, test_;
  std::unordered_set<std::string> train_keys_, test_keys_;
  std::vector<std::pair<std::int64_t, Candidate>> sample_;
  Rng sampler_ = Rng::stream(request_.seed, 0x73616d706c65);
  std::int64_t candidates_ = 0, seen_ = 0;
};

}  // namespace

Result<BuildReport> build_dataset(
    const Puzzle& puzzle, const BuildRequest& request,
    const std::function<void(std::int64_t done, std::int64_t total)>& progress) {
  const auto start = std::chrono::steady_clock::now();
  if (auto ok = check_out(request); !ok) return ok.error();
  auto report = is_task_request(request) ? build_tasks(puzzle, request, progress)
                                         : Builder(puzzle, request, progress).build();
  if (report) {
    report->minutes =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / 60;
  }
  return report;
}

}  // namespace trm
