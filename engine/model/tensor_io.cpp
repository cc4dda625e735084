#include "engine/model/tensor_io.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <climits>
#include <cstring>
#include <optional>
#include <set>
#include <thread>

namespace trm {
namespace {

std::optional<torch::ScalarType> scalar_type(DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return torch::kBool;
    case DType::u8:
      return torch::kUInt8;
    case DType::i8:
      return torch::kInt8;
    case DType::i16:
      return torch::kInt16;
    case DType::i32:
      return torch::kInt32;
    case DType::i64:
      return torch::kInt64;
    case DType::f16:
      return torch::kFloat16;
    case DType::bf16:
      return torch::kBFloat16;
    case DType::f32:
      return torch::kFloat32;
    case DType::f64:
      return torch::kFloat64;
    default:
      return std::nullopt;
  }
}

DType dtype_of(torch::ScalarType type) {
  switch (type) {
    case torch::kBool:
      return DType::boolean;
    case torch::kUInt8:
      return DType::u8;
    case torch::kInt8:
      return DType::i8;
    case torch::kInt16:
      return DType::i16;
    case torch::kInt32:
      return DType::i32;
    case torch::kInt64:
      return DType::i64;
    case torch::kFloat16:
      return DType::f16;
    case torch::kBFloat16:
      return DType::bf16;
    case torch::kFloat64:
      return DType::f64;
    default:
      return DType::f32;
  }
}

std::string shape_text(torch::IntArrayRef shape) {
  std::string text = "[";
  for (const auto n : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(n);
  return text + "]";
}

}  // namespace

torch::Tensor to_torch(const TensorView& view) {
  const auto type = scalar_type(view.dtype);
  TORCH_CHECK(type.has_value(), "no torch type for ", std::string(dtype_name(view.dtype)));
  torch::Tensor tensor = torch::empty(view.shape, torch::TensorOptions().dtype(*type));
  if (!view.bytes.empty()) {
    std::memcpy(tensor.mutable_data_ptr(), view.bytes.data(), view.bytes.size());
  }
  return tensor;
}

TensorView to_view(const torch::Tensor& tensor) {
  TORCH_CHECK(tensor.is_contiguous() && tensor.device().is_cpu(),
              "to_view needs a dense CPU tensor");
  return {dtype_of(tensor.scalar_type()),
          tensor.sizes().vec(),
          {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()}};
}

TensorMap tensor_map(const Network::NamedTensors& parameters,
                     const Network::NamedTensors& buffers) {
  TensorMap map;
  for (const auto* list : {&parameters, &buffers}) {
    for (const auto& [name, tensor] : *list) map.emplace(name, to_view(tensor));
  }
  return map;
}

Result<void> load_network(Network& network, const TensorMap& tensors, std::string_view prefix,
                          bool allow_others) {
  torch::NoGradGuard no_grad;
  std::set<std::string, std::less<>> used;
  for (auto* list : {&network.parameters(), &network.buffers()}) {
    for (auto& [name, tensor] : *list) {
      const std::string key = std::string(prefix) + name;
      const auto it = tensors.find(key);
      if (it == tensors.end()) {
        return fail(ErrorCode::invalid_weights, "the tensor \"" + key + "\" is missing", key);
      }
      if (tensor.sizes() != torch::IntArrayRef(it->second.shape)) {
        return fail(ErrorCode::invalid_weights,
                    "the tensor \"" + key + "\" has shape " + shape_text(it->second.shape) +
                        ", the architecture wants " + shape_text(tensor.sizes()),
                    key);
      }
      const DType dtype = it->second.dtype;
      if (dtype != DType::f32 && dtype != DType::bf16 && dtype != DType::f16) {
        return fail(ErrorCode::invalid_weights,
                    "the tensor \"" + key + "\" has type " + std::string(dtype_name(dtype)) +
                        ", weights are F32, BF16 or F16",
                    key);
      }
      const torch::Tensor value = to_torch(it->second);
      if (!value.to(torch::kFloat32).isfinite().all().item<bool>()) {
        return fail(ErrorCode::invalid_weights,
                    "the tensor \"" + key + "\" holds values that are no numbers", key);
      }
      tensor.copy_(value);
      used.insert(key);
    }
  }
  for (const auto& [key, view] : tensors) {
    if (!allow_others && key.starts_with(prefix) && !used.contains(key)) {
      return fail(ErrorCode::invalid_weights,
                  "the tensor \"" + key + "\" belongs to no part of this architecture", key);
    }
  }
  return {};
}

Result<torch::Device> resolve_device(const Device& device) {
  if (device.kind == Device::Kind::cpu) return torch::Device(torch::kCPU);
  const bool cuda = torch::cuda::is_available();
  if (device.kind == Device::Kind::automatic) {
    return torch::Device(cuda ? torch::kCUDA : torch::kCPU);
  }
  if (!cuda || device.index >= static_cast<int>(torch::cuda::device_count())) {
    return fail(ErrorCode::unsupported,
                "the device " + device.name() + " is not there: this build or machine has " +
                    std::to_string(cuda ? torch::cuda::device_count() : 0) + " CUDA devices",
                "device");
  }
  return torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(device.index));
}

void set_threads(int threads) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  at::set_num_threads(threads > 0 ? threads : cores);
}

void tune_allocator() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, INT_MAX);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

}  // namespace trm
