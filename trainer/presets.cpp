#include "trainer/presets.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/model_dirs.h"
#include "trainer/nearest.h"

namespace trm {

Result<std::vector<Preset>> list_presets() {
  const auto folder = find_asset_dir("configs", "TRM_CONFIGS");
  if (!folder) return folder.error();
  std::vector<Preset> presets;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(*folder, failed)) {
    if (entry.path().extension() != ".toml") continue;
    std::string line;
    std::ifstream in(entry.path());
    std::getline(in, line);
    presets.push_back({entry.path().stem().string(), line.starts_with("# ") ? line.substr(2) : "",
                       entry.path().string()});
  }
  std::sort(presets.begin(), presets.end(),
            [](const Preset& a, const Preset& b) { return a.name < b.name; });
  return presets;
}

Result<TrainConfig> find_preset(const std::string& name) {
  const auto presets = list_presets();
  if (!presets) return presets.error();
  std::set<std::string, std::less<>> names;
  for (const Preset& preset : *presets) {
    names.insert(preset.name);
    if (preset.name != name) continue;
    std::ostringstream text;
    text << std::ifstream(preset.path).rdbuf();
    auto config = parse_config(text.str());
    if (!config) {
      return fail(config.error().code, preset.path + ", " + config.error().message,
                  config.error().field);
    }
    return config;
  }
  return fail(ErrorCode::not_found,
              "there is no preset " + name + did_you_mean(name, names) +
                  " (trm_trainer presets lists them)",
              "preset");
}

}  // namespace trm
