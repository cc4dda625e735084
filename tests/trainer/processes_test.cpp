// Several processes: they compute what one process with all their rows computes. The workers are
// this very program, run again for the hidden case at the end.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "engine/model/tensor_io.h"
#include "engine/weights/safetensors.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/trainer/trainer_process.h"
#include "trainer/distributed.h"
#include "trainer/state.h"

using namespace trm;
using namespace trm::test;
using torch::Tensor;

namespace {

constexpr int kRows = 8, kSteps = 3;

// A free port on the loopback interface.
std::string free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(probe);
  return std::to_string(ntohs(address.sin_port));
}

using Environment = std::vector<std::pair<std::string, std::string>>;

// What torchrun sets.
Environment place_of(int rank, int size, const std::string& port) {
  return {{"RANK", std::to_string(rank)},
          {"LOCAL_RANK", std::to_string(rank)},
          {"WORLD_SIZE", std::to_string(size)},
          {"MASTER_ADDR", "127.0.0.1"},
          {"MASTER_PORT", port},
          {"GLOO_SOCKET_IFNAME", "lo"},
          {"OMP_NUM_THREADS", "1"}};
}

TrainConfig shared_config(bool embedding) {
  auto config = parse_config(tiny_toml(kSteps));
  REQUIRE(config.ok());
  config->data[0].batch = kRows;
  config->learn.halt_exploration = 0;  // each process draws its own
  config->learn.float64 = true;
  config->learn.ema_decay = 0;
  config->arch.halt_max_steps = 2;  // the third step has new examples
  if (embedding) {
    config->arch.mixer = Mixer::attention;
    config->arch.per_symbol = false;
    config->arch.num_heads = 2;
    config->arch.puzzle_emb_ndim = 16;
    config->arch.num_puzzle_identifiers = 2;
  }
  const auto completed = complete_config(*config);
  if (!completed) FAIL(completed.error().message);
  return *config;
}

// Three steps; first-step gradients and the state at the end, by name.
std::map<std::string, Tensor> train_steps(bool embedding, Collective* collective) {
  auto made = RunState::make(shared_config(embedding), torch::kCPU, collective);
  if (!made) FAIL(made.error().message);
  RunState& state = *made;
  std::map<std::string, Tensor> found;
  for (int step = 0; step < kSteps; ++step) {
    const auto next = [&](std::int64_t) { return state.sources[0].next().value(); };
    const RecursionDepth depth{state.config.arch.H_cycles, state.config.arch.L_cycles};
    const auto metrics = state.learner->step(state.lanes[0].lane, depth, 1, next, state.rng);
    REQUIRE(metrics.finite);
    found["loss." + std::to_string(step)] = torch::tensor({metrics.loss}, torch::kFloat64);
    if (step > 0) continue;
    for (const auto& [name, p] : state.learner->network().parameters()) {
      if (p.grad().defined()) found["grad." + name] = p.grad().clone();
    }
  }
  for (const auto& [name, tensor] : state.learner->state()) found["state." + name] = tensor.clone();
  return found;
}

double largest(const Tensor& t) { return t.abs().max().item<double>(); }

// Two workers beside one process with all rows.
void compare(bool embedding) {
  const TempDir dir;
  const std::string port = free_port();
  std::vector<pid_t> workers;
  for (int rank = 0; rank < 2; ++rank) {
    const pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid != 0) {
      workers.push_back(pid);
      continue;
    }
    for (const auto& [name, value] : place_of(rank, 2, port))
      setenv(name.c_str(), value.c_str(), 1);
    setenv("TRM_TEST_WORKER_OUT", (dir / ("rank" + std::to_string(rank))).c_str(), 1);
    setenv("TRM_TEST_WORKER_EMBEDDING", embedding ? "1" : "0", 1);
    const std::string log = dir / ("log" + std::to_string(rank));
    if (freopen(log.c_str(), "w", stdout) == nullptr || dup2(1, 2) < 0) _exit(99);
    const std::string self = std::string(TRM_TEST_BIN_DIR) + "/trainer_tests";
    execl(self.c_str(), self.c_str(), "A worker of several processes", static_cast<char*>(nullptr));
    _exit(98);
  }
  for (const pid_t pid : workers) {
    int status = 0;
    waitpid(pid, &status, 0);
    INFO(read_file(dir / "log0") << read_file(dir / "log1"));
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) == 0);
  }
  const auto alone = train_steps(embedding, nullptr);
  std::size_t gradients = 0;
  for (int rank = 0; rank < 2; ++rank) {
    const auto file = Safetensors::open(dir / ("rank" + std::to_string(rank)));
    REQUIRE(file.ok());
    REQUIRE(file->tensors().size() == alone.size());
    for (const auto& [name, view] : file->tensors()) {
      INFO("rank " << rank << " " << name);
      const Tensor& expected = alone.at(name);
      const double difference = largest(to_torch(view) - expected);
      if (name.starts_with("grad.")) {
        ++gradients;
        CHECK(difference <= 1e-5 * largest(expected));
      } else {
        CHECK(difference <= 1e-6);
      }
    }
  }
  CHECK(gradients > 4);
}

}  // namespace

TEST_CASE("Two processes reduce gradients and states to those of one with all rows",
          "[processes][process]") {
  compare(false);
}

TEST_CASE("Rows of the puzzle embedding are gathered from all processes", "[processes][process]") {
  compare(true);
}

TEST_CASE("Two real trainers write one run, which resumes, and refuses another number of them",
          "[processes][process]") {
  const TempDir dir;
  const std::vector<std::string> command{"train", dir / "run.toml", "--threads", "1",
                                         "--out", dir / "run",      "--device",  "cpu"};
  const auto both = [&](int steps) {
    write_file(dir / "run.toml", tiny_toml(steps, "eval_every_steps = 10\n"));
    const std::string port = free_port();
    TrainerProcess second(command, dir / "log1", place_of(1, 2, port));
    TrainerProcess first(command, dir / "log0", place_of(0, 2, port));
    const int status = first.wait();
    CHECK(second.wait() == status);
    INFO(read_file(dir / "log0") << read_file(dir / "log1"));
    REQUIRE(status == 0);
  };
  both(15);
  CHECK(read_file(dir / "log1").empty());  // one speaks
  both(25);
  const std::string log = read_file(dir / "log0");
  INFO(log);
  CHECK(log.find("continuing") != std::string::npos);
  CHECK(std::filesystem::exists(dir / "run/tiny.safetensors"));
  write_file(dir / "run.toml", tiny_toml(30));
  const auto [status, alone] = run_trainer(command, dir / "log");
  CHECK(status == 1);
  CHECK(alone.find("made by 2 processes") != std::string::npos);
}

TEST_CASE("Under torchrun's own store the workers are its clients", "[processes][process]") {
  const TempDir dir;
  write_file(dir / "run.toml", tiny_toml(6));
  // The agent of torchrun keeps the store and tells its workers so.
  c10d::TCPStoreOptions options;
  options.port = 0;
  options.isServer = true;
  options.waitWorkers = false;
  const auto store = c10::make_intrusive<c10d::TCPStore>("127.0.0.1", options);
  std::vector<std::unique_ptr<TrainerProcess>> workers;
  for (int rank = 0; rank < 2; ++rank) {
    Environment place = place_of(rank, 2, std::to_string(store->getPort()));
    place.emplace_back("TORCHELASTIC_USE_AGENT_STORE", "True");
    place.emplace_back("TORCHELASTIC_RESTART_COUNT", "0");
    workers.push_back(std::make_unique<TrainerProcess>(
        std::vector<std::string>{"train", dir / "run.toml", "--threads", "1", "--out", dir / "run",
                                 "--device", "cpu"},
        dir / ("log" + std::to_string(rank)), place));
  }
  for (auto& worker : workers) {
    const int status = worker->wait();
    INFO(read_file(dir / "log0") << read_file(dir / "log1"));
    CHECK(status == 0);
  }
  CHECK(std::filesystem::exists(dir / "run/tiny.safetensors"));
}

TEST_CASE("Wrong places of processes are refused by name", "[processes]") {
  const TempDir dir;
  write_file(dir / "run.toml", tiny_toml(2));
  const std::vector<std::string> command{"train", dir / "run.toml", "--out", dir / "run"};
  const std::pair<Environment, const char*> cases[] = {
      {{{"WORLD_SIZE", "two"}}, "WORLD_SIZE"},
      {{{"WORLD_SIZE", "2"}}, "RANK is missing"},
      {{{"WORLD_SIZE", "2"}, {"RANK", "2"}}, "expected a whole number from 0 to 1"},
      {{{"WORLD_SIZE", "2"}, {"RANK", "0"}, {"MASTER_PORT", "29500"}}, "MASTER_ADDR"}};
  for (const auto& [environment, expected] : cases) {
    const auto [status, log] = run_trainer(command, dir / "log", environment);
    INFO(log);
    CHECK(status == 1);
    CHECK(log.find(expected) != std::string::npos);
  }
  write_file(dir / "odd.toml", tiny_toml(2));
  const std::string port = free_port();
  const std::vector<std::string> odd{"train",     dir / "odd.toml", "--out",
                                     dir / "odd", "--device",       "cpu"};
  // Eight rows for three processes.
  std::vector<std::unique_ptr<TrainerProcess>> three;
  for (int rank = 0; rank < 3; ++rank) {
    three.push_back(std::make_unique<TrainerProcess>(odd, dir / ("odd" + std::to_string(rank)),
                                                     place_of(rank, 3, port)));
  }
  for (auto& process : three) CHECK(process->wait() == 1);
  CHECK(read_file(dir / "odd0").find("cannot be shared by 3 processes") != std::string::npos);
}

TEST_CASE("A worker of several processes", "[.]") {
  const char* out = std::getenv("TRM_TEST_WORKER_OUT");
  REQUIRE(out != nullptr);
  set_threads(1);
  const auto place = process_place();
  REQUIRE(place.ok());
  auto joined = join_processes(*place, {Device::Kind::cpu, 0});
  if (!joined) FAIL(joined.error().message);
  const bool embedding = std::string(std::getenv("TRM_TEST_WORKER_EMBEDDING")) == "1";
  const auto found = train_steps(embedding, joined->get());
  TensorMap tensors;
  std::vector<Tensor> alive;
  for (const auto& [name, tensor] : found) alive.push_back(tensor.contiguous());
  std::size_t i = 0;
  for (const auto& [name, tensor] : found) tensors.emplace(name, to_view(alive[i++]));
  REQUIRE(write_safetensors(out, tensors, {}).ok());
}
