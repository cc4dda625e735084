// `trm_parity FILE...`: compares our network and learner with reference runs of the official code.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "engine/learn/parity.h"

namespace {

constexpr int exit_beyond_tolerance = 1;
constexpr int exit_error = 2;

// One line a group; whether all are within their tolerances.
bool print(const std::vector<trm::ParityGroup>& groups) {
  bool all = true;
  std::printf("  %-12s %12s %10s  %-4s %s\n", "group", "difference", "allowed", "", "largest at");
  for (const auto& group : groups) {
    std::printf("  %-12s %12.3g %10.1g  %-4s %s", group.name.c_str(), group.difference,
                group.tolerance, group.ok ? "ok" : "FAIL", group.worst.c_str());
    if (group.rounding > 0) {
      std::printf(" (rounding alone moves it by %.2g)", group.rounding);
    }
    if (group.outliers > 0) {
      std::printf(" (%lld entries with a gradient near zero excused)",
                  static_cast<long long>(group.outliers));
    }
    std::printf("\n");
    all = all && group.ok;
  }
  return all;
}

int compare(const std::string& file, const std::string& name, trm::ParityPath path) {
  const auto reference = trm::Safetensors::open(file);
  if (!reference) {
    std::fprintf(stderr, "trm_parity: %s\n", reference.error().message.c_str());
    return exit_error;
  }
  const auto groups = trm::compare_with_reference(*reference, path);
  if (!groups) {
    std::fprintf(stderr, "trm_parity: %s: %s\n", file.c_str(), groups.error().message.c_str());
    return exit_error;
  }
  std::printf("%s (%s)\n", file.c_str(), name.c_str());
  return print(*groups) ? 0 : exit_beyond_tolerance;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Compares forward pass, carry, losses, gradients and three training steps with reference "
      "runs\n"
      "of the official PyTorch network, in float32 on the CPU.");
  app.footer(
      "Exit status: 0 all within tolerance, 1 some are not, 2 a file cannot be used.\n"
      "Format and tolerances: tests/golden/README.md\n\n"
      "Example:\n  trm_parity tests/golden/*.safetensors");
  std::vector<std::string> files;
  std::string path = "all";
  app.add_option("FILE", files, "reference runs (safetensors)")->required();
  app.add_option("--path", path,
                 "eager: torch operations in the official order; fused: torch with our kernels; "
                 "native: without torch, inference only; all")
      ->check(CLI::IsMember({"eager", "fused", "native", "all"}))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_error;
  }
  int status = 0;
  for (const auto& file : files) {
    for (const auto& [name, one] : {std::pair("eager", trm::ParityPath::eager),
                                    {"fused", trm::ParityPath::fused},
                                    {"native", trm::ParityPath::native}}) {
      if (path == "all" || path == name) status = std::max(status, compare(file, name, one));
    }
  }
  return status;
}
