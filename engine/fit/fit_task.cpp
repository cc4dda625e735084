#include "engine/fit/fit_task.h"

#include <algorithm>

#include "engine/fit/scene.h"

namespace trm {
namespace {

BoardSize size_of(const Grid& grid) { return {grid.rows, grid.cols}; }
BoardSize input_size(const Question& question, int query) {
  return size_of(question.puzzle().query_input(question, query));
}

BoardSize larger(BoardSize a, BoardSize b) {
  return {std::max(a.rows, b.rows), std::max(a.cols, b.cols)};
}

Question seen(const FitTask::Image& image, Question question) {
  if (image.names) question = image.names->apply(question);
  return image.turn ? image.turn->apply(question) : question;
}
Grid seen(const FitTask::Image& image, Grid grid) {
  if (image.names) grid = image.names->apply(Answer(std::move(grid))).best();
  return image.turn ? image.turn->apply(Answer(std::move(grid))).best() : grid;
}
// The size that an answer of this size has in the image; 0x0 stays.
BoardSize seen(const FitTask::Image& image, BoardSize size) {
  return size.rows > 0 ? size_of(seen(image, Grid(size.rows, size.cols))) : size;
}

// Rows and columns up to the last one with a token that is no pad.
BoardSize extent(const std::vector<Token>& tokens, const TokenLayout& layout, Token pad) {
  BoardSize size;
  for (int p = 0; p < layout.size(); ++p) {
    const Token token = tokens[static_cast<std::size_t>(p)];
    if (token == pad || token == Puzzle::ignore_label) continue;
    size = larger(size, {p / layout.cols + 1, p % layout.cols + 1});
  }
  return size;
}

Grid multiplied(const Grid& grid, Arrangement how, std::pair<int, int> factors) {
  const auto [down, across] = factors;
  Grid result(grid.rows * down, grid.cols * across);
  for (int row = 0; row < result.rows; ++row) {
    for (int col = 0; col < result.cols; ++col) {
      result.at(row, col) = how == Arrangement::enlarged
                                ? grid.at(row / down, col / across)
                                : grid.at(row % grid.rows, col % grid.cols);
    }
  }
  return result;
}

}  // namespace

Result<FitTask> FitTask::make(const Question& shown, const std::vector<FitQuery>& queries,
                              int poses) {
  const Puzzle& puzzle = shown.puzzle();
  FitTask task(shown);
  for (auto& [question, answer] : puzzle.examples(shown)) {
    const Grid& output = answer.best();
    task.cases_.push_back({std::move(question), 0, size_of(output), output});
  }
  task.demonstrations_ = static_cast<int>(task.cases_.size());
  if (task.demonstrations_ == 0) {
    return fail(ErrorCode::unsupported,
                "the question shows no demonstration to fit a model to; give at least one pair",
                "board");
  }
  task.whole_ = puzzle.layout(task.cases_.front().question, 0);
  for (const FitQuery& one : queries) task.cases_.push_back({one.question, one.query, {}, {}});
  task.find_rules();
  task.make_poses(poses);
  return task;
}

void FitTask::find_rules() {
  std::vector<std::pair<BoardSize, BoardSize>> sizes;
  for (int i = 0; i < demonstrations_; ++i)
    sizes.emplace_back(input_size(at(i).question, 0), at(i).size);
  rule_ = SizeRule::find(sizes);
  for (std::size_t i = sizes.size(); rule_ && i < cases_.size(); ++i) {
    Case& one = cases_[i];
    one.size = rule_->of(input_size(one.question, one.query));
    if (one.size.rows < 1 || one.size.rows > whole_.rows || one.size.cols > whole_.cols)
      rule_.reset();
  }
  if (rule_) return choose_arrangement();
  for (Case& one : cases_) one.size = {};
}

// The one that agrees with the demonstrations' outputs in most cells.
void FitTask::choose_arrangement() {
  const auto factors = rule_->factors();
  if (factors == std::pair(1, 1)) return;
  std::int64_t enlarged = 0, repeated = 0;
  for (int i = 0; i < demonstrations_; ++i) {
    const Grid& input = puzzle().query_input(at(i).question, 0);
    const Grid blocks = multiplied(input, Arrangement::enlarged, factors);
    const Grid tiles = multiplied(input, Arrangement::repeated, factors);
    for (std::size_t c = 0; c < output(i).cells.size(); ++c) {
      enlarged += blocks.cells[c] == output(i).cells[c];
      repeated += tiles.cells[c] == output(i).cells[c];
    }
  }
  arrangement_ = enlarged >= repeated ? Arrangement::enlarged : Arrangement::repeated;
  for (Case& one : cases_) arrange(one);
}

void FitTask::arrange(Case& one) const {
  Draft draft = one.question.draft();
  const int index = puzzle().query_grid(one.question, one.query);
  Grid& grid = draft.grids[static_cast<std::size_t>(index)].grid;
  grid = multiplied(grid, arrangement_, rule_->factors());
  one.question = puzzle().make(std::move(draft)).value();
}

void FitTask::make_poses(int most) {
  Rng rng;
  for (int pose = 0; pose < most; ++pose) {
    std::shared_ptr<const Symmetry> turn;
    if (pose > 0) turn = puzzle().variation(rng, shown_, puzzle().variation_levels() - 1);
    poses_.push_back(std::move(turn));
    frames_.push_back(frames_in(Image{pose, nullptr, poses_.back()}));
  }
}

// The part of the module's frame that each board takes.
std::vector<BoardSize> FitTask::frames_in(const Image& image) const {
  std::vector<BoardSize> frames;
  BoardSize answers;  // the largest extent of a demonstration
  for (int board = 0; board < static_cast<int>(cases_.size()); ++board) {
    const Case& one = at(board);
    const BoardSize size =
        rule_ ? larger(input_size(seen(image, one.question), one.query), seen(image, one.size))
              : marked_extent(image, board);
    if (board < demonstrations_) answers = larger(answers, size);
    frames.push_back(size);
  }
  for (BoardSize& frame : frames) {
    // A frame as large as the answer would tell its size.
    if (!rule_) frame = larger(frame, answers);
    frame = {std::min(frame.rows, whole_.rows), std::min(frame.cols, whole_.cols)};
  }
  return frames;
}

// Rows and columns of a board and its answer with their end markers.
BoardSize FitTask::marked_extent(const Image& image, int board) const {
  const Case& one = at(board);
  const Question question = seen(image, one.question);
  const Token pad = puzzle().tokens().pad;
  const BoardSize size = extent(puzzle().encode(question, one.query), whole_, pad);
  if (board >= demonstrations_) return size;
  const auto answer = puzzle().encode_answer(question, one.query, seen(image, one.output));
  return larger(size, extent(answer, whole_, pad));
}

BoardSize FitTask::frame(int pose, int board) const {
  return frames_[static_cast<std::size_t>(pose)][static_cast<std::size_t>(board)];
}

void FitTask::add_board(Scene& scene, int pose, int board) const {
  const Image image{pose, nullptr, poses_[static_cast<std::size_t>(pose)]};
  const Question question = seen(image, at(board).question);
  Geometry geometry = puzzle().geometry(question, at(board).query);
  Geometry content = puzzle().content_relations(question, at(board).query);
  std::move(content.begin(), content.end(), std::back_inserter(geometry));
  append_board(scene, whole_, geometry, frame(pose, board));
}

FitTask::Scene FitTask::scene(int pose) const {
  Scene scene;
  for (int board = 0; board < demonstrations_; ++board) add_board(scene, pose, board);
  return scene;
}

FitTask::Scene FitTask::scene(int pose, int board) const {
  Scene scene;
  add_board(scene, pose, board);
  return scene;
}

FitTask::Image FitTask::image(int pose, bool names, Rng& rng) const {
  Image image{pose, nullptr, poses_[static_cast<std::size_t>(pose)]};
  if (names) image.names = puzzle().variation(rng, shown_, 0);
  return image;
}

std::vector<Token> FitTask::cut(const std::vector<Token>& tokens, BoardSize frame) const {
  std::vector<Token> kept;
  kept.reserve(static_cast<std::size_t>(frame.rows * frame.cols));
  for (int row = 0; row < frame.rows; ++row) {
    const auto from = tokens.begin() + std::ptrdiff_t{row} * whole_.cols;
    kept.insert(kept.end(), from, from + frame.cols);
  }
  return kept;
}

// Where the size is known, only cells are to be learned.
std::vector<Token> FitTask::labels(const Image& image, int board, const Question& as_seen) const {
  const Grid answer = seen(image, output(board));
  auto labels = puzzle().encode_answer(as_seen, 0, answer);
  for (int p = 0; rule_ && p < whole_.size(); ++p) {
    const Position& position = whole_.positions[static_cast<std::size_t>(p)];
    if (!answer.contains(position.row, position.col))
      labels[static_cast<std::size_t>(p)] = Puzzle::ignore_label;
  }
  return cut(labels, frame(image.pose, board));
}

EncodedPair FitTask::demonstrations(const Image& image) const {
  EncodedPair all;
  for (int board = 0; board < demonstrations_; ++board) {
    const Question question = seen(image, at(board).question);
    const auto tokens = cut(puzzle().encode(question, 0), frame(image.pose, board));
    all.tokens.insert(all.tokens.end(), tokens.begin(), tokens.end());
    const auto wanted = labels(image, board, question);
    all.labels.insert(all.labels.end(), wanted.begin(), wanted.end());
  }
  return all;
}

FitTask::Asked FitTask::ask(const Image& image, int board) const {
  const Case& one = at(board);
  Asked asked;
  asked.frame = frame(image.pose, board);
  asked.tokens = cut(puzzle().encode(seen(image, one.question), one.query), asked.frame);
  asked.legal = legal_tokens(image, asked.tokens);
  asked.size = seen(image, one.size);
  return asked;
}

// What the demonstrations' answers are made of, and the symbols of the query itself.
std::vector<std::uint8_t> FitTask::legal_tokens(const Image& image,
                                                const std::vector<Token>& query) const {
  const TokenSpec& spec = puzzle().tokens();
  std::vector<std::uint8_t> legal(static_cast<std::size_t>(spec.vocab), 0);
  for (int board = 0; board < demonstrations_; ++board) {
    for (const Token label : labels(image, board, seen(image, at(board).question))) {
      if (label != Puzzle::ignore_label) legal[static_cast<std::size_t>(label)] = 1;
    }
  }
  for (const Token token : query) {
    const bool symbol = spec.first_symbol > 0 && token >= spec.first_symbol;
    if (symbol || token == spec.blank) legal[static_cast<std::size_t>(token)] = 1;
  }
  return legal;
}

Result<Grid> FitTask::read(const Image& image, const Asked& asked,
                           const std::vector<Token>& tokens) const {
  std::vector<Token> whole(static_cast<std::size_t>(whole_.size()), puzzle().tokens().pad);
  for (int row = 0; row < asked.frame.rows; ++row) {
    for (int col = 0; col < asked.frame.cols; ++col) {
      if (asked.size.rows > 0 && (row >= asked.size.rows || col >= asked.size.cols)) continue;
      whole[static_cast<std::size_t>(row * whole_.cols + col)] =
          tokens[static_cast<std::size_t>(row * asked.frame.cols + col)];
    }
  }
  auto grid = puzzle().decode(at(0).question, 0, whole);
  if (!grid) return grid;
  Answer answer(std::move(*grid));
  if (image.turn) answer = image.turn->inverse()->apply(answer);
  if (image.names) answer = image.names->inverse()->apply(answer);
  return answer.best();
}

}  // namespace trm
