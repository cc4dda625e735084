// Tasks of any sizes and colours as a fit sees them: each image's tokens read back as the task's
// own answers, and relations stay within their board.
//
// Input: bytes that say sizes and colours of up to four demonstrations and a test; missing ones are
// 0.
#include <string>

#include "engine/fit/fit_task.h"
#include "puzzles/registry.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/puzzle_checks.h"

namespace {

using namespace trm;

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  int next(int below) { return at_ < size_ ? data_[at_++] % below : 0; }

 private:
  const std::uint8_t* data_;
  std::size_t size_, at_ = 0;
};

std::string grid_text(Bytes& bytes, int rows, int cols) {
  std::string text;
  for (int row = 0; row < rows; ++row) {
    if (row > 0) text += '/';
    for (int col = 0; col < cols; ++col) text += static_cast<char>('0' + bytes.next(10));
  }
  return text;
}

// Outputs are multiples, parts, of one size, or of any, so that all rules come up.
std::string task_text(Bytes& bytes) {
  const int demonstrations = 1 + bytes.next(4), kind = bytes.next(6), factor = 1 + bytes.next(3);
  std::string text;
  for (int i = 0; i < demonstrations; ++i) {
    int rows = 1 + bytes.next(6), cols = 1 + bytes.next(6);
    const int sizes[6][2] = {{rows, cols},       {rows * factor, cols * factor},
                             {rows * factor, 5}, {cols, rows},
                             {factor, factor},   {1 + bytes.next(6), 1 + bytes.next(6)}};
    text += grid_text(bytes, rows, cols) + ">";
    text += grid_text(bytes, sizes[kind][0], sizes[kind][1]) + "|";
  }
  const int rows = 1 + bytes.next(30), cols = 1 + bytes.next(30);
  return text + grid_text(bytes, rows, cols) + ">?";
}

void check_scene(const FitTask::Scene& scene, std::size_t tokens) {
  FUZZ_CHECK(static_cast<std::size_t>(scene.layout.size()) == tokens, "tokens for each position");
  FUZZ_CHECK(scene.layout.positions.size() == tokens, "a layout of that many positions");
  for (const Relation& relation : scene.geometry)
    fuzz::check_relation(relation, scene.layout.size());
}

void check_image(const FitTask& task, const FitTask::Image& image) {
  const EncodedPair all = task.demonstrations(image);
  check_scene(task.scene(image.pose), all.tokens.size());
  std::size_t from = 0;
  for (int board = 0; board < task.demonstrations() + task.queries(); ++board) {
    const auto asked = task.ask(image, board);
    check_scene(task.scene(image.pose, board), asked.tokens.size());
    FUZZ_CHECK(asked.size.rows <= asked.frame.rows && asked.size.cols <= asked.frame.cols,
               "an answer beyond its frame");
    if (board >= task.demonstrations()) continue;
    std::vector<Token> answer(asked.tokens.size(), task.puzzle().tokens().pad);
    for (std::size_t i = 0; i < answer.size(); ++i, ++from) {
      if (all.labels[from] != Puzzle::ignore_label) answer[i] = all.labels[from];
    }
    const auto grid = task.read(image, asked, answer);
    FUZZ_CHECK(grid.ok() && *grid == task.output(board), "labels that are not the answer");
  }
  FUZZ_CHECK(from == all.labels.size(), "labels for each position");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const std::string text = task_text(bytes);
  const auto question = (*find_puzzle("arc"))->parse(text);
  FUZZ_CHECK(question.ok(), text);
  const auto task = FitTask::make(*question, {{*question, 0}}, 3);
  FUZZ_CHECK(task.ok(), text);
  Rng rng(size);
  for (int pose = 0; pose < task->poses(); ++pose) check_image(*task, task->image(pose, true, rng));
  return 0;
}
