// The official data-set layout: .npy there and back, what is refused, and the order of training.
#include "trainer/dataset.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/catch.h"
#include "tests/temp_dir.h"

namespace trm {
namespace {

using test::TempDir;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string npy_file(const std::string& header, std::size_t data) {
  std::string text = "\x93NUMPY";
  text += '\1';
  text += '\0';
  text += static_cast<char>(header.size() & 0xff);
  text += static_cast<char>(header.size() >> 8);
  return text + header + std::string(data, '\0');
}

std::string refusal(const std::string& file) {
  const auto header = parse_npy(bytes_of(file));
  REQUIRE_FALSE(header.ok());
  CHECK(header.error().code == ErrorCode::invalid_data);
  return header.error().message;
}

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

void write_list(const std::string& path, const std::vector<std::int32_t>& values) {
  auto writer = NpyWriter::create(path, DType::i32, {});
  REQUIRE(writer.ok());
  for (const auto value : values) REQUIRE(writer->append(value).ok());
  REQUIRE(writer->close().ok());
}

void write_rows(const std::string& path, const std::vector<std::vector<std::int32_t>>& rows) {
  auto writer =
      NpyWriter::create(path, DType::u8, {static_cast<std::int64_t>(rows.front().size())});
  REQUIRE(writer.ok());
  for (const auto& row : rows) REQUIRE(writer->append(row).ok());
  REQUIRE(writer->close().ok());
}

void write_text(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

// Three groups: {two puzzles of 1 and 2 examples}, {one of 1}, {one of 2}; six examples of L = 2.
void write_dataset(const std::string& dir) {
  std::filesystem::create_directories(dir);
  DatasetInfo info;
  info.ignore_label_id = 0;
  info.vocab_size = 9;
  info.seq_len = 2;
  info.num_puzzle_identifiers = 4;
  info.total_groups = 3;
  write_text(dir + "/dataset.json", dataset_info_to_json(info).dump());
  write_rows(dir + "/all__inputs.npy", {{1, 2}, {2, 2}, {3, 2}, {4, 2}, {5, 2}, {6, 2}});
  write_rows(dir + "/all__labels.npy", {{0, 2}, {2, 2}, {3, 2}, {4, 2}, {5, 2}, {6, 8}});
  write_list(dir + "/all__puzzle_identifiers.npy", {0, 1, 2, 3});
  write_list(dir + "/all__puzzle_indices.npy", {0, 1, 3, 4, 6});
  write_list(dir + "/all__group_indices.npy", {0, 2, 3, 4});
}

}  // namespace

TEST_CASE("npy: what is written comes back, in every type") {
  const TempDir dir;
  for (const DType type : {DType::boolean, DType::u8, DType::i8, DType::u16, DType::i16, DType::u32,
                           DType::i32, DType::i64}) {
    INFO(npy_type_name(type));
    const std::string path = dir / std::string(npy_type_name(type).substr(1)) + ".npy";
    auto writer = NpyWriter::create(path, type, {3});
    REQUIRE(writer.ok());
    const std::vector<std::int32_t> rows[] = {{0, 1, 1}, {1, 0, 1}};
    for (const auto& row : rows) REQUIRE(writer->append(row).ok());
    // Nothing stands under the name before the end.
    CHECK_FALSE(std::filesystem::exists(path));
    REQUIRE(writer->close().ok());
    const auto array = NpyArray::open(path);
    REQUIRE(array.ok());
    CHECK(array->type() == type);
    CHECK(array->shape() == std::vector<std::int64_t>{2, 3});
    for (std::int64_t i = 0; i < 6; ++i)
      CHECK(array->at(i) == rows[i / 3][static_cast<std::size_t>(i % 3)]);
  }
}

TEST_CASE("npy: a number that does not fit is refused, and no file is left") {
  const TempDir dir;
  const std::string path = dir / "array.npy";
  {
    auto writer = NpyWriter::create(path, DType::u8, {2});
    REQUIRE(writer.ok());
    CHECK_FALSE(writer->append(std::vector<std::int32_t>{1, 256}).ok());
    CHECK_FALSE(writer->append(std::vector<std::int32_t>{-1, 0}).ok());
    CHECK_FALSE(writer->append(std::vector<std::int32_t>{1}).ok());
    CHECK(writer->append(std::vector<std::int32_t>{255, 0}).ok());
  }
  CHECK(std::filesystem::is_empty(dir.path));
  const auto real = NpyWriter::create(path, DType::f32, {});
  REQUIRE_FALSE(real.ok());
  CHECK(real.error().code == ErrorCode::unsupported);
  const auto nowhere = NpyWriter::create(dir / "no/such/folder.npy", DType::u8, {});
  REQUIRE_FALSE(nowhere.ok());
  CHECK(nowhere.error().code == ErrorCode::io_error);
}

TEST_CASE("npy: foreign and damaged files are refused for what they are") {
  const std::string good = "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }\n";
  REQUIRE(parse_npy(bytes_of(npy_file(good, 24))).ok());
  REQUIRE(parse_npy(bytes_of(npy_file("{'shape':(),\"descr\":\"|u1\",'fortran_order':False}", 1)))
              .ok());
  CHECK(mentions(refusal(npy_file(good, 23)), "truncated"));
  CHECK(mentions(refusal(npy_file(good, 25)), "25"));
  CHECK(mentions(refusal("PK\3\4"), "begin"));
  CHECK(mentions(refusal(npy_file(good, 0).substr(0, 30)), "truncated in its header"));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string header = good;
    header.replace(header.find(from), from.size(), to);
    return refusal(npy_file(header, 24));
  };
  CHECK(mentions(with("<i4", "<f4"), "<f4"));
  CHECK(mentions(with("<i4", ">i4"), "little-endian"));
  CHECK(mentions(with("<i4", "|O"), "|O"));
  CHECK(mentions(with("False", "True"), "Fortran"));
  CHECK(mentions(with("(2, 3)", "(2, -3)"), "shape"));
  CHECK(mentions(with("(2, 3)", "(99999999999999999999,)"), "overflows"));
  CHECK(mentions(with("(2, 3)", "(4611686018427387904, 8)"), "overflows"));
  CHECK(mentions(with("'shape': (2, 3), ", ""), "lacks"));
  CHECK(mentions(with("'shape'", "'descr'"), "descr"));
  std::string version = npy_file(good, 24);
  version[6] = 9;
  CHECK(mentions(refusal(version), "version 9"));
}

TEST_CASE("npy: NumPy reads what we write, and we read what NumPy writes") {
  const char* python = std::getenv("TRM_TEST_PYTHON");
  if (python == nullptr) {
    WARN("TRM_TEST_PYTHON is not set: not compared with NumPy");
    return;
  }
  const TempDir dir;
  write_rows(dir / "ours.npy", {{1, 2, 3}, {4, 5, 255}});
  const std::string script =
      "import numpy as np\n"
      "a = np.load('ours.npy', allow_pickle=False)\n"
      "assert a.dtype == np.uint8 and a.tolist() == [[1, 2, 3], [4, 5, 255]], a\n"
      "np.save('theirs.npy', np.arange(12, dtype=np.int64).reshape(3, 4) - 5)\n"
      "np.save('float.npy', np.zeros(3))\n";
  write_text(dir / "check.py", script);
  REQUIRE(std::system(("cd " + dir.path.string() + " && " + python + " check.py").c_str()) == 0);
  const auto theirs = NpyArray::open(dir / "theirs.npy");
  REQUIRE(theirs.ok());
  CHECK(theirs->shape() == std::vector<std::int64_t>{3, 4});
  CHECK(theirs->at(0) == -5);
  CHECK(theirs->at(11) == 6);
  CHECK_FALSE(NpyArray::open(dir / "float.npy").ok());
}

TEST_CASE("data set: examples, labels without loss, identifiers") {
  const TempDir dir;
  write_dataset(dir / "train");
  const auto data = Dataset::open(dir / "train");
  INFO((data.ok() ? "" : data.error().message));
  REQUIRE(data.ok());
  CHECK(data->examples() == 6);
  CHECK(data->puzzles() == 4);
  CHECK(data->groups() == 3);
  const auto first = data->example(0), third = data->example(2), last = data->example(5);
  REQUIRE((first.ok() && third.ok() && last.ok()));
  CHECK(first->labels == std::vector<Token>{Puzzle::ignore_label, 2});
  CHECK(third->tokens == std::vector<Token>{3, 2});
  CHECK(third->identifier == 1);
  CHECK(last->identifier == 3);
}

TEST_CASE("data set: whatever does not agree is refused by its file's name") {
  const TempDir dir;
  const std::string train = dir / "train";
  const auto refused = [&] {
    const auto data = Dataset::open(train);
    REQUIRE_FALSE(data.ok());
    std::filesystem::remove_all(train);
    return data.error().message;
  };
  CHECK(mentions(refused(), "DATASET/train"));
  write_dataset(train), std::filesystem::remove(train + "/all__labels.npy");
  CHECK(mentions(refused(), "all__labels.npy"));
  write_dataset(train), write_rows(train + "/all__labels.npy", {{1, 2}});
  CHECK(mentions(refused(), "expected 6 rows"));
  write_dataset(train), write_list(train + "/all__puzzle_identifiers.npy", {0, 1, 2, 4});
  CHECK(mentions(refused(), "identifier 4"));
  write_dataset(train), write_list(train + "/all__puzzle_indices.npy", {0, 1, 1, 4, 6});
  CHECK(mentions(refused(), "index 2 does not rise"));
  write_dataset(train), write_list(train + "/all__puzzle_indices.npy", {0, 1, 3, 6});
  CHECK(mentions(refused(), "one more than the 4 puzzles"));
  write_dataset(train), write_list(train + "/all__group_indices.npy", {0, 2, 5});
  CHECK(mentions(refused(), "the last index is 5, expected 4"));
  write_dataset(train), write_text(train + "/dataset.json", R"({"pad_id":0})");
  CHECK(mentions(refused(), "blank_identifier_id is missing"));
  write_dataset(train), write_text(train + "/dataset.json", "{");
  CHECK(mentions(refused(), "dataset.json"));

  // Tokens are checked where they are read.
  write_dataset(train);
  write_rows(train + "/all__inputs.npy", {{1, 2}, {2, 9}, {3, 2}, {4, 2}, {5, 2}, {6, 2}});
  const auto data = Dataset::open(train);
  REQUIRE(data.ok());
  const auto bad = data->example(1);
  REQUIRE_FALSE(bad.ok());
  CHECK(mentions(bad.error().message, "example 1, position 1: token 9 is outside 0 to 8"));
}

TEST_CASE("data set: an epoch takes one puzzle of each group, and a seek equals drawing") {
  const TempDir dir;
  write_dataset(dir / "train");
  const auto data = Dataset::open(dir / "train");
  REQUIRE(data.ok());
  GroupSampler sampler(*data, 7);
  std::vector<std::int64_t> drawn;
  std::map<std::int64_t, int> first_group;
  for (int epoch = 0; epoch < 200; ++epoch) {
    std::map<std::int64_t, int> counts;
    do {
      drawn.push_back(sampler.next());
      ++counts[drawn.back()];
      GroupSampler ahead = sampler;
      ahead.next();
      if (ahead.epoch() != epoch) break;
    } while (true);
    // Either example 0, or 1 and 2; always 3; always 4 and 5.
    CHECK(counts[0] + counts[1] == 1);
    CHECK(counts[1] == counts[2]);
    CHECK((counts[3] == 1 && counts[4] == 1 && counts[5] == 1));
    first_group[counts[0]]++;
  }
  CHECK(first_group[0] > 60);  // both puzzles of the first group, about as often
  CHECK(first_group[1] > 60);
  for (const std::int64_t at : {0, 1, 5, 17, 400}) {
    GroupSampler again(*data, 7);
    again.seek(at);
    CHECK(again.drawn() == at);
    CHECK(again.next() == drawn[static_cast<std::size_t>(at)]);
  }
}

}  // namespace trm
