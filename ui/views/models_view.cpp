#include "ui/views/models_view.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "ui/app/theme.h"
#include "ui/app/widgets.h"
#include "ui/views/words.h"

namespace trm::ui {
namespace {

/// A word as a shell reads it.
std::string quoted(const std::string& word) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./=:,+@%").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string command_text(const TrainingOptions& options) {
  std::string text;
  for (const auto& command : Training::commands("trm_trainer", options)) {
    if (!text.empty()) text += " &&\n";
    for (const std::string& word : command) text += quoted(word) + " ";
    text.pop_back();
  }
  return text;
}

std::string details_of(const ModelInfo& model) {
  const Arch& arch = model.arch;
  std::string text = std::string(mixer_name(arch.mixer)) + " network, width " +
                     std::to_string(arch.hidden_size) + ", " + plural(arch.L_layers, "layer") +
                     ", " + std::to_string(arch.H_cycles) + " x " + std::to_string(arch.L_cycles) +
                     " cycles a step, trained with " + plural(arch.halt_max_steps, "step");
  constexpr std::size_t kMostNamed = 4;
  if (arch.relations.size() > kMostNamed) {
    text += "; sees " + std::to_string(arch.relations.size()) + " relations between cells";
  } else if (!arch.relations.empty()) {
    text += "; sees " + joined(arch.relations, ", ");
  }
  if (!model.licence.empty()) text += ". Licence: " + model.licence;
  return text;
}

}  // namespace

void ModelsView::draw_content(Session& session, Shell& shell) {
  list(session);
  ImGui::Spacing();
  heading("Train");
  progress(session);
  setup(session, shell);
}

void ModelsView::list(Session& session) {
  if (list_.refresh(session, true)) {
    cards_.clear();
    for (const ModelInfo& model : list_.models())
      cards_.push_back({model.name,
                        model.puzzle + ", " + parameters_text(model.parameters) + ", sizes " +
                            (model.sizes.empty() ? "unknown" : joined(model.sizes, ", ")),
                        details_of(model)});
  }
  heading("Loaded");
  if (!session.can_solve()) {
    colored_text(colors().fair, session.why_no_solver());
  } else if (cards_.empty()) {
    muted("No model is loaded. Put .safetensors files into the models folder, or train one here.");
  }
  for (const Card& card : cards_) {
    text(card.name);
    if (ImGui::IsItemHovered()) tooltip(card.details);
    muted(card.summary.c_str());
    muted(card.details.c_str());
    ImGui::Spacing();
  }
  if (button("models/reload", "Reload", "Read new and changed model files", session.can_solve())) {
    session.reload_models();  // says itself what went wrong
    list_.forget();
  }
}

TrainingOptions ModelsView::options(Session& session) const {
  TrainingOptions options = session.training_options();
  if (!config_.empty()) options.config = config_;
  options.minutes = minutes_;
  return options;
}

void ModelsView::setup(Session& session, Shell& shell) {
  const bool running = session.training() != nullptr && session.training()->running();
  if (running) return;
  muted(
      "A model of your own for this puzzle. Without a data file the boards are generated; "
      "'Add to data set' collects boards that you draw.");
  input_text("models/data", "Data file", session.settings().data_file, "generated boards");
  input_text("models/config", "Config", config_, "standard");
  slider("models/minutes", "Minutes", minutes_, 1, 600);
  // The folders are looked at once for each state of the form, not in every frame.
  const std::string form = session.editor().puzzle().name() + '\n' + session.settings().data_file +
                           '\n' + config_ + '\n' + std::to_string(minutes_);
  if (form != form_) {
    form_ = form;
    chosen_ = options(session);
    command_ = command_text(chosen_);
  }
  if (primary_button("models/train", "Train", "In a process of its own, on one core")) {
    const auto started = session.start_training(chosen_);
    form_.clear();
    error_ = started ? "" : started.error().message;
  }
  if (!error_.empty()) colored_text(colors().bad, error_);
  muted("The same in a terminal:");
  if (fonts().mono != nullptr) ImGui::PushFont(fonts().mono);
  text(command_);
  if (fonts().mono != nullptr) ImGui::PopFont();
  if (button("models/copy_command", "Copy command")) shell.clipboard = command_;
}

void ModelsView::progress(Session& session) {
  const Training* training = session.training();
  if (training == nullptr) return;
  if (training->running()) {
    std::string words = training->stopping() ? "Saving; this may take a minute" : "Starting";
    float share = -1;
    if (const auto& now = training->progress(); now && !training->stopping()) {
      share = static_cast<float>(now->share);
      words = percent(now->share) + ", " +
              std::to_string(static_cast<int>(std::ceil(now->minutes_left))) + " min left";
    }
    progress_bar(share, words.c_str());
    if (button("models/stop", "Stop", "Save and end; training again continues it"))
      session.stop_training();
  } else {
    text(capitalised(training->outcome()) + ".");
    if (!session.trained_model().empty())
      muted(("It solves from now on as " + session.trained_model() + ".").c_str());
  }
  curves(*training);
  if (training->output().empty()) return;
  muted("Output:");
  constexpr float kLines = 8;
  ImGui::BeginChild("output", {0, kLines * ImGui::GetTextLineHeightWithSpacing()}, true,
                    ImGuiWindowFlags_HorizontalScrollbar);
  const bool at_end = ImGui::GetScrollY() >= ImGui::GetScrollMaxY();
  for (const std::string& line : training->output())
    ImGui::TextUnformatted(line.data(), line.data() + line.size());
  if (at_end) ImGui::SetScrollHereY(1);
  ImGui::EndChild();
}

void ModelsView::curves(const Training& training) {
  const auto& curve = training.curve();
  if (curve.size() < loss_.size()) {
    loss_.clear();
    exact_.clear();
  }
  for (std::size_t i = loss_.size(); i < curve.size(); ++i) {
    loss_.push_back(static_cast<float>(curve[i].loss));
    exact_.push_back(static_cast<float>(curve[i].exact));
  }
  if (loss_.size() < 2) return;
  const float height = 4 * line_height();
  const float top = *std::max_element(loss_.begin(), loss_.end());
  plot("models/plot/loss", "Loss", loss_, -1, 0, std::max(top, 1e-6f), height);
  plot("models/plot/exact", "Boards right", exact_, -1, 0, 1, height);
}

}  // namespace trm::ui
