#include "engine/backends/model_rows.h"

#include <algorithm>
#include <cmath>

#include "engine/geometry_plan.h"

namespace trm {
namespace {

std::string sizes_text(const ModelInfo& model) {
  std::string text;
  for (const auto& size : model.sizes) text += (text.empty() ? "" : ", ") + size;
  return text.empty() ? "none listed" : text;
}

}  // namespace

Result<void> model_supports(const ModelInfo& model, const Question& question) {
  const Puzzle& puzzle = question.puzzle();
  if (puzzle.name() != model.puzzle) {
    return fail(ErrorCode::unsupported_by_model,
                "the model " + model.name + " was trained for " + model.puzzle, "model");
  }
  for (int q = 0; q < puzzle.queries(question); ++q) {
    const TokenLayout layout = puzzle.layout(question, q);
    if (model.arch.mixer == Mixer::geometry) {
      const auto plan = GeometryPlan::make(model.arch, layout, puzzle.geometry(question, q));
      if (!plan) return plan.error();
    } else if (layout.size() != model.arch.seq_len) {
      return fail(ErrorCode::unsupported_by_model,
                  "the model " + model.name + " answers boards of " +
                      std::to_string(model.arch.seq_len) + " tokens (sizes: " + sizes_text(model) +
                      "), this one has " + std::to_string(layout.size()),
                  "board");
    }
  }
  return {};
}

Result<void> check_vocabulary(const ModelInfo& model, std::span<const Token> tokens) {
  for (const Token token : tokens) {
    if (token < 0 || token >= model.arch.vocab_size) {
      return fail(ErrorCode::unsupported_by_model,
                  "the board uses token " + std::to_string(token) + ", the model " + model.name +
                      " knows " + std::to_string(model.arch.vocab_size),
                  "board");
    }
  }
  return {};
}

std::vector<std::uint8_t> legal_tokens(const ModelInfo& model, const TokenMask& mask,
                                       std::size_t length) {
  const auto vocab = static_cast<std::size_t>(model.arch.vocab_size);
  const auto known = std::min(vocab, static_cast<std::size_t>(std::max(mask.vocab, 0)));
  std::vector<std::uint8_t> legal(length * vocab, 0);
  for (std::size_t p = 0; p < length; ++p) {
    for (std::size_t t = 0; t < known; ++t) {
      legal[p * vocab + t] = mask.at(static_cast<int>(p), static_cast<Token>(t)) ? 1 : 0;
    }
  }
  return legal;
}

void read_answer(std::span<const float> logits, std::span<const std::uint8_t> legal, int vocab,
                 LossKind loss, SlotOutput& output) {
  const auto V = static_cast<std::size_t>(vocab);
  for (std::size_t p = 0; p < output.tokens.size(); ++p) {
    const float* x = logits.data() + p * V;
    const std::uint8_t* may = legal.data() + p * V;
    std::size_t best = V;
    for (std::size_t t = 0; t < V; ++t) {
      if (may[t] != 0 && (best == V || x[t] > x[best])) best = t;
    }
    output.tokens[p] = best == V ? 0 : static_cast<Token>(best);
    output.confidence[p] = 0;
    if (best == V) continue;
    // Both maps grow with the logit, so that the largest logit has the largest probability.
    const auto weight = [&](float v) {
      if (loss == LossKind::softmax) return std::exp(v - x[best]);
      return v < 0 ? 1.0f / (1.0f - v) : v + 1.0f;
    };
    float total = 0;
    for (std::size_t t = 0; t < V; ++t) {
      if (may[t] != 0) total += weight(x[t]);
    }
    if (std::isfinite(total) && total > 0) output.confidence[p] = weight(x[best]) / total;
  }
}

}  // namespace trm
