#include "trainer/data.h"

#include <algorithm>
#include <fstream>

namespace trm {
namespace {

constexpr int kGenerateTries = 20;  // a generator with a bounded budget may give up now and then

// FNV-1a: the same on every machine, so that a source's name picks the same stream everywhere.
std::uint64_t hash_name(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
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
  return Labelled{std::move(question), std::move(target)};
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

Result<std::vector<Question>> read_questions(const Puzzle& puzzle, const std::string& path,
                                             std::size_t limit) {
  std::ifstream in(path);
  if (!in) return fail(ErrorCode::not_found, "cannot open " + path, "file");
  std::vector<Question> questions;
  std::string line;
  for (std::size_t number = 1; questions.size() < limit && std::getline(in, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    auto question = puzzle.parse(line);
    if (!question) {
      return fail(ErrorCode::invalid_data,
                  path + ", line " + std::to_string(number) + ": " + question.error().message,
                  "file");
    }
    questions.push_back(std::move(*question));
  }
  if (questions.empty()) return fail(ErrorCode::invalid_data, path + " holds no puzzle", "file");
  return questions;
}

ExampleSource::ExampleSource(const Puzzle& puzzle, const DataSource& spec, std::uint64_t seed,
                             Question prototype)
    : puzzle_(&puzzle),
      spec_(spec),
      seed_(seed ^ hash_name(spec.name)),
      prototype_(std::move(prototype)),
      layout_(puzzle.layout(prototype_, 0)),
      geometry_(puzzle.geometry(prototype_, 0)) {}

Result<ExampleSource> ExampleSource::open(const Puzzle& puzzle, const DataSource& spec,
                                          std::uint64_t seed) {
  if (spec.file.empty()) {
    auto first = generate_labelled(puzzle, spec.request(), seed ^ hash_name(spec.name), 0);
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

Result<Example> ExampleSource::next() {
  Rng rng = Rng::stream(seed_ + 1, static_cast<std::uint64_t>(drawn_));
  ++drawn_;
  const auto picked = pooled(rng.below(static_cast<std::uint32_t>(pool_.size())));
  if (!picked) return picked.error();
  Question question = (*picked)->question;
  Answer target = (*picked)->target;
  const auto symmetry = puzzle_->symmetry(rng, question);
  const Question mapped = symmetry->apply(question);
  if (puzzle_->layout(mapped, 0) == layout_ && puzzle_->geometry(mapped, 0) == geometry_) {
    // Where several answers are right, the label depends on orientation: computed anew.
    target = puzzle_->target(mapped, symmetry->apply(target));
    question = mapped;
  }
  // Modules with several queries train on one of them at a time.
  const int queries = puzzle_->queries(question);
  const int query = queries > 1 ? rng.between(0, queries - 1) : 0;
  return Example{
      puzzle_->encode(question, query),
      puzzle_->encode_answer(question, query, target.best(static_cast<std::size_t>(query))), 0};
}

}  // namespace trm
