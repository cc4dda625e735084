// The explicit list of backends of this build.
#include "engine/backends/backend.h"

namespace trm {

std::vector<std::string> backend_names() {
#ifdef TRM_WITH_TORCH
  return {"torch", "exact", "random"};
#else
  return {"exact", "random"};
#endif
}

#ifndef TRM_WITH_TORCH
Result<std::unique_ptr<Backend>> make_torch_backend(const ModelFile&, const BackendOptions&) {
  return fail(ErrorCode::unsupported,
              "this build has no network: build with -DTRM_TORCH=ON, or use the backend exact",
              "backend");
}
#endif

}  // namespace trm
