// Building data sets in tests.
#pragma once

#include <filesystem>

#include "tests/catch.h"
#include "trainer/build.h"

namespace trm::test {

inline void quiet(std::int64_t, std::int64_t) {}

/// Builds it; a failure fails the test.
inline BuildReport built(const Puzzle& puzzle, const BuildRequest& request) {
  const auto report = build_dataset(puzzle, request, quiet);
  if (!report) FAIL(report.error().message);
  return *report;
}

/// Does not build it, leaves nothing behind, and says why.
inline Error refused(const Puzzle& puzzle, const BuildRequest& request) {
  const auto report = build_dataset(puzzle, request, quiet);
  REQUIRE_FALSE(report.ok());
  CHECK_FALSE(std::filesystem::exists(request.out));
  CHECK_FALSE(std::filesystem::exists(request.out + ".partial"));
  return report.error();
}

}  // namespace trm::test
