#include "ui/session/history.h"

#include <cassert>
#include <utility>

namespace trm::ui {

History::History(BoardState first) {
  moments_.push_back(std::make_shared<const Moment>(Moment{std::move(first), "start"}));
}

History::History(std::vector<Moment> moments, std::size_t at) : at_(at) {
  assert(at_ < moments.size());
  for (Moment& moment : moments)
    moments_.push_back(std::make_shared<const Moment>(std::move(moment)));
}

void History::push(BoardState state, std::string label) {
  if (state == now()) return;
  moments_.erase(moments_.begin() + static_cast<std::ptrdiff_t>(at_) + 1, moments_.end());
  moments_.push_back(std::make_shared<const Moment>(Moment{std::move(state), std::move(label)}));
  ++at_;
}

bool History::undo() { return can_undo() && jump(at_ - 1); }

bool History::redo() { return jump(at_ + 1); }

bool History::jump(std::size_t at) {
  if (at >= moments_.size()) return false;
  at_ = at;
  return true;
}

}  // namespace trm::ui
