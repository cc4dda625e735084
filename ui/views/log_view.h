// What happened, the newest first.
#pragma once

#include "ui/views/view.h"

namespace trm::ui {

class LogView final : public View {
 public:
  const char* name() const override { return "log"; }
  const char* title() const override { return "Log"; }
  Place place() const override { return Place::steps; }
  void draw_content(Session& session, Shell& shell) override;
};

}  // namespace trm::ui
