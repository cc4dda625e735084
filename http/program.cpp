#include "http/program.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>

#include "engine/backends/backend.h"
#include "engine/model_dirs.h"
#include "http/routes.h"

#ifndef TRM_VERSION
#define TRM_VERSION "unknown"
#endif

namespace trm::http {
namespace {

struct Options {
  std::string host = "127.0.0.1";
  int port = 8080;
  bool search = false;
  std::string models;
  std::string backend = "auto";
  std::string device = "auto";
  std::string precision = "auto";
  int slots = 8;
  int threads = 0;
  bool deterministic = false;
  std::int64_t max_memory = 0;
  std::size_t body_bytes = 1u << 20;
  double read_timeout = 10;
  int deadline_ms = 60'000;
};

constexpr int exit_cannot_start = 1;
constexpr int exit_usage = 2;

void define(CLI::App& app, Options& options) {
  app.footer(
      "Addresses: POST /solve, GET /health /puzzles /puzzles/NAME /models /props\n"
      "Examples:\n"
      "  trm_server --port 8080\n"
      "  curl --json '{\"puzzle\":\"NAME\",\"board\":[\"row\",\"row\"]}' "
      "http://127.0.0.1:8080/solve\n"
      "  curl http://127.0.0.1:8080/puzzles\n"
      "There is no authentication: put a reverse proxy in front before you give it another "
      "--host.");
  app.set_version_flag("--version", TRM_VERSION);
  app.add_option("--host", options.host, "address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "port; 0: any free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_flag("--port-search", options.search, "take the next free port if this one is taken");
  app.add_option("--models", options.models, "folder of models (safetensors); default: searched");
  app.add_option("--backend", options.backend,
                 "who answers: the model (auto: native on the CPU, torch on CUDA), the rule solver "
                 "(exact), or chance (random)")
      ->check(CLI::IsMember(backend_choices()))
      ->capture_default_str();
  app.add_option("--device", options.device, "cpu, cuda, cuda:N or auto")->capture_default_str();
  app.add_option("--precision", options.precision,
                 "float32, bfloat16, or auto: bfloat16 where the processor multiplies it")
      ->check(CLI::IsMember({"auto", "float32", "bfloat16"}))
      ->capture_default_str();
  app.add_option("--slots", options.slots, "boards that are stepped together")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "threads of the network; 0: one a core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_flag("--deterministic", options.deterministic,
               "answers never depend on what else is asked: attempts one after another (slower)");
  app.add_option("--max-memory", options.max_memory,
                 "memory of one step beyond the weights, such as 512MB; 0: no limit")
      ->transform(CLI::AsSizeValue(false));
  app.add_option("--max-body", options.body_bytes, "longest request body in bytes")
      ->check(CLI::Range(std::size_t{1} << 10, std::size_t{8} << 20))
      ->capture_default_str();
  app.add_option("--read-timeout", options.read_timeout, "seconds in which a request must arrive")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  app.add_option("--deadline-ms", options.deadline_ms, "longest time for one board")
      ->check(CLI::Range(1, 3'600'000))
      ->capture_default_str();
}

Result<std::shared_ptr<Solver>> load(const Options& options) {
  auto named = solver_options(options.backend, options.device, options.models);
  if (!named) return std::move(named).error();
  SolverOptions solver = std::move(named).value();
  solver.precision = options.precision;
  solver.slots = options.slots;
  solver.threads = options.threads;
  solver.deterministic = options.deterministic;
  solver.max_memory = options.max_memory;
  auto made = Solver::create(solver);
  if (!made) return std::move(made).error();
  return std::shared_ptr<Solver>(std::move(made).value());
}

int complain(const Error& error) {
  std::fprintf(stderr, "trm_server: %s\n", error.message.c_str());
  return exit_cannot_start;
}

int serve(const Options& options) {
  // The signals are taken by sigwait below; every thread inherits the mask.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  SolveLimits limits;
  limits.longest = std::chrono::milliseconds(options.deadline_ms);
  Api api(limits);
  ServerLimits server_limits;
  server_limits.reception.body_bytes = options.body_bytes;
  server_limits.reception.request_time =
      std::chrono::milliseconds(static_cast<std::int64_t>(1000 * options.read_timeout));
  HttpServer server([&](const Request& request) { return api.handle(request); }, Api::post_paths(),
                    Api::quick_paths(), server_limits);
  const auto port = server.start(options.host, options.port, options.search);
  if (!port) return complain(port.error());
  if (options.port != 0 && *port != options.port) {
    std::fprintf(stderr, "trm_server: port %d is taken, using %d\n", options.port, *port);
  }
  auto solver = load(options);
  if (!solver) return complain(solver.error());
  api.set_solver(*solver);
  std::printf("trm_server %s listening on http://%s:%d (Ctrl-C stops)\n", TRM_VERSION,
              options.host.c_str(), *port);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  api.shut_down();
  server.stop();
  return 0;
}

}  // namespace

int run(int argc, const char* const* argv) {
  CLI::App app("Serves puzzles over HTTP: boards in, checked solutions out.", "trm_server");
  Options options;
  define(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }
  return serve(options);
}

}  // namespace trm::http
