// Helpers of the exports: where a board lies in a picture, file name endings.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "puzzles/puzzle.h"
#include "puzzles/svg_canvas.h"

namespace trm::ui {

inline constexpr Color picture_ink = 0x1a2230ff, picture_muted = 0x566074ff;

/// The rectangle round what a module draws of a question, and of an answer that may be null.
Rect board_bounds(const Question& question, const Answer* answer, const Rect& area);

/// The area to give to draw() so that the board lies in the middle of `place`.
Rect centred_area(const Question& question, const Answer* answer, const Rect& place);

/// A caption whose letters shrink until it fits into the width.
void fitted_caption(SvgCanvas& canvas, Point from, float height, std::string_view text, Color color,
                    float width);

/// Whether a file's name has that ending (".png"), in small or capital letters, behind something.
bool has_ending(std::string_view path, std::string_view ending);

/// invalid_field: "x.txt: expected a name that ends in .svg, .pdf or .png".
Error wrong_ending(const std::string& path, const std::string& expected);

/// Whether the caller of an export wants no more; null: never.
bool is_set(const std::atomic<bool>* stop);
/// The error of an export that was stopped.
Error cancelled_export();

}  // namespace trm::ui
