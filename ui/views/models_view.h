// Models: which are loaded, and training one of one's own boards.
#pragma once

#include <string>
#include <vector>

#include "ui/views/model_list.h"
#include "ui/views/view.h"

namespace trm::ui {

class ModelsView final : public View {
 public:
  const char* name() const override { return "models"; }
  const char* title() const override { return "Models"; }
  Place place() const override { return Place::right; }
  void draw_content(Session& session, Shell& shell) override;

 private:
  /// A model in words.
  struct Card {
    std::string name, summary, details;
  };

  void list(Session& session);
  void setup(Session& session, Shell& shell);
  void progress(Session& session);
  void curves(const Training& training);
  TrainingOptions options(Session& session) const;

  ModelList list_;
  std::vector<Card> cards_;
  int minutes_ = 10;
  std::string config_, command_, error_;
  std::string form_;  // what chosen_ and command_ were made of
  TrainingOptions chosen_;
  std::vector<float> loss_, exact_;
};

}  // namespace trm::ui
