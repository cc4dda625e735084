// New boards: which puzzle, empty or generated, how large, how hard.
#include <algorithm>

#include "puzzles/registry.h"
#include "ui/app/theme.h"
#include "ui/app/widgets.h"
#include "ui/views/dialogs.h"
#include "ui/views/words.h"

namespace trm::ui {
namespace {

bool option_slider(const std::string& name, const GenerateOption& option, double& value) {
  muted((option.name + ": " + option.help).c_str());
  const bool whole = option.minimum == static_cast<double>(static_cast<long>(option.minimum)) &&
                     option.maximum > 1 && option.maximum <= 1e6;
  if (whole) {
    int number = static_cast<int>(value);
    const bool changed = slider(name, "##option", number, static_cast<int>(option.minimum),
                                static_cast<int>(option.maximum));
    if (changed) value = number;
    return changed;
  }
  auto number = static_cast<float>(value);
  ImGui::SetNextItemWidth(-1);
  const bool changed =
      ImGui::SliderFloat(("##" + name).c_str(), &number, static_cast<float>(option.minimum),
                         static_cast<float>(option.maximum), "%.3g");
  probe().mark_last(name);
  if (changed) value = static_cast<double>(number);
  return changed;
}

}  // namespace

void Dialogs::start_new(const Session& session) {
  names_.clear();
  puzzle_ = 0;
  const auto& puzzles = registered_puzzles();
  for (std::size_t i = 0; i < puzzles.size(); ++i) {
    names_.push_back(puzzles[i]->info().title);
    if (puzzles[i] == &session.editor().puzzle()) puzzle_ = static_cast<int>(i);
  }
  seed_.clear();
  pick_puzzle(session.editor().puzzle());
}

void Dialogs::pick_puzzle(const Puzzle& puzzle) {
  what_ = puzzle.info().generates ? 1 : 0;
  size_ = difficulty_ = 0;
  other_size_.clear();
  options_.clear();
  for (const GenerateOption& option : puzzle.info().options) options_.push_back(option.standard);
}

void Dialogs::new_board(Session& session, Shell& shell) {
  if (waiting_) return wait_for_board(session);
  const auto& puzzles = registered_puzzles();
  if (combo("new/puzzle", "Puzzle", puzzle_, names_)) {
    pick_puzzle(*puzzles[static_cast<std::size_t>(puzzle_)]);
    error_.clear();
  }
  const Puzzle& puzzle = *puzzles[static_cast<std::size_t>(puzzle_)];
  const PuzzleInfo& info = puzzle.info();
  muted(info.summary.c_str());
  if (info.generates) {
    if (toggle("new/generated", "Generated", what_ == 1, "A puzzle to solve")) what_ = 1;
    flow_button("Empty");
    if (toggle("new/empty", "Empty", what_ == 0, "A board to draw your own puzzle on")) what_ = 0;
  }
  std::vector<std::string> sizes = info.sizes;
  sizes.emplace_back("another size");
  combo("new/size", "Size", size_, sizes);
  bool entered = false;
  if (size_ == static_cast<int>(info.sizes.size()))
    entered = input_text("new/other_size", "Rows x columns", other_size_, "12x10", true);
  if (what_ == 1 && generator(info)) entered = true;
  if (session.unsaved() && session.editor().history().moments().size() > 1) {
    muted("The open board has changes that no file holds.");
    if (button("new/save_first", "Save it first")) shell.dialog = "save";
  }
  say_error("new/error");
  if (primary_button("new/ok", what_ == 1 ? "Generate" : "Create") || entered)
    make(session, puzzle);
  cancel_button("new/cancel");
}

// True: Enter was pressed in it.
bool Dialogs::generator(const PuzzleInfo& info) {
  if (!info.difficulties.empty()) {
    std::vector<std::string> words{"any"};
    words.insert(words.end(), info.difficulties.begin(), info.difficulties.end());
    combo("new/difficulty", "Difficulty", difficulty_, words);
  }
  for (std::size_t i = 0; i < std::min(options_.size(), info.options.size()); ++i)
    option_slider("new/option/" + info.options[i].name, info.options[i], options_[i]);
  return input_text("new/seed", "Seed", seed_, "random; the same number makes the same board",
                    true);
}

std::string Dialogs::wanted_size(const PuzzleInfo& info) const {
  const auto at = static_cast<std::size_t>(size_);
  return at < info.sizes.size() ? info.sizes[at] : other_size_;
}

void Dialogs::make(Session& session, const Puzzle& puzzle) {
  const PuzzleInfo& info = puzzle.info();
  error_.clear();
  if (what_ == 0) {
    const auto made = session.new_board(puzzle, wanted_size(info));
    if (made) return close();
    error_ = made.error().message;
    return;
  }
  const auto seed = wanted_seed(seed_);
  if (!seed) {
    error_ = wrong_seed;
    return;
  }
  GameId id{info.name, {}, *seed};
  id.request.size = wanted_size(info);
  if (difficulty_ > 0)
    id.request.difficulty = info.difficulties[static_cast<std::size_t>(difficulty_ - 1)];
  for (std::size_t i = 0; i < std::min(options_.size(), info.options.size()); ++i) {
    if (options_[i] != info.options[i].standard)
      id.request.options[info.options[i].name] = options_[i];
  }
  waiting_ = true;
  idle_frames_ = 0;
  board_before_ = session.editor().board_number();
  session.generate(std::move(id));
}

// The dialog stays until the board is there, so that what went wrong can be changed.
void Dialogs::wait_for_board(Session& session) {
  progress_bar(-1, "Making a board...");
  if (button("new/stop", "Stop")) {
    session.cancel_generate();
    waiting_ = false;
    return;
  }
  if (session.editor().board_number() != board_before_) return close();
  // The session takes results in between frames: one more frame after the work has ended.
  redraw_in(0.02);
  idle_frames_ = session.generating() ? 0 : idle_frames_ + 1;
  constexpr int kPatience = 3;
  if (idle_frames_ < kPatience) return;
  waiting_ = false;
  const LogLine* last = session.log().last();
  error_ = last != nullptr && last->level == Level::error ? last->text : "Nothing was generated.";
}

}  // namespace trm::ui
