// What the editor reads from disk and clipboard: board files, settings, game ids, any text.
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/puzzle_checks.h"
#include "ui/session/board_file.h"
#include "ui/session/editor.h"
#include "ui/session/game_id.h"
#include "ui/session/settings.h"

namespace trm {
namespace {

using namespace ui;

template <class T>
void check_refusal(const Result<T>& read) {
  if (read) return;
  FUZZ_CHECK(!read.error().message.empty(), "an error without words");
  FUZZ_CHECK(read.error().code != ErrorCode::internal, read.error().message);
}

/// Drawn, judged and written as the window does it.
void look_at(const Editor& editor) {
  const BoardState& now = editor.now();
  View view;
  view.question = &now.question;
  view.answer = &now.entries;
  view.conflicts = editor.problems().empty() ? editor.entry_conflicts() : editor.problems();
  fuzz::NullCanvas canvas;
  editor.puzzle().draw(canvas, view);
  (void)editor.puzzle().format_answer(now.question, now.entries);
  (void)editor.puzzle().hint(now.question, now.entries);
}

void play(const History& history, std::uint64_t seed) {
  Rng rng(seed);
  Editor editor(history.now().question);
  editor.open(history);
  look_at(editor);
  for (const Layer layer : {Layer::question, Layer::answer}) {
    editor.set_layer(layer);
    editor.set_tool(static_cast<Tool>(rng.below(4)));
    (void)editor.press({0, 0, 0}, rng.chance(0.3));
    (void)editor.drag({0, rng.between(0, 8), rng.between(0, 8)});
    look_at(editor);
    editor.release();
    (void)editor.resize(0, rng.between(1, 9), rng.between(1, 9));
    (void)editor.tidy_marks();
    look_at(editor);
  }
  while (editor.undo()) {
  }
  look_at(editor);
}

void check_board_file(const BoardFile& file, std::uint64_t seed) {
  const std::string text = format_board_file(file);
  const auto again = parse_board_file(text);
  FUZZ_CHECK(again.ok(), text + (again ? "" : "\n" + again.error().message));
  FUZZ_CHECK(again->history.at() == file.history.at(), text);
  const auto &before = file.history.moments(), &after = again->history.moments();
  FUZZ_CHECK(before.size() == after.size(), text);
  for (std::size_t i = 0; i < before.size(); ++i) {
    FUZZ_CHECK(before[i]->state == after[i]->state, text);
  }
  FUZZ_CHECK(format_board_file(*again) == text, text);
  play(file.history, seed);
}

void check_settings(std::string_view text) {
  const auto settings = parse_settings(text);
  check_refusal(settings);
  if (!settings) return;
  const auto again = parse_settings(format_settings(*settings));
  FUZZ_CHECK(again && *again == *settings, text);
}

void check_game_id(std::string_view text) {
  const auto id = parse_game_id(text);
  check_refusal(id);
  if (!id) return;
  FUZZ_CHECK(is_game_id(text), text);
  const std::string written = format_game_id(*id);
  const auto again = parse_game_id(written);
  FUZZ_CHECK(again.ok() && format_game_id(*again) == written, written);
}

}  // namespace
}  // namespace trm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trm;
  const auto text = fuzz::as_text(data, size);
  const auto file = ui::parse_board_file(text);
  check_refusal(file);
  if (file) check_board_file(*file, fuzz::seed_of(text));
  check_settings(text);
  check_game_id(text);
  if (file || ui::is_game_id(text)) return 0;  // generating takes long
  const auto any = ui::read_any(text, nullptr);
  check_refusal(any);
  if (any) check_board_file(*any, fuzz::seed_of(text));
  return 0;
}
