// The trainer's configuration: what is read is printed so that it reads the same.
#include <string>

#include "tests/fuzz/fuzz.h"
#include "trainer/config.h"

namespace trm {
namespace {

void check_error(const Error& error) {
  FUZZ_CHECK(error.code == ErrorCode::invalid_config, error.message);
  FUZZ_CHECK(!error.message.empty(), "an error without words");
}

/// The printed configuration stands for the configuration: it holds every field.
void check_printed(const TrainConfig& config) {
  const std::string printed = config_to_toml(config);
  const auto again = parse_config(printed);
  FUZZ_CHECK(again.ok(), printed + (again ? "" : again.error().message));
  FUZZ_CHECK(config_to_toml(*again) == printed, printed);
  FUZZ_CHECK(again->data == config.data && again->stages == config.stages, printed);
  FUZZ_CHECK(again->evals == config.evals && again->arch == config.arch, printed);
}

}  // namespace
}  // namespace trm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trm;
  const auto text = fuzz::as_text(data, size);
  TrainConfig changed;
  const std::string before = config_to_toml(changed);
  if (const auto set = set_config(changed, text)) {
    check_printed(changed);
  } else {
    check_error(set.error());
    FUZZ_CHECK(config_to_toml(changed) == before, "a refused change changes something");
  }
  if (const auto config = parse_config(text)) {
    check_printed(*config);
  } else {
    check_error(config.error());
  }
  return 0;
}
