// The file of a Unix socket that a server listens on.
#pragma once

#include <sys/stat.h>

#include <string>

#include "puzzles/result.h"

namespace trm::http {

/// Not thread-safe.
class SocketFile {
 public:
  /// Makes way for a new socket: a file that a server left behind when it was killed goes; one that
  /// somebody listens on stays. Errors: invalid_field (the path is too long), unavailable.
  Result<void> make_way(const std::string& path);
  /// The socket is bound: remembers its file.
  void made();
  /// Removes it, unless a successor has put its own there.
  void remove();

 private:
  std::string path_;
  struct stat file_ {};
};

}  // namespace trm::http
