#include "engine/model/cuda_graph_step.h"

#include <algorithm>
#include <list>
#include <optional>

#ifdef TRM_WITH_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#endif

namespace trm {

#ifdef TRM_WITH_CUDA

namespace {

using torch::Tensor;

constexpr int kWarmUpSteps =
    2;  // libraries choose algorithms and take workspaces in the first ones

// One shape with its static tensors.
struct Graph {
  std::shared_ptr<const GeometryIndex> geometry;
  RecursionDepth depth;
  torch::ScalarType dtype = torch::kFloat32;
  Batch input;
  Carry carry;
  StepOutput output;                           // in the graph's memory
  std::unique_ptr<at::cuda::CUDAGraph> graph;  // null: could not be captured

  bool fits(const Network& network, const Carry& from, const Batch& batch,
            const RecursionDepth& wanted, const GeometryIndex* layout) const {
    return geometry.get() == layout && dtype == network.dtype() &&
           depth.H_cycles == wanted.H_cycles && depth.L_cycles == wanted.L_cycles &&
           carry.y.sizes() == from.y.sizes() && input.tokens.sizes() == batch.tokens.sizes();
  }

  void fill(const Carry& from, const Batch& batch) {
    carry.y.copy_(from.y);
    carry.z.copy_(from.z);
    input.tokens.copy_(batch.tokens);
    if (batch.identifiers.defined()) input.identifiers.copy_(batch.identifiers);
  }

  // The next replay writes over the outputs.
  StepOutput copy_output() const {
    return {
        {output.carry.y.clone(), output.carry.z.clone()}, output.logits.clone(), output.q.clone()};
  }
};

Graph make_graph(const Network& network, const Carry& carry, const Batch& batch,
                 const RecursionDepth& depth, std::shared_ptr<const GeometryIndex> geometry) {
  Graph made;
  made.depth = depth;
  made.dtype = network.dtype();
  made.input = {torch::empty_like(batch.tokens),
                batch.identifiers.defined() ? torch::empty_like(batch.identifiers) : Tensor(),
                geometry.get(),
                {}};
  made.carry = {torch::empty_like(carry.y), torch::empty_like(carry.z)};
  made.geometry = std::move(geometry);
  return made;
}

}  // namespace

struct GraphedSteps::Cache {
  std::size_t capacity;
  std::list<Graph> graphs;  // most recently used first
  std::optional<c10::cuda::CUDAStream> side;
  std::optional<at::MempoolId_t> pool;

  // Graphs share one memory pool: they run one after the other, and their outputs are copied out
  // before the next one starts.
  at::MempoolId_t shared_pool() {
    if (!pool) pool = at::cuda::graph_pool_handle();
    return *pool;
  }

  // Ends a capture that failed, so that the stream and the allocator work as before.
  void abandon(at::cuda::CUDAGraph& graph, c10::DeviceIndex device) {
    try {
      graph.capture_end();
    } catch (const std::exception&) {
      try {
        c10::cuda::CUDACachingAllocator::endAllocateToPool(device, shared_pool());
        c10::cuda::CUDACachingAllocator::releasePool(device, shared_pool());
      } catch (const std::exception&) {  // the capture had not begun
      }
    }
  }

  // Warms up and captures on a side stream; the default stream cannot be captured.
  void capture(Graph& entry, Network& network) {
    const auto device = c10::cuda::current_device();
    c10::cuda::getCurrentCUDAStream().synchronize();  // the static inputs are written
    if (!side) side = c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device);
    const c10::cuda::CUDAStreamGuard guard(*side);
    for (int i = 0; i < kWarmUpSteps; ++i) network.step(entry.carry, entry.input, entry.depth);
    side->synchronize();
    auto graph = std::make_unique<at::cuda::CUDAGraph>();
    try {
      // Thread-local: what other threads do on the GPU meanwhile is no error of this capture.
      graph->capture_begin(shared_pool(), cudaStreamCaptureModeThreadLocal);
      entry.output = network.step(entry.carry, entry.input, entry.depth);
      graph->capture_end();
    } catch (const std::exception&) {
      entry.output = {};
      abandon(*graph, device);
      return;
    }
    entry.graph = std::move(graph);
  }

  Graph& find(Network& network, const Carry& carry, const Batch& batch, const RecursionDepth& depth,
              std::shared_ptr<const GeometryIndex> geometry) {
    const auto found = std::find_if(graphs.begin(), graphs.end(), [&](const Graph& g) {
      return g.fits(network, carry, batch, depth, geometry.get());
    });
    if (found != graphs.end()) {
      graphs.splice(graphs.begin(), graphs, found);
      return graphs.front();
    }
    Graph made = make_graph(network, carry, batch, depth, std::move(geometry));
    made.fill(carry, batch);
    capture(made, network);
    graphs.push_front(std::move(made));
    if (graphs.size() > capacity) graphs.pop_back();
    return graphs.front();
  }
};

StepOutput GraphedSteps::step(Network& network, const Carry& carry, const Batch& batch,
                              const RecursionDepth& depth,
                              std::shared_ptr<const GeometryIndex> geometry) {
  if (!network.device().is_cuda() || at::GradMode::is_enabled() || batch.puzzle_rows.defined()) {
    return network.step(carry, batch, depth);
  }
  const c10::cuda::CUDAGuard device(network.device());
  Graph& entry = cache_->find(network, carry, batch, depth, std::move(geometry));
  if (!entry.graph) return network.step(carry, batch, depth);
  entry.fill(carry, batch);
  entry.graph->replay();
  return entry.copy_output();
}

std::size_t GraphedSteps::captured() const { return cache_->graphs.size() - refused(); }

std::size_t GraphedSteps::refused() const {
  return static_cast<std::size_t>(std::count_if(cache_->graphs.begin(), cache_->graphs.end(),
                                                [](const Graph& g) { return !g.graph; }));
}

#else

struct GraphedSteps::Cache {
  std::size_t capacity;
};

StepOutput GraphedSteps::step(Network& network, const Carry& carry, const Batch& batch,
                              const RecursionDepth& depth, std::shared_ptr<const GeometryIndex>) {
  return network.step(carry, batch, depth);
}

std::size_t GraphedSteps::captured() const { return 0; }
std::size_t GraphedSteps::refused() const { return 0; }

#endif

GraphedSteps::GraphedSteps(std::size_t capacity) : cache_(std::make_unique<Cache>()) {
  cache_->capacity = std::max<std::size_t>(capacity, 1);
}
GraphedSteps::~GraphedSteps() = default;
GraphedSteps::GraphedSteps(GraphedSteps&&) noexcept = default;
GraphedSteps& GraphedSteps::operator=(GraphedSteps&&) noexcept = default;

}  // namespace trm
