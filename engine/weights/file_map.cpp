#include "engine/weights/file_map.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace trm {

Result<FileMap> FileMap::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    return fail(missing ? ErrorCode::not_found : ErrorCode::io_error,
                "cannot open " + path + ": " + std::strerror(errno), path);
  }
  struct stat info {};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd);
    return fail(ErrorCode::io_error, path + " is no regular file", path);
  }
  FileMap file;
  file.size_ = static_cast<std::size_t>(info.st_size);
  if (file.size_ > 0) {
    void* mapped = mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapped == MAP_FAILED) {
      const std::string reason = std::strerror(errno);
      ::close(fd);
      return fail(ErrorCode::io_error, "cannot read " + path + ": " + reason, path);
    }
    const std::size_t size = file.size_;
    file.data_ = std::shared_ptr<const std::byte>(
        static_cast<const std::byte*>(mapped),
        [size](const std::byte* data) { munmap(const_cast<std::byte*>(data), size); });
  }
  ::close(fd);
  return file;
}

}  // namespace trm
