// The four experiments on tiny nets: what differs between them, what is written, and that finished
// ones are not run again.
#include <filesystem>

#include "puzzles/json.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/trainer/trainer_process.h"

using namespace trm;
using namespace trm::test;
namespace fs = std::filesystem;

TEST_CASE("ablate runs four experiments that differ as they say", "[ablate][process]") {
  const TempDir dir;
  write_file(dir / "run.toml", tiny_toml(12));
  const std::vector<std::string> command{"ablate", dir / "run.toml", "--threads",
                                         "1",      "--out",          dir / "ablation"};
  const auto [status, log] = run_trainer(command, dir / "log");
  INFO(log);
  REQUIRE(status == 0);
  const auto json = parse_json(read_file(dir / "ablation/ablation.json"));
  REQUIRE(json.ok());
  const auto& rows = json->find("experiments")->as_array();
  REQUIRE(rows.size() == 4);
  const auto number = [&](std::size_t row, const char* key) {
    return rows[row].find(key)->as_double();
  };
  const double depths[] = {42, 42, 12, 48};
  for (std::size_t i = 0; i < 4; ++i) {
    INFO(rows[i].find("name")->as_string());
    CHECK(number(i, "depth") == depths[i]);
    CHECK(number(i, "initial_loss") > number(i, "least_loss"));
    CHECK(number(i, "improvement") == Approx((number(i, "initial_loss") - number(i, "final_loss")) /
                                             number(i, "initial_loss")));
  }
  // Same seed and data: EMA changes nothing while training, four layers have twice the blocks.
  CHECK(number(0, "initial_loss") == number(1, "initial_loss"));
  CHECK(number(0, "final_loss") == number(1, "final_loss"));
  CHECK(number(0, "parameters") == number(2, "parameters"));
  CHECK(number(3, "parameters") > 1.5 * number(0, "parameters"));
  const std::string table = read_file(dir / "ablation/ablation.md");
  for (const char* title : {"Baseline", "No EMA", "Less recursion", "Bigger brain"}) {
    CHECK(table.find(title) != std::string::npos);
    CHECK(log.find(title) != std::string::npos);
  }
  CHECK(table.find("trm_trainer ablate") != std::string::npos);
  CHECK(read_file(dir / "ablation/ablation.svg").find("bigger-brain") != std::string::npos);

  const auto before = fs::last_write_time(dir / "ablation/baseline/baseline.safetensors");
  REQUIRE(run_trainer(command, dir / "log").first == 0);
  CHECK(fs::last_write_time(dir / "ablation/baseline/baseline.safetensors") == before);
}
