// The project's one JSON door: a strict reader with limits and one writer.
//
// This file pair is the only place that includes nlohmann/json (in json.cpp). Requests, weights
// headers, saved boards, data sets and metrics all pass through here, and this door is fuzzed.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "puzzles/result.h"

namespace trm {

/// Limits of the reader; beyond any of them parse_json answers too_large or invalid_json.
struct JsonLimits {
  std::size_t bytes = 8u << 20;      ///< length of the text
  int depth = 32;                    ///< nested arrays and objects
  std::size_t elements = 1'000'000;  ///< values of any kind, keys included
};

/// A JSON value. Objects keep the order of their keys; a repeated key is refused by the reader.
/// Plain value type: copyable, not synchronised.
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;                                                      ///< null
  Json(std::nullptr_t) {}                                                // NOLINT: implicit
  Json(bool value) : value_(value) {}                                    // NOLINT: implicit
  Json(int value) : value_(static_cast<std::int64_t>(value)) {}          // NOLINT: implicit
  Json(std::int64_t value) : value_(value) {}                            // NOLINT: implicit
  Json(std::size_t value) : value_(static_cast<std::int64_t>(value)) {}  // NOLINT: implicit
  Json(double value) : value_(value) {}                                  // NOLINT: implicit
  Json(const char* value) : value_(std::string(value)) {}                // NOLINT: implicit
  Json(std::string_view value) : value_(std::string(value)) {}           // NOLINT: implicit
  Json(std::string value) : value_(std::move(value)) {}                  // NOLINT: implicit
  Json(Array value) : value_(std::move(value)) {}                        // NOLINT: implicit
  Json(Object value) : value_(std::move(value)) {}                       // NOLINT: implicit

  static Json array() { return Json(Array{}); }
  static Json object() { return Json(Object{}); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_int() const { return std::holds_alternative<std::int64_t>(value_); }
  bool is_number() const { return is_int() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  /// The value as the named type; the caller has tested the kind before (asserted).
  bool as_bool() const { return *std::get_if<bool>(&value_); }
  std::int64_t as_int() const { return *std::get_if<std::int64_t>(&value_); }
  double as_double() const {
    return is_int() ? static_cast<double>(as_int()) : *std::get_if<double>(&value_);
  }
  /// The value if it is a whole number, however it is written: 1, 1.0, 1e0. Empty for anything
  /// else, and for those with a fraction or exponent beyond 2^53, where doubles skip numbers.
  std::optional<std::int64_t> whole() const;
  const std::string& as_string() const { return *std::get_if<std::string>(&value_); }
  const Array& as_array() const { return *std::get_if<Array>(&value_); }
  Array& as_array() { return *std::get_if<Array>(&value_); }
  const Object& as_object() const { return *std::get_if<Object>(&value_); }
  Object& as_object() { return *std::get_if<Object>(&value_); }

  /// The member of that name, or nullptr (also when this is no object).
  const Json* find(std::string_view key) const;

  /// Appends a member to an object (the caller keeps keys distinct); returns *this for chaining.
  Json& set(std::string key, Json value);

  /// Appends an element to an array; returns *this for chaining.
  Json& push(Json value);

  /// Compact text on one line, UTF-8; bytes that are no UTF-8 become U+FFFD; non-finite numbers
  /// become null. Doubles round-trip.
  std::string dump() const;

  /// Indented text, for files that people read.
  std::string dump_pretty() const;

  bool operator==(const Json&) const = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

/// Reads one JSON value that fills the whole text. Strict RFC 8259: no comments, no NaN, no
/// duplicate keys, no trailing text. Errors: invalid_json with the byte offset, too_large.
Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

/// Name of the value's kind for error messages: "null", "boolean", "number", "string", ...
std::string_view json_kind(const Json& value);

}  // namespace trm
