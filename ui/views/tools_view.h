// What to draw with, and new boards.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ui/views/view.h"

namespace trm::ui {

class ToolsView final : public View {
 public:
  const char* name() const override { return "tools"; }
  const char* title() const override { return "Tools"; }
  Place place() const override { return Place::left; }
  void draw_content(Session& session, Shell& shell) override;

 private:
  /// What follows from the board; made anew when it changes.
  struct Facts {
    std::uint64_t revision = 0;
    Layer layer = Layer::question;
    int grid = -1;                      ///< of the cursor
    std::vector<std::string> grids;     ///< names for people
    std::vector<std::string> examples;  ///< their numbers
    std::string size;
  };
  /// The palette in the colours that the board has.
  struct Shown {
    std::uint64_t board = 0;
    Layer layer = Layer::question;
    bool dark = false;
    std::vector<PaletteEntry> entries;
  };

  void refresh(const Editor& editor);
  void refresh_palette(const Editor& editor);
  void layers(Editor& editor);
  void tools(Editor& editor);
  void palette(Session& session);
  void swatch(Session& session, const PaletteEntry& entry, float side);
  void moves(Session& session);
  void board(Session& session, Shell& shell);
  void copy_from(Session& session);
  void examples(Session& session);
  void make(Session& session, Shell& shell);
  void sizes(const PuzzleInfo& info);

  Facts facts_;
  Shown shown_;
  std::uint64_t options_of_ = 0;  // number of the board that the choices below belong to
  int size_ = 0, difficulty_ = 0, from_ = 0, example_ = 0;
  std::string seed_, wrong_;
};

}  // namespace trm::ui
