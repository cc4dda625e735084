// Helpers of the torch tests: small nets, layouts and batches.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/learn/learner.h"
#include "engine/model/network.h"

namespace trm::testing {

/// A full rectangle of answer cells.
inline TokenLayout rectangle(int rows, int cols, int symbols = 0) {
  TokenLayout layout;
  layout.rows = rows;
  layout.cols = cols;
  layout.symbols = symbols;
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < cols; ++c) {
      layout.positions.push_back(
          {Role::cell, true, static_cast<std::int16_t>(r), static_cast<std::int16_t>(c)});
    }
  }
  return layout;
}

/// Rows and columns of a rectangle as groups relations "row" and "column".
inline Geometry row_column_groups(int rows, int cols) {
  std::vector<std::vector<std::int32_t>> by_row(static_cast<std::size_t>(rows)),
      by_col(static_cast<std::size_t>(cols));
  for (int p = 0; p < rows * cols; ++p) {
    by_row[static_cast<std::size_t>(p / cols)].push_back(p);
    by_col[static_cast<std::size_t>(p % cols)].push_back(p);
  }
  Geometry geometry;
  add_groups(geometry, "row", by_row);
  add_groups(geometry, "column", by_col);
  return geometry;
}

inline std::vector<std::string> names_of(const Geometry& geometry) {
  std::vector<std::string> names;
  for (const auto& relation : geometry) names.push_back(relation.name);
  return names;
}

/// A small arch for a geometry.
inline Arch small_arch(const Geometry& geometry, bool per_symbol = false) {
  Arch arch;
  arch.vocab_size = 6;
  arch.hidden_size = 16;
  arch.swiglu_inner = 24;
  arch.H_cycles = 2;
  arch.L_cycles = 2;
  arch.relations = names_of(geometry);
  arch.per_symbol = per_symbol;
  arch.first_symbol = per_symbol ? 2 : 0;
  return arch;
}

inline std::shared_ptr<const GeometryIndex> index_of(const Arch& arch, const TokenLayout& layout,
                                                     const Geometry& geometry) {
  auto made = GeometryIndex::make(arch, layout, geometry, torch::kCPU);
  TORCH_CHECK(made.ok(), made.ok() ? "" : made.error().message);
  return std::make_shared<const GeometryIndex>(std::move(*made));
}

/// Largest absolute difference.
inline double max_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

}  // namespace trm::testing
