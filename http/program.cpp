#include "http/program.h"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>

#include "engine/backends/backend.h"
#include "engine/model_dirs.h"
#include "http/options.h"
#include "http/routes.h"

#ifndef TRM_VERSION
#define TRM_VERSION "unknown"
#endif

namespace trm::http {
namespace {

constexpr int exit_cannot_start = 1;

Result<std::shared_ptr<Solver>> load(const Options& options) {
  auto named = solver_options(options.backend, options.device, options.models);
  if (!named) return std::move(named).error();
  SolverOptions solver = std::move(named).value();
  solver.precision = options.precision;
  solver.slots = options.slots;
  solver.queue = options.queue;
  solver.threads = options.threads;
  solver.deterministic = options.deterministic;
  solver.max_memory = options.max_memory;
  auto made = Solver::create(solver);
  if (!made) return std::move(made).error();
  std::shared_ptr<Solver> loaded = std::move(made).value();
  if (runs_models(loaded->options().backend) && loaded->models().empty()) {
    return fail(ErrorCode::no_model,
                "there are no models in " + solver.model_dir +
                    " (*.safetensors); name another "
                    "folder with --models, or answer by rules alone with --backend exact",
                "models");
  }
  return loaded;
}

int complain(const Error& error) {
  std::fprintf(stderr, "trm_server: %s\n", error.message.c_str());
  return exit_cannot_start;
}

void write_log(LogForm form, const AccessEntry& entry) {
  // One call, so that lines of several threads do not mix.
  std::fprintf(stderr, "%s\n", access_line(form, entry).c_str());
}

ServerOptions server_options(const Options& options) {
  ServerOptions server;
  server.reception.body_bytes = options.body_bytes;
  server.reception.request_time =
      std::chrono::milliseconds(static_cast<std::int64_t>(1000 * options.read_timeout));
  server.cors_origin = options.cors_origin;
  if (options.log != LogForm::off) {
    server.log = [form = options.log](const AccessEntry& entry) { write_log(form, entry); };
  }
  return server;
}

// With a heap for each of many workers the GNU library keeps what each of them once needed, and it
// would keep ever larger blocks for reuse; a service that runs for months gives them back.
void bound_heaps() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
  mallopt(M_TRIM_THRESHOLD, 4 << 20);
#endif
}

void trim_heaps() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

// As many connections as the reception takes need more files than many shells allow.
void raise_file_limit() {
  constexpr rlim_t kFiles = 4096;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= kFiles) return;
  files.rlim_cur = std::min(files.rlim_max, kFiles);
  setrlimit(RLIMIT_NOFILE, &files);
}

// Whether a signal of the set came within the time.
bool signalled(const sigset_t& signals, std::chrono::milliseconds time) {
  const timespec limit{time.count() / 1000, time.count() % 1000 * 1'000'000};
  return sigtimedwait(&signals, nullptr, &limit) > 0;
}

// Until SIGINT or SIGTERM; then what runs may end, for a time or until a second signal.
void wait_for_the_end(Api& api, const Options& options) {
  sigset_t signals, ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  signals = ends;
  sigaddset(&signals, SIGHUP);
  for (;;) {
    const timespec second{1, 0};
    const int signal = sigtimedwait(&signals, nullptr, &second);
    if (signal < 0) {
      api.solves().look();
      trim_heaps();
    }
    if (signal == SIGINT || signal == SIGTERM) break;
    if (signal != SIGHUP) continue;
    const auto reloaded = api.reload();
    std::fprintf(stderr, "trm_server: %s\n",
                 reloaded ? "the models are read anew" : reloaded.error().message.c_str());
  }
  api.solves().drain();
  const auto until =
      std::chrono::steady_clock::now() +
      std::chrono::milliseconds(static_cast<std::int64_t>(1000 * options.drain_seconds));
  while (!api.solves().idle() && std::chrono::steady_clock::now() < until) {
    if (signalled(ends, std::chrono::milliseconds(20))) break;
  }
  api.solves().shut_down();
}

Result<ApiKeys> read_keys(const Options& options) {
  return options.api_key_file.empty() ? ApiKeys() : ApiKeys::read(options.api_key_file);
}

// The address as people write it: "http://127.0.0.1:8080" or "unix:/run/trm.socket".
Result<std::string> listen(HttpServer& server, const Options& options) {
  if (!options.socket.empty()) {
    const auto started = server.start(options.socket);
    return started ? Result<std::string>("unix:" + options.socket) : started.error();
  }
  const auto port = server.start(options.host, options.port, options.search);
  if (!port) return port.error();
  if (options.port != 0 && *port != options.port) {
    std::fprintf(stderr, "trm_server: port %d is taken, using %d\n", options.port, *port);
  }
  return "http://" + options.host + ":" + std::to_string(*port);
}

int serve(const Options& options) {
  bound_heaps();
  raise_file_limit();
  // The signals are waited for above; every thread inherits the mask.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  SolveLimits limits;
  limits.longest = std::chrono::milliseconds(options.deadline_ms);
  limits.longest_fit = options.longest_fit;
  auto keys = read_keys(options);
  if (!keys) return complain(keys.error());
  Api api(limits, std::move(keys).value());
  HttpServer server([&](const Request& request) { return api.handle(request); }, Api::post_paths(),
                    Api::quick_paths(), server_options(options));
  const auto address = listen(server, options);
  if (!address) return complain(address.error());
  auto solver = load(options);
  if (!solver) return complain(solver.error());
  api.set_solver(*solver);
  std::printf("trm_server %s listening on %s (Ctrl-C stops)\n", TRM_VERSION, address->c_str());
  std::fflush(stdout);
  wait_for_the_end(api, options);
  server.stop();
  return 0;
}

}  // namespace

int run(int argc, const char* const* argv) {
  int status = 0;
  const auto options = read_options(argc, argv, status);
  return options ? serve(*options) : status;
}

}  // namespace trm::http
