#include "bench/machine.h"

#ifdef TRM_WITH_TORCH
#include <torch/version.h>
#endif

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

namespace trm::bench {
namespace {

/// The text after "key : " in a file of such lines; empty: not there.
std::string value_of(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const auto colon = line.find(':');
    const auto begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

std::vector<std::string> vector_units() {
  std::istringstream flags(value_of("/proc/cpuinfo", "flags"));
  std::set<std::string> present;
  for (std::string flag; flags >> flag;) present.insert(flag);
  std::vector<std::string> units;
  for (const char* unit : {"avx2", "avx512f", "avx512_bf16", "amx_bf16"}) {
    if (present.contains(unit)) units.emplace_back(unit);
  }
  return units;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
  return text;
}

std::int64_t kilobytes(const char* key) {
  return std::atoll(value_of("/proc/self/status", key).c_str()) * 1024;
}

}  // namespace

Machine this_machine() {
  Machine machine;
  machine.cpu = value_of("/proc/cpuinfo", "model name");
  if (machine.cpu.empty()) machine.cpu = "unknown";
  machine.cores = static_cast<int>(std::thread::hardware_concurrency());
  machine.isa = vector_units();
#ifdef TRM_WITH_TORCH
  machine.torch = TORCH_VERSION;
#endif
  machine.date = utc_now();
  if (double load[1]; getloadavg(load, 1) == 1) machine.load = load[0];
  return machine;
}

std::string machine_line(const Machine& machine) {
  std::string line = machine.cpu + ", " + std::to_string(machine.cores) + " cores,";
  for (const auto& unit : machine.isa) line += " " + unit;
  char load[32];
  std::snprintf(load, sizeof load, "%.1f", machine.load);
  return line + "; torch " + machine.torch + "; " + machine.date + " UTC; load " + load;
}

Json machine_json(const Machine& machine) {
  Json units = Json::array(), json = Json::object();
  for (const auto& unit : machine.isa) units.push(unit);
  json.set("cpu", machine.cpu).set("cores", machine.cores).set("isa", std::move(units));
  return json.set("torch", machine.torch).set("date", machine.date).set("load", machine.load);
}

Memory process_memory() { return {kilobytes("VmRSS"), kilobytes("VmHWM")}; }

void reset_peak() { std::ofstream("/proc/self/clear_refs") << 5; }  // proc(5)

}  // namespace trm::bench
