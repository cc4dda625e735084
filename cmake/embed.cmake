# Writes a C++ file that holds other files: cmake -DOUT=FILE -DFILES="NAME=PATH;..." -P embed.cmake
# It defines trm::http::embedded_files(), declared in http/pages.cpp.
set(arrays "")
set(rows "")
set(i 0)
foreach(pair IN LISTS FILES)
  string(REGEX MATCH "^([^=]+)=(.+)$" _ "${pair}")
  set(name "${CMAKE_MATCH_1}")
  file(READ "${CMAKE_MATCH_2}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char file_${i}[] = {${bytes}0};\n")
  string(APPEND rows "      {\"${name}\", text(file_${i}, sizeof file_${i} - 1)},\n")
  math(EXPR i "${i} + 1")
endforeach()
file(WRITE "${OUT}" "// Made by cmake/embed.cmake.
#include <string_view>
#include <utility>
#include <vector>

namespace trm::http {
namespace {
${arrays}
std::string_view text(const unsigned char* bytes, unsigned long size) {
  return {reinterpret_cast<const char*>(bytes), size};
}
}  // namespace

const std::vector<std::pair<std::string_view, std::string_view>>& embedded_files() {
  static const std::vector<std::pair<std::string_view, std::string_view>> files{
${rows}  };
  return files;
}
}  // namespace trm::http
")
