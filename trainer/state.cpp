#include "trainer/state.h"

#include <zlib.h>

#include <algorithm>

#include "engine/model/tensor_io.h"
#include "engine/weights/safetensors.h"
#include "puzzles/json.h"
#include "puzzles/registry.h"
#include "puzzles/text.h"

namespace trm {
namespace {

constexpr const char* kFormat = "2";  // version of the checkpoint's layout

Error damaged(const std::string& what) {
  return fail(ErrorCode::invalid_checkpoint, "the checkpoint is damaged or foreign: " + what);
}

// The tensors of a lane under their names; shared storage, so that loading can copy into them.
std::vector<std::pair<std::string, torch::Tensor>> lane_tensors(const TrainLane& lane,
                                                                std::size_t i) {
  const std::string prefix = "lane" + std::to_string(i) + ".";
  const LearnLane& l = lane.lane;
  return {{prefix + "tokens", l.tokens},
          {prefix + "labels", l.labels},
          {prefix + "identifiers", l.identifiers},
          {prefix + "steps", l.steps},
          {prefix + "halted", l.halted},
          {prefix + "y", l.carry.y},
          {prefix + "z", l.carry.z},
          {prefix + "row_sources", lane.row_sources}};
}

// What else belongs to each process; runs without a frontier have nothing.
std::vector<std::pair<std::string, torch::Tensor>> own_tensors(const RunState& state) {
  std::vector<std::pair<std::string, torch::Tensor>> tensors;
  for (std::size_t i = 0; i < state.lanes.size(); ++i) {
    auto lane = lane_tensors(state.lanes[i], i);
    if (state.config.frontier == 0) lane.pop_back();
    tensors.insert(tensors.end(), lane.begin(), lane.end());
  }
  if (state.config.frontier > 0) tensors.emplace_back("learned", state.learned);
  return tensors;
}

Json counters(const RunState& state) {
  Json json = Json::object();
  json.set("step", state.step).set("updates", state.learner->step_count());
  json.set("seconds", state.seconds).set("ranks", state.ranks());
  json.set("best", state.best).set("stale", state.stale);
  return json;
}

Result<void> restore_counters(RunState& state, const Json& json, std::int64_t& updates) {
  const auto whole = [&](const char* key, auto& field) {
    const Json* value = json.find(key);
    if (value == nullptr || !value->is_int()) return false;
    field = static_cast<std::remove_reference_t<decltype(field)>>(value->as_int());
    return true;
  };
  const Json *seconds = json.find("seconds"), *best = json.find("best");
  int ranks = 0;
  if (!whole("step", state.step) || !whole("updates", updates) || !whole("ranks", ranks) ||
      !whole("stale", state.stale) || !seconds || !seconds->is_number() || !best ||
      !best->is_number()) {
    return damaged("its counters are incomplete");
  }
  if (ranks != state.ranks()) {
    return fail(ErrorCode::invalid_checkpoint,
                "the checkpoint was made by " + std::to_string(ranks) + " processes, not " +
                    std::to_string(state.ranks()),
                "WORLD_SIZE");
  }
  state.seconds = seconds->as_double();
  state.best = best->as_double();
  return {};
}

// Streams of this process as one row of numbers: random state, then examples drawn by source.
torch::Tensor streams(const RunState& state) {
  std::vector<std::int64_t> row;
  for (const auto word : state.rng.state()) row.push_back(static_cast<std::int64_t>(word));
  for (const auto& source : state.sources) row.push_back(source.drawn());
  return torch::tensor(row, torch::kInt64).unsqueeze(0);
}

void restore_streams(RunState& state, const torch::Tensor& row) {
  const auto* data = row.const_data_ptr<std::int64_t>();
  Rng::State words{};
  for (auto& word : words) word = static_cast<std::uint64_t>(*data++);
  state.rng.set_state(words);
  for (auto& source : state.sources) source.set_drawn(*data++);
}

// The rows of all processes; their place in the file is the rank.
torch::Tensor of_all(const RunState& state, const torch::Tensor& rows) {
  return state.collective ? state.collective->gather(rows.contiguous()) : rows;
}

// A checksum of all tensors in the file's order: finds what a disk or a copy lost.
std::string checksum(const TensorMap& tensors) {
  uLong crc = crc32(0, nullptr, 0);
  for (const auto& [name, view] : tensors) {
    for (std::size_t at = 0; at < view.bytes.size();) {
      const auto size = std::min<std::size_t>(view.bytes.size() - at, 1u << 30);
      crc = crc32(crc, reinterpret_cast<const Bytef*>(view.bytes.data()) + at,
                  static_cast<uInt>(size));
      at += size;
    }
  }
  return std::to_string(crc);
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

// This process's share of a tensor that holds the rows of all.
Result<void> copy_rows(const RunState& state, torch::Tensor target, const TensorMap& tensors,
                       const std::string& name) {
  auto shape = target.sizes().vec();
  shape[0] *= state.ranks();
  torch::Tensor all = torch::empty(shape, target.options().device(torch::kCPU));
  if (auto copied = copy_into(all, tensors, name); !copied) return copied;
  target.copy_(all.narrow(0, state.rank() * target.size(0), target.size(0)));
  return {};
}

// Everything that the rest of a run depends on, but its length: a run may be prolonged, renamed,
// watched and saved in another way, and the weights that it began with are in the checkpoint no
// more.
std::string comparable(TrainConfig config) {
  const TrainConfig standard;
  config.name.clear();
  config.init.clear();
  config.minutes = config.epochs = 0;
  config.steps = 0;
  config.eval_every_minutes = standard.eval_every_minutes;
  config.eval_every_steps = standard.eval_every_steps;
  config.eval_raw = standard.eval_raw;
  config.patience = standard.patience;
  config.checkpoint_every_minutes = standard.checkpoint_every_minutes;
  config.checkpoint_every_steps = standard.checkpoint_every_steps;
  config.keep_checkpoints = standard.keep_checkpoints;
  config.evals.clear();
  return config_to_toml(config);
}

// The first line in which two texts differ, for people.
std::string first_difference(const std::string& stored, const std::string& wanted) {
  const auto a = split_lines(stored), b = split_lines(wanted);
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i].text != b[i].text) {
      return "it has \"" + std::string(a[i].text) + "\", this run \"" + std::string(b[i].text) +
             "\"";
    }
  }
  return "it has another number of data sources or stages";
}

}  // namespace

Result<RunState> RunState::make(const TrainConfig& config, torch::Device device,
                                Collective* collective) {
  RunState state;
  state.config = config;
  state.collective = collective;
  const auto puzzle = find_puzzle(config.puzzle);
  if (!puzzle) return puzzle.error();
  state.puzzle = *puzzle;
  const auto seed = static_cast<std::uint64_t>(config.seed);
  state.rng = Rng::stream(seed, 0x7261696e + static_cast<std::uint64_t>(state.rank()));
  state.learner = std::make_unique<Learner>(config.arch, config.learn, seed, device);
  state.learner->set_collective(collective);
  for (const DataSource& spec : config.data) {
    if (spec.batch % state.ranks() != 0) {
      return fail(ErrorCode::invalid_config,
                  "a batch of " + std::to_string(spec.batch) + " rows cannot be shared by " +
                      std::to_string(state.ranks()) + " processes",
                  "data." + spec.name + ".batch");
    }
    auto source = ExampleSource::open(*state.puzzle, spec, seed);
    if (!source) return source.error();
    source->set_share(state.rank(), state.ranks());
    state.sources.push_back(std::move(*source));
  }
  if (config.steps == 0 && config.epochs > 0 && config.epochs * state.examples() < 1) {
    return fail(ErrorCode::invalid_config,
                std::to_string(config.epochs) + " epochs of " +
                    std::to_string(static_cast<std::int64_t>(state.examples())) +
                    " examples are not one step",
                "epochs");
  }
  for (std::size_t i = 0; i < state.sources.size(); ++i) {
    const Question& prototype = state.sources[i].prototype();
    const TokenLayout layout = state.puzzle->layout(prototype, 0);
    const Geometry geometry = state.puzzle->geometry(prototype, 0);
    const std::int64_t rows = config.data[i].batch / state.ranks();
    bool placed = false;
    for (TrainLane& lane : state.lanes) {
      const Question& other = state.sources[lane.sources.front()].prototype();
      placed = lane.lane.rows == rows && state.puzzle->layout(other, 0) == layout &&
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
    state.lanes.push_back({LearnLane::make(state.learner->network(), rows, layout.size(), index),
                           {i},
                           torch::zeros({rows}, torch::kInt64)});
  }
  // Unknown yet: as if half of each was learned.
  state.learned =
      torch::full({static_cast<std::int64_t>(state.sources.size())}, 0.5, torch::kFloat64);
  return state;
}

std::int64_t RunState::drawn() const {
  std::int64_t sum = 0;
  for (const auto& source : sources) sum += source.drawn();
  return sum;
}

double RunState::examples() const {
  double sum = 0;
  for (const auto& source : sources) sum += static_cast<double>(source.size());
  return sum;
}

double RunState::progress() const {
  if (config.steps > 0) {
    return std::min(1.0, static_cast<double>(step) / static_cast<double>(config.steps));
  }
  if (config.epochs > 0) {
    return std::min(1.0, static_cast<double>(drawn() * ranks()) / (config.epochs * examples()));
  }
  return std::min(1.0, seconds / 60.0 / config.minutes);
}

Result<void> save_checkpoint(const RunState& state, const std::string& path) {
  torch::NoGradGuard no_grad;
  TensorMap tensors;
  std::vector<torch::Tensor> alive;  // dense copies on the CPU that the map's views point into
  alive.reserve(4096);
  const auto add = [&](const std::string& name, const torch::Tensor& tensor) {
    alive.push_back(tensor.detach().to(torch::kCPU).contiguous());
    tensors.emplace(name, to_view(alive.back()));
  };
  // Every process takes part in the gathering, in the same order.
  for (const auto& [name, tensor] : own_tensors(state)) add(name, of_all(state, tensor));
  add("streams", of_all(state, streams(state)));
  if (state.rank() != 0) return {};
  for (const auto& [name, tensor] : state.learner->state()) add("learner." + name, tensor);
  const MetadataMap metadata{{"trm.checkpoint", kFormat},
                             {"trm.config", config_to_toml(state.config)},
                             {"trm.counters", counters(state).dump()},
                             {"trm.crc32", checksum(tensors)}};
  return write_safetensors(path, tensors, metadata);
}

std::uintmax_t checkpoint_bytes(const RunState& state) {
  std::uintmax_t own = 0, all = 0;
  for (const auto& [name, tensor] : state.learner->state()) own += tensor.nbytes();
  for (const auto& [name, tensor] : own_tensors(state)) all += tensor.nbytes();
  return own + all * static_cast<std::uintmax_t>(state.ranks());
}

namespace {

// The configuration as it was written, its data not looked for.
Result<TrainConfig> stored_config(const Safetensors& file, const std::string& path) {
  const auto format = file.metadata().find("trm.checkpoint");
  const auto config = file.metadata().find("trm.config");
  if (format == file.metadata().end() || format->second != kFormat ||
      config == file.metadata().end()) {
    return damaged(path + " has no trm.checkpoint " + kFormat);
  }
  auto parsed = parse_config(config->second);
  if (!parsed) return damaged(parsed.error().message);
  return parsed;
}

}  // namespace

Result<CheckpointWeights> checkpoint_weights(const std::string& path, bool raw) {
  auto file = Safetensors::open(path);
  if (!file) return file.error();
  auto config = stored_config(*file, path);
  if (!config) return config.error();
  const auto puzzle = find_puzzle(config->puzzle);
  if (!puzzle) return puzzle.error();
  if (config->arch.per_symbol) config->arch.first_symbol = (*puzzle)->tokens().first_symbol;
  CheckpointWeights weights{std::move(*config), std::move(*file), {}};
  for (const std::string_view kind : {"learner.weight.", "learner.ema."}) {
    if (raw && kind == "learner.ema.") continue;
    for (const auto& [name, view] : weights.file.tensors()) {
      if (name.starts_with(kind)) weights.tensors.insert_or_assign(name.substr(kind.size()), view);
    }
  }
  return weights;
}

Result<TrainConfig> checkpoint_config(const std::string& path) {
  const auto file = Safetensors::open(path);
  if (!file) return file.error();
  auto parsed = stored_config(*file, path);
  if (!parsed) return parsed;
  if (auto completed = complete_config(*parsed); !completed) return completed.error();
  return parsed;
}

Result<void> start_from(RunState& state, const std::string& model) {
  const auto file = open_model_file(model);
  if (!file) return fail(file.error().code, file.error().message, "init");
  const Arch& ours = state.config.arch;
  Arch theirs = file->info.arch;  // how deep it recurs and how it is trained may change
  theirs.H_cycles = ours.H_cycles, theirs.L_cycles = ours.L_cycles;
  theirs.halt_max_steps = ours.halt_max_steps, theirs.loss = ours.loss;
  if (theirs != ours) {
    return fail(
        ErrorCode::invalid_config,
        model + " has another network: " +
            first_difference(arch_to_json(theirs).dump_pretty(), arch_to_json(ours).dump_pretty()),
        "init");
  }
  auto loaded = load_network(state.learner->network(), file->weights.tensors());
  if (!loaded) return fail(loaded.error().code, model + ": " + loaded.error().message, "init");
  state.learner->restart_ema();
  return {};
}

Result<void> load_checkpoint(RunState& state, const std::string& path) {
  const auto stored = checkpoint_config(path);
  if (!stored) return stored.error();
  const std::string theirs = comparable(*stored), ours = comparable(state.config);
  if (theirs != ours) {
    return fail(ErrorCode::invalid_checkpoint,
                path + " belongs to another configuration: " + first_difference(theirs, ours) +
                    "; use --out for a new run, or --resume none to start this one afresh",
                "resume");
  }
  const auto file = Safetensors::open(path);
  if (!file) return file.error();
  const auto crc = file->metadata().find("trm.crc32");
  if (crc == file->metadata().end() || crc->second != checksum(file->tensors()))
    return damaged("its checksum is wrong");
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
  torch::Tensor row = streams(state);
  if (auto copied = copy_rows(state, row, file->tensors(), "streams"); !copied) return copied;
  restore_streams(state, row);
  for (const auto& [name, tensor] : own_tensors(state)) {
    if (auto copied = copy_rows(state, tensor, file->tensors(), name); !copied) return copied;
  }
  return {};
}

}  // namespace trm
