// Errors as values: one closed ErrorCode enum and Result<T>.
//
// Libraries of this project return Result<T>; they never print and never exit. The programs turn an
// Error into an exit status or an HTTP status, each in one table.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace trm {

/// Every way an operation of the libraries can fail. The list is closed: a new value needs a line
/// here, a name in error_name() and a row in the HTTP status table (a test walks all values).
enum class ErrorCode {
  invalid_text,    ///< text that no form of the puzzle describes
  invalid_json,    ///< not JSON, or beyond the depth, size or element limits
  invalid_field,   ///< a named field has the wrong type or is out of range
  unknown_field,   ///< a field that nobody reads
  invalid_board,   ///< a well-formed board that breaks the puzzle's rules; problems() says where
  unknown_puzzle,  ///< no module of that name
  unknown_model,   ///< no model of that name
  unsupported,     ///< the module or this build cannot do that
  unsupported_by_model,  ///< the question lies outside what any loaded model was trained for
  no_model,              ///< no weights for this puzzle are loaded
  invalid_weights,       ///< a weights file that is damaged, foreign or inconsistent
  invalid_config,        ///< a configuration file or override that cannot be used
  invalid_checkpoint,    ///< a training checkpoint that is damaged or of another configuration
  invalid_data,          ///< a data set that is damaged or does not match the puzzle
  not_found,             ///< a file or resource that is not there
  io_error,              ///< the operating system refused a read or write
  too_large,             ///< input beyond a stated limit
  unauthorized,          ///< a key is needed; none was given, or a wrong one
  forbidden,             ///< nobody may do that as the program was started
  busy,                  ///< the queue is full: try again later
  cancelled,             ///< the caller cancelled
  deadline_exceeded,     ///< the deadline passed before the first step
  unavailable,           ///< loading or shutting down
  exhausted,             ///< a generator or search ended its budget without a result
  out_of_memory,         ///< memory for this would exceed the limit, or the system has no more
  backend_failed,        ///< the numeric library failed (device lost)
  internal               ///< a defect of ours
};

/// Number of values of ErrorCode, for tables and tests that walk all of them.
inline constexpr int error_code_count = static_cast<int>(ErrorCode::internal) + 1;

/// Stable machine-readable name of a code, as in JSON answers ("invalid_text").
constexpr std::string_view error_name(ErrorCode code) {
  constexpr std::string_view names[] = {"invalid_text",
                                        "invalid_json",
                                        "invalid_field",
                                        "unknown_field",
                                        "invalid_board",
                                        "unknown_puzzle",
                                        "unknown_model",
                                        "unsupported",
                                        "unsupported_by_model",
                                        "no_model",
                                        "invalid_weights",
                                        "invalid_config",
                                        "invalid_checkpoint",
                                        "invalid_data",
                                        "not_found",
                                        "io_error",
                                        "too_large",
                                        "unauthorized",
                                        "forbidden",
                                        "busy",
                                        "cancelled",
                                        "deadline_exceeded",
                                        "unavailable",
                                        "exhausted",
                                        "out_of_memory",
                                        "backend_failed",
                                        "internal"};
  static_assert(sizeof(names) / sizeof(names[0]) == error_code_count);
  return names[static_cast<int>(code)];
}

/// One failure: what kind, in words for a person, and which input field is at fault.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;  ///< one sentence: what was found, what was expected
  std::string field;    ///< name of the input at fault ("board", "row 3, column 5"); may be empty

  bool operator==(const Error&) const = default;
};

/// Shorthand for returning an error: `return fail(ErrorCode::invalid_text, "...", "board");`.
inline Error fail(ErrorCode code, std::string message, std::string field = {}) {
  return Error{code, std::move(message), std::move(field)};
}

/// A value or an Error. Test with ok() (or `if (result)`) before taking the value; taking the wrong
/// side is a defect of ours and asserts in debug builds.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return assert(ok()), *std::get_if<0>(&state_); }
  const T& value() const& { return assert(ok()), *std::get_if<0>(&state_); }
  T&& value() && { return assert(ok()), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return assert(!ok()), *std::get_if<1>(&state_); }
  Error&& error() && { return assert(!ok()), std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { return assert(!ok()), *error_; }
  Error&& error() && { return assert(!ok()), std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace trm
