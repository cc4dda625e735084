// What the official configuration says about a network, beside its tensors.
#include "trainer/official_config.h"

#include <filesystem>

#include "tests/trainer/official_models.h"
#include "trainer/official_arch.h"
#include "trainer/yaml.h"

using namespace trm;
using trm::test::Official;
using trm::test::says;
using trm::test::small_arch;
using trm::test::StateDict;
using trm::test::TempDir;

TEST_CASE("What the tensors do not tell is asked for, what they contradict is refused",
          "[official]") {
  Official official;
  official.request.config.clear();
  official.request.size.clear();
  Error error = official.refused();
  CHECK(error.code == ErrorCode::invalid_config);
  for (const char* key : {"puzzle_emb_len", "seq_len", "pos_encodings", "H_cycles", "L_cycles",
                          "halt_max_steps", "num_heads"}) {
    CHECK(says(error, std::string("--set arch.") + key + "="));
  }
  CHECK_FALSE(says(error, "hidden_size"));
  // Flags alone suffice.
  for (const char* set : {"puzzle_emb_len=3", "seq_len=16", "pos_encodings=rope", "H_cycles=2",
                          "L_cycles=3", "halt_max_steps=5", "num_heads=2", "loss=softmax"}) {
    official.request.set.push_back(std::string("arch.") + set);
  }
  const auto info = official.import();
  if (!info) FAIL(info.error().message);
  CHECK(info->arch == official.model.info.arch);
  CHECK(info->sizes == std::vector<std::string>{"4x4"});
  std::filesystem::remove(official.request.out);

  const auto contradicted = [&](const std::string& set, const std::string& words) {
    official.request.set.push_back(set);
    const Error wrong = official.refused();
    CHECK(wrong.code == ErrorCode::invalid_config);
    CHECK(says(wrong, words));
    official.request.set.pop_back();
  };
  contradicted("arch.hidden_size=64", "the file's tensors say 32");
  contradicted("arch.L_layers=3", "--set says arch.L_layers = 3");
  contradicted("arch.mlp_t=True", "arch.mlp_t = true");
  contradicted("arch.pos_encodings=learned", "rope or none");
  contradicted("arch.num_heads=5", "num_heads");
  contradicted("arch.expansion=64", "expansion");
  contradicted("arch.H_cycle=2", "did you mean H_cycles");
  contradicted("arch.H_cycles=two", "whole number");
  contradicted("H_cycles=2", "arch.KEY=VALUE");
  contradicted("arch.name=hrm.hrm_act_v1@HierarchicalReasoningModel_ACTV1", "cannot be imported");
  contradicted("arch.seq_len=15", "--size");
  official.request.size = "9x9";
  contradicted("arch.seq_len=16", "size 9x9 have 81 positions");
  official.request.puzzle.clear();
  contradicted("arch.seq_len=16", "--puzzle NAME or --preset");
}

TEST_CASE("Lengths inside tensors give the board's length or the puzzle embedding's",
          "[official]") {
  const TempDir dir;
  for (const Mixer mixer : {Mixer::mlp_t, Mixer::attention}) {
    const Arch arch = small_arch(mixer, PosEncoding::learned, true);
    test::write_random_model(dir / "x.safetensors", arch);
    const auto file = Safetensors::open(dir / "x.safetensors");
    const auto tensors = official_tensors(file->tensors());
    REQUIRE(tensors.ok());
    const auto derived = [&](const std::string& last) {
      OfficialConfig config;
      for (const char* set : {"H_cycles=2", "L_cycles=3", "halt_max_steps=5", "num_heads=2"}) {
        REQUIRE(config.set(std::string("arch.") + set).ok());
      }
      if (!last.empty()) REQUIRE(config.set(last).ok());
      return official_arch(*tensors, config);
    };
    const auto by_prefix = derived("arch.puzzle_emb_len=3"), by_board = derived("arch.seq_len=16");
    REQUIRE(by_prefix.ok());
    REQUIRE(by_board.ok());
    CHECK(by_prefix->seq_len == 16);
    CHECK(by_board->puzzle_emb_len == 3);
    CHECK(*by_prefix == *by_board);
    const auto neither = derived("");
    REQUIRE_FALSE(neither.ok());
    CHECK(says(neither.error(), "arch.puzzle_emb_len"));
    const auto ceiling = derived("arch.puzzle_emb_len=0");  // 48 values over 32 channels
    REQUIRE(ceiling.ok());
    CHECK(ceiling->seq_len == 17);
  }
}

TEST_CASE("Later sources of the configuration win, and recipes fill the rest", "[official]") {
  Official official;
  official.request.set = {"arch.H_cycles=7"};
  auto info = official.import({{"config", R"({"H_cycles": 9, "rope_theta": 500})"}});
  if (!info) FAIL(info.error().message);
  CHECK(info->arch.H_cycles == 7);        // --set over --config
  CHECK(info->arch.rope_theta == 500);    // only in the metadata
  CHECK(info->arch.halt_max_steps == 5);  // only in --config
  // An open value counts as not given.
  official.config(
      "H_cycles: 3\nL_cycles: 6\nhalt_max_steps: 4\nnum_heads: 2\npuzzle_emb_len: 3\n"
      "pos_encodings: rope\npuzzle_emb_ndim: ${.hidden_size}\nmlp_t: False # no\n");
  official.request.set.clear();
  info = official.import();
  if (!info) FAIL(info.error().message);
  CHECK(info->arch.H_cycles == 3);
  CHECK(info->arch.puzzle_emb_ndim == 48);
  CHECK(info->arch.loss == LossKind::stablemax);
  std::filesystem::remove(official.request.out);
  // A recipe names puzzle and sizes; this network is not the recipe's.
  official.request.config.clear();
  official.request.size.clear();
  official.request.preset = "sudoku-extreme-att";
  const Error other = official.refused();
  CHECK(says(other, "preset sudoku-extreme-att says arch.hidden_size = 512"));
  official.request.preset = "sudoku";
  CHECK(says(official.refused(), "geometry"));
}

TEST_CASE("A recipe alone tells what a full-size network's tensors do not", "[official]") {
  const TempDir dir;
  const Arch arch = [] {
    Arch a = small_arch(Mixer::mlp_t, PosEncoding::none, true);
    a.seq_len = 81;
    a.hidden_size = 512;
    a.num_heads = 8;
    a.H_cycles = 3;
    a.L_cycles = 6;
    a.halt_max_steps = 16;
    a.puzzle_emb_ndim = 512;
    a.puzzle_emb_len = 16;
    a.num_puzzle_identifiers = 1;
    a.loss = LossKind::stablemax;
    return a;
  }();
  test::write_random_model(dir / "x.safetensors", arch);
  ImportRequest request;
  request.path = dir / "official.safetensors";
  request.out = dir / "y.safetensors";
  request.preset = "sudoku-extreme-mlp";
  StateDict::read(dir / "x.safetensors").renamed("_orig_mod.model.").write(request.path);
  const auto info = import_official(request);
  if (!info) FAIL(info.error().message);
  CHECK(info->arch == arch);
  CHECK(info->puzzle == "sudoku");
  CHECK(info->sizes == std::vector<std::string>{"9x9"});
}

TEST_CASE("Configurations that are none are refused with place and source", "[official]") {
  Official official;
  const auto refused_for = [&](const std::string& text, const std::string& words) {
    official.config(text);
    const Error error = official.refused();
    CHECK(error.code != ErrorCode::invalid_weights);
    CHECK(says(error, words));
    CHECK(says(error, "all_config.yaml"));
  };
  refused_for("arch: [1, 2", "line 1");
  refused_for("arch: {H_cycles: 1, H_cycles: 2}", "twice");
  refused_for("arch: 3", "expected an arch section");
  refused_for("arch: &a {loss: *a}", "levels");
  refused_for("{\"arch\": {\"H_cycles\": 1,}}", "");
  refused_for("arch: {loss: {loss_type: mean}}", "loss_type");
  refused_for("arch: {pos_encodings: sinus}", "rope, learned or none");
  refused_for("arch: {num_heads: \"2\"}", "whole number");
  refused_for("arch: {causal: true}", "causal");
  refused_for(std::string(70'000, '#'), "65536 bytes");
  refused_for("arch: {\xad: 1, \xac: 2}", "not UTF-8");
  const auto values = parse_yaml("{a: 1, b: 1e-4, c: True, d: ~, e: '1', f: .inf, g: [x, 2.5]}");
  REQUIRE(values.ok());
  CHECK(values->dump() ==
        R"({"a":1,"b":0.0001,"c":true,"d":null,"e":"1","f":".inf","g":["x",2.5]})");
}
