# puzzle_module(NAME [UNLISTED] [DIR folder]): one line a puzzle.
#
# Builds the folder's sources (but its *_test.cpp) as trm_puzzle_NAME, hands its tests to the unit
# tests, and puts the module on the list from which the registry is generated. UNLISTED modules are
# built and tested but shown to nobody.
function(puzzle_module name)
  cmake_parse_arguments(ARG "UNLISTED" "DIR" "" ${ARGN})
  if(NOT ARG_DIR)
    set(ARG_DIR ${CMAKE_CURRENT_SOURCE_DIR}/${name})
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${ARG_DIR}/*.cpp)
  file(GLOB tests CONFIGURE_DEPENDS ${ARG_DIR}/*_test.cpp)
  if(tests)
    list(REMOVE_ITEM sources ${tests})
  endif()
  if(NOT sources)
    message(FATAL_ERROR "puzzle_module(${name}): no sources in ${ARG_DIR}")
  endif()
  add_library(trm_puzzle_${name} STATIC ${sources})
  target_link_libraries(trm_puzzle_${name} PUBLIC trm_puzzles)
  trm_precompile(trm_puzzle_${name})
  set_property(GLOBAL APPEND PROPERTY TRM_MODULES ${name})
  set_property(GLOBAL APPEND PROPERTY TRM_MODULE_TESTS ${tests})
  if(NOT ARG_UNLISTED)
    set_property(GLOBAL APPEND PROPERTY TRM_LISTED_MODULES ${name})
  endif()
endfunction()

# trm_registry_library(TARGET MODULE...): the generated definition of registered_puzzles().
function(trm_registry_library target)
  set(declarations "")
  set(entries "")
  foreach(name IN LISTS ARGN)
    string(APPEND declarations "const Puzzle& ${name}_puzzle();\n")
    string(APPEND entries "      &${name}_puzzle(),\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp CONTENT
"// Generated from the puzzle_module() lines.
#include \"puzzles/registry.h\"

namespace trm {

${declarations}
const std::vector<const Puzzle*>& registered_puzzles() {
  static const std::vector<const Puzzle*> modules{
${entries}  };
  return modules;
}

}  // namespace trm
" @ONLY)
  # An object library: trm_puzzles refers back to it, and programs choose one by linking it directly.
  add_library(${target} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp)
  list(TRANSFORM ARGN PREPEND trm_puzzle_ OUTPUT_VARIABLE libraries)
  target_link_libraries(${target} PUBLIC ${libraries} trm_puzzles)
endfunction()
