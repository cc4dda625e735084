// Printed pages.
#include <utility>

#include "engine/pictures/png.h"
#include "engine/pictures/raster.h"
#include "engine/weights/atomic_file.h"
#include "ui/jobs/export.h"
#include "ui/jobs/marks_drawing.h"
#include "ui/jobs/picture.h"

namespace trm::ui {
namespace {

constexpr float kShort = 595, kLong = 842;  // A4 in points
constexpr float kMargin = 48, kTitle = 20, kNote = 11;
constexpr float kWide = 1.05f;  // wider than high by more than rounding

/// One page; `noted`: the state whose pencil marks it shows, or null.
std::string page_svg(const Question& question, const Answer* answer, const BoardState* noted,
                     const std::string& title, const std::string& note) {
  const Rect shape = board_bounds(question, answer, {0, 0, kLong, kLong});
  const bool landscape = shape.width > kWide * shape.height;
  const float width = landscape ? kLong : kShort, height = landscape ? kShort : kLong;
  const float inside = width - 2 * kMargin;
  const float top = kMargin + 2 * kTitle, bottom = height - kMargin - 2 * kNote;
  SvgCanvas canvas;
  fitted_caption(canvas, {kMargin, kMargin + kTitle / 2}, kTitle, title, picture_ink, inside);
  View view;
  view.question = &question;
  view.answer = answer;
  view.area = centred_area(question, answer, {kMargin, top, inside, bottom - top});
  question.puzzle().draw(canvas, view);
  if (noted != nullptr) draw_marks(canvas, *noted, view.area, false);
  if (!note.empty()) {
    fitted_caption(canvas, {kMargin, height - kMargin - kNote / 2}, kNote, note, picture_muted,
                   inside);
  }
  return canvas.document(width, height);
}

// "boards/7.svg" -> "boards/7-solution.svg"; the ending has four characters.
std::string solution_path(std::string path) { return path.insert(path.size() - 4, "-solution"); }

Result<std::string> bytes_of(const std::string& path, const std::string& svg) {
  return has_ending(path, ".png") ? svg_to_png(svg) : svg;
}

// Everything is drawn before the first file is written.
Result<void> write_pictures(const std::string& path, const std::vector<std::string>& pages,
                            const std::atomic<bool>* stop) {
  std::vector<std::string> files;
  for (const std::string& page : pages) {
    if (is_set(stop)) return cancelled_export();
    auto bytes = bytes_of(path, page);
    if (!bytes) return bytes.error();
    files.push_back(std::move(*bytes));
  }
  if (is_set(stop)) return cancelled_export();
  if (auto written = write_file_atomic(path, files.front()); !written) return written;
  return files.size() > 1 ? write_file_atomic(solution_path(path), files.back()) : Result<void>{};
}

}  // namespace

std::vector<std::string> page_svgs(const BoardState& state, const PageOptions& options) {
  const Question& question = state.question;
  const std::string title = options.title.empty() ? question.puzzle().info().title : options.title;
  std::vector<std::string> pages{page_svg(question, options.entries ? &state.entries : nullptr,
                                          options.entries ? &state : nullptr, title, options.note)};
  if (options.solution != nullptr) {
    pages.push_back(
        page_svg(question, options.solution, nullptr, title + ": solution", options.note));
  }
  return pages;
}

Result<void> write_page(const std::string& path, const BoardState& state,
                        const PageOptions& options, const std::atomic<bool>* stop) {
  const bool pdf = has_ending(path, ".pdf");
  if (!pdf && !has_ending(path, ".svg") && !has_ending(path, ".png"))
    return wrong_ending(path, ".svg, .pdf or .png");
  const auto pages = page_svgs(state, options);
  if (!pdf) return write_pictures(path, pages, stop);
  if (is_set(stop)) return cancelled_export();
  const auto bytes = svgs_to_pdf(pages);
  if (is_set(stop)) return cancelled_export();
  return bytes ? write_file_atomic(path, *bytes) : Result<void>(bytes.error());
}

}  // namespace trm::ui
