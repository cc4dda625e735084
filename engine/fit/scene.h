// Layouts cut to a corner and put side by side. Internal to fitting; torch-free.
#pragma once

#include "engine/fit/fit_task.h"

namespace trm {

/// Appends the first `frame` rows and columns of a layout, with what its relations are among them.
/// The scene's relations are those of its first board; those that come later have the same names.
void append_board(FitTask::Scene& scene, const TokenLayout& whole, const Geometry& geometry,
                  BoardSize frame);

}  // namespace trm
