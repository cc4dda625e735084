#include "trainer/card.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

#include "engine/model/tensor_io.h"
#include "engine/weights/atomic_file.h"
#include "puzzles/registry.h"

namespace trm {
namespace {

std::string percent(double rate) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * rate);
  return text;
}

// The processor's name where the system tells it.
std::string machine_name(int threads) {
  std::ifstream in("/proc/cpuinfo");
  std::string line, name = "unknown processor";
  while (std::getline(in, line)) {
    if (line.starts_with("model name")) {
      name = line.substr(std::min(line.find(':') + 2, line.size()));
      break;
    }
  }
  return name + ", " + (threads > 0 ? std::to_string(threads) + " thread(s)" : "all cores");
}

Json training_json(const TrainConfig& config, const RunFacts& facts,
                   const std::vector<std::pair<std::string, Score>>& scores) {
  Json figures = Json::object();
  for (const auto& [name, score] : scores) figures.set(name, score_to_json(score));
  Json json = Json::object();
  json.set("command", facts.command).set("config", config_to_toml(config)).set("seed", config.seed);
  json.set("minutes", facts.minutes)
      .set("steps", facts.steps)
      .set("machine", machine_name(facts.threads));
  json.set("weights", config.learn.ema_decay > 0 ? "EMA" : "last").set("figures", figures);
  return json;
}

// The command that repeats one line of the figures.
std::string eval_command(const std::string& model, const EvalSet& set) {
  std::string text = "trm_trainer eval " + model + ".safetensors";
  if (!set.size.empty()) text += " --size " + set.size;
  if (!set.dataset.empty()) text += " --dataset " + set.dataset;
  if (!set.file.empty()) text += " --file " + set.file;
  if (!set.difficulty.empty()) text += " --difficulty " + set.difficulty;
  for (const auto& [name, value] : set.options) text += " --set " + name + "=" + Json(value).dump();
  text += " --count " + std::to_string(set.count) + " --max-steps " + std::to_string(set.max_steps);
  return text + " --seed " + std::to_string(set.seed);
}

// What the papers give for tasks.
std::string pass_at_line(const std::string& set, const PassAt& pass_at) {
  std::string text =
      "\n" + set + ", votes of images for the tests of " + std::to_string(pass_at.tasks) + " tasks";
  if (!pass_at.whole) text += " (a part of the split)";
  for (std::size_t i = 0; i < pass_at.rates.size(); ++i) {
    text += (i == 0 ? ": pass@" : ", pass@") + std::to_string(PassAt::attempts[i]) + " " +
            percent(pass_at.rates[i]);
  }
  return text + ".\n";
}

std::string card_text(const TrainConfig& config, const RunFacts& facts, const ModelInfo& info,
                      const std::vector<std::pair<std::string, Score>>& scores) {
  std::string text = "# Model `" + info.name + "`\n\n";
  char line[256];
  std::snprintf(line, sizeof line,
                "%lld parameters, trained in %.0f minutes (%lld steps) on %s.\n\n",
                static_cast<long long>(info.parameters), facts.minutes,
                static_cast<long long>(facts.steps), machine_name(facts.threads).c_str());
  text += line;
  if (!config.init.empty()) {
    text += "It began with the weights of `" + config.init +
            "`, whose own training is not counted here.\n\n";
  }
  text += "Puzzle: " + info.puzzle + ". Sizes trained:";
  for (const auto& size : info.sizes) text += " " + size;
  text += ".\nData: the module's own generator under random symmetries, seed " +
          std::to_string(config.seed) +
          "; other data only where the configuration names a file or a data set.\n";
  text +=
      "\n## Figures\n\nHeld-out boards, one attempt; the generator's come from a stream of their "
      "own. "
      "*solved*: the rules were checked and hold at some step;\n*exact*: every token equals the "
      "label "
      "after the last step, plain argmax. In brackets the 95 % interval (Wilson).\n\n"
      "| set | boards | solved | | exact | mean steps |\n| --- | --- | --- | --- | --- | --- |\n";
  for (const auto& [name, score] : scores) {
    const Interval interval = wilson(score.solved, score.boards);
    std::snprintf(line, sizeof line, "| %s | %lld | %s | (%s to %s) | %s | %.1f |\n", name.c_str(),
                  static_cast<long long>(score.boards), percent(score.solved_rate()).c_str(),
                  percent(interval.low).c_str(), percent(interval.high).c_str(),
                  percent(score.exact_raw_rate()).c_str(), score.mean_steps());
    text += line;
  }
  for (const auto& [name, score] : scores) {
    if (score.pass_at) text += pass_at_line(name, *score.pass_at);
  }
  text += "\nMeasured again by\n\n```sh\n";
  for (const EvalSet& set : config.evals) text += eval_command(info.name, set) + "\n";
  text += "```\n\n## Made by\n\n```sh\n" + facts.command + "\n```\n\n```toml\n" +
          config_to_toml(config) + "```\n";
  return text;
}

}  // namespace

Result<void> write_model(const std::string& path, const TrainConfig& config, const Network& network,
                         const std::vector<std::pair<std::string, Score>>& scores,
                         const RunFacts& facts) {
  Network::NamedTensors parameters, buffers;
  ModelInfo info;
  const auto dense = [](const torch::Tensor& t) {
    return t.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  };
  for (const auto& [name, t] : network.parameters()) {
    parameters.emplace_back(name, dense(t));
    info.parameters += t.numel();
  }
  for (const auto& [name, t] : network.buffers()) buffers.emplace_back(name, dense(t));
  info.name = std::filesystem::path(path).stem().string();
  info.puzzle = config.puzzle;
  info.arch = network.arch();
  const auto puzzle = find_puzzle(config.puzzle);
  if (!puzzle) return puzzle.error();
  info.tokens = (*puzzle)->tokens().names;
  info.tokens.resize(static_cast<std::size_t>(info.arch.vocab_size));
  std::set<std::string> sizes;
  for (const DataSource& source : config.data) {
    if (sizes.insert(source.size).second) info.sizes.push_back(source.size);
  }
  info.identifiers = config.arch.num_puzzle_identifiers;
  info.training = training_json(config, facts, scores);
  info.licence = "MIT";
  if (auto written = write_model_file(path, info, tensor_map(parameters, buffers)); !written) {
    return written;
  }
  const std::string card = card_text(config, facts, info, scores);
  return write_file_atomic(std::filesystem::path(path).replace_extension(".md").string(), card);
}

}  // namespace trm
