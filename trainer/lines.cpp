#include "trainer/lines.h"

#include <zlib.h>

#include <filesystem>

namespace trm {
namespace {

constexpr std::size_t kLongestLine = 1u << 20;

gzFile as_gz(void* file) { return static_cast<gzFile>(file); }

}  // namespace

void LineReader::Close::operator()(void* file) const { gzclose(as_gz(file)); }

Result<LineReader> LineReader::open(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) {
    return fail(ErrorCode::not_found, "cannot open " + path + ": expected a text file", "file");
  }
  gzFile file = gzopen(path.c_str(), "rb");  // reads plain files as they are
  if (file == nullptr) return fail(ErrorCode::not_found, "cannot open " + path, "file");
  gzbuffer(file, 1u << 17);
  LineReader reader;
  reader.file_.reset(file);
  reader.path_ = path;
  return reader;
}

Result<bool> LineReader::next(std::string& line) {
  line.clear();
  char buffer[8192];
  while (gzgets(as_gz(file_.get()), buffer, sizeof buffer) != nullptr) {
    line += buffer;
    if (line.size() > kLongestLine) {
      return fail(ErrorCode::too_large,
                  path_ + ", line " + std::to_string(number_ + 1) + ": longer than 1 MiB", "file");
    }
    if (!line.ends_with('\n')) continue;
    line.pop_back();
    if (line.ends_with('\r')) line.pop_back();
    ++number_;
    return true;
  }
  int error = Z_OK;
  const char* message = gzerror(as_gz(file_.get()), &error);
  // A compressed file that ends too early reports Z_BUF_ERROR only when it is closed or read again.
  if (error != Z_OK && error != Z_STREAM_END) {
    return fail(ErrorCode::io_error,
                path_ + ", after line " + std::to_string(number_) + ": " + std::string(message),
                "file");
  }
  if (line.empty()) return false;
  ++number_;  // the last line has no end
  return true;
}

Result<std::string> gzip(std::string_view text) {
  constexpr int kGzip = 16 + MAX_WBITS;  // deflateInit2: a gzip header in place of zlib's
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, MAX_MEM_LEVEL,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return fail(ErrorCode::out_of_memory, "no memory to compress with");
  }
  std::string bytes(deflateBound(&stream, text.size()), '\0');  // so much is always enough
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // only read
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  deflate(&stream, Z_FINISH);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

}  // namespace trm
