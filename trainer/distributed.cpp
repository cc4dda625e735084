#include "trainer/distributed.h"

// The class is declared under this macro; LibTorch's library was built with it.
#ifndef USE_C10D_GLOO
#define USE_C10D_GLOO
#endif
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef TRM_WITH_NCCL
#define USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace trm {
namespace {

constexpr std::chrono::minutes kJoinTimeout{10};
// The first process evaluates while the others wait for it.
constexpr std::chrono::hours kStepTimeout{6};

Result<int> number(const char* variable, int low, int high) {
  const char* text = std::getenv(variable);
  int value = 0;
  if (text != nullptr) {
    const char* end = text + std::strlen(text);
    const auto parsed = std::from_chars(text, end, value);
    if (parsed.ec == std::errc() && parsed.ptr == end && value >= low && value <= high)
      return value;
  }
  return fail(ErrorCode::invalid_field,
              std::string(variable) + (text ? "=" + std::string(text) : " is missing") +
                  ": expected a whole number from " + std::to_string(low) + " to " +
                  std::to_string(high) + "; torchrun sets it",
              variable);
}

/// One flat tensor for each element type: a single exchange instead of one a parameter.
class ProcessGroup final : public Collective {
 public:
  ProcessGroup(c10::intrusive_ptr<c10d::Backend> backend, const ProcessPlace& place)
      : backend_(std::move(backend)), place_(place) {}

  int rank() const override { return place_.rank; }
  int size() const override { return place_.size; }

  void sum(std::vector<torch::Tensor>& tensors) override {
    torch::NoGradGuard no_grad;
    std::vector<torch::ScalarType> types;
    for (const auto& t : tensors) {
      if (std::find(types.begin(), types.end(), t.scalar_type()) == types.end())
        types.push_back(t.scalar_type());
    }
    for (const auto type : types) sum_of_type(tensors, type);
  }

  torch::Tensor gather(const torch::Tensor& tensor) override {
    torch::NoGradGuard no_grad;
    // Gloo knows no booleans.
    const bool boolean = tensor.scalar_type() == torch::kBool;
    const torch::Tensor mine = (boolean ? tensor.to(torch::kUInt8) : tensor).contiguous();
    std::vector<torch::Tensor> inputs{mine};
    std::vector<std::vector<torch::Tensor>> outputs(1);
    for (int i = 0; i < place_.size; ++i) outputs[0].push_back(torch::empty_like(mine));
    backend_->allgather(outputs, inputs)->wait();
    const torch::Tensor all = torch::cat(outputs[0], 0);
    return boolean ? all.to(torch::kBool) : all;
  }

 private:
  void sum_of_type(std::vector<torch::Tensor>& tensors, torch::ScalarType type) {
    std::vector<torch::Tensor> flat;
    for (const auto& t : tensors) {
      if (t.scalar_type() == type) flat.push_back(t.reshape(-1));
    }
    std::vector<torch::Tensor> all{torch::cat(flat, 0)};
    backend_->allreduce(all)->wait();
    std::int64_t at = 0;
    for (auto& t : tensors) {
      if (t.scalar_type() != type) continue;
      t.copy_(all[0].narrow(0, at, t.numel()).view_as(t));
      at += t.numel();
    }
  }

  c10::intrusive_ptr<c10d::Backend> backend_;
  ProcessPlace place_;
};

// As torch.distributed's env:// rendezvous.
c10::intrusive_ptr<c10d::Store> make_store(const ProcessPlace& place) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(place.port);
  options.isServer = place.rank == 0 && !place.agent_store;
  options.numWorkers = static_cast<std::size_t>(place.size);
  options.waitWorkers = !place.agent_store;
  options.timeout = kJoinTimeout;
  c10::intrusive_ptr<c10d::Store> store =
      c10::make_intrusive<c10d::TCPStore>(place.address, options);
  if (!place.agent_store) return store;
  return c10::make_intrusive<c10d::PrefixStore>("/worker/attempt_" + std::to_string(place.attempt),
                                                store);
}

c10::intrusive_ptr<c10d::Backend> make_gloo(const c10::intrusive_ptr<c10d::Store>& store,
                                            const ProcessPlace& place) {
  auto options = c10d::ProcessGroupGloo::Options::create(kStepTimeout);
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  options->devices.push_back(interface != nullptr
                                 ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                                 : c10d::ProcessGroupGloo::createDefaultDevice());
  return c10::make_intrusive<c10d::ProcessGroupGloo>(store, place.rank, place.size, options);
}

}  // namespace

Result<ProcessPlace> process_place() {
  ProcessPlace place;
  const char* world = std::getenv("WORLD_SIZE");
  if (world == nullptr || *world == '\0') return place;
  const auto size = number("WORLD_SIZE", 1, 65536);
  if (!size) return size.error();
  place.size = *size;
  if (place.size == 1) return place;
  const auto rank = number("RANK", 0, place.size - 1);
  if (!rank) return rank.error();
  const auto port = number("MASTER_PORT", 1, 65535);
  if (!port) return port.error();
  const char* address = std::getenv("MASTER_ADDR");
  if (address == nullptr || *address == '\0') {
    return fail(ErrorCode::invalid_field, "MASTER_ADDR is missing; torchrun sets it",
                "MASTER_ADDR");
  }
  place.rank = *rank;
  place.port = *port;
  place.address = address;
  if (std::getenv("LOCAL_RANK") != nullptr) {
    const auto local = number("LOCAL_RANK", 0, 65535);
    if (!local) return local.error();
    place.local_rank = *local;
  }
  const char* agent = std::getenv("TORCHELASTIC_USE_AGENT_STORE");
  place.agent_store = agent != nullptr && std::string(agent) == "True";
  if (std::getenv("TORCHELASTIC_RESTART_COUNT") != nullptr) {
    const auto attempt = number("TORCHELASTIC_RESTART_COUNT", 0, 1 << 30);
    if (!attempt) return attempt.error();
    place.attempt = *attempt;
  }
  return place;
}

Result<std::unique_ptr<Collective>> join_processes(const ProcessPlace& place,
                                                   const Device& device) {
  try {
    const auto store = make_store(place);
    c10::intrusive_ptr<c10d::Backend> backend;
    if (device.kind == Device::Kind::cuda) {
#ifdef TRM_WITH_NCCL
      backend = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, place.rank, place.size);
#else
      return fail(ErrorCode::unsupported, "this build has no NCCL: several GPU processes need it",
                  "device");
#endif
    } else {
      backend = make_gloo(store, place);
    }
    return std::unique_ptr<Collective>(std::make_unique<ProcessGroup>(std::move(backend), place));
  } catch (const std::exception& error) {
    return fail(ErrorCode::backend_failed,
                "joining the " + std::to_string(place.size) + " processes at " + place.address +
                    ":" + std::to_string(place.port) + " failed: " + error.what(),
                "MASTER_ADDR");
  }
}

}  // namespace trm
