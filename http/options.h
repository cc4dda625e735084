// What trm_server is told: flags, environment, configuration file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/access_log.h"

namespace trm::http {

struct Options {
  std::string host = "127.0.0.1";
  int port = 8080;
  bool search = false;
  std::string socket;  ///< Unix socket to listen on instead; empty: none
  std::string models;
  std::string backend = "auto";
  std::string device = "auto";
  std::string precision = "auto";
  int slots = 8;
  int queue = 256;
  int threads = 0;
  bool deterministic = false;
  std::int64_t max_memory = 0;
  std::size_t body_bytes = 1u << 20;
  double read_timeout = 10;
  int deadline_ms = 60'000;
  double longest_fit = 600;
  double drain_seconds = 10;
  std::string cors_origin;
  std::string api_key_file;
  LogForm log = LogForm::text;
};

/// Reads them: a flag wins over its environment variable (--max-body: TRM_SERVER_MAX_BODY), which
/// wins over its line in the file of --config (max-body = 1000), which wins over the default.
/// Empty: there is nothing to run, `status` is the exit status (0 after --help and --version, 2
/// after an error, which stands on stderr).
std::optional<Options> read_options(int argc, const char* const* argv, int& status);

}  // namespace trm::http
