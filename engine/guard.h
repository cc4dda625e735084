// Where exceptions stop: modules and backends may throw, the facade returns errors.
#pragma once

#include <exception>
#include <new>
#include <type_traits>

#include "puzzles/result.h"

namespace trm {

/// An error also where there is no memory left for its message: then the message is empty.
inline Error error_of(ErrorCode code, const char* message, const char* field = "") noexcept {
  try {
    return fail(code, message, field);
  } catch (...) {
    return Error{code, {}, {}};
  }
}

/// The exception being handled as an error: out_of_memory or internal. Only inside a catch block.
inline Error current_error() noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return error_of(ErrorCode::out_of_memory, "the system has no more memory");
  } catch (const std::exception& exception) {
    return error_of(ErrorCode::internal, exception.what());
  } catch (...) {
    return error_of(ErrorCode::internal, "an unknown exception");
  }
}

/// What `work` returns, a Result; an exception becomes its error.
template <class F>
std::invoke_result_t<F> guarded(F&& work) noexcept {
  try {
    return work();
  } catch (...) {
    return current_error();
  }
}

}  // namespace trm
