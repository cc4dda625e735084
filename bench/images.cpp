#include "bench/images.h"

#include <algorithm>
#include <map>
#include <memory>

namespace trm::bench {
namespace {

using Drawn = std::map<std::string, std::shared_ptr<const Symmetry>>;

constexpr int kDraws = 256;          // misses one of eight kinds once in 10^14
constexpr std::size_t kKinds = 16;   // more are no kinds, but descriptions of single draws
constexpr std::size_t kUnnamed = 4;  // rows for such modules
constexpr const char* kIdentity = "identity";

BoardEntry image_of(const BoardEntry& entry, const Symmetry& symmetry) {
  const Puzzle& puzzle = entry.question.puzzle();
  BoardEntry image = entry;
  image.question = symmetry.apply(entry.question);
  if (entry.answer) image.answer = puzzle.target(image.question, symmetry.apply(*entry.answer));
  return image;
}

/// The kinds of a board's symmetries, in alphabetical order.
std::vector<std::string> kinds_of(const Question& question, Rng rng) {
  std::vector<std::string> kinds;
  for (int i = 0; i < kDraws; ++i) {
    const std::string kind = question.puzzle().symmetry(rng, question)->description();
    if (kind != kIdentity && std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
      kinds.push_back(kind);
    }
  }
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

/// The first symmetry of each kind.
Drawn draw(const Question& question, Rng rng, const std::vector<std::string>& kinds) {
  Drawn drawn;
  for (int i = 0; i < kDraws && drawn.size() < kinds.size(); ++i) {
    auto symmetry = question.puzzle().symmetry(rng, question);
    const std::string kind = symmetry->description();
    if (std::binary_search(kinds.begin(), kinds.end(), kind)) drawn.emplace(kind, symmetry);
  }
  return drawn;
}

std::vector<Images> unnamed_images(const std::vector<BoardEntry>& entries, std::uint64_t seed) {
  std::vector<Images> all(kUnnamed);
  for (std::size_t k = 0; k < kUnnamed; ++k) {
    all[k].kind = "random " + std::to_string(k + 1);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      Rng rng = Rng::stream(seed + k, i);
      const Question& question = entries[i].question;
      all[k].boards.emplace_back(image_of(entries[i], *question.puzzle().symmetry(rng, question)));
    }
  }
  return all;
}

}  // namespace

std::vector<Images> make_images(const std::vector<BoardEntry>& entries, std::uint64_t seed) {
  if (entries.empty()) return {};
  const auto kinds = kinds_of(entries.front().question, Rng::stream(seed, 0));
  if (kinds.size() > kKinds) return unnamed_images(entries, seed);
  std::vector<Images> all(kinds.size());
  for (std::size_t k = 0; k < kinds.size(); ++k) all[k].kind = kinds[k];
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Drawn drawn = draw(entries[i].question, Rng::stream(seed, i), kinds);
    for (Images& images : all) {
      const auto found = drawn.find(images.kind);
      images.boards.emplace_back();
      if (found != drawn.end()) images.boards.back() = image_of(entries[i], *found->second);
    }
  }
  return all;
}

}  // namespace trm::bench
