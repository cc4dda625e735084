#include "http/socket_file.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace trm::http {

Result<void> SocketFile::make_way(const std::string& path) {
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail(
        ErrorCode::invalid_field,
        "socket: expected a path of 1 to " + std::to_string(sizeof address.sun_path - 1) + " bytes",
        "socket");
  }
  path_ = path;
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) return {};
  const auto taken = [&](const char* why) {
    return fail(ErrorCode::unavailable, "cannot listen on " + path + ": " + why, "socket");
  };
  if (!S_ISSOCK(found.st_mode)) return taken("there is a file of that name, and it is no socket");
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), address.sun_path);
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const bool answers =
      connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const bool nobody = !answers && errno == ECONNREFUSED;
  close(probe);
  if (!nobody) return taken("another server listens there, or it cannot be asked");
  unlink(path.c_str());
  return {};
}

void SocketFile::made() { lstat(path_.c_str(), &file_); }

void SocketFile::remove() {
  struct stat now {};
  if (path_.empty() || lstat(path_.c_str(), &now) != 0) return;
  if (now.st_dev == file_.st_dev && now.st_ino == file_.st_ino) unlink(path_.c_str());
  path_.clear();
}

}  // namespace trm::http
