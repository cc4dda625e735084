#include "trainer/plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "puzzles/svg_canvas.h"

namespace trm {
namespace {

// Okabe & Ito 2008, without yellow, which is too light for lines on white.
constexpr const char* kColours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                    "#56b4e9", "#e69f00", "#333333"};
constexpr double kLeft = 64, kRight = 210, kTop = 36, kBottom = 46;

std::string fixed(double value, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

// "12", "0.05", "3k", "1.2M".
std::string tick_text(double value, double step) {
  const double size = std::abs(value);
  if (size >= 1e6) return fixed(value / 1e6, step < 1e6 ? 1 : 0) + "M";
  if (size >= 1e4) return fixed(value / 1e3, step < 1e3 ? 1 : 0) + "k";
  const int digits = step >= 1 ? 0 : static_cast<int>(std::ceil(-std::log10(step) - 1e-9));
  return fixed(value, std::clamp(digits, 0, 6));
}

/// A linear or logarithmic axis in data units.
struct Axis {
  double low = 0, high = 1;
  bool log = false;
  double place(double value) const {  // 0..1
    if (log) return std::log(value / low) / std::log(high / low);
    return (value - low) / (high - low);
  }
};

std::vector<double> ticks_of(const Axis& axis, int most, double& step) {
  std::vector<double> ticks;
  if (axis.log) {
    step = axis.low;
    for (double decade = std::pow(10, std::floor(std::log10(axis.low))); decade <= axis.high;
         decade *= 10) {
      for (const double digit : {1.0, 2.0, 5.0}) {
        const double value = decade * digit;
        if (value >= axis.low * 0.999 && value <= axis.high * 1.001) ticks.push_back(value);
      }
    }
    return ticks;
  }
  const double raw = (axis.high - axis.low) / most;
  const double decade = std::pow(10, std::floor(std::log10(raw)));
  step = decade * 10;
  for (const double digit : {1.0, 2.0, 5.0}) {
    if (digit * decade >= raw) {
      step = digit * decade;
      break;
    }
  }
  for (double value = std::ceil(axis.low / step - 1e-9) * step; value <= axis.high + step * 1e-6;
       value += step) {
    ticks.push_back(std::abs(value) < step * 1e-6 ? 0 : value);  // no "-0"
  }
  return ticks;
}

bool usable(const Panel& panel, const std::pair<double, double>& point) {
  return std::isfinite(point.first) && std::isfinite(point.second) &&
         (!panel.log_x || point.first > 0) && (!panel.log_y || point.second > 0);
}

/// Both axes of a panel; false if it has no point.
bool axes_of(const Panel& panel, Axis& x, Axis& y) {
  double x_low = std::numeric_limits<double>::infinity(), x_high = -x_low;
  double y_low = x_low, y_high = -x_low;
  for (const Curve& curve : panel.curves) {
    for (const auto& point : curve.points) {
      if (!usable(panel, point)) continue;
      x_low = std::min(x_low, point.first), x_high = std::max(x_high, point.first);
      y_low = std::min(y_low, point.second), y_high = std::max(y_high, point.second);
    }
  }
  if (x_low > x_high) return false;
  if (x_high == x_low) x_high = x_low + 1;
  x = {panel.log_x ? x_low : std::min(0.0, x_low), x_high, panel.log_x};
  y.log = panel.log_y;
  if (panel.percent) {
    y.low = 0, y.high = 100;
  } else if (panel.log_y) {
    y.low = y_low / 1.1, y.high = std::max(y_high * 1.1, y_low * 2);
  } else {
    const double room = y_high > y_low ? 0.05 * (y_high - y_low) : std::abs(y_high) * 0.1 + 0.1;
    y.low = y_low >= 0 ? std::max(0.0, y_low - room) : y_low - room;
    y.high = y_high + room;
  }
  return true;
}

class Drawer {
 public:
  Drawer(const Panel& panel, double top, double width, double height)
      : panel_(panel),
        top_(top),
        width_(width - kLeft - kRight),
        height_(height - kTop - kBottom) {}

  std::string draw() {
    text(kLeft, top_ - 14, "start", 15, "#111111", panel_.title, "600");
    if (!axes_of(panel_, x_, y_)) {
      text(kLeft + width_ / 2, top_ + height_ / 2, "middle", 14, "#888888", "no data");
      return out_;
    }
    grid();
    for (const bool faint : {true, false}) {  // the raw values lie below the smoothed ones
      for (const Curve& curve : panel_.curves) {
        if (curve.faint == faint) line(curve);
      }
    }
    legend();
    return out_;
  }

 private:
  double x_at(double value) const { return kLeft + width_ * x_.place(value); }
  double y_at(double value) const { return top_ + height_ * (1 - y_.place(value)); }

  void text(double x, double y, const char* anchor, int size, const char* colour,
            const std::string& content, const char* weight = "400") {
    out_ += "<text x=\"" + fixed(x, 1) + "\" y=\"" + fixed(y, 1) + "\" text-anchor=\"" + anchor +
            "\" font-size=\"" + std::to_string(size) + "\" font-weight=\"" + weight + "\" fill=\"" +
            colour + "\">" + xml_escaped(content) + "</text>\n";
  }
  void rule(double x1, double y1, double x2, double y2, const char* colour) {
    out_ += "<line x1=\"" + fixed(x1, 1) + "\" y1=\"" + fixed(y1, 1) + "\" x2=\"" + fixed(x2, 1) +
            "\" y2=\"" + fixed(y2, 1) + "\" stroke=\"" + colour + "\"/>\n";
  }

  void grid() {
    double step = 1;
    for (const double value : ticks_of(y_, 5, step)) {
      rule(kLeft, y_at(value), kLeft + width_, y_at(value), "#e6e6e6");
      text(kLeft - 8, y_at(value) + 4, "end", 12, "#444444",
           tick_text(value, y_.log ? value : step));
    }
    for (const double value : ticks_of(x_, 8, step)) {
      rule(x_at(value), top_, x_at(value), top_ + height_, "#f2f2f2");
      text(x_at(value), top_ + height_ + 18, "middle", 12, "#444444",
           tick_text(value, x_.log ? value : step));
    }
    rule(kLeft, top_ + height_, kLeft + width_, top_ + height_, "#888888");
    text(kLeft + width_ / 2, top_ + height_ + 37, "middle", 12, "#444444", panel_.x_label);
    const double middle = top_ + height_ / 2;
    out_ +=
        "<text x=\"16\" y=\"" + fixed(middle, 1) +
        "\" text-anchor=\"middle\" font-size=\"12\" fill=\"#444444\" transform=\"rotate(-90 16 " +
        fixed(middle, 1) + ")\">" + xml_escaped(panel_.y_label) + "</text>\n";
  }

  static std::string stroke(const Curve& curve) {
    std::string style = std::string(" stroke=\"") + kColours[curve.colour % 7] + "\"";
    style += curve.faint ? " stroke-width=\"1\" stroke-opacity=\"0.28\"" : " stroke-width=\"2\"";
    if (curve.dashed) style += " stroke-dasharray=\"6 4\"";
    return style;
  }

  void line(const Curve& curve) {
    std::string points, markers;
    for (const auto& point : curve.points) {
      if (!usable(panel_, point)) continue;
      const std::string x = fixed(x_at(point.first), 1), y = fixed(y_at(point.second), 1);
      points += (points.empty() ? "" : " ") + x + "," + y;
      if (curve.markers) {
        markers += "<circle cx=\"" + x + "\" cy=\"" + y + "\" r=\"3\" fill=\"" +
                   kColours[curve.colour % 7] + "\"/>\n";
      }
    }
    out_ += "<polyline fill=\"none\" stroke-linejoin=\"round\"" + stroke(curve) + " points=\"" +
            points + "\"/>\n" + markers;
  }

  void legend() {
    double y = top_ + 8;
    const double x = kLeft + width_ + 14;
    for (const Curve& curve : panel_.curves) {
      if (curve.name.empty()) continue;
      out_ += "<line x1=\"" + fixed(x, 1) + "\" y1=\"" + fixed(y - 4, 1) + "\" x2=\"" +
              fixed(x + 22, 1) + "\" y2=\"" + fixed(y - 4, 1) + "\"" + stroke(curve) + "/>\n";
      constexpr std::size_t kLongest = 26;
      text(x + 28, y, "start", 12, "#222222",
           curve.name.size() > kLongest ? curve.name.substr(0, kLongest - 3) + "..." : curve.name);
      y += 18;
    }
  }

  const Panel& panel_;
  double top_, width_, height_;
  Axis x_, y_;
  std::string out_;
};

double along(const MetricTime& at, PlotAxis axis) {
  switch (axis) {
    case PlotAxis::examples:
      return at.examples;
    case PlotAxis::steps:
      return at.step;
    default:
      return at.minutes;
  }
}

// A curve of training points, raw and smoothed.
template <class Value>
void add_training(Panel& panel, const RunMetrics& run, int colour, const PlotOptions& options,
                  Value&& value_of) {
  Curve raw{"", {}, colour, false, true, false}, smooth{run.name, {}, colour, false, false, false};
  std::vector<double> values;
  for (const TrainPoint& point : run.train) values.push_back(value_of(point));
  const auto means = smoothed(values, options.smooth);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = along(run.train[i].at, options.x);
    raw.points.emplace_back(x, values[i]);
    smooth.points.emplace_back(x, means[i]);
  }
  panel.curves.push_back(std::move(raw));
  panel.curves.push_back(std::move(smooth));
}

void add_evaluations(Panel& panel, const RunMetrics& run, int& colour, bool several,
                     PlotAxis axis) {
  for (const auto& [set, points] : run.evals) {
    const std::string name = several ? run.name + ", " + set : set;
    Curve solved{name, {}, colour, false, false, true}, exact{"", {}, colour, true, false, false};
    for (const EvalPoint& point : points) {
      solved.points.emplace_back(along(point.at, axis), 100 * point.solved);
      exact.points.emplace_back(along(point.at, axis), 100 * point.exact_raw);
    }
    panel.curves.push_back(std::move(solved));
    panel.curves.push_back(std::move(exact));
    ++colour;
  }
}

}  // namespace

std::string panels_svg(const std::vector<Panel>& panels, int width, int panel_height) {
  const int height = panel_height * static_cast<int>(panels.size());
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + std::to_string(width) +
                    "\" height=\"" + std::to_string(height) + "\" viewBox=\"0 0 " +
                    std::to_string(width) + " " + std::to_string(height) +
                    "\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\">\n"
                    "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  double top = kTop;
  for (const Panel& panel : panels) {
    svg += Drawer(panel, top, width, panel_height).draw();
    top += panel_height;
  }
  return svg + "</svg>\n";
}

std::vector<Panel> run_panels(const std::vector<RunMetrics>& runs, const PlotOptions& options) {
  static constexpr const char* kAxes[] = {"training time in minutes", "examples drawn",
                                          "supervision steps"};
  const char* axis = kAxes[static_cast<int>(options.x)];
  Panel loss{"Training loss", axis, "cross entropy a row", {}, options.log_loss, false};
  Panel exact{"Training boards that were exactly right", axis, "%", {}, false, true};
  Panel held_out{"Held-out boards: solved (solid), exact (dashed)", axis, "%", {}, false, true};
  int run_colour = 0, set_colour = 0;
  for (const RunMetrics& run : runs) {
    add_training(loss, run, run_colour, options, [](const TrainPoint& p) { return p.loss; });
    add_training(exact, run, run_colour, options,
                 [](const TrainPoint& p) { return 100 * p.exact; });
    add_evaluations(held_out, run, set_colour, runs.size() > 1, options.x);
    ++run_colour;
  }
  return {loss, exact, held_out};
}

}  // namespace trm
