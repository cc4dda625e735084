#include "trainer/split_writer.h"

#include <algorithm>
#include <filesystem>

namespace trm {

Result<SplitWriter> SplitWriter::create(const Puzzle& puzzle, const TokenLayout& layout,
                                        const std::string& dir) {
  std::error_code failed;
  std::filesystem::create_directories(dir, failed);
  if (failed) return fail(ErrorCode::io_error, "cannot make the folder " + dir, "out");
  const TokenSpec& spec = puzzle.tokens();
  DatasetInfo info;
  info.pad_id = spec.pad;
  info.ignore_label_id = spec.pad;  // as the official builders: pads carry no loss
  info.seq_len = layout.size();
  // Symbols that this size never shows are no part of the vocabulary (official: 11 for 9x9).
  info.vocab_size = layout.symbols > 0 ? spec.first_symbol + layout.symbols : spec.vocab;
  info.puzzle = puzzle.name();
  std::vector<NpyWriter> writers;
  const DType token_type = info.vocab_size <= 256 ? DType::u8 : DType::i32;
  for (const char* name : {"inputs", "labels"}) {
    auto writer = NpyWriter::create(dir + "/all__" + name + ".npy", token_type, {info.seq_len});
    if (!writer) return writer.error();
    writers.push_back(std::move(*writer));
  }
  for (const char* name : {"puzzle_identifiers", "puzzle_indices", "group_indices"}) {
    auto writer = NpyWriter::create(dir + "/all__" + name + ".npy", DType::i32, {});
    if (!writer) return writer.error();
    writers.push_back(std::move(*writer));
  }
  SplitWriter split(dir, std::move(info), std::move(writers));
  for (const std::size_t indices : {3U, 4U}) {
    if (auto begun = split.writers_[indices].append(0); !begun) return begun.error();
  }
  return split;
}

Result<void> SplitWriter::add_example(std::vector<Token> tokens, std::vector<Token> labels) {
  std::replace(labels.begin(), labels.end(), Puzzle::ignore_label, *info_.ignore_label_id);
  ++examples_;
  if (auto done = writers_[0].append(tokens); !done) return done;
  return writers_[1].append(labels);
}

Result<void> SplitWriter::end_puzzle(int identifier) {
  ++info_.total_puzzles;
  if (auto done = writers_[2].append(identifier); !done) return done;
  return writers_[3].append(static_cast<std::int32_t>(examples_));
}

Result<void> SplitWriter::end_group() {
  ++info_.total_groups;
  return writers_[4].append(static_cast<std::int32_t>(info_.total_puzzles));
}

Result<void> SplitWriter::close(const std::string& size, int identifiers) {
  for (NpyWriter& writer : writers_) {
    if (auto closed = writer.close(); !closed) return closed;
  }
  info_.size = size;
  info_.num_puzzle_identifiers = identifiers;
  info_.mean_puzzle_examples =
      static_cast<double>(examples_) / static_cast<double>(info_.total_puzzles);
  return write_file_atomic(dir_ + "/dataset.json", dataset_info_to_json(info_).dump() + "\n");
}

Result<void> publish(const std::string& partial, const std::string& out) {
  std::error_code failed;
  std::filesystem::rename(partial, out, failed);
  if (!failed) return {};
  return fail(ErrorCode::io_error,
              "cannot rename " + partial + " to " + out + ": " + failed.message(), "out");
}

}  // namespace trm
