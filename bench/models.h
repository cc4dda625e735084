// The networks that are measured: files, shipped models, and configurations with random weights.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/model/network.h"
#include "engine/weights/model_file.h"
#include "puzzles/puzzle.h"

namespace trm::bench {

struct BenchModel {
  std::string name;
  const Puzzle* puzzle = nullptr;
  ModelFile file;
};

/// Opens each name: a path of a .safetensors file, a model in the folder, or a preset
/// (trm_trainer presets), which gets random weights, since they change no time. Errors: not_found,
/// those of open_model_file and preset_board.
Result<std::vector<BenchModel>> open_models(const std::vector<std::string>& names,
                                            const std::string& folder);

/// The shipped models, and the paper's networks for Sudoku with both mixers.
Result<std::vector<std::string>> default_models(const std::string& folder);

/// A board on which a model is measured.
struct ModelBoard {
  std::string size;  ///< as generate() names it
  Question question;
  std::int64_t length = 0, nodes = 0;
  std::shared_ptr<const GeometryIndex> geometry;  ///< null for attention and mlp_t
};

/// One board of each size, the easiest of the generator, without those that the model cannot read.
/// `sizes` empty: those that the module lists. Errors: that of the first size if none is left.
Result<std::vector<ModelBoard>> model_boards(const BenchModel& model,
                                             const std::vector<std::string>& sizes);

}  // namespace trm::bench
