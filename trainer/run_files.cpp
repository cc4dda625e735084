#include "trainer/run_files.h"

#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "engine/weights/atomic_file.h"

namespace trm {
namespace {

namespace fs = std::filesystem;

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Error disk_error(const std::string& what, const std::error_code& error) {
  return fail(ErrorCode::io_error, what + ": " + error.message(), "out");
}

Json scores_json(const Scores& scores) {
  Json json = Json::object();
  for (const auto& [name, score] : scores) json.set(name, score_to_json(score));
  return json;
}

// "checkpoint-000000123.safetensors": sorts by step.
std::string older_name(std::int64_t step) {
  std::string digits = std::to_string(step);
  digits.insert(0, digits.size() < 9 ? 9 - digits.size() : 0, '0');
  return "checkpoint-" + digits + ".safetensors";
}

}  // namespace

Result<void> check_room(const std::string& folder, std::uintmax_t bytes) {
  std::error_code failed;
  const fs::space_info space = fs::space(folder, failed);
  if (failed) return disk_error("cannot tell the room on the disk of " + folder, failed);
  if (space.available >= bytes) return {};
  return fail(ErrorCode::io_error,
              "the disk of " + folder + " has " + std::to_string(space.available >> 20) +
                  " MiB left, the checkpoints of this run need " + std::to_string(bytes >> 20) +
                  " MiB; clear some room or give another --out",
              "out");
}

Result<RunFiles> RunFiles::open(const RunOptions& options, const TrainConfig& config) {
  std::error_code failed;
  fs::create_directories(options.out, failed);
  if (failed) return disk_error("cannot make the folder " + options.out, failed);
  RunFiles files(options.out);
  if (auto locked = files.lock(); !locked) return locked.error();
  files.clear_leftovers();
  const std::string toml = config_to_toml(config);
  if (auto written = write_file_atomic(files.path("config.toml"), toml); !written)
    return written.error();
  if (options.tensorboard) {
    auto events = EventWriter::create(files.path("tensorboard"), wall_time());
    if (!events) return events.error();
    files.events_.emplace(std::move(*events));
    if (auto text = files.events_->text("config", "```toml\n" + toml + "```", 0, wall_time());
        !text) {
      return text.error();
    }
  }
  return files;
}

Result<void> RunFiles::lock() {
  lock_.reset(std::fopen(path(".lock").c_str(), "ae"));
  if (lock_ == nullptr) {
    return fail(ErrorCode::io_error, "cannot write " + path(".lock") + ": " + std::strerror(errno),
                "out");
  }
  if (flock(fileno(lock_.get()), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return {};
  return fail(ErrorCode::busy, "another run is using " + out_ + "; give this one another --out",
              "out");
}

// With the lock held, temporary files are nobody's.
void RunFiles::clear_leftovers() const {
  std::error_code failed;
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(out_, failed)) {
    const std::string name = entry.path().filename().string();
    const auto dot = name.rfind(".tmp");
    if (dot != std::string::npos && name.find_first_not_of("0123456789", dot + 4) == name.npos)
      old.push_back(entry.path());
  }
  for (const auto& path : old) fs::remove(path, failed);
}

Result<void> RunFiles::line(const Json& json) {
  // Appending one short line is atomic enough: a torn last line is dropped by readers.
  std::ofstream out(path("metrics.jsonl"), std::ios::app);
  out << json.dump() << '\n' << std::flush;
  if (!out) return fail(ErrorCode::io_error, "cannot write " + path("metrics.jsonl"), "out");
  return {};
}

Result<void> RunFiles::metrics(const Progress& p) {
  Json json = Json::object();
  json.set("step", p.step).set("minutes", p.minutes).set("examples", p.examples);
  json.set("lm_loss", p.loss).set("exact", p.exact).set("halt_accuracy", p.halt_accuracy);
  json.set("steps_per_second", p.steps_per_second);
  json.set("examples_per_second", p.examples_per_second);
  json.set("grad_norm", p.grad_norm).set("lr", p.lr).set("skipped", p.skipped);
  if (auto written = line(json); !written) return written;
  if (!events_) return {};
  const std::pair<const char*, double> scalars[] = {
      {"train/lm_loss", p.loss},
      {"train/exact", p.exact},
      {"train/grad_norm", p.grad_norm},
      {"train/lr", p.lr},
      {"train/halt_accuracy", p.halt_accuracy},
      {"speed/steps_per_second", p.steps_per_second},
      {"speed/examples_per_second", p.examples_per_second}};
  for (const auto& [tag, value] : scalars) {
    if (auto written = events_->scalar(tag, value, p.step, wall_time()); !written) return written;
  }
  return events_->flush();
}

Result<void> RunFiles::scores(const Progress& at, const Scores& scores, const Scores& raw) {
  Json json = Json::object();
  json.set("step", at.step).set("minutes", at.minutes).set("examples", at.examples);
  json.set("eval", scores_json(scores));
  if (!raw.empty()) json.set("raw", scores_json(raw));
  if (auto written = line(json); !written) return written;
  if (!events_) return {};
  for (const auto& [kind, all] : {std::pair{"eval/", &scores}, std::pair{"eval_raw/", &raw}}) {
    for (const auto& [name, score] : *all) {
      const std::string tag = kind + name;
      std::vector<std::pair<std::string, double>> values{{"/solved", score.solved_rate()},
                                                         {"/exact", score.exact_rate()},
                                                         {"/exact_raw", score.exact_raw_rate()},
                                                         {"/mean_steps", score.mean_steps()}};
      for (std::size_t k = 0; score.pass_at && k < PassAt::attempts.size(); ++k) {
        values.emplace_back("/pass@" + std::to_string(PassAt::attempts[k]),
                            score.pass_at->rates[k]);
      }
      for (const auto& [what, value] : values) {
        if (auto written = events_->scalar(tag + what, value, at.step, wall_time()); !written)
          return written;
      }
    }
  }
  return events_->flush();
}

Result<void> RunFiles::keep_older(std::int64_t step, int keep) {
  std::error_code failed;
  if (keep < 2 || !fs::exists(checkpoint(), failed)) return {};
  const std::string older = path(older_name(step));
  fs::remove(older, failed);
  // A second name for the same file: when the checkpoint is replaced, the old bytes stay under it.
  fs::create_hard_link(checkpoint(), older, failed);
  if (failed) return disk_error("cannot keep the checkpoint as " + older, failed);
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator(out_, failed)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("checkpoint-") && name.ends_with(".safetensors")) all.push_back(name);
  }
  std::sort(all.begin(), all.end());
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep) - 1 < all.size(); ++i) {
    fs::remove(path(all[i]), failed);
  }
  return {};
}

Result<void> RunFiles::mark_best() {
  std::error_code failed;
  const std::string link = path("best.safetensors.tmp");
  fs::remove(link, failed);
  fs::create_hard_link(checkpoint(), link, failed);
  if (failed) return disk_error("cannot keep the checkpoint as best.safetensors", failed);
  fs::rename(link, path("best.safetensors"), failed);
  if (failed) return disk_error("cannot keep the checkpoint as best.safetensors", failed);
  return {};
}

}  // namespace trm
