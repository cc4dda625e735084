// The one table from ErrorCode to HTTP status, and replies made of it.
#pragma once

#include <string>

#include "http/server.h"
#include "puzzles/json.h"
#include "puzzles/result.h"

namespace trm::http {

/// 400 malformed requests, 401 no key, 403 not on this server, 404 unknown names, 413 too large,
/// 422 well-formed but unsolvable here, 429 too much at once, 500 our side, 503 try again later,
/// 504 out of time.
int status_of(ErrorCode code);

/// The reply of that status; busy and unavailable say when to come back, unauthorized what to show.
Reply error_reply(const Error& error);

Reply json_reply(int status, const Json& json);
/// The same of JSON that is text already.
Reply text_reply(int status, std::string json);

/// 405, with the methods that the address knows ("GET, DELETE").
Reply wrong_method(const std::string& allowed);

}  // namespace trm::http
