// Models as views list them: asked for now and then, not in each frame.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <string>
#include <vector>

#include "ui/session/session.h"
#include "ui/views/words.h"

namespace trm::ui {

/// What the session says about its models, at most half a second old.
class ModelList {
 public:
  /// Asks again in any case: something has just been loaded.
  void forget() { read_at_ = -1; }
  /// True: the list was read anew.
  bool refresh(const Session& session, bool all) {
    constexpr double kAge = 0.5;  // seconds
    const double now = ImGui::GetTime();
    const std::uint64_t board = session.editor().board_number();
    if (read_at_ >= 0 && now - read_at_ < kAge && board == board_) return false;
    read_at_ = now;
    board_ = board;
    models_ = all ? session.all_models() : session.models();
    return true;
  }
  const std::vector<ModelInfo>& models() const { return models_; }

 private:
  double read_at_ = -1;
  std::uint64_t board_ = 0;
  std::vector<ModelInfo> models_;
};

}  // namespace trm::ui
