# LibTorch::LibTorch from the PyPI wheel or any other LibTorch >= 2.7.
#
# The wheel's own CMake package insists on a CUDA toolkit, so its libraries are linked directly.
# LIBTORCH_ROOT: folder with include/ and lib/. Default: the private venv of the set-up.
set(LIBTORCH_ROOT "" CACHE PATH "LibTorch >= 2.7 (folder with include/ and lib/)")
set(root "${LIBTORCH_ROOT}")
if(NOT root)
  file(GLOB found ${CMAKE_SOURCE_DIR}/build/libtorch/venv/lib/python3*/site-packages/torch)
  list(LENGTH found count)
  if(count GREATER 0)
    list(GET found 0 root)
  endif()
endif()
if(NOT root OR NOT EXISTS ${root}/include/torch/csrc/api/include/torch/torch.h)
  message(FATAL_ERROR
    "LibTorch was not found. Run ./run or ./test, which install it into build/libtorch, or pass "
    "-DLIBTORCH_ROOT=FOLDER, or build without it: -DTRM_TORCH=OFF.")
endif()

# Version: torch/headeronly/version.h or torch/csrc/api/include/torch/version.h.
set(version "0")
foreach(header include/torch/headeronly/version.h include/torch/csrc/api/include/torch/version.h)
  if(EXISTS ${root}/${header})
    file(STRINGS ${root}/${header} lines REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH)")
    string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*PATCH ([0-9]+).*" "\\1.\\2.\\3"
           version "${lines}")
    if(version MATCHES "^[0-9.]+$")
      break()
    endif()
  endif()
endforeach()
if(version VERSION_LESS 2.7)
  message(FATAL_ERROR "LibTorch ${version} in ${root} is too old: 2.7 or later is needed.")
endif()
message(STATUS "LibTorch ${version} in ${root}")

# The wheel's libraries need the CUDA runtime and CUPTI wheels beside it, even on the CPU.
file(GLOB nvidia_dirs ${root}/../nvidia/*/lib)
add_library(LibTorch::LibTorch INTERFACE IMPORTED)
target_include_directories(LibTorch::LibTorch SYSTEM INTERFACE
  ${root}/include ${root}/include/torch/csrc/api/include)
# c10d's Gloo backend is in the library; see cmake/gloo for the headers that the wheel leaves out.
if(NOT EXISTS ${root}/include/gloo/context.h)
  target_include_directories(LibTorch::LibTorch SYSTEM INTERFACE ${CMAKE_SOURCE_DIR}/cmake/gloo)
endif()
set(libraries ${root}/lib/libtorch_cpu.so ${root}/lib/libc10.so)
if(TRM_CUDA)
  list(APPEND libraries ${root}/lib/libtorch_cuda.so ${root}/lib/libc10_cuda.so)
endif()
foreach(library IN LISTS libraries)
  if(NOT EXISTS ${library})
    message(FATAL_ERROR "LibTorch in ${root} lacks ${library}; for CUDA install the full wheel.")
  endif()
endforeach()
set(rpath_options -Wl,-rpath,${root}/lib)
foreach(dir IN LISTS nvidia_dirs)
  list(APPEND rpath_options -Wl,-rpath,${dir} -Wl,-rpath-link,${dir})
endforeach()
if(TRM_CUDA)
  # Nothing refers to the CUDA library by symbol; it registers itself when it is loaded. The NVIDIA
  # libraries that it needs in turn (cuBLAS, cuDNN, NCCL, ...) lie in wheels of their own, which are
  # wanted where the program runs but not here.
  list(APPEND rpath_options -Wl,--no-as-needed -Wl,--allow-shlib-undefined)
endif()
target_link_libraries(LibTorch::LibTorch INTERFACE ${rpath_options} ${libraries})
# at::parallel_for is a template that runs on OpenMP in code compiled with it, else on one thread. The
# runtime must be LibTorch's own: with two of them each would have threads of its own.
if(EXISTS ${root}/lib/libgomp.so.1)
  target_compile_options(LibTorch::LibTorch INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fopenmp>)
  target_link_libraries(LibTorch::LibTorch INTERFACE ${root}/lib/libgomp.so.1)
else()
  find_package(OpenMP REQUIRED)
  target_link_libraries(LibTorch::LibTorch INTERFACE OpenMP::OpenMP_CXX)
endif()

# One C++ ABI: link a std::string through c10.
include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_LIBRARIES LibTorch::LibTorch)
set(CMAKE_REQUIRED_FLAGS "-std=c++20")
check_cxx_source_compiles("
#include <c10/util/Exception.h>
int main() { try { TORCH_CHECK(false, std::string(\"x\")); } catch (const c10::Error&) {} }
" TRM_LIBTORCH_ABI_${version})
unset(CMAKE_REQUIRED_LIBRARIES)
unset(CMAKE_REQUIRED_FLAGS)
if(NOT TRM_LIBTORCH_ABI_${version})
  message(FATAL_ERROR
    "A program cannot be linked with LibTorch ${version} in ${root}: another C++ ABI (pre-C++11 "
    "builds of LibTorch do not work), or its CUDA runtime libraries are missing.")
endif()
