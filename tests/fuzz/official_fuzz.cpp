// Configurations of the official code: what is read says the same when it is read again, and what
// it says about a network is either refused or an architecture that can be built.
#include <string>

#include "tests/fuzz/fuzz.h"
#include "trainer/official_arch.h"
#include "trainer/official_config.h"
#include "trainer/yaml.h"

namespace trm {
namespace {

void check_error(const Error& error) {
  FUZZ_CHECK(error.code == ErrorCode::invalid_config || error.code == ErrorCode::invalid_json ||
                 error.code == ErrorCode::invalid_weights || error.code == ErrorCode::too_large,
             error.message);
  FUZZ_CHECK(!error.message.empty(), "an error without words");
}

void check_yaml(std::string_view text) {
  const auto value = parse_yaml(text);
  if (!value) return check_error(value.error());
  FUZZ_CHECK(parse_json(value->dump()).ok(), value->dump());
}

/// The shapes of a small network's tensors; no bytes, which nobody reads here.
OfficialTensors small_network(bool mlp_t) {
  Arch arch;
  arch.mixer = mlp_t ? Mixer::mlp_t : Mixer::attention;
  arch.vocab_size = 5;
  arch.seq_len = 9;
  arch.hidden_size = 16;
  arch.pos_encodings = mlp_t ? PosEncoding::learned : PosEncoding::rope;
  arch.puzzle_emb_ndim = 16;
  arch.puzzle_emb_len = 2;
  arch.num_puzzle_identifiers = 3;
  OfficialTensors tensors;
  for (const auto& [name, shape] : official_shapes(arch)) {
    tensors.emplace(name, OfficialTensor{name, {DType::f32, shape, {}}});
  }
  return tensors;
}

void check_network(const OfficialTensors& tensors, const OfficialConfig& config) {
  const auto arch = official_arch(tensors, config);
  if (!arch) return check_error(arch.error());
  FUZZ_CHECK(validate(*arch).ok(), "an architecture that is none");
  const auto section = official_section(*arch);
  FUZZ_CHECK(section.ok(), section ? "" : section.error().message);
  OfficialConfig again;
  FUZZ_CHECK(again.add(*section, "again").ok(), section->dump());
  const auto same = official_arch(tensors, again);
  FUZZ_CHECK(same.ok() && *same == *arch, section->dump());
}

void check_config(const OfficialConfig& config) {
  OfficialConfig again;
  FUZZ_CHECK(again.add(config.json(), "again").ok(), config.json().dump());
  FUZZ_CHECK(again.json() == config.json(), config.json().dump());
  for (const bool mlp_t : {false, true}) check_network(small_network(mlp_t), config);
}

}  // namespace
}  // namespace trm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trm;
  const auto text = fuzz::as_text(data, size);
  check_yaml(text);
  OfficialConfig config;
  if (const auto added = config.add_text(text, "text")) {
    check_config(config);
  } else {
    check_error(added.error());
  }
  OfficialConfig changed;
  if (const auto set = changed.set(text)) {
    check_config(changed);
  } else {
    check_error(set.error());
  }
  return 0;
}
