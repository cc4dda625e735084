#include "puzzles/json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

namespace trm {
namespace {

std::string at_byte(std::size_t position) { return " at byte " + std::to_string(position); }

/// Builds a value from SAX events and refuses what is beyond the limits before it is stored.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return add(Json()); }
  bool boolean(bool v) override { return add(Json(v)); }
  bool number_integer(number_integer_t v) override { return add(Json(std::int64_t{v})); }
  bool number_unsigned(number_unsigned_t v) override {
    // Beyond int64 a whole number is kept as the nearest double, as JavaScript would.
    if (v > static_cast<number_unsigned_t>(INT64_MAX)) return add(Json(static_cast<double>(v)));
    return add(Json(static_cast<std::int64_t>(v)));
  }
  bool number_float(number_float_t v, const string_t&) override { return add(Json(double{v})); }
  bool string(string_t& v) override { return add(Json(std::move(v))); }
  bool binary(binary_t&) override { return refuse(ErrorCode::invalid_json, "binary data"); }

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (++elements_ > limits_.elements) return too_many();
    if (!keys_.back().insert(name).second) {
      return refuse(ErrorCode::invalid_json, "the key \"" + name.substr(0, 60) + "\" stands twice");
    }
    pending_.back() = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    // The library's own text quotes the input; only its reason after the last ": " is kept short.
    const bool range = error.id == 406;
    return refuse(
        ErrorCode::invalid_json,
        (range ? std::string("a number beyond the range of doubles") : std::string("not JSON")) +
            at_byte(position));
  }

  Result<Json> finish() && {
    if (error_) return *error_;
    return std::move(root_);
  }

 private:
  bool refuse(ErrorCode code, std::string message) {
    if (!error_) error_ = fail(code, std::move(message), "json");
    return false;
  }
  bool too_many() {
    return refuse(ErrorCode::too_large,
                  "more than " + std::to_string(limits_.elements) + " values in the JSON text");
  }
  bool add(Json value) {
    if (++elements_ > limits_.elements) return too_many();
    if (stack_.empty()) {
      root_ = std::move(value);
    } else {
      attach(std::move(value));
    }
    return true;
  }
  void attach(Json value) {
    Json& parent = stack_.back();
    if (parent.is_object()) {
      parent.as_object().emplace_back(std::move(pending_.back()), std::move(value));
    } else {
      parent.as_array().push_back(std::move(value));
    }
  }
  bool open(Json container) {
    if (static_cast<int>(stack_.size()) >= limits_.depth) {
      return refuse(ErrorCode::too_large,
                    "arrays and objects nested deeper than " + std::to_string(limits_.depth));
    }
    if (++elements_ > limits_.elements) return too_many();
    stack_.push_back(std::move(container));
    pending_.emplace_back();
    keys_.emplace_back();
    return true;
  }
  bool close() {
    Json value = std::move(stack_.back());
    stack_.pop_back();
    pending_.pop_back();
    keys_.pop_back();
    if (stack_.empty()) {
      root_ = std::move(value);
    } else {
      attach(std::move(value));
    }
    return true;
  }

  const JsonLimits& limits_;
  Json root_;
  std::vector<Json> stack_;           // open containers
  std::vector<std::string> pending_;  // key that waits for its value, one a container
  std::vector<std::set<std::string, std::less<>>> keys_;
  std::size_t elements_ = 0;
  std::optional<Error> error_;
};

nlohmann::ordered_json to_library(const Json& value) {
  if (value.is_bool()) return value.as_bool();
  if (value.is_int()) return value.as_int();
  if (value.is_number()) return value.as_double();
  if (value.is_string()) return value.as_string();
  if (value.is_array()) {
    auto list = nlohmann::ordered_json::array();
    for (const Json& element : value.as_array()) list.push_back(to_library(element));
    return list;
  }
  if (value.is_object()) {
    auto object = nlohmann::ordered_json::object();
    for (const auto& [key, member] : value.as_object()) object[key] = to_library(member);
    return object;
  }
  return nullptr;
}

std::string write(const Json& value, int indent) {
  return to_library(value).dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::optional<std::int64_t> Json::whole() const {
  constexpr double kExact = 9007199254740992.0;
  if (is_int()) return as_int();
  if (!is_number() || std::abs(as_double()) > kExact) return std::nullopt;
  const auto value = static_cast<std::int64_t>(as_double());
  return static_cast<double>(value) == as_double() ? std::optional(value) : std::nullopt;
}

const Json* Json::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const auto& [name, value] : as_object()) {
    if (name == key) return &value;
  }
  return nullptr;
}

Json& Json::set(std::string key, Json value) {
  as_object().emplace_back(std::move(key), std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  as_array().push_back(std::move(value));
  return *this;
}

std::string Json::dump() const { return write(*this, -1); }
std::string Json::dump_pretty() const { return write(*this, 2) + "\n"; }

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    return fail(ErrorCode::too_large,
                "the JSON text has " + std::to_string(text.size()) + " bytes, at most " +
                    std::to_string(limits.bytes) + " are read",
                "json");
  }
  // The library would skip a byte order mark and take a NUL for the end of the text.
  if (text.starts_with("\xef\xbb\xbf")) {
    return fail(ErrorCode::invalid_json, "byte 0: a byte order mark is no JSON", "json");
  }
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return fail(ErrorCode::invalid_json, "byte " + std::to_string(nul) + ": a NUL byte is no JSON",
                "json");
  }
  Builder builder(limits);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder).finish();
}

std::string_view json_kind(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_bool()) return "boolean";
  if (value.is_number()) return "number";
  if (value.is_string()) return "string";
  return value.is_array() ? "array" : "object";
}

}  // namespace trm
