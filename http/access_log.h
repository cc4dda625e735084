// One line a request: who asked is not in it, nor any header.
#pragma once

#include <cstdint>
#include <string>

namespace trm::http {

enum class LogForm { off, text, json };

struct AccessEntry {
  std::string id;      ///< also in the reply's X-Request-Id
  std::string method;  ///< as it came
  std::string path;    ///< decoded, without query
  int status = 0;
  std::size_t bytes = 0;  ///< of the reply's body
  double milliseconds = 0;
};

/// The line, without its end; method and path cannot break out of it.
std::string access_line(LogForm form, const AccessEntry& entry);

/// A new request id: unique in this process, and most likely among all.
std::string new_request_id();

}  // namespace trm::http
