// The weights format: what is written comes back, bad files are refused, Python agrees.
#include "engine/weights/safetensors.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "engine/weights/model_file.h"
#include "engine/weights/sha256.h"
#include "puzzles/rng.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"

namespace trm {
namespace {

namespace fs = std::filesystem;

std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> bytes(text.size());
  if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

// A file with this header and so many bytes of data.
std::vector<std::byte> file_with(const std::string& header, std::size_t data) {
  std::string text(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(text.data(), &length, 8);
  return bytes_of(text + header + std::string(data, '\1'));
}

ErrorCode refused(std::span<const std::byte> bytes) {
  const auto file = Safetensors::parse(bytes);
  REQUIRE_FALSE(file.ok());
  CHECK_FALSE(file.error().message.empty());
  return file.error().code;
}

struct Sample {
  std::vector<float> floats{1.5f, -2.0f, 0.0f, 3.25f, 1e-30f, 7.0f};
  std::vector<std::int64_t> longs{-5, 1LL << 40};
  std::vector<std::uint8_t> octets{0, 255, 7};
  TensorMap tensors{{"weight", {DType::f32, {2, 3}, std::as_bytes(std::span(floats))}},
                    {"count", {DType::i64, {2}, std::as_bytes(std::span(longs))}},
                    {"octets", {DType::u8, {3, 1}, std::as_bytes(std::span(octets))}},
                    {"scalar", {DType::f32, {}, std::as_bytes(std::span(floats)).first(4)}},
                    {"empty", {DType::f32, {0, 4}, {}}}};
  MetadataMap metadata{{"trm.format", "1"}, {"quote", "a \"b\" \n ä"}};
};

void check_equal(const Safetensors& file, const Sample& sample) {
  CHECK(file.metadata() == sample.metadata);
  REQUIRE(file.tensors().size() == sample.tensors.size());
  for (const auto& [name, view] : sample.tensors) {
    INFO(name);
    const TensorView& found = file.tensors().at(name);
    CHECK(found.dtype == view.dtype);
    CHECK(found.shape == view.shape);
    REQUIRE(found.bytes.size() == view.bytes.size());
    CHECK(std::equal(found.bytes.begin(), found.bytes.end(), view.bytes.begin()));
  }
}

std::size_t files_in(const test::TempDir& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder.path), {}));
}

TEST_CASE("Tensors and metadata come back, the same bytes each time", "[safetensors]") {
  const Sample sample;
  const auto bytes = serialize_safetensors(sample.tensors, sample.metadata);
  CHECK(bytes == serialize_safetensors(sample.tensors, sample.metadata));
  const auto file = Safetensors::parse(bytes);
  if (!file) FAIL(file.error().message);
  check_equal(*file, sample);
}

TEST_CASE("Damaged and foreign files are refused with a message", "[safetensors]") {
  const auto invalid = ErrorCode::invalid_weights;
  CHECK(refused({}) == invalid);
  CHECK(refused(bytes_of("PK\3\4 a zip archive, as torch.save writes")) == invalid);
  CHECK(refused(file_with("", 0)) == invalid);
  CHECK(refused(file_with("not json", 0)) == invalid);
  CHECK(refused(file_with("[]", 0)) == invalid);
  const char* headers[] = {
      R"({"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}})",    // unknown dtype
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})",    // shape and bytes differ
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})",    // the same
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",    // hole in front
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})",    // reversed
      R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})",   // negative
      R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})",  // no whole number
      R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}})",  // overflow
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})",
      R"({"a":{"dtype":"F32","shape":[1]}})",
      R"({"a":{"shape":[1],"data_offsets":[0,4]}})",
      R"({"a":7})",
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
      R"({"__metadata__":{"a":1}})",
      R"({"__metadata__":[]})"};
  for (const char* header : headers) {
    INFO(header);
    CHECK(refused(file_with(header, 4)) == invalid);
    CHECK(refused(file_with(header, 8)) == invalid);
  }
  const char* good = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  CHECK(Safetensors::parse(file_with(good, 4)).ok());
  CHECK(refused(file_with(good, 5)) == invalid);  // bytes that belong to nobody
  auto huge = file_with(good, 4);
  for (std::size_t i = 0; i < 8; ++i) huge[i] = std::byte{0xff};
  CHECK(refused(huge) == invalid);
}

TEST_CASE("Every truncation is refused and no flipped byte does harm", "[safetensors]") {
  const Sample sample;
  const auto bytes = serialize_safetensors(sample.tensors, sample.metadata);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CHECK_FALSE(Safetensors::parse(std::span(bytes).first(length)).ok());
  }
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int flip : {0x01, 0x20, 0x80}) {
      auto changed = bytes;
      changed[at] ^= static_cast<std::byte>(flip);
      const auto file = Safetensors::parse(changed);
      if (!file) continue;
      std::size_t total = 0;
      for (const auto& [name, view] : file->tensors()) total += view.bytes.size();
      CHECK(total == file->data().size());
    }
  }
}

TEST_CASE("Files are replaced as a whole or not at all", "[safetensors]") {
  const test::TempDir folder;
  const Sample sample;
  const std::string path = folder / "a.safetensors";
  REQUIRE(write_safetensors(path, sample.tensors, sample.metadata).ok());
  REQUIRE(write_safetensors(path, sample.tensors, {{"second", "yes"}}).ok());
  const auto file = Safetensors::open(path);
  REQUIRE(file.ok());
  CHECK(file->metadata().at("second") == "yes");
  CHECK(files_in(folder) == 1);  // no temporary is left
  const auto failed = write_safetensors(folder / "none/a.safetensors", sample.tensors, {});
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == ErrorCode::io_error);
  CHECK(files_in(folder) == 1);
  CHECK(Safetensors::open(folder / "nothing").error().code == ErrorCode::not_found);
}

TEST_CASE("The Python package reads ours and we read its files", "[safetensors][python]") {
  const char* python = std::getenv("TRM_TEST_PYTHON");
  if (python == nullptr) {
    WARN("TRM_TEST_PYTHON is not set (./test sets it): skipped");
    return;
  }
  const test::TempDir folder;
  const Sample sample;
  REQUIRE(write_safetensors(folder / "ours.safetensors", sample.tensors, sample.metadata).ok());
  std::ofstream(folder / "check.py") << R"(
import sys, numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file
folder = sys.argv[1]
with safe_open(folder + "/ours.safetensors", framework="np") as f:
    assert f.metadata() == {"trm.format": "1", "quote": "a \"b\" \n ä"}, f.metadata()
    assert sorted(f.keys()) == ["count", "empty", "octets", "scalar", "weight"], list(f.keys())
    w = f.get_tensor("weight")
    assert w.dtype == np.float32 and w.shape == (2, 3), w
    assert (w.ravel() == np.array([1.5, -2.0, 0.0, 3.25, 1e-30, 7.0], np.float32)).all()
    assert f.get_tensor("count").tolist() == [-5, 1 << 40]
    assert f.get_tensor("octets").tolist() == [[0], [255], [7]]
    assert f.get_tensor("scalar").shape == () and f.get_tensor("empty").shape == (0, 4)
save_file({"m": np.arange(6, dtype=np.float32).reshape(3, 2), "i": np.array([-1, 9], np.int64),
           "u": np.array([[1, 2]], np.uint8)}, folder + "/theirs.safetensors", metadata={"from": "python"})
)";
  const std::string root = folder / "";
  const std::string command =
      "'" + std::string(python) + "' '" + (folder / "check.py") + "' '" + root + "'";
  REQUIRE(std::system(command.c_str()) == 0);
  const auto theirs = Safetensors::open(folder / "theirs.safetensors");
  if (!theirs) FAIL(theirs.error().message);
  CHECK(theirs->metadata() == MetadataMap{{"from", "python"}});
  const TensorView& m = theirs->tensors().at("m");
  CHECK(m.shape == std::vector<std::int64_t>{3, 2});
  float values[6];
  REQUIRE(m.bytes.size() == sizeof values);
  std::memcpy(values, m.bytes.data(), sizeof values);
  for (int i = 0; i < 6; ++i) CHECK(values[i] == static_cast<float>(i));
  CHECK(theirs->tensors().at("i").dtype == DType::i64);
  CHECK(theirs->tensors().at("u").shape == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("SHA-256 equals the vectors of FIPS 180-4", "[sha256]") {
  const auto digest = [](std::string_view text) { return sha256_hex(bytes_of(text)); };
  CHECK(digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(digest(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("Model files that are none, or were changed, are refused by key", "[model]") {
  const test::TempDir folder;
  const Sample sample;
  const std::string path = folder / "m.safetensors";
  REQUIRE(write_safetensors(path, sample.tensors, {}).ok());
  const auto foreign = open_model_file(path);
  REQUIRE_FALSE(foreign.ok());
  CHECK(foreign.error().code == ErrorCode::invalid_weights);
  CHECK(foreign.error().message.find("trm.format") != std::string::npos);

  ModelInfo info;
  info.puzzle = "anything";
  info.arch.mixer = Mixer::attention;
  info.arch.pos_encodings = PosEncoding::rope;
  info.arch.vocab_size = 4;
  info.arch.seq_len = 16;
  info.tokens = {"pad", "a", "b", "c"};
  info.sizes = {"4x4"};
  const auto written = write_model_file(path, info, sample.tensors);
  if (!written) FAIL(written.error().message);
  const auto good = open_model_file(path);
  if (!good) FAIL(good.error().message);
  CHECK(good->info.name == "m");
  CHECK(good->info.sizes == info.sizes);
  CHECK(good->info.arch == info.arch);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-1, std::ios::end);
    file.put('\x55');
  }
  const auto changed = open_model_file(path);
  REQUIRE_FALSE(changed.ok());
  CHECK(changed.error().message.find("SHA-256") != std::string::npos);
}

}  // namespace
}  // namespace trm
