// A task with demonstrations as examples for a network: images of it under symmetries, each board
// cut to the part of the module's frame that it uses. Torch-free; knows no puzzle by name.
//
// All demonstrations of an image stand side by side in one layout, whose relations never cross
// from one board to another: a network learns from all of them in one row of its batch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/fit/size_rule.h"
#include "puzzles/puzzle.h"
#include "puzzles/rng.h"

namespace trm {

/// How an answer whose size is a multiple of its input's is asked for.
enum class Arrangement {
  as_is,     ///< the input stands at the corner
  enlarged,  ///< each of its cells is a block
  repeated   ///< it is repeated
};

/// A query that is to be answered from the demonstrations.
struct FitQuery {
  Question question;
  int query = 0;
};

/// Immutable after make(); thread-safe.
class FitTask {
 public:
  /// Boards one after another, and the relations within each of them.
  struct Scene {
    TokenLayout layout;
    Geometry geometry;
  };
  /// The task under a symmetry. Images of one pose have the same scenes.
  struct Image {
    int pose = 0;
    std::shared_ptr<const Symmetry> names;  ///< first: keeps places; null: none
    std::shared_ptr<const Symmetry> turn;   ///< then; null: none
  };
  /// The tokens of a query in its scene, and what its answer may be made of.
  struct Asked {
    std::vector<Token> tokens;
    std::vector<std::uint8_t> legal;  ///< [vocab]: 1 for tokens that an answer may have
    BoardSize frame;                  ///< of the scene
    BoardSize size;                   ///< of the answer; 0x0: end markers tell it
  };

  /// `shown`: its demonstrations are learned from; all of `queries` can be answered. At most
  /// `poses` poses are made (1: the task as it stands). Errors: unsupported for a question without
  /// demonstrations.
  static Result<FitTask> make(const Question& shown, const std::vector<FitQuery>& queries,
                              int poses);

  const Puzzle& puzzle() const { return shown_.puzzle(); }
  int demonstrations() const { return demonstrations_; }
  int queries() const { return static_cast<int>(cases_.size()) - demonstrations_; }
  int poses() const { return static_cast<int>(poses_.size()); }
  /// Nothing where the demonstrations share none: end markers are learned then.
  const std::optional<SizeRule>& size_rule() const { return rule_; }
  Arrangement arrangement() const { return arrangement_; }
  const Grid& output(int demonstration) const { return at(demonstration).output; }

  /// All demonstrations, or one board: demonstrations come first, then the queries.
  Scene scene(int pose) const;
  Scene scene(int pose, int board) const;

  /// An image of a pose; `names`: under a random symmetry that keeps places.
  Image image(int pose, bool names, Rng& rng) const;
  /// Tokens and labels of all demonstrations in scene(image.pose).
  EncodedPair demonstrations(const Image& image) const;
  /// A board's tokens in its own scene, whether its answer is known or not.
  Asked ask(const Image& image, int board) const;
  /// The answer, in the task itself, that tokens of the board's scene in the image stand for.
  /// Errors: those of Puzzle::decode.
  Result<Grid> read(const Image& image, const Asked& asked, const std::vector<Token>& tokens) const;

 private:
  /// A demonstration or a query, its input arranged.
  struct Case {
    Question question;
    int query = 0;
    BoardSize size;  // of the answer; 0x0: not known
    Grid output;     // of demonstrations
  };
  explicit FitTask(const Question& shown) : shown_(shown) {}
  const Case& at(int board) const { return cases_[static_cast<std::size_t>(board)]; }
  void find_rules();
  void choose_arrangement();
  void arrange(Case& one) const;
  void make_poses(int most);
  std::vector<BoardSize> frames_in(const Image& image) const;
  BoardSize frame(int pose, int board) const;
  BoardSize marked_extent(const Image& image, int board) const;
  void add_board(Scene& scene, int pose, int board) const;
  std::vector<Token> cut(const std::vector<Token>& tokens, BoardSize frame) const;
  /// `as_seen`: the board's question in the image.
  std::vector<Token> labels(const Image& image, int board, const Question& as_seen) const;
  std::vector<std::uint8_t> legal_tokens(const Image& image, const std::vector<Token>& query) const;

  Question shown_;
  std::vector<Case> cases_;
  int demonstrations_ = 0;
  std::optional<SizeRule> rule_;
  Arrangement arrangement_ = Arrangement::as_is;
  std::vector<std::shared_ptr<const Symmetry>> poses_;  // the first is null
  std::vector<std::vector<BoardSize>> frames_;          // by pose and board
  TokenLayout whole_;                                   // the module's
};

}  // namespace trm
