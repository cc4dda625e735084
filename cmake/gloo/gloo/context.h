// LibTorch's wheel carries Gloo inside its library and c10d's ProcessGroupGloo.hpp, but not Gloo's
// own headers, which that one includes. These are the declarations that it needs to be read: names
// only, no layout. Objects of these types are made, used and destroyed inside LibTorch. Where the
// LibTorch in use has include/gloo, its own headers are taken instead (cmake/LibTorch.cmake).
#pragma once

#include <chrono>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

}  // namespace gloo
