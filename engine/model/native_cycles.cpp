#include "engine/model/native_cycles.h"

#include <ATen/record_function.h>

#include "engine/model/tensor_io.h"

namespace trm {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

namespace {

/// What a call of the autograd function takes beside tensors.
struct Call {
  const GeometryIndex& geometry;
  const RecursionDepth& depth;
  bool graph;
};

template <class T>
class Cycles : public NativeCycles {
 public:
  Cycles(const Arch& arch, std::unique_ptr<native::TrainableNet<T>> net)
      : arch_(arch), net_(std::move(net)) {}

  bool supports(const GeometryIndex& geometry) const override {
    return geometry.shape && native::TrainableNet<T>::supports(arch_, *geometry.shape);
  }

  void load(const Network::NamedTensors& parameters,
            const Network::NamedTensors& buffers) override {
    const auto loaded = net_->load(tensor_map(parameters, buffers));
    TORCH_CHECK(loaded.ok(), loaded.ok() ? "" : loaded.error().message);
    names_.clear();
    weights_.clear();
    for (const auto& [name, p] : parameters) {
      if (name.find(".layers.") == std::string::npos) continue;
      names_.push_back(name);
      weights_.push_back(p);
    }
  }

 private:
  static const T* in(const Tensor& t) { return static_cast<const T*>(t.const_data_ptr()); }
  static T* out(const Tensor& t) { return static_cast<T*>(t.mutable_data_ptr()); }

  void forward(const Tensor& x, const Tensor& y, const Tensor& z, const Tensor& y_out,
               const Tensor& z_out, const GeometryIndex& geometry, const RecursionDepth& depth,
               bool tape) override {
    RECORD_USER_SCOPE("trm::cycles");
    net_->forward(geometry.shape, x.size(0), in(x), in(y), in(z), out(y_out), out(z_out),
                  depth.H_cycles, depth.L_cycles, tape);
  }
  void backward(const Tensor& dy, const Tensor& dx) override {
    RECORD_USER_SCOPE("trm::cycles_backward");
    net_->backward(in(dy), out(dx));
  }
  void gradient(const std::string& name, const Tensor& to) const override {
    TORCH_CHECK(net_->gradient(name, to.data_ptr<float>()), "no gradient for ", name);
  }

  Arch arch_;
  std::unique_ptr<native::TrainableNet<T>> net_;
};

template <class T>
std::unique_ptr<NativeCycles> make_cycles(const Arch& arch,
                                          std::shared_ptr<native::ThreadTeam> team) {
  if (!team) team = native::ThreadTeam::shared(at::get_num_threads());
  auto net = native::TrainableNet<T>::make(arch, std::move(team));
  if (!net) return nullptr;
  return std::make_unique<Cycles<T>>(arch, std::move(*net));
}

}  // namespace

struct NativeCycles::Function : torch::autograd::Function<Function> {
  static tensor_list forward(AutogradContext* ctx, const Tensor& x, const Tensor& y,
                             const Tensor& z, std::int64_t self, std::int64_t call,
                             at::TensorList weights) {
    auto& cycles = *reinterpret_cast<NativeCycles*>(self);
    const auto& [geometry, depth, graph] = *reinterpret_cast<const Call*>(call);
    Tensor y_out = torch::empty_like(y), z_out = torch::empty_like(z);
    cycles.forward(x, y, z, y_out, z_out, geometry, depth, graph);
    ctx->saved_data["self"] = self;
    ctx->saved_data["weights"] = static_cast<std::int64_t>(weights.size());
    ctx->mark_non_differentiable({z_out});
    return {y_out, z_out};
  }

  static tensor_list backward(AutogradContext* ctx, tensor_list grads) {
    auto& cycles = *reinterpret_cast<NativeCycles*>(ctx->saved_data["self"].toInt());
    const Tensor dy = grads[0].contiguous();
    tensor_list found(5 + static_cast<std::size_t>(ctx->saved_data["weights"].toInt()));
    found[0] = torch::empty_like(dy);
    cycles.backward(dy, found[0]);
    for (std::size_t i = 0; i < cycles.names_.size(); ++i) {
      found[5 + i] = torch::empty_like(cycles.weights_[i], torch::MemoryFormat::Contiguous);
      cycles.gradient(cycles.names_[i], found[5 + i]);
    }
    return found;
  }
};

std::unique_ptr<NativeCycles> NativeCycles::make(const Arch& arch, torch::Device device,
                                                 torch::ScalarType dtype,
                                                 std::shared_ptr<native::ThreadTeam> team) {
  if (!device.is_cpu() || arch.mixer != Mixer::geometry) return nullptr;
  if (dtype == torch::kFloat32) return make_cycles<float>(arch, std::move(team));
  if (dtype == torch::kBFloat16) return make_cycles<kernels::Bf16>(arch, std::move(team));
  return nullptr;
}

Carry NativeCycles::run(const Tensor& x, const Carry& carry, const GeometryIndex& geometry,
                        const RecursionDepth& depth) {
  const Call call{geometry, depth, at::GradMode::is_enabled()};
  const auto out = Function::apply(x.contiguous(), carry.y.contiguous(), carry.z.contiguous(),
                                   reinterpret_cast<std::int64_t>(this),
                                   reinterpret_cast<std::int64_t>(&call), at::TensorList(weights_));
  return {out[0], out[1]};
}

}  // namespace trm
