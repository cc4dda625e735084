#include "http/pages.h"

#include <string>
#include <utility>
#include <vector>

#include "http/status.h"

namespace trm::http {

/// Name and content, written by cmake/embed.cmake at build time.
const std::vector<std::pair<std::string_view, std::string_view>>& embedded_files();

namespace {

constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "application/json";
}

}  // namespace

Reply page(std::string_view name) {
  for (const auto& [file, text] : embedded_files()) {
    if (file != name) continue;
    Reply reply;
    reply.body = text;
    reply.content_type = type_of(name);
    reply.headers = {{"Content-Security-Policy", kPolicy},
                     {"X-Content-Type-Options", "nosniff"},
                     {"Referrer-Policy", "no-referrer"},
                     {"Cache-Control", "no-cache"}};
    return reply;
  }
  return error_reply(fail(ErrorCode::not_found, "there is no such page", "path"));
}

}  // namespace trm::http
