// What the backends that run a model share: whether a question fits it, the tokens that a position
// may answer, and the board that logits stand for. Torch-free, const, thread-safe.
#pragma once

#include <span>
#include <vector>

#include "engine/backends/backend.h"

namespace trm {

/// Whether the question lies inside what the model can read. Errors: unsupported_by_model.
Result<void> model_supports(const ModelInfo& model, const Question& question);

/// Whether the model knows every token. Error: unsupported_by_model.
Result<void> check_vocabulary(const ModelInfo& model, std::span<const Token> tokens);

/// The mask by the model's vocabulary, [L * vocab_size]: 1 where a token is legal.
std::vector<std::uint8_t> legal_tokens(const ModelInfo& model, const TokenMask& mask,
                                       std::size_t length);

/// The most probable legal token of each position, and its probability among the legal ones by the
/// map that the model was trained with. logits and legal: [L * vocab]; output's vectors have L
/// elements. A position without legal tokens gets token 0; where logits are no numbers the
/// confidence is 0. Plain loops: nothing depends on a row's place in a batch.
void read_answer(std::span<const float> logits, std::span<const std::uint8_t> legal, int vocab,
                 LossKind loss, SlotOutput& output);

}  // namespace trm
