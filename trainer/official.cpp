#include "trainer/official.h"
namespace trm {
Result<void> write_official(const std::string&, const ModelFile&) { return {}; }
}  // namespace trm
