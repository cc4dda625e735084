// Session: boards come and go.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "engine/weights/atomic_file.h"
#include "puzzles/text.h"
#include "ui/session/board_file.h"
#include "ui/session/session.h"

namespace trm::ui {
namespace {

Result<std::string> read_file(const std::string& path) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed))
    return fail(ErrorCode::io_error, "\"" + path + "\" is a folder; expected a file", "file");
  const auto size = std::filesystem::file_size(path, failed);
  if (failed) return fail(ErrorCode::not_found, "there is no file \"" + path + "\"", "file");
  if (size > kLongestFile)
    return fail(ErrorCode::too_large, "\"" + path + "\" is larger than 64 MiB", "file");
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail(ErrorCode::io_error, "\"" + path + "\" cannot be read", "file");
  return text.str();
}

Result<Question> made_of(GameId id, const std::atomic<bool>* stop = nullptr) {
  id.request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  id.request.stop = stop;
  return generate(id);
}

std::string board_name(const Question& question) {
  const Grid& grid = question.grid();
  return question.puzzle().info().title + " " + size_text(grid.rows, grid.cols);
}

}  // namespace

void Session::opened(std::string path, std::string id) {
  path_ = std::move(path);
  id_ = std::move(id);
  made_.reset();
  if (!id_.empty()) made_ = editor_.history().moments().front()->state.question;
  generating_.cancel();
  solving_.clear();
  result_awaited_ = false;
  step_ = {};
  // Where players write candidates, a click is for going there and a key for writing; else one
  // paints.
  editor_.set_tool(editor_.puzzle().info().marks ? Tool::select : Tool::paint);
  board_changed();
}

Result<void> Session::new_board(const Puzzle& puzzle, std::string_view size) {
  auto question = puzzle.empty(size);
  if (!question) {
    log_.error(question.error(), "No new board");
    return question.error();
  }
  leave_board();
  editor_.open(std::move(*question));
  editor_.set_layer(Layer::question);
  opened("", "");
  saved_revision_ = editor_.revision();
  log_.say(Level::info, "New board: " + board_name(editor_.question()));
  return {};
}

void Session::generate(GameId id) {
  wanted_id_ = id;
  generating_.ask(
      [id = std::move(id)](const std::atomic<bool>& stop) { return made_of(id, &stop); });
}

void Session::open_generated(Question question, const GameId& id) {
  leave_board();
  editor_.open(std::move(question));
  editor_.set_layer(Layer::answer);
  opened("", format_game_id(id));
  saved_revision_ = editor_.revision();
  log_.say(Level::info, "Generated " + id_);
}

Result<void> Session::open_id(std::string_view text) {
  const auto id = parse_game_id(text);
  if (!id) return id.error();
  auto question = made_of(*id);
  if (!question) return question.error();
  open_generated(std::move(*question), *id);
  return {};
}

Result<void> Session::open_file(const std::string& path) {
  const auto refused = [&](const Error& error) {
    log_.error(error, "Cannot open " + std::filesystem::path(path).filename().string());
    return error;
  };
  const auto text = read_file(path);
  if (!text) return refused(text.error());
  if (is_game_id(*text)) return paste_text(*text);  // that is made in the background
  auto file = read_any(*text, &editor_.puzzle());
  if (!file) return refused(file.error());
  const bool own = path.ends_with(".trm");
  const bool playing = file->playing;
  leave_board();
  editor_.open(std::move(file->history));
  if (own) editor_.set_layer(playing ? Layer::answer : Layer::question);
  // A foreign file is never written over with our form.
  opened(own ? path : "", file->name);
  saved_revision_ = editor_.revision();
  add_recent(settings_, path);
  log_.say(Level::info, "Opened " + path);
  return {};
}

Result<void> Session::save_file(const std::string& path) {
  BoardFile file = board_file();
  file.path.clear();  // whoever gets the file has another one
  const auto written = write_file_atomic(path, format_board_file(file));
  if (!written) {
    log_.error(written.error(), "Not saved");
    return written;
  }
  path_ = path;
  saved_revision_ = editor_.revision();
  add_recent(settings_, path);
  log_.say(Level::good, "Saved " + path);
  return {};
}

Result<void> Session::paste_text(std::string_view text) {
  if (is_game_id(text)) {
    auto id = parse_game_id(text);
    if (id) {
      generate(std::move(*id));
      return {};
    }
    log_.error(id.error(), "Nothing was pasted");
    return id.error();
  }
  auto file = read_any(text, &editor_.puzzle());
  if (!file) {
    log_.error(file.error(), "Nothing was pasted");
    return file.error();
  }
  const Question& question = file->history.now().question;
  const bool same_puzzle = &question.puzzle() == &editor_.puzzle();
  if (same_puzzle && file->history.moments().size() == 1 && file->name.empty()) {
    if (auto put = editor_.replace_question(question, "paste"); !put) {
      log_.error(put.error(), "Nothing was pasted");
      return put;
    }
    log_.say(Level::info, "Pasted " + board_name(question));
    return {};
  }
  leave_board();
  editor_.open(std::move(file->history));
  opened("", file->name);
  log_.say(Level::info, "Pasted " + board_name(editor_.question()));
  return {};
}

std::string Session::copy_text(std::string_view form) const {
  const Puzzle& puzzle = editor_.puzzle();
  if (form.empty()) return puzzle.format(editor_.question());
  Draft draft = editor_.question().draft();
  draft.notation.form = form;
  const auto written = puzzle.make(std::move(draft));
  return written ? puzzle.format(*written) : puzzle.format_line(editor_.question());
}

std::string Session::copy_answer_text() const {
  return editor_.puzzle().format_answer(editor_.question(), editor_.now().entries);
}

}  // namespace trm::ui
