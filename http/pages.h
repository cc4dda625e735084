// The files that the program carries in itself: the web page, its documentation, the description of
// the interface.
#pragma once

#include <string_view>

#include "http/server.h"

namespace trm::http {

/// A file of assets/web ("page.css"), or "openapi.json", as a reply with the headers of a page: it
/// may load what this server serves and nothing else, runs no script of its own text, and stands in
/// no other site's frame. 404 (not_found) for other names. Thread-safe.
Reply page(std::string_view name);

}  // namespace trm::http
