// The network, the losses and the optimisers against runs of the official PyTorch code.
#include "engine/learn/parity.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/catch.h"

using namespace trm;

namespace {

std::vector<std::string> golden_files() {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(TRM_SOURCE_DIR) + "/tests/golden")) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// A copy of a golden file with one tensor's first number changed by `delta`.
Safetensors altered(const Safetensors& original, const std::string& tensor, float delta) {
  TensorMap tensors = original.tensors();
  TensorView& view = tensors.at(tensor);
  std::vector<std::byte> changed(view.bytes.begin(), view.bytes.end());
  float first = 0;
  std::memcpy(&first, changed.data(), sizeof first);
  first += delta;
  std::memcpy(changed.data(), &first, sizeof first);
  view.bytes = changed;
  return *Safetensors::parse(serialize_safetensors(tensors, original.metadata()));
}

}  // namespace

TEST_CASE("Every golden run is reproduced in float32 on every path", "[parity]") {
  const auto files = golden_files();
  REQUIRE(files.size() >= 4);
  for (const auto& file : files) {
    for (const auto& [path, name] : {std::pair(ParityPath::fused, "fused"),
                                     {ParityPath::eager, "eager"},
                                     {ParityPath::native, "native"}}) {
      INFO(file << " " << name);
      const auto reference = Safetensors::open(file);
      REQUIRE(reference.ok());
      const auto groups = compare_with_reference(*reference, path);
      if (!groups.ok()) FAIL(groups.error().message);
      CHECK(groups->size() == (path == ParityPath::native ? 3 : 7));
      for (const auto& group : *groups) {
        INFO(group.name << ": " << group.difference << " at " << group.worst << ", allowed "
                        << group.tolerance);
        CHECK(group.ok);
      }
    }
  }
}

TEST_CASE("Parity notices a changed number in each group", "[parity]") {
  const auto reference = Safetensors::open(golden_files().front());
  REQUIRE(reference.ok());
  const std::pair<const char*, const char*> cases[] = {{"step2.logits", "logits"},
                                                       {"step1.q_halt", "halt head"},
                                                       {"step4.z_L", "carry"},
                                                       {"grad1.inner.lm_head.weight", "gradients"},
                                                       {"after3.inner.lm_head.weight", "after3"}};
  for (const auto& [tensor, name] : cases) {
    INFO(tensor);
    for (const ParityPath path : {ParityPath::fused, ParityPath::native}) {
      const auto groups = compare_with_reference(altered(*reference, tensor, 0.01f), path);
      REQUIRE(groups.ok());
      int noticed = 0;
      for (const auto& group : *groups) {
        CHECK(group.ok == (group.name != name));
        noticed += group.ok ? 0 : 1;
      }
      const bool trains = path != ParityPath::native;
      const std::string tested = tensor;
      CHECK(noticed == (trains || tested.starts_with("step") ? 1 : 0));
    }
  }
}

TEST_CASE("Files that are no reference run are refused by name", "[parity]") {
  const auto empty = Safetensors::parse(serialize_safetensors({}, {}));
  REQUIRE(empty.ok());
  const auto result = compare_with_reference(*empty, ParityPath::fused);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == ErrorCode::invalid_weights);
  CHECK(result.error().field == "config");
}
