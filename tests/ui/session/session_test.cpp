// The mid-end as a whole: boards, jobs and files together, with the rule solver in the model's
// place.
#include "ui/session/session.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "engine/fit/fitting_net.h"
#include "puzzles/registry.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "ui/session/board_file.h"

namespace trm::ui {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

const Puzzle& puzzle(std::string_view name) { return **find_puzzle(name); }

SessionOptions options_in(const std::string& state, bool restore = true) {
  SessionOptions options;
  options.solver.backend = "exact";
  options.state = state;
  options.restore = restore;
  return options;
}

struct Sessions {
  test::TempDir folder;
  std::string state() const { return folder / "state"; }
  Session start(bool restore = true) {
    return Session(options_in(state(), restore), [] {});
  }
  std::string slot(const std::string& name) const { return state() + "/slot-1/" + name; }
};

// Frames until something holds; false: it never did.
template <class Holds>
bool wait_for(Session& session, Holds&& holds) {
  const auto end = Clock::now() + 30s;
  while (Clock::now() < end) {
    session.tick(Clock::now());
    if (holds()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

// Until every job has ended and everything is saved.
bool settle(Session& session) {
  return wait_for(session, [&] { return !session.working(); });
}

bool logged(Session& session, std::string_view words) {
  for (const LogLine& line : session.log().lines()) {
    if (line.text.find(words) != std::string::npos) return true;
  }
  return false;
}

std::string line_of(const Session& session) {
  return session.editor().puzzle().format_line(session.editor().question());
}

std::string contents(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// A board with a move that undo takes back.
void draw_something(Session& session) {
  REQUIRE(session.new_board(puzzle("sudoku"), "4x4"));
  REQUIRE(session.editor().put({0, 0, 0}, 3));
  REQUIRE(session.editor().put({0, 0, 1}, 1));
}

TEST_CASE("The next session goes on where the last one ended", "[session]") {
  Sessions sessions;
  std::string board, id;
  {
    Session session = sessions.start();
    REQUIRE(session.open_id("sudoku:size=4x4#5"));
    REQUIRE(session.editor().layer() == Layer::answer);
    id = session.id();
    board = line_of(session);
    const Answer before = session.editor().now().entries;
    for (int cell = 0; cell < 16 && session.editor().now().entries == before; ++cell)
      (void)session.editor().put({0, cell / 4, cell % 4}, 1);
    REQUIRE(session.save_file(sessions.folder / "mine.trm"));
    session.shut_down();
  }
  Session session = sessions.start();
  CHECK(line_of(session) == board);
  CHECK(id == "sudoku:size=4x4#5");
  CHECK(session.id() == id);
  CHECK(session.path() == sessions.folder / "mine.trm");
  CHECK_FALSE(session.unsaved());
  CHECK(session.editor().layer() == Layer::answer);
  CHECK(session.editor().has_entries());
  CHECK(session.editor().undo());
  CHECK_FALSE(session.editor().has_entries());
  CHECK(logged(session, "is open again"));
}

TEST_CASE("A session that was not ended is recovered, and says so", "[session]") {
  Sessions sessions;
  std::string board;
  {
    Session session = sessions.start();
    draw_something(session);
    board = line_of(session);
    REQUIRE(settle(session));  // the autosave; no shut_down
  }
  Session session = sessions.start();
  CHECK(line_of(session) == board);
  CHECK(logged(session, "ended unexpectedly"));
}

TEST_CASE("A move made right before the end is kept", "[session]") {
  Sessions sessions;
  for (int round = 0; round < 30; ++round) {
    Session session = sessions.start();
    const Cell value = static_cast<Cell>(1 + round % 4);
    if (round == 0) REQUIRE(session.new_board(puzzle("sudoku"), "4x4"));
    session.editor().set_layer(Layer::question);
    REQUIRE(session.editor().put({0, 3, 3}, value));
    session.tick(Clock::now() + 1h);  // an autosave begins
    REQUIRE(session.editor().put({0, 2, 2}, value));
    session.shut_down();
    const auto kept = parse_board_file(contents(sessions.slot("board.trm")));
    REQUIRE(kept.ok());
    CHECK(kept->history.now().question == session.editor().question());
  }
}

TEST_CASE("The last board is put aside where another one is asked for", "[session]") {
  Sessions sessions;
  std::string board;
  {
    Session session = sessions.start();
    draw_something(session);
    board = line_of(session);
    session.shut_down();
  }
  {
    Session session = sessions.start(false);
    REQUIRE(settle(session));
    REQUIRE(session.settings().recent.size() == 1);
    const auto kept = parse_board_file(contents(session.settings().recent.front()));
    REQUIRE(kept.ok());
    CHECK(puzzle("sudoku").format_line(kept->history.now().question) == board);
    session.shut_down();
  }
  // What was only generated can be made again, and is not kept.
  Session session = sessions.start(false);
  CHECK(session.settings().recent.size() == 1);
}

TEST_CASE("A board that cannot be read is put aside, not overwritten", "[session]") {
  Sessions sessions;
  { sessions.start().shut_down(); }
  std::ofstream(sessions.slot("board.trm")) << "{\"format\":\"trm-board\",";
  Session session = sessions.start();
  REQUIRE(settle(session));
  CHECK(logged(session, "cannot be read"));
  CHECK(contents(sessions.state() + "/kept-1.trm") == "{\"format\":\"trm-board\",");
  CHECK(parse_board_file(contents(sessions.slot("board.trm"))).ok());
}

TEST_CASE("Opening another board keeps the one that no file holds", "[session]") {
  Sessions sessions;
  Session session = sessions.start();
  draw_something(session);
  const std::string board = line_of(session);
  SECTION("pasted text of another puzzle") { REQUIRE(session.paste_text("S  /#  /  G")); }
  SECTION("a file") {
    const std::string path = sessions.folder / "maze.txt";
    std::ofstream(path) << "S  /#  /  G\n";
    REQUIRE(session.open_file(path));
  }
  SECTION("a new board") { REQUIRE(session.new_board(puzzle("maze"), "8x8")); }
  SECTION("a generated board that comes late") {
    session.generate(*parse_game_id("maze:size=8x8#3"));
    REQUIRE(session.editor().put({0, 3, 3}, 2));
    REQUIRE(wait_for(session, [&] { return session.editor().puzzle().name() == "maze"; }));
  }
  CHECK(session.editor().puzzle().name() == "maze");
  REQUIRE_FALSE(session.settings().recent.empty());
  const auto kept = parse_board_file(contents(sessions.state() + "/kept-1.trm"));
  REQUIRE(kept.ok());
  CHECK(puzzle("sudoku").format_line(kept->history.now().question).substr(0, 4) ==
        board.substr(0, 4));
}

TEST_CASE("A board that cannot be saved is tried again", "[session]") {
  Sessions sessions;
  Session session = sessions.start();
  REQUIRE(settle(session));
  fs::remove(sessions.slot("board.trm"));
  fs::create_directories(sessions.slot("board.trm") + "/in the way");
  draw_something(session);
  auto now = Clock::now() + 10s;
  const auto frames_until = [&](std::string_view words) {
    for (int i = 0; i < 3000 && !logged(session, words); ++i) {
      session.tick(now);
      std::this_thread::sleep_for(1ms);
    }
    return logged(session, words);
  };
  session.tick(now);
  now += 1s;
  REQUIRE(frames_until("cannot be kept"));
  fs::remove_all(sessions.slot("board.trm"));
  now += 10s;
  for (int i = 0; i < 3000 && !fs::exists(sessions.slot("board.trm")); ++i) {
    session.tick(now);
    std::this_thread::sleep_for(1ms);
  }
  const auto kept = parse_board_file(contents(sessions.slot("board.trm")));
  REQUIRE(kept.ok());
  CHECK(kept->history.now().question == session.editor().question());
}

TEST_CASE("Settings are kept without a change of the board", "[session]") {
  Sessions sessions;
  {
    Session session = sessions.start();
    REQUIRE(settle(session));
    session.settings().attempts = 3;
    REQUIRE(wait_for(session, [&] {
      return contents(sessions.state() + "/settings.json").find("\"attempts\": 3") !=
                 std::string::npos ||
             contents(sessions.state() + "/settings.json").find("\"attempts\":3") !=
                 std::string::npos;
    }));
  }
  CHECK(sessions.start().settings().attempts == 3);
}

TEST_CASE("A broken file leaves the board as it is", "[session]") {
  Sessions sessions;
  Session session = sessions.start();
  draw_something(session);
  const std::string board = line_of(session);
  for (const char* text : {"", "nothing that a puzzle reads", "{\"format\":\"trm-board\"}",
                           "{\"format\":\"trm-board\",\"version\":7}"}) {
    const std::string path = sessions.folder / "broken.trm";
    std::ofstream(path) << text;
    CHECK_FALSE(session.open_file(path));
    CHECK_FALSE(session.paste_text(text));
  }
  CHECK_FALSE(session.open_file(sessions.folder / "not there"));
  CHECK_FALSE(session.open_file(sessions.folder.path.string()));
  CHECK(line_of(session) == board);
  CHECK(session.editor().history().moments().size() == 3);
}

TEST_CASE("Files with their history go out and come back", "[session]") {
  Sessions sessions;
  Session session = sessions.start();
  draw_something(session);
  const std::string path = sessions.folder / "board.trm";
  CHECK(session.unsaved());
  REQUIRE(session.save_file(path));
  CHECK_FALSE(session.unsaved());
  CHECK(contents(path).find(path) == std::string::npos);  // nobody's business
  REQUIRE(session.new_board(puzzle("maze"), "8x8"));
  REQUIRE(session.open_file(path));
  CHECK(session.path() == path);
  CHECK(session.editor().history().moments().size() == 3);
  CHECK(session.editor().undo());
  CHECK(session.settings().recent.front() == path);
  // Text of other programs is read, never written over.
  const std::string text = sessions.folder / "board.txt";
  std::ofstream(text) << "12..\n..12\n2...\n...1\n";
  REQUIRE(session.open_file(text));
  CHECK(session.path().empty());
}

TEST_CASE("A game id belongs to the board that it makes", "[session]") {
  Sessions sessions;
  Session session = sessions.start();
  REQUIRE(session.open_id("maze:size=8x8#4"));
  CHECK(session.id() == "maze:size=8x8#4");
  session.editor().set_layer(Layer::question);
  const Cell before = session.editor().at({0, 4, 4});
  REQUIRE(session.editor().put({0, 4, 4}, before == 0 ? 1 : 0));
  CHECK(session.id().empty());
  REQUIRE(session.editor().undo());
  CHECK(session.id() == "maze:size=8x8#4");
  CHECK_FALSE(session.open_id("maze:size=8x8"));
  CHECK_FALSE(session.open_id("nothing#1"));
}

// --- Jobs

TEST_CASE("A solve is taken over as one move that undo takes back", "[session]") {
  Sessions sessions;
  Session session = sessions.start();
  REQUIRE(session.open_id("sudoku:size=4x4#2"));
  session.editor().set_layer(Layer::question);
  session.solve();
  REQUIRE(wait_for(session, [&] { return session.thinking() && session.thinking()->end; }));
  CHECK(logged(session, "the rules hold"));
  REQUIRE(session.take_over_solution());
  CHECK(session.editor().layer() == Layer::answer);
  CHECK(session.editor().entries_status() == Status::verified);
  CHECK(session.editor().undo());
  CHECK_FALSE(session.editor().has_entries());
  // Playing does not make a solution old; drawing does.
  CHECK_FALSE(session.thinking_stale());
  session.editor().set_layer(Layer::question);
  REQUIRE(session.editor().erase_here().ok() == false);
  for (int cell = 0; cell < 16; ++cell) {
    if (session.editor().at({0, cell / 4, cell % 4}) == 0) continue;
    REQUIRE(session.editor().put({0, cell / 4, cell % 4}, 0));
    break;
  }
  CHECK(session.thinking_stale());
  CHECK_FALSE(session.take_over_solution());
  CHECK_FALSE(session.take_over_step());
}

TEST_CASE("A network is fitted to tasks, for as long as the settings say", "[session][fit]") {
  SessionOptions with = options_in("-");
  with.solver = {};  // no model is needed
  Session session(std::move(with), [] {});
  REQUIRE(session.paste_text("12>21|34>43|11/23>?"));
  CHECK(session.fits() == can_fit());
  if (!can_fit()) return;
  session.settings().fit_seconds = 6;
  session.settings().live = true;
  session.editor().set_layer(Layer::question);
  REQUIRE(session.editor().put({0, 0, 0}, 3));
  const auto now = std::chrono::steady_clock::now();
  session.tick(now);
  CHECK_FALSE(session.solving());  // no stroke begins a fit
  session.ask_hint();
  REQUIRE(settle(session));
  CHECK_FALSE(session.hint().has_value());
  CHECK(logged(session, "press Solve"));
  session.solve();
  REQUIRE(wait_for(session, [&] { return session.thinking() && session.thinking()->end; }));
  const auto& end = *session.thinking()->end;
  REQUIRE(end.ok());
  REQUIRE(session.thinking()->fit.has_value());
  CHECK(session.thinking()->fit->budget == 6);
  const auto& candidates = end->answer.queries.front();
  REQUIRE_FALSE(candidates.empty());
  REQUIRE(session.take_over_solution(candidates.size() - 1));
  CHECK(session.editor().at({0, 0, 0}) == candidates.back().at(0, 0));
  REQUIRE(session.editor().undo());
  session.ask_hint();
  REQUIRE(settle(session));
  CHECK(session.hint().has_value());  // a cell of the first candidate
  REQUIRE(session.new_board(puzzle("maze"), "8x8"));
  CHECK_FALSE(session.fits());
}

TEST_CASE("What cannot be solved is said in words", "[session]") {
  Sessions sessions;
  Session session = sessions.start();
  REQUIRE(session.new_board(puzzle("maze"), "8x8"));
  session.solve();
  CHECK(logged(session, "Cannot solve yet"));
  SessionOptions without = options_in("-");
  without.no_solver = "no models were found";
  Session other(std::move(without), [] {});
  CHECK_FALSE(other.can_solve());
  other.solve();
  other.reload_models();
  CHECK(logged(other, "no models were found"));
}

TEST_CASE("A live board is solved as it was after the last stroke", "[session]") {
  Sessions sessions;
  Session session = sessions.start();
  REQUIRE(session.open_id("maze:size=20x20#3"));
  session.settings().live = true;
  session.editor().set_layer(Layer::question);
  session.editor().set_tool(Tool::paint);
  session.editor().set_brush(0);
  for (int stroke = 0; stroke < 3; ++stroke) {
    REQUIRE(session.editor().press({0, 4 + stroke, 2}));
    REQUIRE(session.editor().drag({0, 4 + stroke, 9}));
    session.tick(Clock::now());
    // Not before the stroke has ended.
    CHECK((session.thinking() == nullptr || session.thinking_stale()));
    session.editor().release();
    session.tick(Clock::now());
  }
  REQUIRE(wait_for(session, [&] { return session.thinking() && session.thinking()->end; }));
  CHECK(session.thinking()->question == session.editor().question());
  CHECK(logged(session, "the rules hold"));
}

TEST_CASE("The number of solutions follows the board", "[session]") {
  Sessions sessions;
  Session session = sessions.start();
  REQUIRE(session.new_board(puzzle("sudoku"), "4x4"));
  const auto becomes = [&](SolutionCount::Kind kind) {
    return wait_for(session, [&] { return session.count() && session.count()->kind == kind; });
  };
  CHECK(becomes(SolutionCount::Kind::many));
  REQUIRE(session.paste_text("123434122143432."));
  CHECK(becomes(SolutionCount::Kind::one));
  REQUIRE(session.paste_text("12.4..3........."));
  CHECK(becomes(SolutionCount::Kind::none));
  REQUIRE(session.paste_text("11.............."));
  session.tick(Clock::now());
  CHECK_FALSE(session.count());  // it has problems, which say more
}

TEST_CASE("A hint is shown in the answer, is taken as a move, and goes when the board changes",
          "[session]") {
  Sessions sessions;
  Session session = sessions.start();
  session.settings().model = "a model of another puzzle";
  REQUIRE(session.open_id("sudoku:size=4x4#2"));
  session.editor().set_layer(Layer::question);
  session.ask_hint();
  REQUIRE(wait_for(session, [&] { return session.hint().has_value(); }));
  const CellRef cell = session.hint()->cell;
  const Cell value = session.hint()->value;
  CHECK(session.editor().layer() == Layer::answer);
  REQUIRE(session.take_hint());
  CHECK(session.editor().at(cell) == value);
  session.tick(Clock::now());
  CHECK_FALSE(session.hint());
  CHECK(session.editor().undo());
}

TEST_CASE("Undo to the first wrong move goes back before it", "[session]") {
  Sessions sessions;
  Session session = sessions.start();
  REQUIRE(session.paste_text("12..34.........."));
  session.editor().set_layer(Layer::answer);
  REQUIRE(session.editor().put({0, 0, 2}, 3));  // right in some solution
  const std::size_t good = session.editor().history().at();
  REQUIRE(session.editor().put({0, 0, 3}, 2));  // 2 stands in this row already
  REQUIRE(session.editor().put({0, 3, 3}, 1));
  session.undo_to_first_wrong();
  REQUIRE(wait_for(session, [&] { return session.editor().history().at() == good; }));
  CHECK(session.editor().redo());
}

TEST_CASE("Files are exported one after another", "[session]") {
  Sessions sessions;
  Session session = sessions.start();
  REQUIRE(session.open_id("sudoku:size=4x4#2"));
  session.export_thinking(sessions.folder / "none.gif");
  CHECK(logged(session, "no thinking"));
  const std::string page = sessions.folder / "page.svg", data = sessions.folder / "boards.txt";
  session.export_page(page, true, true);
  REQUIRE(settle(session));
  session.add_to_data_set(data);
  REQUIRE(settle(session));
  CHECK(contents(page).starts_with("<svg"));
  CHECK(contents(data).substr(0, line_of(session).size()) == line_of(session));
  CHECK(session.settings().data_file == data);
  session.export_page(sessions.folder / "nowhere/page.svg", true, false);
  REQUIRE(settle(session));
  CHECK(logged(session, "Not exported"));
}

TEST_CASE("A file that is no model is left out by name", "[session]") {
  Sessions sessions;
  fs::create_directories(sessions.state() + "/models");
  std::ofstream(sessions.state() + "/models/broken.safetensors") << "no model";
  Session session = sessions.start();
  CHECK(session.can_solve());
  CHECK(logged(session, "broken.safetensors"));
}

TEST_CASE("Every puzzle opens, empty or from its example", "[session]") {
  Sessions sessions;
  Session session = sessions.start();
  for (const Puzzle* each : registered_puzzles()) {
    INFO(each->name());
    CHECK(session.new_board(*each, "").ok());
    CHECK(session.paste_text(each->info().forms.front().example).ok());
    session.tick(Clock::now());
    CHECK_FALSE(session.copy_text("").empty());
    for (const TextForm& form : each->info().forms) {
      const auto again = each->parse(session.copy_text(form.name));
      REQUIRE(again.ok());
      CHECK(*again == session.editor().question());
    }
    (void)session.copy_answer_text();
  }
  REQUIRE(settle(session));
}

}  // namespace
}  // namespace trm::ui
