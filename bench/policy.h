// A policy of attempts: how a solver spends its time on a board.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/solver.h"

namespace trm::bench {

struct Policy : AttemptPolicy {
  std::string name;
};

/// Reads "name:attempts=4,noise=0.1,symmetries=false"; what it leaves out is the engine's default.
/// Errors: invalid_field naming what is wrong.
Result<Policy> parse_policy(std::string_view text);

/// "attempts=8,max_steps=16,...": every field, for tables and JSON.
std::string policy_text(const Policy& policy);

/// Policies worth comparing.
std::vector<Policy> default_policies();

/// A request that spends no time beside the model's: the rule solver is not asked.
SolveRequest plain_request(const Question& question);

/// Makes answers independent of what else runs.
void set_deterministic(SolverOptions& options);

}  // namespace trm::bench
