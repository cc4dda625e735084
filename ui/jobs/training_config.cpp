#include "ui/jobs/training_config.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string_view>

#include "puzzles/json.h"
#include "puzzles/registry.h"
#include "puzzles/text.h"
#include "ui/jobs/picture.h"

namespace trm::ui {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostBytes = 64u << 20;
constexpr int kCounted = 1000;  // boards that are looked at for their size
constexpr const char* kSource = "drawn";

Result<std::string> read_file(const std::string& path, const char* field) {
  std::error_code failed;
  const auto bytes = fs::file_size(path, failed);
  if (failed) return fail(ErrorCode::not_found, "cannot open " + path, field);
  if (bytes > kMostBytes) return fail(ErrorCode::too_large, path + " is over 64 MiB", field);
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// TOML's strings are written as those of JSON.
std::string quoted(const std::string& text) { return Json(text).dump(); }

std::string source_text(const std::string& name, const std::string& more) {
  return "\n[[data]]\nname = " + quoted(name) + "\n" + more;
}

// A line "weights = { ... }" with the drawn boards among them: sources that a stage does not name
// are not drawn from in it. Empty weights mean all alike.
std::string with_weight(std::string line) {
  const auto key = line.find_first_not_of(" \t");
  const auto brace = line.find('{');
  if (key == line.npos || brace == line.npos || line.compare(key, 7, "weights") != 0) return line;
  const auto next = line.find_first_not_of(" \t", brace + 1);
  if (next == line.npos || line[next] == '}') return line;
  return line.insert(brace + 1, std::string(" ") + quoted(kSource) + " = 1,");
}

std::string with_weights(std::string_view config) {
  std::string text;
  for (const TextLine& line : split_lines(config))
    text += with_weight(std::string(line.text)) + "\n";
  return text;
}

bool has_sources(std::string_view config) {
  const auto lines = split_lines(config);
  return std::any_of(lines.begin(), lines.end(), [](const TextLine& line) {
    const auto first = line.text.find_first_not_of(" \t");
    return first != line.text.npos && line.text.substr(first).starts_with("[[data]]");
  });
}

}  // namespace

bool has_checkpoint(const TrainingOptions& options) {
  std::error_code failed;
  return fs::exists(options.out + "/checkpoint.safetensors", failed);
}

std::string data_folder(const TrainingOptions& options) {
  std::error_code failed;
  std::string newest, next = options.out + "/data";
  for (int number = 2; fs::exists(next, failed); ++number) {
    newest = next;
    next = options.out + "/data-" + std::to_string(number);
  }
  return has_checkpoint(options) && !newest.empty() ? newest : next;
}

Result<std::string> size_of_boards(const TrainingOptions& options) {
  const auto puzzle = find_puzzle(options.puzzle);
  if (!puzzle) return puzzle.error();
  const auto text = read_file(options.data, "data");
  if (!text) return text.error();
  if (!(*puzzle)->info().solves) return std::string();
  std::map<std::string, int> sizes;
  int boards = 0;
  for (const TextLine& line : split_lines(*text)) {
    const auto question = (*puzzle)->parse(line.text.substr(0, line.text.find('\t')));
    if (!question) continue;
    ++sizes[size_text(question->grid().rows, question->grid().cols)];
    if (++boards == kCounted) break;
  }
  if (sizes.empty()) {
    return fail(ErrorCode::invalid_data,
                options.data + ": no line is a board of " + (*puzzle)->info().title, "data");
  }
  return std::max_element(sizes.begin(), sizes.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

Result<std::string> config_with_data(const TrainingOptions& options) {
  const auto size = size_of_boards(options);
  if (!size) return size.error();
  const Puzzle& puzzle = **find_puzzle(options.puzzle);
  std::string text = "puzzle = " + quoted(options.puzzle) + "\n";
  if (!options.config.empty()) {
    const auto config = read_file(options.config, "config");
    if (!config) return config.error();
    text = with_weights(*config);
  }
  // Drawn boards alone would be learned by heart.
  if (!has_sources(text) && puzzle.info().generates)
    text += source_text("generated", "size = " + quoted(*size) + "\n");
  // Tasks stand at random places of their frames already, which symmetries would undo.
  text += source_text(kSource, "dataset = " + quoted(data_folder(options) + "/train") + "\n" +
                                   (puzzle.info().solves ? "" : "augment = false\n"));
  return text;
}

}  // namespace trm::ui
