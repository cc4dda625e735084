#include "trainer/data.h"

#include <cmath>

#include "puzzles/registry.h"
#include "puzzles/text.h"
#include "trainer/board_file.h"
#include "trainer/hash.h"

namespace trm {
namespace {

constexpr int kGenerateTries = 20;  // a generator with a bounded budget may give up now and then
constexpr int kRevealTries = 32;    // guesses for one that is right

// The question with up to `cells` of its cells given away: guesses that the label bears out, so
// that these are the boards that an attempt with right guesses meets.
Question give_away(Question question, const Answer& target, int cells, Rng& rng) {
  const Puzzle& puzzle = question.puzzle();
  for (int tries = cells * kRevealTries; cells > 0 && tries > 0; --tries) {
    auto guessed = puzzle.suppose(rng, question, 1);
    if (!guessed) break;  // nothing is open
    if (puzzle.check(*guessed, target).status != Status::verified) continue;
    question = std::move(*guessed);
    --cells;
  }
  return question;
}

}  // namespace

Result<Labelled> label(const Puzzle& puzzle, Question question) {
  ExactLimits limits;
  limits.solutions = 1;
  auto solved = puzzle.solve_exact(question, limits);
  if (!solved) return solved.error();
  if (solved->solutions.empty()) {
    return fail(ErrorCode::exhausted, "the exact solver found no solution within its limits");
  }
  Answer target = puzzle.target(question, solved->solutions.front());
  return Labelled{std::move(question), std::move(target), solved->guesses};
}

Result<Labelled> generate_labelled(const Puzzle& puzzle, const GenerateRequest& request,
                                   std::uint64_t seed, std::uint64_t n) {
  Rng rng = Rng::stream(seed, n);
  Error last;
  for (int i = 0; i < kGenerateTries; ++i) {
    auto question = puzzle.generate(rng, request);
    if (question) return label(puzzle, std::move(*question));
    last = question.error();
    if (last.code != ErrorCode::exhausted) break;
  }
  return last;
}

Result<const Puzzle*> dataset_puzzle(const DatasetInfo& info, const std::string& name) {
  if (info.puzzle.empty() && name.empty()) {
    return fail(ErrorCode::invalid_field, "the data set does not name its puzzle: give --puzzle",
                "puzzle");
  }
  if (!info.puzzle.empty() && !name.empty() && info.puzzle != name) {
    return fail(ErrorCode::invalid_field,
                "the data set is for the puzzle " + info.puzzle + ", not " + name, "puzzle");
  }
  return find_puzzle(name.empty() ? info.puzzle : name);
}

Result<Question> dataset_prototype(const Puzzle& puzzle, const DatasetInfo& info) {
  std::vector<std::string> sizes;
  if (!info.size.empty()) {
    sizes.push_back(info.size);
  } else {
    // Official data sets do not name the size: a square board is tried before the module's list.
    const auto side = static_cast<int>(std::lround(std::sqrt(info.seq_len)));
    sizes = {size_text(side, side)};
    sizes.insert(sizes.end(), puzzle.info().sizes.begin(), puzzle.info().sizes.end());
  }
  for (const auto& size : sizes) {
    // The easiest boards: only size and parameters matter.
    const auto& difficulties = puzzle.info().difficulties;
    Rng rng(0);
    auto question =
        puzzle.generate(rng, {size, difficulties.empty() ? "" : difficulties.front(), {}});
    if (question && puzzle.layout(*question, 0).size() == info.seq_len) return question;
  }
  // Without a generator there are the boards that show the text forms.
  for (const auto& form : puzzle.info().forms) {
    auto question = puzzle.parse(form.example);
    if (question && puzzle.layout(*question, 0).size() == info.seq_len) return question;
  }
  return fail(ErrorCode::invalid_data,
              "the puzzle " + puzzle.name() + " has no board of " + std::to_string(info.seq_len) +
                  " positions, the data set's seq_len",
              "seq_len");
}

Result<Labelled> stored_board(const Question& prototype, const Example& example) {
  const Puzzle& puzzle = prototype.puzzle();
  auto question = puzzle.question_from_tokens(prototype, example.tokens);
  if (!question) return question.error();
  std::vector<Token> tokens = example.labels;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] == Puzzle::ignore_label) tokens[i] = example.tokens[i];
  }
  auto grid = puzzle.decode(*question, 0, tokens);
  if (!grid) return fail(grid.error().code, "label: " + grid.error().message, grid.error().field);
  return Labelled{std::move(*question), Answer(std::move(*grid)), -1};
}

ExampleSource::ExampleSource(const Puzzle& puzzle, const DataSource& spec, std::uint64_t seed,
                             Question prototype)
    : puzzle_(&puzzle),
      spec_(spec),
      seed_(seed ^ hash_text(spec.name)),
      prototype_(std::move(prototype)),
      layout_(puzzle.layout(prototype_, 0)),
      geometry_(puzzle.geometry(prototype_, 0)) {}

Result<ExampleSource> ExampleSource::open(const Puzzle& puzzle, const DataSource& spec,
                                          std::uint64_t seed) {
  if (!spec.dataset.empty()) return open_dataset(puzzle, spec, seed);
  if (spec.file.empty()) {
    auto first = generate_labelled(puzzle, spec.request(), seed ^ hash_text(spec.name), 0);
    if (!first) return first.error();
    ExampleSource source(puzzle, spec, seed, first->question);
    source.pool_.resize(static_cast<std::size_t>(spec.pool));
    return source;
  }
  auto questions = read_questions(puzzle, spec.file, static_cast<std::size_t>(spec.pool));
  if (!questions) return questions.error();
  ExampleSource source(puzzle, spec, seed, questions->front());
  for (std::size_t i = 0; i < questions->size(); ++i) {
    Question& question = (*questions)[i];
    if (!(puzzle.layout(question, 0) == source.layout_)) {
      return fail(ErrorCode::invalid_data,
                  spec.file + ": puzzle " + std::to_string(i + 1) +
                      " has another size than the first; use one [[data]] for each size",
                  "data." + spec.name);
    }
    auto labelled = label(puzzle, std::move(question));
    if (!labelled) return labelled.error();
    source.pool_.emplace_back(std::move(*labelled));
  }
  return source;
}

Result<const Labelled*> ExampleSource::pooled(std::uint32_t n) {
  auto& entry = pool_[n];
  if (!entry) {
    auto made = generate_labelled(*puzzle_, spec_.request(), seed_, n);
    if (!made) return made.error();
    entry = std::move(*made);
  }
  return &*entry;
}

Result<ExampleSource> ExampleSource::open_dataset(const Puzzle& puzzle, const DataSource& spec,
                                                  std::uint64_t seed) {
  const std::string field = "data." + spec.name;
  auto data = Dataset::open(spec.dataset);
  if (!data) return data.error();
  if (auto fits = dataset_puzzle(data->info(), puzzle.name()); !fits) {
    return fail(fits.error().code, spec.dataset + ": " + fits.error().message, field);
  }
  if (data->info().vocab_size > puzzle.tokens().vocab) {
    return fail(ErrorCode::invalid_data,
                spec.dataset + ": a vocabulary of " + std::to_string(data->info().vocab_size) +
                    ", but the puzzle " + puzzle.name() + " has " +
                    std::to_string(puzzle.tokens().vocab) + " tokens",
                field);
  }
  auto prototype = dataset_prototype(puzzle, data->info());
  if (!prototype) return prototype.error();
  if (auto inside = data->check_tokens(); !inside) return inside.error();
  const auto first = data->example(0);
  if (!first) return first.error();
  if (spec.changes_boards()) {
    const auto board = stored_board(*prototype, *first);
    if (!board) {
      return fail(board.error().code,
                  spec.dataset + ": " + board.error().message +
                      "; augment = false and reveal = 0 use it as it is",
                  field);
    }
  }
  ExampleSource source(puzzle, spec, seed, std::move(*prototype));
  source.sampler_.emplace(*data, source.seed_);
  source.dataset_ = std::move(*data);
  return source;
}

void ExampleSource::set_drawn(std::int64_t drawn) {
  drawn_ = drawn;
  if (sampler_) sampler_->seek(number());
}

std::int64_t ExampleSource::size() const {
  return dataset_ ? dataset_->examples() : static_cast<std::int64_t>(pool_.size());
}

Result<Example> ExampleSource::next() {
  if (dataset_) return next_stored();
  Rng rng = Rng::stream(seed_ + 1, static_cast<std::uint64_t>(number()));
  ++drawn_;
  const auto picked = pooled(rng.below(static_cast<std::uint32_t>(pool_.size())));
  if (!picked) return picked.error();
  return presented(**picked, rng);
}

Result<Example> ExampleSource::next_stored() {
  Rng rng = Rng::stream(seed_ + 1, static_cast<std::uint64_t>(number()));
  while (sampler_->drawn() < number()) sampler_->next();  // other processes' examples
  ++drawn_;
  auto example = dataset_->example(sampler_->next());
  if (!example || !spec_.changes_boards()) return example;
  const auto board = stored_board(prototype_, *example);
  if (!board) return board.error();
  Example mapped = presented(*board, rng);
  mapped.identifier = example->identifier;
  return mapped;
}

Example ExampleSource::presented(const Labelled& board, Rng& rng) const {
  Question question = board.question;
  Answer target = board.target;
  if (spec_.augment) {
    const auto symmetry = puzzle_->symmetry(rng, question);
    const Question mapped = symmetry->apply(question);
    if (puzzle_->layout(mapped, 0) == layout_ && puzzle_->geometry(mapped, 0) == geometry_) {
      // Where several answers are right, the label depends on orientation: computed anew.
      target = puzzle_->target(mapped, symmetry->apply(target));
      question = mapped;
    }
  }
  if (spec_.reveal > 0) {
    question = give_away(std::move(question), target, rng.between(0, spec_.reveal), rng);
  }
  // Modules with several queries train on one of them at a time.
  const int queries = puzzle_->queries(question);
  const int query = queries > 1 ? rng.between(0, queries - 1) : 0;
  return Example{
      puzzle_->encode(question, query),
      puzzle_->encode_answer(question, query, target.best(static_cast<std::size_t>(query))), 0};
}

}  // namespace trm
