#include "bench/models.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "engine/backends/backend.h"
#include "engine/model/tensor_io.h"
#include "engine/model_dirs.h"
#include "puzzles/registry.h"
#include "puzzles/text.h"
#include "trainer/measure.h"
#include "trainer/presets.h"

namespace trm::bench {
namespace {

namespace fs = std::filesystem;

/// A folder that goes away with its object.
struct TempFolder {
  std::string path = (fs::temp_directory_path() / "trm_bench_XXXXXX").string();
  bool made = mkdtemp(path.data()) != nullptr;
  TempFolder() = default;
  ~TempFolder() {
    std::error_code ignored;
    if (made) fs::remove_all(path, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
};

Result<BenchModel> opened(const std::string& path) {
  auto file = open_model_file(path);
  if (!file) return file.error();
  const auto puzzle = find_puzzle(file->info.puzzle);
  if (!puzzle) return puzzle.error();
  return BenchModel{file->info.name, *puzzle, std::move(*file)};
}

// A preset's network with random weights, by way of a file: backends take nothing else.
Result<BenchModel> random_model(const std::string& name) {
  auto config = find_preset(name);
  if (!config) return config.error();
  const auto board = preset_board(*config);
  if (!board) return board.error();
  const auto puzzle = find_puzzle(config->puzzle);
  if (!puzzle) return puzzle.error();
  const Arch& arch = config->arch;
  const Network network(arch, 0, torch::kCPU);
  ModelInfo info;
  info.puzzle = config->puzzle;
  info.arch = arch;
  const auto& names = (*puzzle)->tokens().names;
  const auto vocab = static_cast<std::size_t>(arch.vocab_size);
  if (vocab > names.size()) {
    return fail(ErrorCode::invalid_config, name + " has more tokens than its puzzle", "vocab_size");
  }
  info.tokens.assign(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(vocab));
  info.sizes = {config->data.empty() ? "" : config->data.front().size};
  info.identifiers = arch.num_puzzle_identifiers;
  info.training = Json::object();
  info.licence = "random weights";
  const TempFolder folder;
  if (!folder.made) return fail(ErrorCode::io_error, "cannot make the folder " + folder.path);
  const std::string path = folder.path + "/" + name + ".safetensors";
  if (auto written =
          write_model_file(path, info, tensor_map(network.parameters(), network.buffers()));
      !written)
    return written.error();
  return opened(path);  // the open file outlives its name
}

}  // namespace

Result<std::vector<BenchModel>> open_models(const std::vector<std::string>& names,
                                            const std::string& folder) {
  std::vector<BenchModel> models;
  for (const auto& name : names) {
    const std::string in_folder = folder + "/" + name + ".safetensors";
    auto model = name.ends_with(".safetensors") ? opened(name)
                 : fs::exists(in_folder)        ? opened(in_folder)
                                                : random_model(name);
    if (!model) {
      return fail(model.error().code, "--model " + name + ": " + model.error().message,
                  model.error().field.empty() ? "model" : model.error().field);
    }
    models.push_back(std::move(*model));
  }
  return models;
}

Result<std::vector<std::string>> default_models(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".safetensors") names.push_back(entry.path().stem().string());
  }
  if (failed) return fail(ErrorCode::not_found, "cannot read the folder " + folder, "models");
  std::sort(names.begin(), names.end());
  names.insert(names.end(), {"sudoku-extreme-mlp", "sudoku-extreme-att"});
  return names;
}

namespace {

Result<ModelBoard> board_of(const BenchModel& model, const std::string& size) {
  const Puzzle& puzzle = *model.puzzle;
  const auto& difficulties = puzzle.info().difficulties;
  Rng rng(1);
  auto question =
      puzzle.generate(rng, {size, difficulties.empty() ? "" : difficulties.front(), {}});
  if (!question) return question.error();
  const TokenLayout layout = puzzle.layout(*question, 0);
  const Arch& arch = model.file.info.arch;
  ModelBoard board{size, *question, layout.size(), layout.size(), nullptr};
  if (arch.mixer != Mixer::geometry) {
    if (layout.size() == arch.seq_len) return board;
    return fail(ErrorCode::unsupported_by_model,
                "the model " + model.name + " reads " + std::to_string(arch.seq_len) +
                    " tokens, a board of " + size + " has " + std::to_string(layout.size()),
                "size");
  }
  const auto tokens = puzzle.encode(*question, 0);
  if (*std::max_element(tokens.begin(), tokens.end()) >= arch.vocab_size) {
    return fail(ErrorCode::unsupported_by_model,
                "the model " + model.name + " lacks tokens of a board of " + size, "size");
  }
  auto index = GeometryIndex::make(arch, layout, puzzle.geometry(*question, 0), torch::kCPU);
  if (!index) return index.error();
  board.geometry = std::make_shared<const GeometryIndex>(std::move(*index));
  board.nodes = board.geometry->nodes;
  return board;
}

}  // namespace

Result<std::vector<ModelBoard>> model_boards(const BenchModel& model,
                                             const std::vector<std::string>& sizes) {
  std::vector<ModelBoard> boards;
  std::optional<Error> refused;
  for (const auto& size : sizes.empty() ? model.puzzle->info().sizes : sizes) {
    auto board = board_of(model, size);
    if (board) {
      boards.push_back(std::move(*board));
    } else if (!refused) {
      refused = fail(board.error().code, "--size " + size + ": " + board.error().message, "size");
    }
  }
  if (boards.empty() && refused) return *refused;
  return boards;
}

}  // namespace trm::bench
