// Unlimited undo and redo of boards.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ui/session/board_state.h"

namespace trm::ui {

/// A state and what made it ("paint", "fill", "paste", "solve").
struct Moment {
  BoardState state;
  std::string label;
};

/// States in their order and the place of the current one. A copy shares the moments, so that a
/// worker gets a long history at once. Not thread-safe.
class History {
 public:
  using Moments = std::vector<std::shared_ptr<const Moment>>;

  explicit History(BoardState first);
  /// As saved; `at` must be an index of `moments`, which must not be empty.
  History(std::vector<Moment> moments, std::size_t at);

  const BoardState& now() const { return moments_[at_]->state; }
  /// Puts a state behind the current one; what could be redone is gone. A state equal to the
  /// current one changes nothing.
  void push(BoardState state, std::string label);
  bool undo();
  bool redo();
  /// Goes to a moment; false: there is none.
  bool jump(std::size_t at);

  bool can_undo() const { return at_ > 0; }
  bool can_redo() const { return at_ + 1 < moments_.size(); }
  std::size_t at() const { return at_; }
  const Moments& moments() const { return moments_; }

 private:
  Moments moments_;
  std::size_t at_ = 0;
};

}  // namespace trm::ui
