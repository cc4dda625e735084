// The arguments of `trm`: read and checked here, carried out by the commands.
#include "cli/run.h"

#include <CLI/CLI.hpp>
#include <string_view>

#include "cli/commands.h"
#include "engine/backends/backend.h"
#include "puzzles/registry.h"

#ifndef TRM_VERSION
#define TRM_VERSION "unknown"
#endif

namespace trm::cli {
namespace {

constexpr const char* statuses =
    "\nExit status: 0 all verified, 1 a bad line or another error, 2 an answer is unverified.";

// NAME and SIZE are replaced by those of the first puzzle, so that the examples can be typed.
constexpr const char* examples =
    "Examples:\n"
    "  trm demo\n"
    "  trm generate NAME --count 10 | trm solve --puzzle NAME --json -\n"
    "  trm solve --watch board.txt\n"
    "  trm info\n"
    "trm COMMAND --help says more about a command.";
constexpr const char* solve_examples =
    "Boards come one a line and answers leave in the same order, each as soon as it and those\n"
    "before it are done. Lines are never trimmed. A short text that is one board over several\n"
    "lines is recognised.\n"
    "Examples:\n"
    "  trm solve --puzzle NAME --json boards.txt > answers.jsonl\n"
    "  trm generate NAME --count 3 | trm solve --puzzle NAME -\n"
    "  trm solve --attempts 64 --deadline-ms 5000 --max-memory 2G board.txt\n"
    "  trm solve --watch board.txt\n"
    "  trm solve --backend exact --json -      (the rule solver instead of the model)";
constexpr const char* check_examples =
    "Each line holds a question, a TAB, and an answer.\n"
    "Examples:\n"
    "  trm generate NAME --count 3 --solution | trm check --puzzle NAME -\n"
    "  trm check --puzzle NAME --json answers.tsv";
constexpr const char* generate_examples =
    "The same seed gives the same boards on every machine; board i does not depend on --count.\n"
    "Examples:\n"
    "  trm generate NAME --size SIZE --count 100 --seed 1\n"
    "  trm generate NAME | trm solve --puzzle NAME -\n"
    "  trm info NAME      (its sizes, difficulties and options)";
constexpr const char* info_examples =
    "Examples:\n"
    "  trm info\n"
    "  trm info NAME\n"
    "  trm info --json";
constexpr const char* demo_examples =
    "Examples:\n"
    "  trm demo\n"
    "  trm demo --fast --plain";

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// The text with the names of a puzzle that exists.
std::string footer(std::string text) {
  for (const Puzzle* puzzle : registered_puzzles()) {
    const PuzzleInfo& info = puzzle->info();
    if (!info.generates || info.sizes.empty()) continue;
    replace_all(text, "NAME", info.name);
    replace_all(text, "SIZE", info.sizes.front());
    break;
  }
  return text;
}

struct Options {
  SolveOptions solve;
  CheckOptions check;
  GenerateOptions generate;
  InfoOptions info;
  DemoOptions demo;
  std::string fallback = "none";
};

void add_engine_options(CLI::App& app, EngineOptions& engine) {
  app.add_option("--backend", engine.backend,
                 "Who answers: the model (auto: native on the CPU, torch on CUDA), "
                 "the rule solver (exact), or chance (random)")
      ->check(CLI::IsMember(backend_choices()))
      ->capture_default_str();
  app.add_option("--models", engine.models, "Folder of the models (default: TRM_MODELS, assets)");
  app.add_option("--device", engine.device, "cpu, cuda, cuda:N, or auto")->capture_default_str();
  app.add_option("--precision", engine.precision,
                 "float32, bfloat16, or auto: bfloat16 where the processor multiplies it")
      ->check(CLI::IsMember({"auto", "float32", "bfloat16"}))
      ->capture_default_str();
  app.add_option("--threads", engine.threads, "Threads of the network; 0: one a core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
}

void add_policy(CLI::App& app, AttemptPolicy& policy) {
  app.add_option("--attempts", policy.attempts,
                 "Attempts: the board, then others in free slots until one is verified")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--max-steps", policy.max_steps, "Supervision steps of one attempt")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--suppose", policy.suppose,
                 "Attempts after the first take up to so many further cells as given, by guessing")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  app.add_flag("--symmetries,!--no-symmetries", policy.symmetries,
               "Attempts after the first see the board under a symmetry (default: yes)");
  app.add_option("--noise", policy.noise,
                 "Noise (standard deviation) before each step of attempts after the first")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  app.add_option("--start-noise", policy.start_noise,
                 "Noise (standard deviation) on the start state of attempts after the first")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  app.add_option("--settle", policy.settle_steps,
                 "Give an attempt up when its board has not changed for so many steps; 0: never")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_flag("--halt", policy.halt, "End an attempt when the halt head says so");
}

void add_solve(CLI::App& root, Options& all) {
  SolveOptions& options = all.solve;
  CLI::App& app = *root.add_subcommand("solve", "Solve boards, one a line");
  app.footer(footer(solve_examples) + statuses);
  app.add_option("--puzzle", options.puzzle, "Puzzle; without it the one that reads the board");
  app.add_flag("--json", options.json, "One JSON object a line instead of pictures");
  add_policy(app, options.policy);
  app.add_option("--model", options.model, "Name of the model (default: the most specific one)");
  add_engine_options(app, options.engine);
  app.add_option("--slots", options.engine.slots, "Boards stepped together")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_flag("--deterministic", options.engine.deterministic,
               "Answers and winning attempts never depend on what else runs; slower");
  app.add_option("--max-memory", options.engine.max_memory,
                 "What a step may take beside the weights, such as 512M or 2G; 0: no limit")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  app.add_option("--seed", options.engine.seed, "Seed of symmetries and noise")
      ->capture_default_str();
  app.add_option("--fallback", all.fallback, "When no attempt is verified: ask the rule solver")
      ->check(CLI::IsMember({"none", "exact"}))
      ->capture_default_str();
  app.add_option("--rules-ms", options.rules_ms,
                 "Time for the rule solver to say how many solutions an unverified board has")
      ->check(CLI::Range(0, 10'000))
      ->capture_default_str();
  app.add_option("--deadline-ms", options.deadline_ms,
                 "Time for a board, from the moment it is queued")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{86'400'000}));
  app.add_option("--fit-seconds", options.fit_seconds,
                 "Time to fit a network to a task's demonstrations (default: 60)")
      ->check(CLI::Range(0.1, 3600.0));
  app.add_flag("--trace", options.trace, "Show every step, board after board");
  auto* watch = app.add_flag("--watch", options.watch, "Draw every step in place on a terminal");
  watch->excludes(app.get_option("--json"));
  app.add_flag("--lines", options.lines, "Every line is a board; look for none over several lines");
  app.add_option("FILE", options.file, "File of boards; - reads the standard input")->required();
}

void add_check(CLI::App& root, CheckOptions& options) {
  CLI::App& app = *root.add_subcommand("check", "Check answers against the rules");
  app.footer(footer(check_examples) + statuses);
  app.add_option("--puzzle", options.puzzle, "Puzzle; without it the one that reads the question");
  app.add_flag("--json", options.json, "One JSON object a line");
  app.add_option("FILE", options.file, "File of lines; - reads the standard input")->required();
}

void add_generate(CLI::App& root, GenerateOptions& options) {
  CLI::App& app = *root.add_subcommand("generate", "Make boards, one a line");
  app.footer(footer(generate_examples));
  app.add_option("NAME", options.puzzle, "Puzzle")->required();
  app.add_option("--size", options.size, "Size such as 9x9 (default: the puzzle's)");
  app.add_option("--difficulty", options.difficulty, "One of the puzzle's difficulties");
  app.add_option("--count", options.count, "How many")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Seed")->capture_default_str();
  app.add_option("--set", options.settings, "option=value, once for each option")
      ->allow_extra_args(false);
  app.add_flag("--solution", options.solution, "Add a TAB and the rule solver's answer");
}

void add_info(CLI::App& root, InfoOptions& options) {
  CLI::App& app = *root.add_subcommand("info", "Version, models, puzzles");
  app.footer(footer(info_examples));
  app.add_option("NAME", options.puzzle, "Only this puzzle");
  app.add_option("--models", options.models, "Folder of the models (default: TRM_MODELS, assets)");
  app.add_flag("--json", options.json, "One JSON object");
}

void add_demo(CLI::App& root, DemoOptions& options) {
  CLI::App& app = *root.add_subcommand("demo", "Watch the models solve the sample boards");
  app.footer(footer(demo_examples));
  app.add_flag("--fast", options.fast, "No pause between steps");
  app.add_flag("--plain", options.plain, "No colours, nothing drawn in place");
  add_engine_options(app, options.engine);
}

int dispatch(const CLI::App& app, const Options& options, const Streams& streams) {
  if (app.got_subcommand("solve")) return solve_command(options.solve, streams);
  if (app.got_subcommand("check")) return check_command(options.check, streams);
  if (app.got_subcommand("generate")) return generate_command(options.generate, streams);
  if (app.got_subcommand("info")) return info_command(options.info, streams);
  return demo_command(options.demo, streams);
}

/// The command whose help belongs to an error.
std::string command_of(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? "trm" : "trm " + commands.front()->get_name();
}

}  // namespace

std::string version() { return TRM_VERSION; }

int complain(const Streams& streams, const Error& error) {
  streams.out << std::flush;
  streams.err << "trm: " << error.message << std::endl;
  return exit_error;
}

int run_cli(const std::vector<std::string>& args, std::istream& in, std::ostream& out,
            std::ostream& err, const Terminal& terminal) {
  Options options;
  CLI::App app("Solve puzzles with a Tiny Recursive Model.", "trm");
  app.footer(footer(examples));
  app.require_subcommand(1);
  app.set_version_flag("--version", "trm " + version());
  add_solve(app, options);
  add_check(app, options.check);
  add_generate(app, options.generate);
  add_info(app, options.info);
  add_demo(app, options.demo);
  try {
    app.parse(std::vector<std::string>(args.rbegin(), args.rend()));  // CLI11 takes them reversed
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error, out, err);  // --help, --version
    err << "trm: " << error.what() << "\nSee " << command_of(app) << " --help." << std::endl;
    return exit_error;
  }
  if (options.fallback == "exact") options.solve.fallback = Fallback::exact;
  return dispatch(app, options, Streams{in, out, err, terminal});
}

}  // namespace trm::cli
