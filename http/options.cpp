#include "http/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "engine/backends/backend.h"

#ifndef TRM_VERSION
#define TRM_VERSION "unknown"
#endif

namespace trm::http {
namespace {

constexpr int kUsage = 2;
constexpr const char* kPrefix = "TRM_SERVER_";

constexpr const char* kFooter =
    "Addresses: POST /solve /check /hint /generate /draw /models/reload, GET /health /ready "
    "/metrics\n"
    "/puzzles /models /props /jobs/ID; in a browser / (a page to draw and solve) and /docs\n"
    "Every option is also an environment variable (--max-body: TRM_SERVER_MAX_BODY) and a line of\n"
    "the file of --config (max-body = 1000000); a flag wins over the variable, that over the "
    "line.\n"
    "Signals: SIGTERM and SIGINT end the server when what runs is answered (a second one at "
    "once),\n"
    "SIGHUP reads the models anew.\n"
    "Examples:\n"
    "  trm_server --port 8080\n"
    "  curl --json '{\"puzzle\":\"NAME\",\"board\":[\"row\",\"row\"]}' "
    "http://127.0.0.1:8080/solve\n"
    "  curl http://127.0.0.1:8080/puzzles\n"
    "There is no TLS: put a reverse proxy in front (deploy/) before you give it another --host.";

LogForm log_form(const std::string& name) {
  return name == "off" ? LogForm::off : name == "json" ? LogForm::json : LogForm::text;
}

void add_engine(CLI::App& app, Options& options) {
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
  app.add_option("--queue", options.queue, "boards that wait for a slot; further ones are busy")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "threads of the network; 0: one a core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_flag("--deterministic", options.deterministic,
               "answers never depend on what else is asked: attempts one after another (slower)");
  app.add_option("--max-memory", options.max_memory,
                 "memory of one step beyond the weights, such as 512MB; 0: no limit")
      ->transform(CLI::AsSizeValue(false));
  app.add_option("--deadline-ms", options.deadline_ms, "longest time for one board")
      ->check(CLI::Range(1, 3'600'000))
      ->capture_default_str();
  app.add_option("--longest-fit", options.longest_fit,
                 "most seconds that a network is fitted to one task")
      ->check(CLI::Range(1.0, 3600.0))
      ->capture_default_str();
}

void add_service(CLI::App& app, Options& options) {
  app.add_option("--host", options.host, "address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "port; 0: any free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_flag("--port-search", options.search, "take the next free port if this one is taken");
  app.add_option("--socket", options.socket,
                 "Unix socket to listen on instead of host and port; for owner and group");
  app.add_option("--api-key-file", options.api_key_file,
                 "file with a key a line; whoever asks for more than probes and pages must show "
                 "one (Authorization: Bearer KEY)");
  app.add_option("--max-body", options.body_bytes, "longest request body in bytes")
      ->check(CLI::Range(std::size_t{1} << 10, std::size_t{8} << 20))
      ->capture_default_str();
  app.add_option("--read-timeout", options.read_timeout, "seconds in which a request must arrive")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  app.add_option("--drain", options.drain_seconds,
                 "seconds that requests under way have when the server is told to end")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  app.add_option("--cors-origin", options.cors_origin,
                 "web origin whose pages may ask, such as https://example.org; default: none");
  app.add_option_function<std::string>(
         "--log", [&options](const std::string& form) { options.log = log_form(form); },
         "a line a request on stderr: off, text or json")
      ->check(CLI::IsMember({"off", "text", "json"}))
      ->default_str("text");
}

std::string variable_of(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return kPrefix + name;
}

// CLI11 would let the file win over the environment. So variables become flags, where there is no
// such flag already.
std::vector<std::string> with_environment(const CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const auto given = [&](const std::string& name) {
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
      return word == "--" + name || word.starts_with("--" + name + "=");
    });
  };
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      const char* value = std::getenv(variable_of(name).c_str());
      if (value == nullptr || name == "help" || name == "version" || given(name)) continue;
      words.push_back("--" + name + "=" + value);
    }
  }
  std::reverse(words.begin(), words.end());  // as CLI11 takes them
  return words;
}

}  // namespace

std::optional<Options> read_options(int argc, const char* const* argv, int& status) {
  CLI::App app("Serves puzzles over HTTP: boards in, checked solutions out.", "trm_server");
  Options options;
  app.footer(kFooter);
  app.set_version_flag("--version", TRM_VERSION);
  add_service(app, options);
  add_engine(app, options);
  app.set_config("--config", "", "file of options, one NAME = VALUE a line");
  app.allow_config_extras(CLI::config_extras_mode::error);
  try {
    app.parse(with_environment(app, argc, argv));
  } catch (const CLI::ParseError& error) {
    status = app.exit(error) == 0 ? 0 : kUsage;
    return std::nullopt;
  }
  return options;
}

}  // namespace trm::http
