// `trm_bench policies`: solved boards against time, for several ways to spend it.
#include <algorithm>
#include <fstream>
#include <memory>
#include <set>

#include "bench/policy.h"
#include "bench/solving.h"
#include "trainer/plot.h"

namespace trm::bench {
namespace {

struct Arguments : SolvingArguments {
  std::vector<std::string> policies;
  std::int64_t deadline_ms = 0;
  std::string svg;
};

std::vector<Column> columns() {
  return {{"policy", "policy", 18, kText},
          {"boards", "boards", 6},
          {"verified", "verified", 8},
          {"verified_share", "share", 7, 1, 100, " %"},
          {"mean_steps", "steps", 7, 2},
          {"mean_ms", "mean ms", 9, 1},
          {"p50_ms", "p50 ms", 9, 1},
          {"p95_ms", "p95 ms", 9, 1},
          {"boards_per_second", "boards/s", 8, 2},
          {"settings", "settings", 20, kText}};
}

Result<std::vector<Policy>> read_policies(const std::vector<std::string>& texts) {
  if (texts.empty()) return default_policies();
  std::vector<Policy> policies;
  std::set<std::string> names;
  for (const auto& text : texts) {
    auto policy = parse_policy(text);
    if (!policy) return policy.error();
    if (!names.insert(policy->name).second) {
      return fail(ErrorCode::invalid_field, "two policies are called " + policy->name, "policy");
    }
    policies.push_back(std::move(*policy));
  }
  return policies;
}

MakeRequest request_of(const Policy& policy, const Arguments& a) {
  return [&policy, &a](const Question& question) -> Result<SolveRequest> {
    SolveRequest request = plain_request(question);
    request.model = a.engine.model;
    request.seed = a.boards.seed;
    if (a.deadline_ms > 0) request.deadline = std::chrono::milliseconds(a.deadline_ms);
    static_cast<AttemptPolicy&>(request) = policy;
    return request;
  };
}

/// One board at a time, so that its time is its own; policies take turns, so that a change in the
/// machine's mood meets all of them.
Result<std::vector<std::vector<Outcome>>> solve_in_turns(Solver& solver, const BoardList& list,
                                                         const std::vector<Policy>& policies,
                                                         const Arguments& a) {
  std::vector<std::vector<Outcome>> outcomes(policies.size());
  Ticker ticker("boards");
  for (std::size_t i = 0; i < list.boards.size(); ++i) {
    for (std::size_t p = 0; p < policies.size(); ++p) {
      // Who is first changes from board to board: the first finds colder caches.
      const std::size_t turn = (p + i) % policies.size();
      auto outcome = solve_board(solver, list.boards[i], i, request_of(policies[turn], a));
      if (!outcome) return outcome.error();
      outcomes[turn].push_back(std::move(*outcome));
    }
    ticker(static_cast<std::int64_t>(i + 1), static_cast<std::int64_t>(list.boards.size()));
  }
  return outcomes;
}

/// Points (milliseconds, share solved within them), a staircase of at most `most` steps.
std::vector<std::pair<double, double>> curve_of(const std::vector<Outcome>& outcomes, double end,
                                                std::size_t most) {
  std::vector<double> times;
  for (const Outcome& outcome : outcomes) {
    if (outcome.verified) times.push_back(1000 * outcome.seconds);
  }
  std::sort(times.begin(), times.end());
  std::vector<std::pair<double, double>> points;
  const std::size_t stride = std::max<std::size_t>(1, times.size() / most);
  double before = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if ((i + 1) % stride != 0 && i + 1 != times.size()) continue;
    const double solved = share(static_cast<double>(i + 1), static_cast<double>(outcomes.size()));
    points.emplace_back(times[i], before);
    points.emplace_back(times[i], solved);
    before = solved;
  }
  if (!points.empty()) points.emplace_back(std::max(end, points.back().first), before);
  return points;
}

Json row_of(const Policy& policy, const std::vector<Outcome>& outcomes, const BoardList& list,
            const Solver& solver) {
  const Summary sum = summarise(outcomes);
  Json row = Json::object(), curve = Json::array();
  row.set("puzzle", list.puzzle->name()).set("source", list.source);
  set_engine(row, solver, outcomes.front().model);
  row.set("policy", policy.name).set("settings", policy_text(policy));
  row.set("boards", sum.boards).set("verified", sum.verified);
  row.set("verified_share", sum.verified_share()).set("mean_steps", sum.mean_steps());
  row.set("mean_ms", 1000 * mean(sum.seconds)).set("p50_ms", 1000 * percentile(sum.seconds, 50));
  row.set("p95_ms", 1000 * percentile(sum.seconds, 95));
  row.set("boards_per_second", share(1, mean(sum.seconds)));
  for (const auto& [ms, solved] : curve_of(outcomes, 0, 50)) {
    curve.push(Json::array().push(ms).push(solved));
  }
  return row.set("curve", std::move(curve));
}

Result<void> write_plot(const std::string& path, const std::vector<Policy>& policies,
                        const std::vector<std::vector<Outcome>>& outcomes, const BoardList& list) {
  double end = 0;
  for (const auto& of_policy : outcomes) {
    for (const Outcome& outcome : of_policy) end = std::max(end, 1000 * outcome.seconds);
  }
  Panel panel{std::to_string(list.boards.size()) + " boards (" + list.source + ")",
              "time for a board in milliseconds",
              "% verified within it",
              {},
              false,
              true,
              true};
  for (std::size_t p = 0; p < policies.size(); ++p) {
    Curve curve{policies[p].name, curve_of(outcomes[p], end, 400), static_cast<int>(p % 7)};
    curve.dashed = p >= 7;  // the palette begins again
    for (auto& point : curve.points) point.second *= 100;
    panel.curves.push_back(std::move(curve));
  }
  std::ofstream out(path, std::ios::binary);
  out << panels_svg({panel}, 900, 420) << std::flush;
  if (!out) return fail(ErrorCode::io_error, "cannot write " + path, "svg");
  return {};
}

int run(const Arguments& a) {
  const auto policies = read_policies(a.policies);
  if (!policies) return complain(policies.error());
  const auto list = make_boards(a.boards);
  if (!list) return complain(list.error());
  auto solver = make_solver(a.engine, a.common);
  if (!solver) return complain(solver.error());
  const auto outcomes = solve_in_turns(**solver, *list, *policies, a);
  if (!outcomes) return complain(outcomes.error());
  Report report("policies", columns(), a.common.json);
  for (std::size_t p = 0; p < policies->size(); ++p) {
    report.row(row_of((*policies)[p], (*outcomes)[p], *list, **solver));
  }
  if (a.svg.empty()) return 0;
  const auto written = write_plot(a.svg, *policies, *outcomes, *list);
  return written ? 0 : complain(written.error());
}

}  // namespace

void add_policies_command(Commands& commands) {
  auto a = std::make_shared<Arguments>();
  auto* command = commands.add("policies", "Solved boards against time for policies of attempts");
  command->add_option(
      "--policy", a->policies,
      "name:key=value,... with attempts, max_steps, suppose, noise, start_noise, symmetries, "
      "settle_steps, halt; what is left out is the engine's default; repeatable (default: a "
      "list of useful ones)");
  command->add_option("--deadline-ms", a->deadline_ms, "Time for a board at most; 0: none")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{86'400'000}))
      ->capture_default_str();
  command->add_option("--svg", a->svg, "Plot: share verified within a time, one curve a policy");
  add_solving_options(*command, *a);
  add_precision_option(*command, a->engine);
  command->footer(
      "One board at a time; the policies take turns on it. steps: of all attempts of a board. A\n"
      "curve ends at its policy's share verified.\n"
      "Examples:\n"
      "  trm_bench policies --difficulty hard --count 200 --svg policies.svg\n"
      "  trm_bench policies --file boards.csv.gz --policy one:attempts=1 --policy "
      "more:attempts=32\n"
      "  trm_bench policies --file boards.txt --policy "
      "noisy:noise=0.1,start_noise=0,symmetries=false");
  commands.on(command, [a] { return run(*a); });
}

}  // namespace trm::bench
