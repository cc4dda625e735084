// A policy of attempts: how a solver spends its time on a board.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/solver.h"

namespace trm::bench {

/// The fields of a SolveRequest that say how attempts are made.
struct Policy {
  std::string name;
  int attempts = 1;
  int max_steps = 16;
  double noise = 0;
  double start_noise = 0;
  bool symmetries = true;
  int settle_steps = 0;
};

/// Reads "name:attempts=8,noise=0.1,symmetries=false"; a name alone has the defaults. Errors:
/// invalid_field naming what is wrong.
Result<Policy> parse_policy(std::string_view text);

/// "attempts=8,max_steps=16,...": every field, for tables and JSON.
std::string policy_text(const Policy& policy);

/// Policies worth comparing.
std::vector<Policy> default_policies();

/// Puts a policy into a request.
void apply(const Policy& policy, SolveRequest& request);

/// A request that spends no time beside the model's: the rule solver is not asked.
SolveRequest plain_request(const Question& question);

/// Makes answers independent of what else runs.
void set_deterministic(SolverOptions& options);

}  // namespace trm::bench
