// A model file: safetensors with the project's metadata, checked before anything is allocated.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/weights/arch.h"
#include "engine/weights/safetensors.h"
#include "puzzles/puzzle.h"

namespace trm {

/// Version of the metadata that this build writes and reads (`trm.format`).
inline constexpr int model_format = 1;

/// What a model says about itself.
struct ModelInfo {
  std::string name;                 ///< file name without folder and ending; the name over HTTP
  std::string puzzle;               ///< trm.puzzle: the module it was trained for
  Arch arch;                        ///< trm.arch
  std::vector<std::string> tokens;  ///< trm.tokens: names of the ids it was trained with
  std::vector<std::string>
      sizes;            ///< trm.shapes: sizes it was trained on, as generate() names them
  int identifiers = 0;  ///< trm.identifiers: rows of the puzzle-embedding table
  Json training;        ///< trm.training: config, seed, data, figures
  std::string sha256;   ///< trm.sha256: of the data section, hexadecimal
  std::string licence;  ///< trm.licence

  /// Parameters counted in the file.
  std::int64_t parameters = 0;
};

/// A model file that has passed every check that needs no network.
struct ModelFile {
  ModelInfo info;
  Safetensors weights;
};

/// The metadata of a model file, checked. Error: invalid_weights naming the key.
Result<ModelInfo> read_model_info(const Safetensors& file);

/// Opens a model file. Errors: those of Safetensors::open, invalid_weights (no trm.format, another
/// version, SHA mismatch, bad arch), each saying what was expected.
Result<ModelFile> open_model_file(const std::string& path);

/// Metadata for writing; fills trm.sha256 from the tensors.
Result<void> write_model_file(const std::string& path, const ModelInfo& info,
                              const TensorMap& tensors);

/// Whether a model trained with `info` reads this module's tokens: its names must be a prefix of
/// the module's. Error: invalid_weights.
Result<void> check_tokens(const ModelInfo& info, const TokenSpec& spec);

}  // namespace trm
