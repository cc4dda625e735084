// `trm demo`: every shipped sample board that a model supports, solved before one's eyes.
#include <algorithm>
#include <filesystem>

#include "cli/board_input.h"
#include "cli/board_view.h"
#include "cli/commands.h"
#include "cli/run.h"
#include "cli/setup.h"
#include "cli/watch.h"
#include "engine/model_dirs.h"
#include "puzzles/registry.h"

namespace trm::cli {
namespace {

constexpr std::chrono::milliseconds step_pause{250};

/// A sample file: NAME.txt holds boards of the puzzle NAME.
struct Sample {
  std::string puzzle;
  std::string path;
};

std::vector<Sample> find_samples(const std::string& folder) {
  std::vector<Sample> samples;
  std::error_code code;
  for (std::filesystem::directory_iterator at(folder, code), end; !code && at != end;
       at.increment(code)) {
    if (at->path().extension() != ".txt") continue;
    samples.push_back({at->path().stem().string(), at->path().string()});
  }
  std::sort(samples.begin(), samples.end(),
            [](const Sample& a, const Sample& b) { return a.puzzle < b.puzzle; });
  return samples;
}

/// The first board of a sample file.
Result<Question> read_sample(const Sample& sample, const Streams& streams) {
  const auto puzzle = find_puzzle(sample.puzzle);
  if (!puzzle) return puzzle.error();
  auto input = InputFile::open(sample.path, streams.in);
  if (!input) return input.error();
  BoardReader boards(input->stream(), *puzzle, BoardReader::Mode::whole_file);
  auto board = boards.next();
  if (!board) return fail(ErrorCode::invalid_text, "'" + sample.path + "' holds no board");
  return std::move(board->question);
}

bool is_unsupported(const Error& error) {
  return error.code == ErrorCode::no_model || error.code == ErrorCode::unsupported_by_model;
}

enum class Shown { ran, unsupported, failed };

class Demo {
 public:
  Demo(Solver& solver, const DemoOptions& options, const Streams& streams)
      : solver_(solver), streams_(streams), pause_(options.fast ? 0 : step_pause.count()) {
    if (options.plain) streams_.terminal = Terminal();
  }

  Shown show(const Sample& sample) {
    const auto question = read_sample(sample, streams_);
    if (!question) return failed(sample, question.error());
    SolveRequest request(*question);
    request.trace = true;
    auto handle = solver_.submit(std::move(request));
    if (!handle) return failed(sample, handle.error());

    const PuzzleInfo& info = question->puzzle().info();
    streams_.out << toned(info.title, Tone::title, streams_.terminal.colors) << ": " << info.summary
                 << "\n\n"
                 << question->puzzle().format_readable(*question) << "\n\n"
                 << std::flush;
    Watch watch(streams_.out, streams_.terminal, *question, pause_);
    const auto solution = follow(*handle, [&](const Event& event) { watch.on_event(event); });
    if (!solution) return failed(sample, solution.error());
    streams_.out << describe_outcome(*solution, streams_.terminal) << std::endl;
    return Shown::ran;
  }

 private:
  Shown failed(const Sample& sample, const Error& error) {
    if (is_unsupported(error)) {
      streams_.out << sample.puzzle << ": skipped, " << error.message << "\n" << std::endl;
      return Shown::unsupported;
    }
    complain(streams_, fail(error.code, sample.puzzle + ": " + error.message, error.field));
    return Shown::failed;
  }

  Solver& solver_;
  Streams streams_;
  std::chrono::milliseconds pause_;
};

}  // namespace

int demo_command(const DemoOptions& options, const Streams& streams) {
  const auto models = find_model_dir(options.engine.models);
  if (!models) return complain(streams, models.error());
  const std::string folder = sample_folder(*models);
  const auto samples = find_samples(folder);
  if (samples.empty()) {
    return complain(streams,
                    fail(ErrorCode::not_found, "there are no sample boards in '" + folder + "'"));
  }
  auto solver = make_solver(options.engine);
  if (!solver) return complain(streams, solver.error());

  Demo demo(**solver, options, streams);
  std::string ran;  // the first puzzle shown
  bool failed = false;
  for (const Sample& sample : samples) {
    const Shown shown = demo.show(sample);
    if (ran.empty() && shown == Shown::ran) ran = sample.puzzle;
    failed = failed || shown == Shown::failed;
  }
  if (ran.empty() && !failed) {
    return complain(streams, fail(ErrorCode::no_model, "no model in '" + *models +
                                                           "' supports any of the sample boards"));
  }
  if (!ran.empty()) {
    streams.out << "Next: trm generate " << ran << " | trm solve --puzzle " << ran << " --watch -\n"
                << "      trm info lists the puzzles; trm --help says the rest." << std::endl;
  }
  return failed ? exit_error : exit_ok;
}

}  // namespace trm::cli
