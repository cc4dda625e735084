#include "engine/weights/model_file.h"

#include <algorithm>
#include <filesystem>

#include "engine/weights/sha256.h"

namespace trm {
namespace {

Error bad(const std::string& message, const std::string& field) {
  return fail(ErrorCode::invalid_weights, message, field);
}

/// Reads the metadata strings of a model file.
class MetadataReader {
 public:
  explicit MetadataReader(const MetadataMap& metadata) : metadata_(metadata) {}

  Result<std::string> text(const std::string& key) const {
    const auto it = metadata_.find(key);
    if (it == metadata_.end()) {
      return bad("the metadata lacks " + key + ": this is no model file of this program", key);
    }
    return it->second;
  }
  Result<Json> json(const std::string& key) const {
    const auto found = text(key);
    if (!found) return found.error();
    auto parsed = parse_json(*found);
    if (!parsed) return bad(key + ": " + parsed.error().message, key);
    return parsed;
  }
  Result<std::vector<std::string>> list(const std::string& key) const {
    const auto found = json(key);
    if (!found) return found.error();
    std::vector<std::string> values;
    if (!found->is_array()) return bad(key + " is no list of strings", key);
    for (const Json& value : found->as_array()) {
      if (!value.is_string()) return bad(key + " is no list of strings", key);
      values.push_back(value.as_string());
    }
    return values;
  }

 private:
  const MetadataMap& metadata_;
};

Json string_list(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const auto& value : values) list.push(value);
  return list;
}

}  // namespace

Result<ModelInfo> read_model_info(const Safetensors& file) {
  const MetadataReader reader(file.metadata());
  const auto format = reader.text("trm.format");
  if (!format) return format.error();
  if (*format != std::to_string(model_format)) {
    return bad("trm.format is " + format->substr(0, 20) + ", this version reads " +
                   std::to_string(model_format),
               "trm.format");
  }
  ModelInfo info;
  const auto puzzle = reader.text("trm.puzzle");
  if (!puzzle) return puzzle.error();
  info.puzzle = *puzzle;
  const auto arch_json = reader.json("trm.arch");
  if (!arch_json) return arch_json.error();
  auto arch = arch_from_json(*arch_json);
  if (!arch) return arch.error();
  info.arch = std::move(*arch);
  auto tokens = reader.list("trm.tokens");
  if (!tokens) return tokens.error();
  info.tokens = std::move(*tokens);
  auto sizes = reader.list("trm.shapes");
  if (!sizes) return sizes.error();
  info.sizes = std::move(*sizes);
  if (info.tokens.size() != static_cast<std::size_t>(info.arch.vocab_size)) {
    return bad("trm.tokens names " + std::to_string(info.tokens.size()) +
                   " tokens, the architecture has " + std::to_string(info.arch.vocab_size),
               "trm.tokens");
  }
  info.identifiers = info.arch.num_puzzle_identifiers;
  auto training = reader.json("trm.training");
  if (!training) return training.error();
  info.training = std::move(*training);
  const auto licence = reader.text("trm.licence");
  if (!licence) return licence.error();
  info.licence = *licence;
  const auto sha = reader.text("trm.sha256");
  if (!sha) return sha.error();
  info.sha256 = *sha;
  for (const auto& [name, view] : file.tensors()) {
    info.parameters += static_cast<std::int64_t>(view.bytes.size() / dtype_size(view.dtype));
  }
  return info;
}

Result<ModelFile> open_model_file(const std::string& path) {
  const auto file = Safetensors::open(path);
  if (!file) return file.error();
  auto info = read_model_info(*file);
  if (!info) return fail(info.error().code, path + ": " + info.error().message, info.error().field);
  if (const std::string sha = sha256_hex(file->data()); sha != info->sha256) {
    return bad(path + ": the SHA-256 of its data is " + sha.substr(0, 12) +
                   "..., its metadata says " + info->sha256.substr(0, 12) +
                   "...: the file is damaged",
               "trm.sha256");
  }
  info->name = std::filesystem::path(path).stem().string();
  return ModelFile{std::move(*info), *file};
}

Result<void> write_model_file(const std::string& path, const ModelInfo& info,
                              const TensorMap& tensors) {
  if (auto valid = validate(info.arch); !valid) return valid;
  // The data section is the tensors' bytes in name order, as serialize_safetensors lays them.
  std::vector<std::byte> data;
  for (const auto& [name, view] : tensors)
    data.insert(data.end(), view.bytes.begin(), view.bytes.end());
  const MetadataMap metadata{{"trm.format", std::to_string(model_format)},
                             {"trm.puzzle", info.puzzle},
                             {"trm.arch", arch_to_json(info.arch).dump()},
                             {"trm.tokens", string_list(info.tokens).dump()},
                             {"trm.relations", string_list(info.arch.relations).dump()},
                             {"trm.shapes", string_list(info.sizes).dump()},
                             {"trm.identifiers", std::to_string(info.identifiers)},
                             {"trm.training", info.training.dump()},
                             {"trm.sha256", sha256_hex(data)},
                             {"trm.licence", info.licence}};
  return write_safetensors(path, tensors, metadata);
}

Result<void> check_tokens(const ModelInfo& info, const TokenSpec& spec) {
  const bool prefix = info.tokens.size() <= spec.names.size() &&
                      std::equal(info.tokens.begin(), info.tokens.end(), spec.names.begin());
  if (prefix) return {};
  return bad("the model " + info.name + " was trained with other tokens than this version's " +
                 info.puzzle + " module has",
             "trm.tokens");
}

}  // namespace trm
