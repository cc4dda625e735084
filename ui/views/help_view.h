// Keys, rules, words and colours.
#pragma once

#include "ui/views/view.h"

namespace trm::ui {

class HelpView final : public View {
 public:
  const char* name() const override { return "help"; }
  const char* title() const override { return "Help"; }
  Place place() const override { return Place::right; }
  void draw_content(Session& session, Shell& shell) override;
};

}  // namespace trm::ui
