# Parsing the standard library is up to half of a source's compile time, so it is parsed once.
#
# trm_precompile(TARGET [HEADERS]): makes a header of HEADERS and those below, or, without HEADERS, takes
# that of trm_puzzles. Sharing needs equal flags and definitions: compilers warn where they differ.
set(TRM_STANDARD_HEADERS <algorithm> <array> <atomic> <charconv> <chrono> <cmath>
  <condition_variable> <deque> <filesystem> <fstream> <functional> <iostream> <map> <memory> <mutex>
  <numeric> <optional> <set> <span> <sstream> <string> <string_view> <thread> <tuple> <utility>
  <variant> <vector>)
function(trm_precompile target)
  if(target STREQUAL trm_puzzles OR ARGN)
    target_precompile_headers(${target} PRIVATE ${TRM_STANDARD_HEADERS} ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM trm_puzzles)
  endif()
endfunction()
