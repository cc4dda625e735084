// main() of the tests that need a CUDA device: without one each test is skipped, aloud, with the
// exit status that CTest counts as skipped.
#define CATCH_CONFIG_RUNNER
#include <torch/torch.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "tests/catch.h"

namespace {
constexpr int kSkipped = 77;  // SKIP_RETURN_CODE in tests/CMakeLists.txt
}

int main(int argc, char** argv) {
  const bool lists = std::any_of(argv + 1, argv + argc, [](const char* argument) {
    return std::string_view(argument).starts_with("--list");
  });
  if (!lists && !torch::cuda::is_available()) {
#ifdef TRM_WITH_CUDA
    std::puts("skipped: no CUDA device");
#else
    std::puts("skipped: no CUDA device (this build has no CUDA; the preset cuda has)");
#endif
    return kSkipped;
  }
  return Catch::Session().run(argc, argv);
}
