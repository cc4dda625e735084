#include "engine/weights/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace trm {
namespace {

Error failed(const char* what, const std::string& path) {
  return fail(ErrorCode::io_error,
              std::string("cannot ") + what + " " + path + ": " + std::strerror(errno), path);
}

// A rename is durable only once its folder is.
void sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const int dir = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0) return;
  fsync(dir);
  ::close(dir);
}

}  // namespace

void AtomicFile::Discard::operator()(std::FILE* file) const {
  std::fclose(file);
  unlink(temporary.c_str());
}

Result<AtomicFile> AtomicFile::create(const std::string& path) {
  std::string temporary = path + ".tmp" + std::to_string(getpid());
  std::FILE* file = std::fopen(temporary.c_str(), "wbe");
  if (file == nullptr) return failed("write", path);
  return AtomicFile(path, std::move(temporary), file);
}

Result<void> AtomicFile::write(std::span<const std::byte> bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
    return failed("write", path_);
  return {};
}

Result<void> AtomicFile::write_front(std::span<const std::byte> bytes) {
  if (std::fseek(file_.get(), 0, SEEK_SET) != 0) return failed("write", path_);
  return write(bytes);
}

Result<void> AtomicFile::commit() {
  if (std::fflush(file_.get()) != 0 || fsync(fileno(file_.get())) != 0)
    return failed("write", path_);
  const std::string temporary = file_.get_deleter().temporary;
  const char* failing = nullptr;
  if (std::fclose(file_.release()) != 0) {
    failing = "write";
  } else if (rename(temporary.c_str(), path_.c_str()) != 0) {
    failing = "rename";
  }
  if (failing != nullptr) {
    const Error error = failed(failing, path_);
    unlink(temporary.c_str());
    return error;
  }
  sync_folder_of(path_);
  return {};
}

Result<void> write_file_atomic(const std::string& path, std::span<const std::byte> bytes) {
  auto file = AtomicFile::create(path);
  if (!file) return file.error();
  if (auto written = file->write(bytes); !written) return written;
  return file->commit();
}

Result<void> write_file_atomic(const std::string& path, std::string_view text) {
  return write_file_atomic(path, std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace trm
