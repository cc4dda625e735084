// Walking through the steps of the attempt shown, by keys and by buttons.
#pragma once

#include <algorithm>
#include <cstddef>

#include "ui/session/session.h"

namespace trm::ui {

/// Steps of the attempt and the query shown.
inline std::size_t shown_steps(Session& session) {
  const Thinking* thinking = session.thinking();
  if (thinking == nullptr) return 0;
  return thinking->steps_of(session.cursor().attempt, session.cursor().query).size();
}

/// Shows that step, or the last one where there are fewer; playing and following end.
inline void go_to_step(Session& session, std::size_t index) {
  const std::size_t count = shown_steps(session);
  StepCursor& cursor = session.cursor();
  cursor.index = count == 0 ? 0 : std::min(index, count - 1);
  cursor.follow = cursor.playing = false;
}

inline void step_by(Session& session, int by) {
  const std::size_t at = session.cursor().index;
  if (by < 0 && at == 0) return go_to_step(session, 0);
  go_to_step(session, by < 0 ? at - 1 : at + 1);
}

/// Plays or pauses; from the first step on where the last one is shown.
inline void play_steps(Session& session) {
  StepCursor& cursor = session.cursor();
  cursor.playing = !cursor.playing;
  cursor.follow = false;
  if (cursor.playing && !session.solving() && cursor.index + 1 >= shown_steps(session))
    cursor.index = 0;
}

}  // namespace trm::ui
