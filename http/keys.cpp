#include "http/keys.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <span>

#include "engine/weights/sha256.h"

namespace trm::http {
namespace {

constexpr std::size_t kMaxFile = 64u << 10;

std::string digest(std::string_view text) {
  return sha256_hex(std::as_bytes(std::span(text.data(), text.size())));
}

// Every byte is looked at, whatever the others were.
bool equal(const std::string& a, const std::string& b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

bool is_key(std::string_view line) {
  return line.size() >= ApiKeys::kMinLength && line.size() <= ApiKeys::kMaxLength &&
         std::all_of(line.begin(), line.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 ||
                  std::string_view("-._~+/=").find(static_cast<char>(c)) != std::string_view::npos;
         });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

Result<ApiKeys> ApiKeys::read(const std::string& path) {
  std::ifstream in(path);
  if (!in) return fail(ErrorCode::not_found, path + ": cannot be read", "api-key-file");
  ApiKeys keys;
  std::size_t read = 0, number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    read += line.size() + 1;
    const std::string_view key = trimmed(line);
    if (read > kMaxFile) {
      return fail(ErrorCode::invalid_config, path + " is longer than 64 KiB", "api-key-file");
    }
    if (key.empty() || key.front() == '#') continue;
    if (!is_key(key)) {
      return fail(ErrorCode::invalid_config,
                  path + ", line " + std::to_string(number) + ": expected a key of " +
                      std::to_string(kMinLength) + " to " + std::to_string(kMaxLength) +
                      " letters, digits and -._~+/=, such as `openssl rand -hex 24` prints",
                  "api-key-file");
    }
    keys.digests_.push_back(digest(key));
  }
  if (in.bad()) return fail(ErrorCode::io_error, path + ": reading failed", "api-key-file");
  if (keys.empty()) {
    return fail(ErrorCode::invalid_config, path + " holds no key: expected one a line",
                "api-key-file");
  }
  return keys;
}

bool ApiKeys::admits(std::string_view authorization) const {
  constexpr std::string_view scheme = "bearer ";
  bool bearer = authorization.size() > scheme.size();
  for (std::size_t i = 0; bearer && i < scheme.size(); ++i) {
    bearer = std::tolower(static_cast<unsigned char>(authorization[i])) == scheme[i];
  }
  if (!bearer) return false;
  authorization.remove_prefix(
      std::min(authorization.size(), authorization.find_first_not_of(' ', scheme.size())));
  const std::string shown = digest(authorization);
  bool found = false;
  for (const std::string& known : digests_) found = equal(known, shown) || found;
  return found;
}

}  // namespace trm::http
