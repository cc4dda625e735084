// The thinking, step by step: what the network answered, how sure it was, what changed.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ui/views/view.h"

namespace trm::ui {

class StepsView final : public View {
 public:
  const char* name() const override { return "steps"; }
  const char* title() const override { return "Steps"; }
  Place place() const override { return Place::steps; }
  void draw_content(Session& session, Shell& shell) override;

 private:
  /// The numbers of one attempt and query, by step.
  struct Track {
    std::vector<std::size_t> places;  // indices into all steps
    std::vector<float> halt, conflicts, confidence, changed;
  };

  void forget();
  void take_in(const Thinking& thinking);
  const Track& track(const StepCursor& cursor) const;
  void lists(Session& session);
  void controls(Session& session);
  void plots(Session& session, float height, int most_columns);
  void actions(Session& session, Shell& shell);
  void miniature(const Session& session, float side);
  void side(Session& session, Shell& shell);

  std::map<std::pair<int, int>, Track> tracks_;  // by attempt and query
  std::size_t seen_ = 0;                         // of all steps
  event::Step last_;                             // the newest of those
  std::vector<std::string> attempts_, queries_;
};

}  // namespace trm::ui
