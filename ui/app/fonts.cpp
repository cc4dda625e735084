// Letters: the fonts of theme.h.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/model_dirs.h"
#include "ui/app/theme.h"

namespace trm::ui {
namespace {

Fonts loaded;

// Latin, Greek, Cyrillic (names of files), punctuation, arrows, some mathematics, shapes and marks.
constexpr ImWchar text_glyphs[] = {0x20,   0x17f,  0x370,  0x52f,  0x2010, 0x2044, 0x2190,
                                   0x21bb, 0x2212, 0x2212, 0x2260, 0x2265, 0x25a0, 0x25e6,
                                   0x2605, 0x2606, 0x2713, 0x2717, 0x26a0, 0x26a0, 0};
// What stands in cells.
constexpr ImWchar board_glyphs[] = {0x20, 0xff, 0x2190, 0x2199, 0x25a0, 0x25e6, 0x2605, 0x2606, 0};

struct Family {
  std::string name, text, heading, mono;  // paths
};

std::string read_font(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  // ImGui stops the program at anything else.
  constexpr std::string_view open_type = "OTTO", true_type{"\0\1\0\0", 4};
  const bool font = bytes.starts_with(open_type) || bytes.starts_with(true_type);
  return font ? bytes : std::string();
}

ImFont* add(ImFontAtlas& atlas, const std::string& bytes, float size, const ImWchar* glyphs) {
  // The atlas frees it.
  void* copy = ImGui::MemAlloc(bytes.size());
  std::memcpy(copy, bytes.data(), bytes.size());
  ImFontConfig config;
  config.OversampleH = size < 24 ? 2 : 1;
  config.OversampleV = 1;
  return atlas.AddFontFromMemoryTTF(copy, static_cast<int>(bytes.size()), std::round(size), &config,
                                    glyphs);
}

bool add_family(ImFontAtlas& atlas, const Family& family, float scale) {
  const std::string text = read_font(family.text), heading = read_font(family.heading),
                    mono = read_font(family.mono);
  if (text.empty() || heading.empty() || mono.empty()) return false;
  constexpr float text_size = 16, heading_size = 18, mono_size = 15.5f, board_size = 40;
  loaded.text = add(atlas, text, text_size * scale, text_glyphs);
  loaded.heading = add(atlas, heading, heading_size * scale, text_glyphs);
  loaded.mono = add(atlas, mono, mono_size * scale, text_glyphs);
  loaded.board = add(atlas, text, std::min(board_size * scale, 96.0f), board_glyphs);
  return true;
}

std::vector<Family> families() {
  std::vector<Family> all;
  if (const auto folder = find_asset_dir("fonts", "TRM_FONTS")) {
    all.push_back({"Inter", *folder + "/Inter-Regular.otf", *folder + "/Inter-SemiBold.otf",
                   *folder + "/JetBrainsMono-Regular.ttf"});
  }
  const std::string system = "/usr/share/fonts/truetype/dejavu/";
  all.push_back({"DejaVu", system + "DejaVuSans.ttf", system + "DejaVuSans-Bold.ttf",
                 system + "DejaVuSansMono.ttf"});
  return all;
}

}  // namespace

const Fonts& fonts() { return loaded; }

std::string load_fonts(ImFontAtlas& atlas, float scale) {
  atlas.Clear();
  loaded = {};
  for (const Family& family : families()) {
    if (!add_family(atlas, family, scale)) continue;
    ImGui::GetIO().FontDefault = loaded.text;
    return family.name;
  }
  ImFontConfig config;
  config.SizePixels = std::round(13 * scale);
  loaded.text = loaded.heading = loaded.mono = loaded.board = atlas.AddFontDefault(&config);
  ImGui::GetIO().FontDefault = loaded.text;
  return "ImGui's own font";
}

}  // namespace trm::ui
