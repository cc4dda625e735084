// Curves as SVG. Torch-free.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "trainer/metrics.h"

namespace trm {

/// One line of a panel.
struct Curve {
  std::string name;                               ///< in the legend; empty: not there
  std::vector<std::pair<double, double>> points;  ///< values that are no number are left out
  int colour = 0;                                 ///< index into a palette for the colour-blind
  bool dashed = false, faint = false, markers = false;
};

/// One diagram.
struct Panel {
  std::string title, x_label, y_label;
  std::vector<Curve> curves;
  bool log_y = false;    ///< values above 0 only
  bool percent = false;  ///< y from 0 to 100
  bool log_x = false;    ///< values above 0 only
};

/// Panels one below the other; a panel without points says so. Width and height in pixels.
std::string panels_svg(const std::vector<Panel>& panels, int width = 900, int panel_height = 300);

/// What a plot of runs shows along x.
enum class PlotAxis { minutes, examples, steps };

struct PlotOptions {
  PlotAxis x = PlotAxis::minutes;
  double smooth = 0.9;  ///< of loss and training exact, see smoothed()
  bool log_loss = false;
};

/// Loss, training exact and held-out rates of several runs over each other.
std::vector<Panel> run_panels(const std::vector<RunMetrics>& runs, const PlotOptions& options);

}  // namespace trm
