#include "trainer/dataset.h"

#include <algorithm>
#include <fstream>
#include <numeric>
#include <sstream>

namespace trm {
namespace {

constexpr std::int64_t kMaxLength = 1 << 16, kMaxVocab = 1 << 16, kMaxIdentifiers = 10'000'000;
constexpr std::uintmax_t kInfoBytes = 1u << 20;

Error invalid(std::string message, std::string field) {
  return fail(ErrorCode::invalid_data, std::move(message), std::move(field));
}

/// Reads members of dataset.json; the first failure stays.
struct InfoReader {
  const Json& json;
  std::optional<Error> error;

  const Json* member(const char* key, bool needed) {
    const Json* value = json.find(key);
    if (value == nullptr && needed && !error)
      error = invalid("dataset.json: " + std::string(key) + " is missing", key);
    return value;
  }
  template <class T>
  void number(const char* key, T& field, std::int64_t low, std::int64_t high, bool needed = true) {
    const Json* value = member(key, needed);
    if (value == nullptr || error) return;
    if (!value->is_int() || value->as_int() < low || value->as_int() > high) {
      error = invalid("dataset.json: " + std::string(key) + " must be a whole number from " +
                          std::to_string(low) + " to " + std::to_string(high),
                      key);
      return;
    }
    field = static_cast<T>(value->as_int());
  }
  void text(const char* key, std::string& field) {
    const Json* value = member(key, false);
    if (value != nullptr && value->is_string()) field = value->as_string();
  }
};

Error bad_array(const std::string& path, const std::string& what) {
  return invalid(path + ": " + what, path);
}

std::string shape_text(const NpyArray& array) {
  std::string text;
  for (const std::int64_t side : array.shape())
    text += (text.empty() ? "" : " x ") + std::to_string(side);
  return text.empty() ? "one number" : text;
}

// Indices that begin with 0, rise (strictly, where nothing may be empty) and end with `end`.
Result<void> check_indices(const NpyArray& array, const std::string& path, std::int64_t end) {
  if (array.shape().size() != 1 || array.elements() < 1)
    return bad_array(path, "expected one list, found " + shape_text(array));
  if (array.at(0) != 0) return bad_array(path, "the first index must be 0");
  for (std::int64_t i = 1; i < array.elements(); ++i) {
    if (array.at(i) <= array.at(i - 1))
      return bad_array(path, "index " + std::to_string(i) + " does not rise");
  }
  if (array.at(array.elements() - 1) != end) {
    return bad_array(path, "the last index is " + std::to_string(array.at(array.elements() - 1)) +
                               ", expected " + std::to_string(end));
  }
  return {};
}

}  // namespace

Result<DatasetInfo> parse_dataset_info(std::string_view text) {
  const auto json = parse_json(text);
  if (!json) return invalid("dataset.json: " + json.error().message, "dataset.json");
  if (!json->is_object()) return invalid("dataset.json is no JSON object", "dataset.json");
  DatasetInfo info;
  InfoReader reader{*json, {}};
  reader.number("pad_id", info.pad_id, 0, kMaxVocab);
  if (const Json* ignored = json->find("ignore_label_id"); ignored && !ignored->is_null()) {
    int id = 0;
    reader.number("ignore_label_id", id, -kMaxVocab, kMaxVocab);
    info.ignore_label_id = id;
  }
  reader.number("blank_identifier_id", info.blank_identifier_id, 0, kMaxIdentifiers);
  reader.number("vocab_size", info.vocab_size, 2, kMaxVocab);
  reader.number("seq_len", info.seq_len, 1, kMaxLength);
  reader.number("num_puzzle_identifiers", info.num_puzzle_identifiers, 1, kMaxIdentifiers);
  reader.number("total_groups", info.total_groups, 0, std::int64_t{1} << 40, false);
  reader.number("total_puzzles", info.total_puzzles, 0, std::int64_t{1} << 40, false);
  reader.text("puzzle", info.puzzle);
  reader.text("size", info.size);
  if (reader.error) return *reader.error;
  if (const Json* mean = json->find("mean_puzzle_examples"); mean && mean->is_number())
    info.mean_puzzle_examples = mean->as_double();
  if (const Json* sets = json->find("sets"); sets && sets->is_array()) {
    info.sets.clear();
    for (const Json& set : sets->as_array()) {
      if (!set.is_string()) return invalid("dataset.json: sets must be a list of names", "sets");
      info.sets.push_back(set.as_string());
    }
  }
  return info;
}

Json dataset_info_to_json(const DatasetInfo& info) {
  Json json = Json::object(), sets = Json::array();
  for (const auto& set : info.sets) sets.push(set);
  json.set("pad_id", info.pad_id);
  json.set("ignore_label_id", info.ignore_label_id ? Json(*info.ignore_label_id) : Json());
  json.set("blank_identifier_id", info.blank_identifier_id).set("vocab_size", info.vocab_size);
  json.set("seq_len", info.seq_len).set("num_puzzle_identifiers", info.num_puzzle_identifiers);
  json.set("total_groups", info.total_groups).set("total_puzzles", info.total_puzzles);
  json.set("mean_puzzle_examples", info.mean_puzzle_examples).set("sets", std::move(sets));
  if (!info.puzzle.empty()) json.set("puzzle", info.puzzle);
  if (!info.size.empty()) json.set("size", info.size);
  return json;
}

Result<Dataset> Dataset::open(const std::string& dir) {
  Dataset data;
  data.dir_ = dir;
  const std::string info_path = dir + "/dataset.json";
  const auto text = FileMap::open(info_path);
  if (!text) {
    return fail(text.error().code,
                text.error().message + "; expected a split's folder, such as DATASET/train",
                text.error().field);
  }
  const auto bytes = text->bytes();
  if (bytes.size() > kInfoBytes) return bad_array(info_path, "over 1 MiB");
  auto info = parse_dataset_info({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!info) return fail(info.error().code, dir + ": " + info.error().message, info.error().field);
  data.info_ = std::move(*info);
  if (data.info_.sets.size() != 1) {
    return fail(ErrorCode::unsupported,
                dir + ": has " + std::to_string(data.info_.sets.size()) +
                    " sets; split it into folders of one set each",
                "sets");
  }
  const std::string& set = data.info_.sets.front();
  if (set.find('/') != std::string::npos) return bad_array(info_path, "a set's name has a slash");
  const std::pair<const char*, NpyArray*> parts[] = {{"inputs", &data.inputs_},
                                                     {"labels", &data.labels_},
                                                     {"puzzle_identifiers", &data.identifiers_},
                                                     {"puzzle_indices", &data.puzzle_indices_},
                                                     {"group_indices", &data.group_indices_}};
  for (const auto& [name, array] : parts) {
    auto opened = NpyArray::open(dir + "/" + set + "__" + name + ".npy");
    if (!opened) return opened.error();
    *array = std::move(*opened);
  }
  if (auto checked = data.check(); !checked) return checked.error();
  return data;
}

Result<void> Dataset::check() const {
  const std::string stem = dir_ + "/" + info_.sets.front() + "__";
  for (const auto& [name, array] : {std::pair{"inputs", &inputs_}, std::pair{"labels", &labels_}}) {
    const auto& shape = array->shape();
    if (shape.size() != 2 || shape[1] != info_.seq_len || shape[0] != inputs_.shape()[0]) {
      return bad_array(stem + name + ".npy",
                       "found " + shape_text(*array) + ", expected " +
                           std::to_string(inputs_.shape().empty() ? 0 : inputs_.shape()[0]) +
                           " rows of seq_len = " + std::to_string(info_.seq_len));
    }
  }
  if (examples() < 1) return bad_array(stem + "inputs.npy", "holds no example");
  if (identifiers_.shape().size() != 1)
    return bad_array(stem + "puzzle_identifiers.npy", "expected one list");
  for (std::int64_t p = 0; p < puzzles(); ++p) {
    if (identifiers_.at(p) < 0 || identifiers_.at(p) >= info_.num_puzzle_identifiers) {
      return bad_array(stem + "puzzle_identifiers.npy",
                       "identifier " + std::to_string(identifiers_.at(p)) + " of puzzle " +
                           std::to_string(p) + " is outside 0 to num_puzzle_identifiers - 1 = " +
                           std::to_string(info_.num_puzzle_identifiers - 1));
    }
  }
  if (auto ok = check_indices(puzzle_indices_, stem + "puzzle_indices.npy", examples()); !ok)
    return ok;
  if (puzzle_indices_.elements() != puzzles() + 1) {
    return bad_array(stem + "puzzle_indices.npy", "has " +
                                                      std::to_string(puzzle_indices_.elements()) +
                                                      " indices, expected one more than the " +
                                                      std::to_string(puzzles()) + " puzzles");
  }
  return check_indices(group_indices_, stem + "group_indices.npy", puzzles());
}

std::int64_t Dataset::puzzle_of(std::int64_t i) const {
  std::int64_t low = 0, high = puzzles();
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (puzzle_start(middle) <= i ? low : high) = middle;
  }
  return low;
}

Result<Example> Dataset::example(std::int64_t i) const {
  Example example;
  const std::int64_t length = info_.seq_len;
  example.tokens.reserve(static_cast<std::size_t>(length));
  example.labels.reserve(static_cast<std::size_t>(length));
  const auto outside = [&](const char* what, std::int64_t value, std::int64_t at) {
    return invalid(dir_ + ": example " + std::to_string(i) + ", position " + std::to_string(at) +
                       ": " + what + " " + std::to_string(value) + " is outside 0 to " +
                       std::to_string(info_.vocab_size - 1),
                   what);
  };
  for (std::int64_t at = 0; at < length; ++at) {
    const std::int64_t token = inputs_.at(i * length + at), label = labels_.at(i * length + at);
    if (token < 0 || token >= info_.vocab_size) return outside("token", token, at);
    example.tokens.push_back(static_cast<Token>(token));
    if (info_.ignore_label_id && label == *info_.ignore_label_id) {
      example.labels.push_back(Puzzle::ignore_label);
      continue;
    }
    if (label < 0 || label >= info_.vocab_size) return outside("label", label, at);
    example.labels.push_back(static_cast<Token>(label));
  }
  example.identifier = identifier_of(puzzle_of(i));
  return example;
}

void GroupSampler::start_epoch() {
  rng_ = Rng::stream(seed_, static_cast<std::uint64_t>(epoch_));
  order_.resize(static_cast<std::size_t>(data_.groups()));
  std::iota(order_.begin(), order_.end(), std::int64_t{0});
  rng_.shuffle(order_);
  group_ = 0;
}

void GroupSampler::start_group() {
  if (group_ == data_.groups()) {
    ++epoch_;
    start_epoch();
  }
  const std::int64_t group = order_[static_cast<std::size_t>(group_++)];
  const std::int64_t first = data_.group_start(group), end = data_.group_start(group + 1);
  const std::int64_t puzzle = first + rng_.below(static_cast<std::uint32_t>(end - first));
  pending_.resize(
      static_cast<std::size_t>(data_.puzzle_start(puzzle + 1) - data_.puzzle_start(puzzle)));
  std::iota(pending_.begin(), pending_.end(), data_.puzzle_start(puzzle));
  rng_.shuffle(pending_);
}

std::int64_t GroupSampler::next() {
  if (pending_.empty()) start_group();
  const std::int64_t example = pending_.back();
  pending_.pop_back();
  ++drawn_;
  return example;
}

void GroupSampler::seek(std::int64_t drawn) {
  epoch_ = drawn_ = 0;
  pending_.clear();
  // Where every puzzle is one example, an epoch is as long as there are groups: whole ones are
  // skipped. Otherwise the draws are repeated, which takes some nanoseconds each.
  if (data_.puzzles() == data_.examples()) {
    epoch_ = drawn / data_.groups();
    drawn_ = epoch_ * data_.groups();
  }
  start_epoch();
  while (drawn_ < drawn) next();
}

}  // namespace trm
