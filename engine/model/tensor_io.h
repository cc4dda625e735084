// Torch tensors to and from the torch-free weights files.
#pragma once

#include <torch/torch.h>

#include "engine/device.h"
#include "engine/model/network.h"
#include "engine/weights/model_file.h"

namespace trm {

/// A dense copy on the CPU of a file's tensor.
torch::Tensor to_torch(const TensorView& view);

/// A view on a dense CPU tensor's memory; `tensor` must outlive it.
TensorView to_view(const torch::Tensor& tensor);

/// Parameters and buffers by their names; the tensors must outlive the map.
TensorMap tensor_map(const Network::NamedTensors& parameters, const Network::NamedTensors& buffers);

/// Fills a network from a file. Every parameter and buffer must be there in its shape, and nothing
/// else. `prefix` is put before each name ("weight." in golden files). Error: invalid_weights
/// naming the tensor.
Result<void> load_network(Network& network, const TensorMap& tensors, std::string_view prefix = {},
                          bool allow_others = false);

/// A torch device for ours. Error: unsupported when this build or machine has no CUDA.
Result<torch::Device> resolve_device(const Device& device);

/// Number of threads of torch's pools for this process (0: one for each core).
void set_threads(int threads);

/// Lets glibc keep freed memory for the next tensor instead of giving it back to the kernel, which
/// must clear every page again: a training step frees and takes the same buffers all over. For
/// programs that train; call it first in main(). Does nothing with other C libraries.
void tune_allocator();

}  // namespace trm
