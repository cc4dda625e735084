// metrics.jsonl read back, smoothing, and plots: what is drawn and where.
#include "trainer/plot.h"

#include <cmath>
#include <limits>

#include "engine/pictures/png.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/trainer/files.h"
#include "trainer/metrics.h"

using namespace trm;
using namespace trm::test;

namespace {

std::string train_line(int step, double loss) {
  return "{\"step\":" + std::to_string(step) + ",\"minutes\":" + std::to_string(step * 0.5) +
         ",\"examples\":" + std::to_string(step * 8) + ",\"lm_loss\":" + std::to_string(loss) +
         ",\"exact\":0.5,\"examples_per_second\":3}\n";
}

std::string eval_line(int step, double solved) {
  return "{\"step\":" + std::to_string(step) +
         ",\"minutes\":1,\"examples\":8,\"eval\":{\"set\":"
         "{\"solved_rate\":" +
         std::to_string(solved) + ",\"exact_raw_rate\":0.25}}}\n";
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("Metrics: what a resumed run wrote again counts once, a torn last line is passed over",
          "[metrics]") {
  const TempDir dir;
  std::filesystem::create_directories(dir / "run");
  write_file(dir / "run/metrics.jsonl",
             train_line(1, 2) + train_line(5, 1.5) + eval_line(6, 0.1) + train_line(9, 1.25) +
                 train_line(4, 1.5) + eval_line(6, 0.2) + train_line(8, 1) + "{\"step\":9,\"min");
  const auto metrics = read_metrics(dir / "run");
  if (!metrics) FAIL(metrics.error().message);
  CHECK(metrics->name == "run");
  REQUIRE(metrics->train.size() == 3);
  CHECK(metrics->train[0].at.step == 1);
  CHECK(metrics->train[1].at.step == 4);
  CHECK(metrics->train[2].at.step == 8);
  CHECK(metrics->train[2].loss == 1);
  CHECK(metrics->train[2].at.examples == 64);
  REQUIRE(metrics->evals.at("set").size() == 1);
  CHECK(metrics->evals.at("set")[0].solved == Approx(0.2));
  CHECK(read_metrics(dir / "run/metrics.jsonl")->train.size() == 3);
}

TEST_CASE("Metrics: errors name the line or what is missing", "[metrics]") {
  const TempDir dir;
  CHECK(read_metrics(dir / "none").error().code == ErrorCode::not_found);
  write_file(dir / "bad.jsonl", train_line(1, 2) + "no json\n" + train_line(2, 2));
  const auto bad = read_metrics(dir / "bad.jsonl");
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().code == ErrorCode::invalid_data);
  CHECK(bad.error().message.find("line 2") != std::string::npos);
}

TEST_CASE("Smoothing begins unbiased and keeps a constant", "[metrics]") {
  const auto constant = smoothed({3, 3, 3}, 0.9);
  for (const double value : constant) CHECK(value == Approx(3));
  const auto two = smoothed({1, 2}, 0.5);
  CHECK(two[0] == Approx(1));
  CHECK(two[1] == Approx((0.25 * 1 + 0.5 * 2) / 0.75));
  CHECK(smoothed({1, 5, 2}, 0) == std::vector<double>{1, 5, 2});
}

TEST_CASE("A panel places points in its area and leaves out what is no number", "[plot]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Panel panel{"Loss", "x", "y", {{"a<b", {{0, 1}, {5, nan}, {10, 3}}, 0, false, false, true}}};
  const std::string svg = panels_svg({panel}, 900, 300);
  CHECK(svg.starts_with("<svg xmlns="));
  CHECK(svg.find("a&lt;b") != std::string::npos);
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.find(">-0<") == std::string::npos);
  CHECK(svg.find(">0<") != std::string::npos);
  CHECK(count(svg, "<circle") == 2);
  // x from the left edge to the right one of the plot area; y: above 0, three times as far up.
  CHECK(svg.find("points=\"64.0,") != std::string::npos);
  CHECK(svg.find(" 690.0,") != std::string::npos);
  panel.curves.clear();
  CHECK(panels_svg({panel}).find("no data") != std::string::npos);
  panel.curves.push_back({"zero", {{0, 0.0}, {1, -1}}});
  panel.log_y = true;  // no value above 0
  CHECK(panels_svg({panel}).find("no data") != std::string::npos);
}

TEST_CASE("A logarithmic x axis has equal room for equal ratios", "[plot]") {
  Panel panel{"Time", "ms", "%", {{"a", {{0, 9}, {1, 0}, {10, 50}, {100, 100}}}},
              false,  true, true};
  const std::string svg = panels_svg({panel}, 900, 300);
  // The value at 0 has no place; the others stand at the left edge, in the middle, at the right.
  CHECK(svg.find("points=\"64.0,") != std::string::npos);
  CHECK(svg.find(" 377.0,") != std::string::npos);
  CHECK(svg.find(" 690.0,") != std::string::npos);
  for (const char* tick : {">1<", ">10<", ">100<"}) CHECK(svg.find(tick) != std::string::npos);
}

TEST_CASE("Several runs are drawn over each other, each in its colour", "[plot]") {
  RunMetrics one{"one", {{{1, 1, 8}, 2, 0, 0}, {{2, 2, 16}, 1, 0.5, 0}}, {}};
  RunMetrics two = one;
  two.name = "two";
  two.evals["set"] = {{{2, 2, 16}, 0.75, 0.5}};
  PlotOptions options;
  options.x = PlotAxis::examples;
  options.smooth = 0;
  const auto panels = run_panels({one, two}, options);
  REQUIRE(panels.size() == 3);
  CHECK(panels[0].curves[1].name == "one");
  CHECK(panels[0].curves[3].name == "two");
  CHECK(panels[0].curves[1].colour != panels[0].curves[3].colour);
  CHECK(panels[0].curves[1].points == std::vector<std::pair<double, double>>{{8, 2}, {16, 1}});
  CHECK(panels[1].curves[1].points.back().second == 50);
  REQUIRE(panels[2].curves.size() == 2);
  CHECK(panels[2].curves[0].name == "two, set");
  CHECK(panels[2].curves[0].points.front() == std::pair<double, double>{16, 75});
}

TEST_CASE("Pictures are SVG or PNG by the file's ending", "[plot]") {
  const TempDir dir;
  const std::string svg = panels_svg({{"Loss", "x", "y", {{"a", {{0, 1}, {1, 2}}}}}}, 90, 60);
  REQUIRE(write_picture(dir / "a.svg", svg).ok());
  CHECK(read_file(dir / "a.svg") == svg);
  REQUIRE(write_picture(dir / "a.png", svg).ok());
  const std::string png = read_file(dir / "a.png");
  REQUIRE(png.size() > 24);
  CHECK(png.starts_with("\x89PNG\r\n\x1a\n"));
  // Width and height in the header, big-endian: twice as many pixels a side.
  CHECK(png.substr(16, 8) == std::string("\0\0\0\xb4\0\0\0\x78", 8));
  CHECK(svg_to_png("no picture").error().code == ErrorCode::invalid_data);
  CHECK(svg_to_png(svg, 1e6).error().code == ErrorCode::too_large);
}
