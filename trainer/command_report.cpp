// trm_trainer plot, ablate.
#include <unistd.h>

#include <iostream>
#include <memory>

#include "engine/pictures/png.h"
#include "trainer/ablate.h"
#include "trainer/command.h"
#include "trainer/console.h"
#include "trainer/plot.h"

namespace trm {
namespace {

struct PlotArguments {
  std::vector<std::string> runs;
  std::string out = "plot.svg", x = "minutes";
  PlotOptions options;
};

int plot(PlotArguments& arguments) {
  std::vector<RunMetrics> runs;
  for (const auto& run : arguments.runs) {
    auto metrics = read_metrics(run);
    if (!metrics) return report(metrics.error());
    runs.push_back(std::move(*metrics));
  }
  if (arguments.x == "examples") arguments.options.x = PlotAxis::examples;
  if (arguments.x == "steps") arguments.options.x = PlotAxis::steps;
  const std::string svg = panels_svg(run_panels(runs, arguments.options));
  if (auto written = write_picture(arguments.out, svg); !written) return report(written.error());
  std::cout << arguments.out << "\n";
  return 0;
}

struct AblateArguments {
  ConfigArguments config;
  std::string out = "runs/ablation", device = "auto";
};

int ablate_command(const AblateArguments& arguments) {
  const auto config = load_raw_config(arguments.config);
  if (!config) return report(config.error());
  const auto device = parse_device(arguments.device);
  if (!device) return report(device.error());
  RunOptions options;
  options.out = arguments.out;
  options.device = *device;
  options.threads = arguments.config.threads;
  options.command = command_of("ablate", arguments.config);
  const auto& stop = stop_on_signals();
  Console console(std::cout, isatty(STDOUT_FILENO) != 0);
  const auto rows = ablate(*config, options, console, stop);
  console.end_line();
  if (!rows) return report(rows.error());
  std::cout << ablation_table(*rows) << "written to " << arguments.out
            << "/ablation.md, .json, .svg\n";
  if (rows->size() < standard_variants().size())
    std::cout << "stopped; the same command continues\n";
  return 0;
}

}  // namespace

void add_report_commands(Commands& commands) {
  auto p = std::make_shared<PlotArguments>();
  auto* plot_command = commands.add("plot", "draw the curves of runs over each other");
  plot_command->add_option("runs", p->runs, "folders of runs, or metrics.jsonl files")->required();
  plot_command->add_option("-o,--out", p->out, "file to write, .svg or .png; default plot.svg");
  plot_command->add_option("--x", p->x, "minutes, examples or steps")
      ->check(CLI::IsMember({"minutes", "examples", "steps"}));
  plot_command->add_option("--smooth", p->options.smooth, "0: none, towards 1: more")
      ->check(CLI::Range(0.0, 0.999));
  plot_command->add_flag("--log-loss", p->options.log_loss, "logarithmic loss");
  plot_command->footer("Example: trm_trainer plot runs/one runs/two --x examples -o curves.svg");
  commands.on(plot_command, [p] { return plot(*p); });

  auto a = std::make_shared<AblateArguments>();
  auto* ablate_cli = commands.add(
      "ablate", "four runs that differ in EMA, recursion and size; one table, one plot");
  add_config_options(*ablate_cli, a->config);
  ablate_cli->add_option("--out", a->out, "folder; default runs/ablation");
  ablate_cli->add_option("--device", a->device, "cpu, cuda[:N] or auto");
  ablate_cli->footer(
      "Continues where it was interrupted.\n"
      "Example: trm_trainer ablate --preset NAME --epochs 10");
  commands.on(ablate_cli, [a] { return ablate_command(*a); });
}

}  // namespace trm
