// The backend contract: something that improves boards step by step. No tensor type appears here.
//
// A backend has a fixed number of slots. A slot holds one query of one question: its tokens, layout
// and relations, and inside the backend its carry (y, z). The scheduler loads slots, steps those
// that are busy, and reads the boards. Only the engine thread calls load, step and read, so they
// need no locks; info, supports and step_bytes are const, touch no slot, and may be called from any
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/device.h"
#include "engine/weights/model_file.h"
#include "puzzles/puzzle.h"

namespace trm {

/// What a slot is loaded with.
struct SlotInput {
  const Question* question =
      nullptr;  ///< for backends that know rules (exact); alive during load()
  int query = 0;
  std::vector<Token> tokens;  ///< encode(): [L]
  TokenLayout layout;
  TokenMask mask;
  Geometry geometry;
  int identifier = 0;      ///< row of the puzzle-embedding table
  std::uint64_t seed = 0;  ///< for noise and random start states
  /// Standard deviation of the Gaussian noise that is added to z before each supervision step after
  /// the first (Probabilistic TRM, arXiv 2605.19943); 0: none.
  float noise = 0;
  /// Standard deviation of the Gaussian noise that is added to the start state H_init, L_init,
  /// drawn anew for each node; 0: none.
  float start_noise = 0;
};

/// The input of one query; `question` must outlive load(). Identifier 0, seed 0.
SlotInput slot_input(const Question& question, int query);

/// What a slot shows after a step.
struct SlotOutput {
  std::vector<Token> tokens;      ///< [L]: most probable legal token at each position
  std::vector<float> confidence;  ///< [L]: its probability among the legal tokens, 0..1
  float q_halt = 0;               ///< probability that the board is right, by the halt head
};

struct BackendInfo {
  std::string name;    ///< "torch", "native", "random", "exact", "check"
  std::string device;  ///< "cpu", "cuda:0"
  int slots = 1;
  ModelInfo model;      ///< of torch backends; name only for the others
  int attempts = 1024;  ///< at a question at the most: further ones would find nothing new
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual const BackendInfo& info() const = 0;

  /// Whether the question lies inside what the model was trained for. Errors: unsupported_by_model
  /// saying what is supported.
  virtual Result<void> supports(const Question& question) const = 0;

  /// Bytes that stepping `rows` rows of this question together takes beyond the loaded weights: an
  /// estimate from above, made without allocating. 0: too little to count.
  virtual std::int64_t step_bytes(const Question& question, int rows) const {
    (void)question, (void)rows;
    return 0;
  }

  /// Starts a slot afresh (carry = H_init, L_init). 0 <= slot < info().slots. Errors:
  /// unsupported_by_model, out_of_memory, backend_failed.
  virtual Result<void> load(int slot, const SlotInput& input) = 0;

  /// One supervision step for these slots, which are loaded and distinct. What a slot shows depends
  /// on its input and its number of steps alone, to the bit, as long as the padded batch size is
  /// the same (BackendOptions::batch). Errors: out_of_memory, with every slot as it was before, so
  /// that the caller can step fewer at a time; backend_failed.
  virtual Result<void> step(std::span<const int> slots) = 0;

  /// The board of a slot after its last step.
  virtual const SlotOutput& read(int slot) const = 0;
};

struct BackendOptions {
  int slots = 8;
  Device device;
  std::string precision = "float32";  ///< "float32" or "bfloat16"
  int threads = 0;                    ///< 0: one for each core
  std::uint64_t seed = 0;
  /// Rows that a step computes: fewer are padded. 0: the next of 1, 2, 4, 8, ...; backends whose
  /// rows never depend on each other need no padding and ignore it.
  int batch = 0;
};

/// Fakes that need no weights: `random` (legal random tokens, seeded), `exact` (the rule solver's
/// answer at the first step, the only one at which it searches).
Result<std::unique_ptr<Backend>> make_random_backend(const BackendOptions& options);
Result<std::unique_ptr<Backend>> make_exact_backend(const BackendOptions& options);

/// Runs two backends side by side, answers like the first, and fails (backend_failed, naming slot,
/// position and difference) when tokens differ or confidences are further apart than `tolerance`.
Result<std::unique_ptr<Backend>> make_check_backend(std::unique_ptr<Backend> first,
                                                    std::unique_ptr<Backend> second,
                                                    float tolerance);

/// The TRM on LibTorch. In builds without it: Error unsupported. Errors: invalid_weights,
/// unsupported (device), backend_failed.
Result<std::unique_ptr<Backend>> make_torch_backend(const ModelFile& model,
                                                    const BackendOptions& options);

/// The TRM on the CPU by our own kernels (engine/native): no numeric library, and a board's result
/// depends on neither its neighbours nor the number of threads. Errors: invalid_weights,
/// out_of_memory, unsupported (device), invalid_field (precision).
Result<std::unique_ptr<Backend>> make_native_backend(const ModelFile& model,
                                                     const BackendOptions& options);

/// Names of the backends of this build: "native", "exact", "random", and "torch" where built in.
std::vector<std::string> backend_names();

/// What SolverOptions::backend may say in any build: "auto" and every name.
std::vector<std::string> backend_choices();

/// What "auto" stands for on this machine and device: "native" on the CPU, "torch" on CUDA. Other
/// names stand for themselves.
std::string resolve_backend(std::string_view name, const Device& device);

/// What "auto" stands for with that backend (no "auto"): "bfloat16" where it multiplies that in
/// hardware (CUDA; AVX-512 BF16, AMX), which is faster and no less right; else "float32".
std::string resolve_precision(std::string_view name, std::string_view backend,
                              const Device& device);

/// Whether the backend runs weights files ("auto", "native", "torch"); the others serve every
/// puzzle by themselves.
bool runs_models(std::string_view name);

/// Whether this build and machine can compute on CUDA.
bool cuda_available();

}  // namespace trm
