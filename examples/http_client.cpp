// Solves a puzzle with a running trm_server and shows the model at work.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>

#include "trm_client.h"

namespace {

using trm_client::Client;
using trm_client::Json;

constexpr const char* kHelp =
    R"(usage: http_client [--url URL] [--puzzle NAME] [--mode stream|list|job] [FILE]

Solves a puzzle with a running trm_server and shows the model at work.

  --url URL      default: http://127.0.0.1:8080
  --puzzle NAME  default: sudoku
  --mode MODE    stream (default), list (each line is a board) or job
  FILE           board; -: standard input; none: a sample

TRM_API_KEY in the environment: the key, if the server wants one.
Exit status: 0 verified, 1 not verified, 2 error, 130 interrupted.
)";

constexpr int kVerified = 0, kNotVerified = 1, kError = 2, kInterrupted = 130;

constexpr const char* kSamples[] = {
    "9.....8.53.1.......85.4.7.....7.5....3....92.2.....1..1....7......4..3.2....134..",
    "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"};

volatile std::sig_atomic_t interrupted = 0;

void show(const Json& board) {
  if (board.is_string()) std::cout << board.get<std::string>() << "\n";
  if (board.is_null()) std::cout << "no answer\n";
  if (!board.is_array()) return;
  for (const Json& row : board) show(row.is_string() ? row : Json(row.dump()));
}

/// Says honestly what an answer is worth; the exit status. Rows and columns count from 0.
int verdict(const Json& result) {
  if (result.at("verified") == true) {
    std::cout << "verified: the rules hold (" << result.at("steps") << " steps, "
              << result.at("time_ms") << " ms)\n";
    return kVerified;
  }
  const Json& conflicts = result.at("conflicts");
  std::cout << "NOT verified: " << result.at("status").get<std::string>() << ", "
            << conflicts.size() << " conflicts\n";
  for (std::size_t i = 0; i < std::min<std::size_t>(5, conflicts.size()); ++i) {
    std::cout << "  row " << conflicts[i].at("row") << ", column " << conflicts[i].at("col") << ": "
              << conflicts[i].at("message").get<std::string>() << "\n";
  }
  return kNotVerified;
}

int run_stream(Client& client, const Json& request) {
  // Ctrl-C ends this program: that closes the connection, and the server stops too.
  const Json result = client.solve_in_steps(request, [](const Json& step) {
    std::cout << "attempt " << step.at("attempt") << ", step " << step.at("step") << ": "
              << step.at("conflicts").size() << " conflicts\n";
    show(step.at("board"));
    std::cout.flush();
  });
  show(result.at("solution"));
  return verdict(result);
}

int run_list(Client& client, Json request) {
  request["boards"] = std::exchange(request["board"], Json());
  request.erase("board");
  const Json reply = client.solve(request);
  int status = kVerified, number = 0;
  for (const Json& result : reply.at("results")) {
    std::cout << "board " << ++number << ": ";
    if (result.contains("error")) {
      std::cout << result.at("error").at("message").get<std::string>() << "\n";
      status = kError;
      continue;
    }
    show(result.at("solution"));
    status = std::max(status, verdict(result));
  }
  return status;
}

int run_job(Client& client, const Json& request) {
  const std::string id = client.start_job(request);
  std::cout << "job " << id << std::endl;
  std::signal(SIGINT, [](int) { interrupted = 1; });
  for (;;) {
    const Json state = client.job(id);
    if (state.at("status") == "failed") throw trm_client::refusal(state.at("error"));
    if (state.at("status") == "done") {
      show(state.at("result").at("solution"));
      return verdict(state.at("result"));
    }
    if (interrupted != 0) {
      client.cancel_job(id);
      std::cerr << "cancelled\n";
      return kInterrupted;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

Json lines_of(std::istream& in) {
  Json lines = Json::array();
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  while (!lines.empty() && lines.back() == "") lines.erase(lines.size() - 1);
  return lines;
}

/// One line goes as text, several as rows: a board comes back in the notation it was sent in.
Json read_board(const std::string& path, bool is_list) {
  Json lines = Json::array();
  if (path.empty() && is_list) {
    lines = kSamples;
  } else if (path.empty()) {
    for (std::size_t at = 0; at < 81; at += 9) lines.push_back(std::string(kSamples[0] + at, 9));
  } else if (path == "-") {
    lines = lines_of(std::cin);
  } else {
    std::ifstream file(path);
    if (!file) throw std::runtime_error(path + " cannot be read");
    lines = lines_of(file);
  }
  return lines.size() == 1 && !is_list ? lines[0] : lines;
}

int run(int argc, char** argv) {
  std::string url = "http://127.0.0.1:8080", puzzle = "sudoku", mode = "stream", path;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help" || word == "-h") return std::cout << kHelp, 0;
    std::string* value = word == "--url"      ? &url
                         : word == "--puzzle" ? &puzzle
                         : word == "--mode"   ? &mode
                                              : nullptr;
    const bool option = word.starts_with("--");
    if (option ? value == nullptr || ++i == argc : !path.empty()) return std::cerr << kHelp, kError;
    (option ? *value : path) = argv[i];
  }
  const bool is_list = mode == "list";
  if (!is_list && mode != "job" && mode != "stream") return std::cerr << kHelp, kError;
  const char* key = std::getenv("TRM_API_KEY");
  Client client(url, key != nullptr ? key : "");
  const Json request = {{"puzzle", puzzle}, {"board", read_board(path, is_list)}};
  return is_list         ? run_list(client, request)
         : mode == "job" ? run_job(client, request)
                         : run_stream(client, request);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& failure) {
    std::cerr << "error: " << failure.what() << "\n";
    return kError;
  }
}
