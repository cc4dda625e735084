// Several training processes: c10d (Gloo on the CPU, NCCL on GPUs) under torchrun's variables.
#pragma once

#include <memory>
#include <string>

#include "engine/device.h"
#include "engine/learn/collective.h"
#include "puzzles/result.h"

namespace trm {

/// What torchrun puts into the environment of each process.
struct ProcessPlace {
  int rank = 0;
  int size = 1;  ///< 1: alone, nothing to join
  int local_rank = 0;
  std::string address;       ///< MASTER_ADDR
  int port = 0;              ///< MASTER_PORT
  bool agent_store = false;  ///< torchrun's agent serves the store (TORCHELASTIC_USE_AGENT_STORE)
  int attempt = 0;           ///< TORCHELASTIC_RESTART_COUNT
};

/// Reads RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT. Without WORLD_SIZE: alone. Error:
/// invalid_field naming the variable that is missing or no number.
Result<ProcessPlace> process_place();

/// Meets the other processes; returns when all are there (10 minutes at the most). The device of a
/// GPU process is its local rank's. NCCL has never been run by us: builds with TRM_CUDA only.
/// Errors: backend_failed with c10d's reason; unsupported for GPUs without NCCL.
Result<std::unique_ptr<Collective>> join_processes(const ProcessPlace& place, const Device& device);

}  // namespace trm
