// Parity with a reference run of the official PyTorch network: forward, carry, losses, gradients
// and three training steps, number by number. The format of such a file: tests/golden/README.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/weights/safetensors.h"

namespace trm {

/// Which implementation is compared.
enum class ParityPath {
  eager,  ///< LibTorch's operations in the official order
  fused,  ///< LibTorch with our kernels
  native  ///< engine/native: inference only, so logits, halt head and carry
};

/// The largest difference within one group of numbers.
struct ParityGroup {
  std::string name;  ///< "logits", "halt head", "carry", "losses", "gradients", "after3", "halting"
  double difference = 0;  ///< as the tolerance measures it
  double tolerance = 0;
  double rounding = 0;  ///< how far rounding alone moves the numbers beyond tolerance; 0: none are
  std::string worst;    ///< where it stands: tensor name
  std::int64_t outliers = 0;  ///< after3: entries excused because their gradient is almost zero
  bool ok = true;
};

/// Runs the reference's inputs through our network and learner in float32 on the CPU and compares.
/// Errors: invalid_weights (not such a file), backend_failed. Tolerances (tests/golden/README.md):
/// 2e-4 for logits, halt head and carry; 1e-4 of the tensor's largest entry for gradients; 1e-5 for
/// the state after three steps, where entries whose first gradient is below 1e-4 of their tensor's
/// largest may differ by 6e-3, at most 0.2 % of a tensor; 1e-4 relative for losses; halting
/// decisions equal. Recursion amplifies rounding, in some random networks a thousandfold within
/// four steps. So a number behind more than one supervision step that misses its tolerance is
/// compared with the largest movement that weights 2^-22 off by chance cause in the same number, in
/// three runs: up to four times as much is rounding.
Result<std::vector<ParityGroup>> compare_with_reference(const Safetensors& reference,
                                                        ParityPath path);

}  // namespace trm
