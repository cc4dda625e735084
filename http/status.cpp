#include "http/status.h"

namespace trm::http {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_text:
    case ErrorCode::invalid_json:
    case ErrorCode::invalid_field:
    case ErrorCode::unknown_field:
      return 400;
    case ErrorCode::unauthorized:
      return 401;
    case ErrorCode::forbidden:
      return 403;
    case ErrorCode::unknown_puzzle:
    case ErrorCode::unknown_model:
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::too_large:
      return 413;
    case ErrorCode::invalid_board:
    case ErrorCode::unsupported:
    case ErrorCode::unsupported_by_model:
    case ErrorCode::exhausted:
      return 422;
    case ErrorCode::busy:
      return 429;
    case ErrorCode::no_model:
    case ErrorCode::cancelled:
    case ErrorCode::unavailable:
    case ErrorCode::out_of_memory:
      return 503;
    case ErrorCode::deadline_exceeded:
      return 504;
    case ErrorCode::invalid_weights:
    case ErrorCode::invalid_config:
    case ErrorCode::invalid_checkpoint:
    case ErrorCode::invalid_data:
    case ErrorCode::io_error:
    case ErrorCode::backend_failed:
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

Reply error_reply(const Error& error) {
  Reply reply = error_reply(status_of(error.code), error);
  if (error.code == ErrorCode::busy || error.code == ErrorCode::unavailable) {
    reply.headers.emplace_back("Retry-After", "1");
  }
  if (error.code == ErrorCode::unauthorized) {
    reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"trm_server\"");
  }
  return reply;
}

Reply json_reply(int status, const Json& json) { return text_reply(status, json.dump()); }

Reply text_reply(int status, std::string json) {
  Reply reply;
  reply.status = status;
  reply.body = std::move(json) + "\n";
  return reply;
}

Reply wrong_method(const std::string& allowed) {
  Reply reply = error_reply(405, fail(ErrorCode::unsupported, "use " + allowed, "method"));
  reply.headers.emplace_back("Allow", allowed);
  return reply;
}

}  // namespace trm::http
