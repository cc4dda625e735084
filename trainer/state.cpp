#include "trainer/state.h"

#include <charconv>

#include "engine/model/tensor_io.h"
#include "engine/weights/safetensors.h"
#include "puzzles/json.h"
#include "puzzles/registry.h"

namespace trm {
namespace {

constexpr const char* kFormat = "1";  // version of the checkpoint's layout

Error damaged(const std::string& what) {
  return fail(ErrorCode::invalid_checkpoint, "the checkpoint is damaged or foreign: " + what);
}

// The tensors of a lane under their names; shared storage, so that loading can copy into them.
std::vector<std::pair<std::string, torch::Tensor>> lane_tensors(const TrainLane& lane,
                                                                std::size_t i) {
  const std::string prefix = "lane" + std::to_string(i) + ".";
  const Lane& l = lane.lane;
  return {{prefix + "tokens", l.tokens},
          {prefix + "labels", l.labels},
          {prefix + "identifiers", l.identifiers},
          {prefix + "steps", l.steps},
          {prefix + "halted", l.halted},
          {prefix + "y", l.carry.y},
          {prefix + "z", l.carry.z}};
}

Json counters(const RunState& state) {
  Json drawn = Json::array();
  for (const auto& source : state.sources) drawn.push(source.drawn());
  Json rng = Json::array();
  // As text: a JSON number may not hold 64 unsigned bits.
  for (const auto word : state.rng.state()) rng.push(std::to_string(word));
  Json json = Json::object();
  json.set("step", state.step).set("updates", state.learner->step_count());
  json.set("seconds", state.seconds).set("drawn", drawn).set("rng", rng);
  return json;
}

Result<void> restore_counters(RunState& state, const Json& json, std::int64_t& updates) {
  const Json *step = json.find("step"), *count = json.find("updates"),
             *seconds = json.find("seconds"), *drawn = json.find("drawn"), *rng = json.find("rng");
  const bool complete = step && step->is_int() && count && count->is_int() && seconds &&
                        seconds->is_number() && drawn && drawn->is_array() && rng &&
                        rng->is_array();
  if (!complete || drawn->as_array().size() != state.sources.size() ||
      rng->as_array().size() != 4) {
    return damaged("its counters are incomplete");
  }
  state.step = step->as_int();
  state.seconds = seconds->as_double();
  updates = count->as_int();
  for (std::size_t i = 0; i < state.sources.size(); ++i) {
    if (!drawn->as_array()[i].is_int()) return damaged("drawn");
    state.sources[i].set_drawn(drawn->as_array()[i].as_int());
  }
  Rng::State words{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Json& word = rng->as_array()[i];
    if (!word.is_string()) return damaged("rng");
    const std::string& text = word.as_string();
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), words[i]);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return damaged("rng");
  }
  state.rng.set_state(words);
  return {};
}

Result<void> copy_into(torch::Tensor target, const TensorMap& tensors, const std::string& name) {
  const auto it = tensors.find(name);
  if (it == tensors.end() || target.sizes() != torch::IntArrayRef(it->second.shape)) {
    return damaged("no tensor \"" + name + "\" of this configuration's shape");
  }
  const torch::Tensor value = to_torch(it->second);
  if (value.scalar_type() != target.scalar_type()) return damaged("the type of \"" + name + "\"");
  target.copy_(value);
  return {};
}

// Everything but the length of the run must be the same: a run may be prolonged.
std::string comparable(TrainConfig config) {
  config.minutes = 0;
  config.steps = 0;
  return config_to_toml(config);
}

}  // namespace

Result<RunState> RunState::make(const TrainConfig& config, torch::Device device) {
  RunState state;
  state.config = config;
  const auto puzzle = find_puzzle(config.puzzle);
  if (!puzzle) return puzzle.error();
  state.puzzle = *puzzle;
  const auto seed = static_cast<std::uint64_t>(config.seed);
  state.rng = Rng::stream(seed, 0x7261696e);
  state.learner = std::make_unique<Learner>(config.arch, config.learn, seed, device);
  for (const DataSource& spec : config.data) {
    auto source = ExampleSource::open(*state.puzzle, spec, seed);
    if (!source) return source.error();
    state.sources.push_back(std::move(*source));
  }
  for (std::size_t i = 0; i < state.sources.size(); ++i) {
    const Question& prototype = state.sources[i].prototype();
    const TokenLayout layout = state.puzzle->layout(prototype, 0);
    const Geometry geometry = state.puzzle->geometry(prototype, 0);
    bool placed = false;
    for (TrainLane& lane : state.lanes) {
      const Question& other = state.sources[lane.sources.front()].prototype();
      placed = lane.lane.rows == config.data[i].batch && state.puzzle->layout(other, 0) == layout &&
               state.puzzle->geometry(other, 0) == geometry;
      if (placed) {
        lane.sources.push_back(i);
        break;
      }
    }
    if (placed) continue;
    std::shared_ptr<const GeometryIndex> index;
    if (config.arch.mixer == Mixer::geometry) {
      auto made = GeometryIndex::make(config.arch, layout, geometry, device);
      if (!made) return made.error();
      index = std::make_shared<const GeometryIndex>(std::move(*made));
    } else if (layout.size() != config.arch.seq_len) {
      return fail(ErrorCode::invalid_config,
                  "attention and mlp_t nets take one board size; \"" + config.data[i].name +
                      "\" has another",
                  "data.size");
    }
    state.lanes.push_back(
        {Lane::make(state.learner->network(), config.data[i].batch, layout.size(), index), {i}});
  }
  return state;
}

double RunState::progress() const {
  if (config.steps > 0) {
    return std::min(1.0, static_cast<double>(step) / static_cast<double>(config.steps));
  }
  return std::min(1.0, seconds / 60.0 / config.minutes);
}

Result<void> save_checkpoint(const RunState& state, const std::string& path) {
  TensorMap tensors;
  std::vector<torch::Tensor> alive;  // dense copies on the CPU that the map's views point into
  const auto add = [&](const std::string& name, const torch::Tensor& tensor) {
    alive.push_back(tensor.detach().to(torch::kCPU).contiguous());
    tensors.emplace(name, to_view(alive.back()));
  };
  for (const auto& [name, tensor] : state.learner->state()) add("learner." + name, tensor);
  for (std::size_t i = 0; i < state.lanes.size(); ++i) {
    for (const auto& [name, tensor] : lane_tensors(state.lanes[i], i)) add(name, tensor);
  }
  const MetadataMap metadata{{"trm.checkpoint", kFormat},
                             {"trm.config", config_to_toml(state.config)},
                             {"trm.counters", counters(state).dump()}};
  return write_safetensors(path, tensors, metadata);
}

Result<TrainConfig> checkpoint_config(const std::string& path) {
  const auto file = Safetensors::open(path);
  if (!file) return file.error();
  const auto format = file->metadata().find("trm.checkpoint");
  const auto config = file->metadata().find("trm.config");
  if (format == file->metadata().end() || format->second != kFormat ||
      config == file->metadata().end()) {
    return damaged(path + " has no trm.checkpoint " + kFormat);
  }
  auto parsed = parse_config(config->second);
  if (!parsed) return damaged(parsed.error().message);
  if (auto completed = complete_config(*parsed); !completed) return completed.error();
  return parsed;
}

Result<void> load_checkpoint(RunState& state, const std::string& path) {
  const auto stored = checkpoint_config(path);
  if (!stored) return stored.error();
  if (comparable(*stored) != comparable(state.config)) {
    return fail(ErrorCode::invalid_checkpoint,
                path +
                    " belongs to another configuration; use --out for a new run, or --resume none "
                    "to start this one afresh",
                "resume");
  }
  const auto file = Safetensors::open(path);
  if (!file) return file.error();
  const auto text = file->metadata().find("trm.counters");
  if (text == file->metadata().end()) return damaged("no trm.counters");
  const auto json = parse_json(text->second);
  if (!json) return damaged(json.error().message);
  std::int64_t updates = 0;
  if (auto restored = restore_counters(state, *json, updates); !restored) return restored;
  torch::NoGradGuard no_grad;
  StateTensors learner;
  for (const auto& [name, view] : file->tensors()) {
    if (name.starts_with("learner.")) learner.emplace_back(name.substr(8), to_torch(view));
  }
  if (auto loaded = state.learner->load_state(learner, updates); !loaded) return loaded;
  for (std::size_t i = 0; i < state.lanes.size(); ++i) {
    for (const auto& [name, tensor] : lane_tensors(state.lanes[i], i)) {
      if (auto copied = copy_into(tensor, file->tensors(), name); !copied) return copied;
    }
  }
  return {};
}

}  // namespace trm
