// Files of boards: forms, columns, and errors that name line and field.
#include "trainer/board_file.h"

#include "puzzles/registry.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/trainer/files.h"
#include "trainer/lines.h"

namespace trm {
namespace {

using test::TempDir;
using test::write_file;

const std::string kBoard = "1.34.41.2.4.4.21", kAnswer = "1234341221434321";

const Puzzle& sudoku() { return **find_puzzle("sudoku"); }

BoardFile read(const std::string& path, const Puzzle& puzzle = sudoku()) {
  auto file = BoardFile::read(puzzle, path);
  if (!file) FAIL(file.error().message);
  return std::move(*file);
}

/// The error of a file with this text.
Error refusal(const std::string& text) {
  const TempDir dir;
  write_file(dir / "boards.csv", text);
  const auto file = BoardFile::read(sudoku(), dir / "boards.csv");
  REQUIRE_FALSE(file.ok());
  return file.error();
}

TEST_CASE("Columns are read in any order, under either name", "[board-file]") {
  const TempDir dir;
  write_file(dir / "a.csv", "puzzle,guesses\n\n" + kBoard + ",3\n" + kBoard + ",0.5\n");
  const BoardFile plain = read(dir / "a.csv");
  CHECK(plain.rating == "guesses");
  CHECK_FALSE(plain.answers);
  REQUIRE(plain.entries.size() == 2);
  CHECK(sudoku().format_line(plain.entries[0].question) == kBoard);
  CHECK(plain.entries[0].rating == 3.0);
  CHECK(plain.entries[1].rating == 0.5);
  CHECK(plain.entries[0].line == 3);
  CHECK_FALSE(plain.entries[0].answer.has_value());

  write_file(dir / "b.csv", "rating,answer,source,question\n7," + kAnswer + ",," + kBoard + "\r\n");
  const BoardFile labelled = read(dir / "b.csv");
  CHECK(labelled.rating == "rating");
  CHECK(labelled.answers);
  REQUIRE(labelled.entries.size() == 1);
  const BoardEntry& entry = labelled.entries[0];
  REQUIRE(entry.answer.has_value());
  CHECK(sudoku().format_answer(entry.question, *entry.answer) == kAnswer);
}

TEST_CASE("Spaces and empty fields are part of a line with columns", "[board-file]") {
  const Puzzle& maze = **find_puzzle("maze");
  const TempDir dir;
  const std::string names = "source,question,answer,rating\n";
  write_file(dir / "m.csv", names + ",S#  #   G,S# o# ooG,5\n");
  const BoardFile file = read(dir / "m.csv", maze);
  CHECK(file.entries.front().answer.has_value());
  CHECK(file.entries.front().rating == 5.0);
  write_file(dir / "m.csv", names + ",S#  #   G,S#  # ooG,5\n");  // a gap in the path
  CHECK(BoardFile::read(maze, dir / "m.csv").error().field == "answer");
}

TEST_CASE("Text is read line by line, with answers behind TABs", "[board-file]") {
  const TempDir dir;
  write_file(dir / "a.txt", "a heading\n" + kBoard + "\n" + kBoard + "\t" + kAnswer + "\n" +
                                kBoard + "\tno answer\n");
  const BoardFile file = read(dir / "a.txt");
  REQUIRE(file.entries.size() == 3);
  CHECK(file.rating.empty());
  CHECK(file.answers);
  CHECK_FALSE(file.entries[0].answer.has_value());
  CHECK(file.entries[1].answer.has_value());
  CHECK_FALSE(file.entries[2].answer.has_value());
  CHECK(file.entries[1].line == 3);
  CHECK(BoardFile::read(sudoku(), dir / "a.txt", 2)->entries.size() == 2);
}

TEST_CASE("Compressed files are read, and what gzip() makes", "[board-file]") {
  const TempDir dir;
  const auto bytes = gzip("puzzle,guesses\n" + kBoard + ",3\n");
  REQUIRE(bytes.ok());
  CHECK(bytes->starts_with("\x1f\x8b"));
  CHECK(gzip("puzzle,guesses\n" + kBoard + ",3\n").value() == *bytes);
  write_file(dir / "a.gz", *bytes);
  CHECK(read(dir / "a.gz").entries.size() == 1);
  write_file(dir / "cut.gz", bytes->substr(0, bytes->size() - 9));
  const auto cut = BoardFile::read(sudoku(), dir / "cut.gz");
  REQUIRE_FALSE(cut.ok());
  CHECK(cut.error().code == ErrorCode::io_error);
}

TEST_CASE("A line that cannot be used is named with its field", "[board-file]") {
  const auto says = [](const std::string& text, const std::string& place,
                       const std::string& field) {
    const Error error = refusal(text);
    INFO(error.message);
    CHECK(error.code == ErrorCode::invalid_data);
    CHECK(error.field == field);
    CHECK(error.message.find(place) != std::string::npos);
  };
  const std::string good = kBoard + ",3\n";
  says("puzzle,guesses\n" + good + "1x34.41.2.4.4.21,3\n", "line 3, puzzle: ", "puzzle");
  says("puzzle,guesses\n" + good + kBoard + ",many\n", "line 3, guesses: ", "guesses");
  says("puzzle,guesses\n" + good + kBoard + ",\n", "line 3, guesses: ", "guesses");
  says("puzzle,guesses\n" + good + kBoard + ",nan\n", "line 3, guesses: ", "guesses");
  says("puzzle,guesses\n" + good + kBoard + "\n", "line 3, puzzle: 1 fields", "puzzle");
  says("question,answer\n" + kBoard + ",123\n", "line 2, answer: ", "answer");
  says("question,answer\n" + kBoard + ",1234341221434312\n", "line 2, answer: it breaks", "answer");
  says(kBoard + "\t1234341221434312\n", "line 1, answer: it breaks", "answer");
  says("puzzle,colour\n" + kBoard + ",red\n", "line 1: the column \"colour\"", "colour");
  says("puzzle,question\n", "line 1: the column \"question\" says again", "question");
  says("puzzle,rating,guesses\n", "line 1: the column \"guesses\" says again", "guesses");
  says("puzzle,guesses\n", "holds no puzzle", "file");
  says("", "holds no puzzle", "file");
  says(kBoard + "\n1x34\n", "line 2: ", "file");
  CHECK(BoardFile::read(sudoku(), "no/such/file").error().code == ErrorCode::not_found);
}

}  // namespace
}  // namespace trm
