#include "trainer/official.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "engine/model/tensor_io.h"
#include "engine/weights/file_map.h"
#include "engine/weights/sha256.h"
#include "puzzles/registry.h"
#include "puzzles/text.h"
#include "trainer/data.h"
#include "trainer/official_arch.h"
#include "trainer/presets.h"

namespace trm {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStateDict = "model.";  // ACTLossHead's member, not compiled
constexpr std::string_view kStarts[] = {"inner.H_init", "inner.L_init"};

// A word for a shell.
std::string quoted(const std::string& word) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::strchr("/._-+=:,@", c) != nullptr;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

// The command that makes a safetensors file of a checkpoint.
std::string helper_command(const std::string& path) {
  const std::string near = "trainer/official_to_safetensors.py";
  std::error_code failed;
  const std::string script =
      fs::exists(near, failed) ? near : std::string(TRM_SOURCE_ROOT "/") + near;
  fs::path out(path);
  const auto ending = out.extension();
  if (ending == ".pt" || ending == ".pth" || ending == ".ckpt") out.replace_extension();
  return "python3 " + quoted(script) + " " + quoted(path) + " -o " +
         quoted(out.string() + ".safetensors");
}

// What torch.save writes, by its first bytes: a zip archive with a pickle inside, or (before
// PyTorch 1.6) pickles only. A safetensors file may begin with the same two bytes as a pickle, but
// its header's length is followed by the header.
bool is_pickle(std::span<const std::byte> bytes) {
  const auto byte = [&](std::size_t i) {
    return i < bytes.size() ? std::to_integer<int>(bytes[i]) : -1;
  };
  if (byte(0) == 'P' && byte(1) == 'K') return true;
  const bool protocol = byte(0) == 0x80 && byte(1) >= 1 && byte(1) <= 5;
  const bool header =
      byte(4) == 0 && byte(5) == 0 && byte(6) == 0 && byte(7) == 0 && byte(8) == '{';
  return protocol && !header;
}

Result<std::string> small_text(const std::string& path) {
  const auto file = FileMap::open(path);
  if (!file) return file.error();
  const auto bytes = file->bytes();
  if (bytes.size() > (1u << 20)) {
    return fail(ErrorCode::too_large, path + " is over 1 MiB", "config");
  }
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

/// The source file, its digest and the wishes that come with it.
struct Source {
  Safetensors file;
  std::string sha256;
  OfficialConfig config;
  std::string puzzle;
  std::string size;
};

std::string metadata_of(const Safetensors& file, std::string_view key) {
  const auto it = file.metadata().find(key);
  return it == file.metadata().end() ? std::string() : it->second;
}

// The weakest source first: each replaces the values of those before it.
Result<void> gather(const ImportRequest& request, Source& source) {
  OfficialConfig& config = source.config;
  if (!request.preset.empty()) {
    const auto preset = find_preset(request.preset);
    if (!preset) return preset.error();
    const auto section = official_section(preset->arch);
    if (!section) {
      return fail(section.error().code, "preset " + request.preset + ": " + section.error().message,
                  "preset");
    }
    if (auto added = config.add(*section, "preset " + request.preset); !added) return added;
    source.puzzle = preset->puzzle;
    if (!preset->data.empty()) source.size = preset->data.front().size;
  }
  if (const auto puzzle = metadata_of(source.file, "puzzle"); !puzzle.empty()) {
    source.puzzle = puzzle;
    source.size = metadata_of(source.file, "size");
  }
  if (const auto text = metadata_of(source.file, "config"); !text.empty()) {
    if (auto added = config.add_text(text, "the file's metadata"); !added) return added;
  }
  if (!request.config.empty()) {
    const auto text = small_text(request.config);
    if (!text) return text.error();
    if (auto added = config.add_text(*text, request.config); !added) return added;
  }
  for (const auto& assignment : request.set) {
    if (auto changed = config.set(assignment); !changed) return changed;
  }
  if (!request.puzzle.empty() && request.puzzle != source.puzzle) {
    source.puzzle = request.puzzle;
    source.size.clear();
  }
  if (!request.size.empty()) source.size = request.size;
  return {};
}

Result<Source> open_source(const ImportRequest& request) {
  const auto bytes = FileMap::open(request.path);
  if (!bytes) return bytes.error();
  if (is_pickle(bytes->bytes())) {
    return fail(ErrorCode::unsupported,
                request.path +
                    " is a PyTorch checkpoint, that is a pickle, which this program never reads. "
                    "Make a safetensors file of it (needs Python 3 only):\n  " +
                    helper_command(request.path) + "\n");
  }
  auto file = Safetensors::open(request.path);
  if (!file)
    return fail(file.error().code, request.path + ": " + file.error().message, file.error().field);
  if (!metadata_of(*file, "trm.format").empty()) {
    return fail(ErrorCode::invalid_weights,
                request.path + " is one of our own files already, no official state dict", "file");
  }
  Source source{std::move(*file), sha256_hex(bytes->bytes()), {}, {}, {}};
  if (auto gathered = gather(request, source); !gathered) return gathered.error();
  return source;
}

Result<Question> board_of_size(const Puzzle& puzzle, const std::string& size) {
  // The easiest board: only its size matters.
  const auto& difficulties = puzzle.info().difficulties;
  Rng rng(0);
  return puzzle.generate(rng, {size, difficulties.empty() ? "" : difficulties.front(), {}});
}

// A named size tells the length where the tensors do not.
Result<void> length_from_size(const Puzzle& puzzle, Source& source) {
  if (source.size.empty() || !puzzle.info().generates) return {};
  const auto board = board_of_size(puzzle, source.size);
  if (!board) return board.error();
  const int length = puzzle.layout(*board, 0).size();
  const auto said = source.config.integer("seq_len");
  if (said && *said != length) {
    return fail(ErrorCode::invalid_config,
                "boards of size " + source.size + " have " + std::to_string(length) +
                    " positions, " + source.config.source("seq_len") +
                    " says arch.seq_len = " + std::to_string(*said),
                "size");
  }
  return source.config.add(Json::object().set("seq_len", length), "size " + source.size);
}

// The size for the metadata: named, or the module's whose boards have that many positions.
Result<std::vector<std::string>> trained_sizes(const Puzzle& puzzle, const Source& source,
                                               int length) {
  if (!source.size.empty()) return std::vector<std::string>{source.size};
  if (!puzzle.info().generates) return std::vector<std::string>{};
  DatasetInfo wanted;
  wanted.seq_len = length;
  const auto board = dataset_prototype(puzzle, wanted);
  if (!board) {
    return fail(ErrorCode::invalid_config,
                "the network reads " + std::to_string(length) +
                    " positions, and no usual board of " + puzzle.name() +
                    " has so many; name its --size",
                "size");
  }
  return std::vector<std::string>{size_text(board->grid().rows, board->grid().cols)};
}

Result<const Puzzle*> source_puzzle(const Source& source) {
  if (source.puzzle.empty()) {
    return fail(ErrorCode::invalid_config,
                "official files do not name their puzzle; give --puzzle NAME or --preset NAME",
                "puzzle");
  }
  return find_puzzle(source.puzzle);
}

Result<std::vector<std::string>> token_names(const Puzzle& puzzle, int vocab) {
  std::vector<std::string> names = puzzle.tokens().names;
  if (static_cast<std::size_t>(vocab) > names.size()) {
    return fail(ErrorCode::invalid_weights,
                "the network has a vocabulary of " + std::to_string(vocab) + ", the module " +
                    puzzle.name() + " one of " + std::to_string(names.size()),
                "vocab_size");
  }
  names.resize(static_cast<std::size_t>(vocab));
  return names;
}

/// Float32 tensors under our names: views into the file where it has them so, else copies.
struct Float32 {
  TensorMap tensors;
  std::vector<torch::Tensor> copies;
};

torch::Tensor view_of(const TensorView& view) {
  // from_blob wants a mutable pointer; nothing writes through it.
  return torch::from_blob(const_cast<std::byte*>(view.bytes.data()), view.shape, torch::kFloat32);
}

Result<Float32> to_float32(const OfficialTensors& tensors) {
  Float32 result;
  for (const auto& [name, tensor] : tensors) {
    const bool as_is = tensor.view.dtype == DType::f32;
    const torch::Tensor value =
        as_is ? view_of(tensor.view) : to_torch(tensor.view).to(torch::kFloat32).contiguous();
    if (!value.isfinite().all().item<bool>()) {
      return fail(ErrorCode::invalid_weights,
                  "the tensor \"" + tensor.file_name + "\" holds values that are no numbers",
                  tensor.file_name);
    }
    result.tensors.emplace(name, as_is ? tensor.view : to_view(value));
    if (!as_is) result.copies.push_back(value);
  }
  return result;
}

Json training_json(const ImportRequest& request, const Source& source) {
  Json imported = Json::object();
  imported.set("from", "a state dict of the official PyTorch code");
  imported.set("file", fs::path(request.path).filename().string());
  imported.set("sha256", source.sha256).set("config", source.config.json());
  return Json::object().set("imported", std::move(imported)).set("weights", "as in that file");
}

Result<ModelInfo> describe(const ImportRequest& request, Source& source,
                           const OfficialTensors& tensors) {
  const auto puzzle = source_puzzle(source);
  if (!puzzle) return puzzle.error();
  if (auto sized = length_from_size(**puzzle, source); !sized) return sized.error();
  const auto arch = official_arch(tensors, source.config);
  if (!arch) return arch.error();
  if (auto checked = check_official(tensors, *arch); !checked) return checked.error();
  auto tokens = token_names(**puzzle, arch->vocab_size);
  if (!tokens) return tokens.error();
  auto sizes = trained_sizes(**puzzle, source, arch->seq_len);
  if (!sizes) return sizes.error();
  ModelInfo info;
  info.name = fs::path(request.out).stem().string();
  info.puzzle = (*puzzle)->name();
  info.arch = *arch;
  info.tokens = std::move(*tokens);
  info.sizes = std::move(*sizes);
  info.identifiers = arch->num_puzzle_identifiers;
  info.training = training_json(request, source);
  info.licence = request.licence;
  return info;
}

// float32 values that bfloat16 holds exactly have zeros in their lower half.
std::optional<std::vector<std::byte>> as_bfloat16(const TensorView& view) {
  if (view.dtype != DType::f32) return std::nullopt;
  std::vector<std::byte> halves;
  for (std::size_t i = 0; i + 4 <= view.bytes.size(); i += 4) {
    if (view.bytes[i] != std::byte{0} || view.bytes[i + 1] != std::byte{0}) return std::nullopt;
    halves.insert(halves.end(), {view.bytes[i + 2], view.bytes[i + 3]});
  }
  return halves;
}

}  // namespace

Result<ModelInfo> import_official(const ImportRequest& request) {
  auto source = open_source(request);
  if (!source) return source.error();
  const auto tensors = official_tensors(source->file.tensors());
  if (!tensors) return tensors.error();
  auto info = describe(request, *source, *tensors);
  if (!info) return info;
  const auto weights = to_float32(*tensors);
  if (!weights) return weights.error();
  for (const auto& [name, view] : weights->tensors) {
    info->parameters += static_cast<std::int64_t>(view.bytes.size() / sizeof(float));
  }
  if (auto written = write_model_file(request.out, *info, weights->tensors); !written) {
    return written.error();
  }
  return info;
}

Result<void> write_official(const std::string& path, const ModelFile& model) {
  const ModelInfo& info = model.info;
  const auto section = official_section(info.arch);
  if (!section) {
    return fail(section.error().code, info.name + ": " + section.error().message,
                section.error().field);
  }
  const auto tensors = official_tensors(model.weights.tensors());
  if (!tensors) return tensors.error();
  if (auto checked = check_official(*tensors, info.arch); !checked) return checked;
  TensorMap named;
  std::vector<std::vector<std::byte>> halves;
  halves.reserve(std::size(kStarts));
  for (const auto& [name, tensor] : *tensors) {
    TensorView view = tensor.view;
    const bool start = std::find(std::begin(kStarts), std::end(kStarts), name) != std::end(kStarts);
    if (auto half = start ? as_bfloat16(view) : std::nullopt) {
      view.dtype = DType::bf16;
      view.bytes = halves.emplace_back(std::move(*half));
    }
    named.emplace(std::string(kStateDict) + name, view);
  }
  MetadataMap metadata{{"format", "pt"}, {"config", section->dump()}, {"puzzle", info.puzzle}};
  if (!info.sizes.empty()) metadata.emplace("size", info.sizes.front());
  return write_safetensors(path, named, metadata);
}

}  // namespace trm
