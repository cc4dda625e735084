#include "bench/policy.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "bench/bench.h"

namespace trm::bench {

SolveRequest plain_request(const Question& question) {
  SolveRequest request(question);
  request.rules_ms = 0;
  return request;
}

void set_deterministic(SolverOptions& options) { options.deterministic = true; }

std::vector<Policy> default_policies() {
  std::vector<Policy> policies;
  for (const char* text :
       {"plain:attempts=1", "long:attempts=1,max_steps=64",
        "settled:attempts=1,max_steps=64,settle_steps=4",
        "noise:symmetries=false,start_noise=0,noise=0.3", "symmetries:start_noise=0",
        "restarts:symmetries=false", "default", "many:attempts=32"}) {
    policies.push_back(parse_policy(text).value());
  }
  return policies;
}

// --- Text
// -----------------------------------------------------------------------------------------

namespace {

Error bad(std::string_view text, const std::string& problem) {
  return fail(ErrorCode::invalid_field, "--policy \"" + std::string(text) + "\": " + problem,
              "policy");
}

/// Reads "key=value" into the policy; what is wrong with it, or nothing.
std::string read_field(const std::string& pair, Policy& policy) {
  const auto equals = pair.find('=');
  const std::string key = pair.substr(0, equals);
  if (equals == std::string::npos) return "expected key=value in place of \"" + pair + "\"";
  const std::string value = pair.substr(equals + 1);
  const auto read = [&](auto& target, const char* kind) -> std::string {
    if (!value.empty() && CLI::detail::lexical_cast(value, target)) return "";
    return key + " must be " + kind + ", not \"" + value + "\"";
  };
  if (key == "attempts") return read(policy.attempts, "a whole number");
  if (key == "max_steps") return read(policy.max_steps, "a whole number");
  if (key == "suppose") return read(policy.suppose, "a whole number");
  if (key == "settle_steps") return read(policy.settle_steps, "a whole number");
  if (key == "noise") return read(policy.noise, "a number");
  if (key == "start_noise") return read(policy.start_noise, "a number");
  if (key != "symmetries" && key != "halt") {
    return "unknown key \"" + key +
           "\"; there are attempts, max_steps, suppose, noise, start_noise, symmetries, "
           "settle_steps, halt";
  }
  if (value != "true" && value != "false") return key + " must be true or false";
  (key == "halt" ? policy.halt : policy.symmetries) = value == "true";
  return "";
}

}  // namespace

Result<Policy> parse_policy(std::string_view text) {
  const auto colon = text.find(':');
  Policy policy;
  policy.name = text.substr(0, colon);
  if (policy.name.empty()) return bad(text, "expected name:key=value,...");
  if (policy.name.find('=') != std::string::npos) {
    return bad(text, "a name and a colon come first: name:key=value,...");
  }
  if (colon == std::string_view::npos) return policy;
  std::string_view rest = text.substr(colon + 1);
  for (bool more = true; more;) {
    const auto comma = rest.find(',');
    const std::string problem = read_field(std::string(rest.substr(0, comma)), policy);
    if (!problem.empty()) return bad(text, problem);
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
  }
  return policy;
}

std::string policy_text(const Policy& p) {
  char text[200];
  std::snprintf(
      text, sizeof text,
      "attempts=%d,max_steps=%d,suppose=%d,noise=%g,start_noise=%g,symmetries=%s,settle_steps=%d,"
      "halt=%s",
      p.attempts, p.max_steps, p.suppose, p.noise, p.start_noise, p.symmetries ? "true" : "false",
      p.settle_steps, p.halt ? "true" : "false");
  return text;
}

}  // namespace trm::bench
