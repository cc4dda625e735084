#include "engine/model/native_batch.h"

#include <algorithm>
#include <type_traits>

#include "engine/model/tensor_io.h"

namespace trm {

using kernels::Buffer;
using torch::Tensor;

template <class T>
Result<std::unique_ptr<NativeBatch<T>>> NativeBatch<T>::make(
    const Network& network, const TokenLayout& layout, const Geometry& geometry,
    const Tensor& tokens, const Tensor& identifiers, int threads) {
  const Arch& arch = network.arch();
  auto net =
      native::RecursiveNet<T>::make(arch, tensor_map(network.parameters(), network.buffers()),
                                    std::make_shared<native::ThreadTeam>(threads));
  if (!net) return net.error();
  const auto shape = native::Shape::make(arch, layout, geometry);
  if (!shape) return shape.error();
  std::unique_ptr<NativeBatch> batch(
      new NativeBatch(std::move(*net), *shape, static_cast<std::int64_t>(layout.size())));
  const std::int64_t elements = batch->net_->row_elements(**shape);
  for (std::int64_t b = 0; b < tokens.size(0); ++b) {
    Board board{Buffer<T>(elements), Buffer<T>(elements), Buffer<T>(elements)};
    const Tensor row = tokens[b].to(torch::kInt32).contiguous();
    const auto* first = row.const_data_ptr<std::int32_t>();
    batch->net_->embed(**shape, {first, static_cast<std::size_t>(row.numel())},
                       identifiers.defined() ? identifiers[b].item<int>() : 0, board.x.data());
    batch->boards_.push_back(std::move(board));
  }
  batch->restart();
  return batch;
}

template <class T>
void NativeBatch<T>::restart() {
  for (Board& board : boards_) net_->start(*shape_, {}, {}, board.y.data(), board.z.data());
}

template <class T>
StepOutput NativeBatch<T>::step(std::int64_t together) {
  const auto count = static_cast<std::int64_t>(boards_.size());
  if (together <= 0) together = count;
  StepOutput out;
  out.logits = torch::empty({count, length_, net_->arch().vocab_size});
  out.q = torch::empty({count, 2});
  for (std::int64_t from = 0; from < count; from += together) {
    std::vector<native::BoardRows<T>> rows;
    for (std::int64_t b = from; b < std::min(count, from + together); ++b) {
      Board& board = boards_[static_cast<std::size_t>(b)];
      rows.push_back({board.x.data(), board.y.data(), board.z.data(), board.y.data(),
                      board.z.data(), out.logits[b].data_ptr<float>(), out.q[b].data_ptr<float>()});
    }
    net_->step(*shape_, rows);
  }
  out.carry = {state(&Board::y), state(&Board::z)};
  return out;
}

// [B, P + N, D] without the padding of the rows.
template <class T>
Tensor NativeBatch<T>::state(Buffer<T> Board::*which) const {
  constexpr auto type = std::is_same_v<T, float> ? torch::kFloat32 : torch::kBFloat16;
  std::vector<Tensor> states;
  for (const Board& board : boards_) {
    states.push_back(torch::from_blob(const_cast<T*>((board.*which).data()),
                                      {shape_->positions, net_->width()}, type)
                         .narrow(1, 0, net_->arch().hidden_size)
                         .to(torch::kFloat32, false, true));
  }
  return torch::stack(states);
}

template class NativeBatch<float>;
template class NativeBatch<kernels::Bf16>;

}  // namespace trm
