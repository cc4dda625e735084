// The one table from ErrorCode to HTTP status.
#pragma once

#include "http/server.h"
#include "puzzles/result.h"

namespace trm::http {

/// 400 malformed requests, 404 unknown names, 413 too large, 422 well-formed but unsolvable here,
/// 500 our side, 503 try again later, 504 out of time.
int status_of(ErrorCode code);

/// The reply of that status; busy says when to come back.
Reply error_reply(const Error& error);

}  // namespace trm::http
