// `trm info`: what this build can do and which models it finds.
#include <algorithm>
#include <filesystem>

#include "cli/commands.h"
#include "cli/run.h"
#include "cli/watch.h"
#include "engine/backends/backend.h"
#include "engine/model_dirs.h"
#include "engine/solution_json.h"
#include "puzzles/registry.h"

namespace trm::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "none" : text;
}

std::string number(double value) { return Json(value).dump(); }

/// A file of the models folder: what it says, or why it cannot be used.
struct FoundModel {
  std::string path;
  Result<ModelInfo> info;
};

std::vector<FoundModel> find_models(const std::string& folder, const std::string& puzzle) {
  std::vector<std::string> paths;
  std::error_code code;
  for (std::filesystem::directory_iterator at(folder, code), end; !code && at != end;
       at.increment(code)) {
    if (at->path().extension() == ".safetensors") paths.push_back(at->path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<FoundModel> models;
  for (const std::string& path : paths) {
    auto file = open_model_file(path);
    if (!file) {
      models.push_back({path, std::move(file).error()});
    } else if (puzzle.empty() || file->info.puzzle == puzzle) {
      models.push_back({path, std::move(file->info)});
    }
  }
  return models;
}

Json models_json(const std::vector<FoundModel>& models) {
  Json list = Json::array();
  for (const FoundModel& model : models) {
    if (model.info) {
      list.push(model_to_json(*model.info));
    } else {
      Json object = Json::object();
      object.set("file", std::filesystem::path(model.path).filename().string());
      object.set("error", model.info.error().message);
      list.push(std::move(object));
    }
  }
  return list;
}

void write_json(const std::string& folder, const std::vector<FoundModel>& models,
                const std::vector<const Puzzle*>& puzzles, const Streams& streams) {
  Json backends = Json::array();
  for (const std::string& name : backend_names()) backends.push(name);
  Json list = Json::array();
  for (const Puzzle* puzzle : puzzles) list.push(puzzle_to_json(*puzzle));
  Json object = Json::object();
  object.set("version", version()).set("backends", std::move(backends));
  object.set("model_dir", folder).set("models", models_json(models));
  object.set("puzzles", std::move(list));
  streams.out << object.dump() << std::endl;
}

void write_models(const std::string& folder, const std::vector<FoundModel>& models,
                  const Streams& streams) {
  streams.out << "models:   " << (folder.empty() ? "no folder found" : folder) << '\n';
  if (models.empty()) streams.out << "  none\n";
  for (const FoundModel& model : models) {
    if (!model.info) {
      streams.out << "  " << std::filesystem::path(model.path).filename().string()
                  << ": cannot be used: " << model.info.error().message << '\n';
      continue;
    }
    const ModelInfo& info = *model.info;
    streams.out << "  " << info.name << ": " << info.puzzle << " " << joined(info.sizes) << ", "
                << counted(info.parameters, "parameter");
    if (!info.licence.empty()) streams.out << ", " << info.licence;
    streams.out << '\n';
  }
}

void write_puzzle(const Puzzle& puzzle, const Streams& streams) {
  const PuzzleInfo& info = puzzle.info();
  streams.out << '\n' << info.name << ": " << info.summary << "\n  rules: " << info.rules << '\n';
  if (!info.checks) streams.out << "  answers can be plausible, never verified\n";
  streams.out << "  rule solver: " << (info.solves ? "yes" : "no")
              << "\n  generator: " << (info.generates ? "yes" : "no") << '\n';
  if (info.generates) {
    streams.out << "  sizes: " << joined(info.sizes)
                << "\n  difficulties: " << joined(info.difficulties) << '\n';
    for (const GenerateOption& option : info.options) {
      streams.out << "  --set " << option.name << "=" << number(option.standard) << "  (from "
                  << number(option.minimum) << " to " << number(option.maximum) << ") "
                  << option.help << '\n';
    }
  }
  streams.out << "  forms:\n";
  for (const TextForm& form : info.forms) {
    streams.out << "    " << form.name << ": " << form.description << '\n';
  }
}

}  // namespace

int info_command(const InfoOptions& options, const Streams& streams) {
  std::vector<const Puzzle*> puzzles = registered_puzzles();
  if (!options.puzzle.empty()) {
    const auto found = find_puzzle(options.puzzle);
    if (!found) return complain(streams, found.error());
    puzzles = {*found};
  }
  auto folder = find_model_dir(options.models);
  // A folder that was asked for must be there; a build without models can still tell about itself.
  if (!folder && !options.models.empty()) return complain(streams, folder.error());
  const std::string path = folder ? *folder : std::string();
  const auto models = path.empty() ? std::vector<FoundModel>() : find_models(path, options.puzzle);
  if (options.json) {
    write_json(path, models, puzzles, streams);
    return exit_ok;
  }
  streams.out << "trm " << version() << "\nbackends: " << joined(backend_names()) << '\n';
  write_models(path, models, streams);
  for (const Puzzle* puzzle : puzzles) write_puzzle(*puzzle, streams);
  streams.out << std::flush;
  return exit_ok;
}

}  // namespace trm::cli
