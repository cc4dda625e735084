// The keys that callers of the service must show (Authorization: Bearer KEY).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "puzzles/result.h"

namespace trm::http {

/// Keys as SHA-256 digests: they are not kept themselves, and digests have one length, so that
/// comparing takes the same time whatever was sent. Immutable: thread-safe.
class ApiKeys {
 public:
  /// None: nobody needs one.
  ApiKeys() = default;
  /// One key a line, kMinLength to kMaxLength letters, digits and -._~+/= (those that RFC 6750 has
  /// for a bearer's token); empty lines and those that begin with # are skipped. Errors: not_found,
  /// io_error; invalid_config naming the line, also for a file without keys.
  static Result<ApiKeys> read(const std::string& path);

  bool empty() const { return digests_.empty(); }
  /// Whether an Authorization header shows one of the keys. The scheme's case does not matter.
  bool admits(std::string_view authorization) const;

  static constexpr std::size_t kMinLength = 16;
  static constexpr std::size_t kMaxLength = 256;

 private:
  std::vector<std::string> digests_;
};

}  // namespace trm::http
