// `trm_bench http`: the service under N clients beside the engine itself.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <memory>

#include "bench/process.h"
#include "bench/solving.h"

namespace trm::bench {
namespace {

struct Arguments : SolvingArguments {
  std::string program;
  std::vector<int> callers{1, 8, 64};
};

std::vector<Column> columns() {
  return {{"callers", "callers"},
          {"way", "way", 7, kText},
          {"boards", "boards", 6},
          {"boards_per_second", "boards/s", 9, 2},
          {"of_engine", "of engine", 9, 1, 100, " %"},
          {"verified_share", "verified", 8, 1, 100, " %"},
          {"p50_ms", "p50 ms", 9, 1},
          {"p95_ms", "p95 ms", 9, 1},
          {"p99_ms", "p99 ms", 9, 1}};
}

/// A trm_server of its own, on a free port.
class Server {
 public:
  static Result<std::unique_ptr<Server>> start(const std::vector<std::string>& words) {
    std::unique_ptr<Server> server(new Server);
    server->pid_ =
        server->in_.made && server->out_.made ? spawn(words, server->in_, server->out_) : -1;
    server->out_.shut(1);
    std::string line;
    for (char c = 0; server->pid_ > 0 && read(server->out_.ends[0], &c, 1) == 1 && c != '\n';) {
      line += c;
    }
    const auto colon = line.rfind(':');
    server->port_ = colon == std::string::npos ? 0 : std::atoi(line.c_str() + colon + 1);
    if (server->port_ == 0) {
      return fail(ErrorCode::io_error, words.front() + " did not start to listen", "program");
    }
    return server;
  }
  ~Server() {
    if (pid_ <= 0) return;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The body of the reply to a POST; empty if there is none.
  std::string post(const std::string& path, const std::string& body) const {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string request =
        "POST " + path +
        " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    std::string reply;
    if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
        send(socket, request.data(), request.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(request.size())) {
      char buffer[16384];
      for (ssize_t got = 0; (got = recv(socket, buffer, sizeof buffer, 0)) > 0;) {
        reply.append(buffer, static_cast<std::size_t>(got));
      }
    }
    close(socket);
    const auto head = reply.find("\r\n\r\n");
    return head == std::string::npos ? "" : reply.substr(head + 4);
  }

 private:
  Server() = default;
  Pipe in_, out_;
  pid_t pid_ = -1;
  int port_ = 0;
};

/// A board sent as a client would, and what the reply says.
Result<Outcome> ask(const Server& server, const Question& board, const Arguments& a) {
  Json body = Json::object().set("puzzle", board.puzzle().name());
  body.set("board", board.puzzle().to_json(board)).set("rules_ms", 0);
  body.set("attempts", a.engine.attempts).set("max_steps", a.engine.max_steps);
  body.set("seed", static_cast<std::int64_t>(a.boards.seed));
  const std::string text = body.dump();
  const auto start = Clock::now();
  const auto reply = parse_json(server.post("/solve", text));
  Outcome outcome;
  outcome.seconds = seconds_since(start);
  if (!reply) return fail(ErrorCode::io_error, "a request got no reply: " + reply.error().message);
  const Json* verified = reply->find("verified");
  if (verified == nullptr || !verified->is_bool()) {
    return fail(ErrorCode::io_error, "a request was refused: " + reply->dump());
  }
  outcome.verified = verified->as_bool();
  outcome.steps = reply->find("total_steps")->as_int();
  return outcome;
}

Result<void> measure(Solver& solver, const Server& server, const BoardList& list, int callers,
                     const Arguments& a, Report* report) {
  const SolveOne by_engine = solve_by(solver, request_maker(a.engine, a.boards.seed));
  const SolveOne by_http = [&](const Question& board, std::size_t) {
    return ask(server, board, a);
  };
  double engine_seconds = 0;
  for (const auto& [way, solve] : {std::pair("engine", by_engine), {"http", by_http}}) {
    Ticker ticker(std::to_string(callers) + " callers, " + way + ", boards");
    const auto start = Clock::now();
    const auto outcomes = solve_boards(solve, list.boards, callers, &ticker);
    const double seconds = seconds_since(start);
    if (!outcomes) return outcomes.error();
    if (engine_seconds == 0) engine_seconds = seconds;
    if (report == nullptr) continue;
    Json row = level_row(list, callers, summarise(*outcomes), seconds);
    set_engine(row, solver, a.engine.model);
    set_attempts(row, a.engine);
    report->row(row.set("way", way).set("of_engine", share(engine_seconds, seconds)));
  }
  return {};
}

int run(const Arguments& a) {
  const auto list = make_boards(a.boards);
  if (!list) return complain(list.error());
  auto solver = make_solver(a.engine, a.common);
  if (!solver) return complain(solver.error());
  const SolverOptions& options = (*solver)->options();
  std::vector<std::string> words{a.program.empty() ? neighbour("trm_server") : a.program,
                                 "--port",
                                 "0",
                                 "--log",
                                 "off",
                                 "--backend",
                                 options.backend,
                                 "--precision",
                                 options.precision,
                                 "--device",
                                 a.engine.device,
                                 "--slots",
                                 std::to_string(options.slots),
                                 "--threads",
                                 std::to_string(options.threads)};
  if (!options.model_dir.empty()) words.insert(words.end(), {"--models", options.model_dir});
  const auto server = Server::start(words);
  if (!server) return complain(server.error());
  // What happens once is no part of any level.
  BoardList first = *list;
  first.boards.erase(first.boards.begin() + 1, first.boards.end());
  if (auto warm = measure(**solver, **server, first, 1, a, nullptr); !warm) {
    return complain(warm.error());
  }
  Report report("http", columns(), a.common.json);
  for (const int callers : a.callers) {
    const auto measured = measure(**solver, **server, *list, callers, a, &report);
    if (!measured) return complain(measured.error());
  }
  return 0;
}

}  // namespace

void add_http_command(Commands& commands) {
  auto a = std::make_shared<Arguments>();
  auto* command = commands.add("http", "The service under many clients, beside the engine itself");
  command->add_option("--program", a->program, "The server (default: trm_server beside this one)");
  command->add_option("--callers", a->callers, "Clients that each send one board after another")
      ->check(CLI::Range(1, 128))
      ->capture_default_str();
  add_solving_options(*command, *a);
  add_attempt_options(*command, a->engine);
  add_precision_option(*command, a->engine);
  command->footer(
      "Starts a trm_server and sends it the same boards that the engine in this program solves;\n"
      "both take turns. A connection a board; latency is what a client sees, connecting included.\n"
      "Examples:\n"
      "  trm_bench http --difficulty hard --count 400\n"
      "  trm_bench http --callers 1 8 --json");
  commands.on(command, [a] { return run(*a); });
}

}  // namespace trm::bench
