// Weights of the official code: they come in and go out to the bit, compute what they computed
// there, and whatever does not fit is refused by name.
#include "trainer/official.h"

#include <filesystem>

#include "engine/solver.h"
#include "tests/trainer/official_models.h"
#include "trainer/official_arch.h"

using namespace trm;
using trm::test::Official;
using trm::test::says;
using trm::test::small_arch;
using trm::test::StateDict;
using trm::test::TempDir;

namespace {

std::vector<std::string> golden_files() {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(TRM_SOURCE_DIR) + "/tests/golden")) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path().string());
  }
  return files;
}

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

// The first supervision step of a golden run with these weights.
void check_golden_step(const Arch& arch, const TensorMap& weights, const Safetensors& golden) {
  const auto number = [&](const char* name) { return to_torch(golden.tensors().at(name)); };
  torch::NoGradGuard no_grad;
  for (const bool fused : {false, true}) {
    INFO("fused " << fused);
    Network network(arch, 0, torch::kCPU);
    network.set_fused(fused);
    const auto loaded = load_network(network, weights);
    if (!loaded) FAIL(loaded.error().message);
    const Batch batch{number("inputs").to(torch::kInt64),
                      number("puzzle_identifiers").to(torch::kInt64),
                      nullptr,
                      {}};
    const Carry carry = network.initial_carry(batch.tokens.size(0), batch.tokens.size(1));
    const StepOutput out = network.step(carry, batch, {arch.H_cycles, arch.L_cycles});
    CHECK(largest_difference(out.logits, number("step1.logits")) <= 2e-4);
    CHECK(largest_difference(out.q.select(-1, 0), number("step1.q_halt")) <= 2e-4);
  }
}

}  // namespace

TEST_CASE("Export and import give every tensor back to the bit", "[official]") {
  const TempDir dir;
  struct Variant {
    Mixer mixer;
    PosEncoding positions;
  };
  for (const auto [mixer, positions] :
       {Variant{Mixer::attention, PosEncoding::rope},
        Variant{Mixer::attention, PosEncoding::learned},
        Variant{Mixer::attention, PosEncoding::none}, Variant{Mixer::mlp_t, PosEncoding::none},
        Variant{Mixer::mlp_t, PosEncoding::learned}}) {
    for (const bool embeds : {false, true}) {
      INFO(mixer_name(mixer) << " " << pos_encoding_name(positions) << " " << embeds);
      const Arch arch = small_arch(mixer, positions, embeds);
      const ModelFile x = test::write_random_model(dir / "x.safetensors", arch);
      const std::string official = dir / "official.safetensors";
      const auto written = write_official(official, x);
      if (!written) FAIL(written.error().message);
      ImportRequest request;
      request.path = official;
      request.out = dir / "y.safetensors";
      const auto info = import_official(request);  // everything else stands in the file
      if (!info) FAIL(info.error().message);
      const auto y = open_model_file(request.out);
      if (!y) FAIL(y.error().message);
      CHECK(y->info.arch == arch);
      CHECK(y->info.puzzle == x.info.puzzle);
      CHECK(y->info.tokens == x.info.tokens);
      CHECK(y->info.sizes == x.info.sizes);
      CHECK(y->info.identifiers == x.info.identifiers);
      CHECK(y->info.parameters == x.info.parameters);
      CHECK(info->parameters == x.info.parameters);
      test::check_same_tensors(x.weights.tensors(), y->weights.tensors());
      // The official names, and a configuration as the golden files have it.
      const auto file = Safetensors::open(official);
      REQUIRE(file.ok());
      for (const auto& [name, view] : file->tensors()) CHECK(name.starts_with("model.inner."));
      const auto config = parse_json(file->metadata().at("config"));
      REQUIRE(config.ok());
      const auto again = arch_from_official(*config);
      if (!again) FAIL(again.error().message);
      CHECK(again->seq_len == arch.seq_len);
      CHECK(again->prefix_len() == arch.prefix_len());
    }
  }
}

TEST_CASE("The official tensors are those of our network", "[official]") {
  for (const Mixer mixer : {Mixer::attention, Mixer::mlp_t}) {
    const Arch arch = small_arch(mixer, PosEncoding::learned, true);
    const Network network(arch, 0, torch::kCPU);
    const auto shapes = official_shapes(arch);
    std::size_t count = 0;
    for (const auto* list : {&network.parameters(), &network.buffers()}) {
      for (const auto& [name, tensor] : *list) {
        INFO(name);
        REQUIRE(shapes.contains(name));
        CHECK(shapes.at(name) == tensor.sizes().vec());
        ++count;
      }
    }
    CHECK(count == shapes.size());
  }
}

TEST_CASE("A checkpoint with its all_config.yaml becomes a model that solves", "[official]") {
  Official official;
  const auto info = official.import();
  if (!info) FAIL(info.error().message);
  CHECK(info->arch == official.model.info.arch);
  const auto y = open_model_file(official.request.out);
  REQUIRE(y.ok());
  test::check_same_tensors(official.model.weights.tensors(), y->weights.tensors());
  // Where it comes from.
  const Json* imported = y->info.training.find("imported");
  REQUIRE(imported != nullptr);
  CHECK(imported->find("file")->as_string() == "official.safetensors");
  CHECK(imported->find("sha256")->as_string().size() == 64);
  CHECK(imported->find("config")->find("forward_dtype")->as_string() == "bfloat16");
  CHECK(y->info.licence == "unknown");

  SolverOptions options;
  options.model_files = {official.request.out};
  options.device = {Device::Kind::cpu, 0};
  options.threads = 1;
  auto solver = Solver::create(options);
  if (!solver) FAIL(solver.error().message);
  auto question = (*solver)->generate("sudoku", {"4x4", "", {}}, 3);
  REQUIRE(question.ok());
  SolveRequest request(*question);
  request.max_steps = 2;
  const auto solution = (*solver)->solve(std::move(request));
  if (!solution) FAIL(solution.error().message);
  CHECK(solution->source == "model");
}

TEST_CASE("Golden weights imported compute the golden logits", "[official]") {
  struct Board {
    const char *puzzle, *size;
  };
  // Modules whose boards have a golden run's length and vocabulary; the learned one has none.
  const std::map<std::string, Board> boards{{"attention_rope", {"sudoku", "6x6"}},
                                            {"attention_no_puzzle_emb", {"maze", "4x5"}},
                                            {"mlp_t", {"sudoku", "4x4"}}};
  int imported = 0;
  for (const auto& path : golden_files()) {
    INFO(path);
    const auto golden = Safetensors::open(path);
    REQUIRE(golden.ok());
    const TempDir dir;
    const StateDict weights = StateDict::read(path, "weight.");
    ImportRequest request;
    request.path = dir / "official.safetensors";
    request.out = dir / "out.safetensors";
    request.config = dir / "config.json";
    weights.renamed("model.").write(request.path);
    test::write_file(request.config, golden->metadata().at("config"));
    const auto it = boards.find(std::filesystem::path(path).stem().string());
    if (it == boards.end()) {
      OfficialConfig config;
      REQUIRE(config.add_text(golden->metadata().at("config"), "config").ok());
      const auto file = Safetensors::open(request.path);
      const auto tensors = official_tensors(file->tensors());
      const auto arch = official_arch(*tensors, config);
      if (!arch) FAIL(arch.error().message);
      CHECK(check_official(*tensors, *arch).ok());
      TensorMap named;
      for (const auto& [name, tensor] : *tensors) named.emplace(name, tensor.view);
      check_golden_step(*arch, named, *golden);
      request.puzzle = "maze";
      const auto refused = import_official(request);
      REQUIRE_FALSE(refused.ok());
      CHECK(refused.error().code == ErrorCode::invalid_weights);
      CHECK(says(refused.error(), "vocabulary of 7"));
      continue;
    }
    request.puzzle = it->second.puzzle;
    request.size = it->second.size;
    const auto info = import_official(request);
    if (!info) FAIL(info.error().message);
    const auto model = open_model_file(request.out);
    if (!model) FAIL(model.error().message);
    CHECK(model->info.sizes == std::vector<std::string>{request.size});
    check_golden_step(model->info.arch, model->weights.tensors(), *golden);
    ++imported;
  }
  CHECK(imported == 3);
}

TEST_CASE("Prefixes of wrappers are taken off, whatever their order", "[official]") {
  CHECK(strip_wrappers("_orig_mod.model.inner.H_init") == "inner.H_init");
  CHECK(strip_wrappers("model._orig_mod.inner.H_init") == "inner.H_init");
  CHECK(strip_wrappers("module._orig_mod.model.inner.H_init") == "inner.H_init");
  CHECK(strip_wrappers("inner.model.H_init") == "inner.model.H_init");
  Official official;
  const StateDict plain = StateDict::read(official.dir / "x.safetensors");
  for (const char* prefix : {"", "model.", "module.model.", "_orig_mod.module.model."}) {
    INFO(prefix);
    official.dict = plain.renamed(prefix);
    const auto info = official.import();
    if (!info) FAIL(info.error().message);
    const auto y = open_model_file(official.request.out);
    REQUIRE(y.ok());
    test::check_same_tensors(official.model.weights.tensors(), y->weights.tensors());
    std::filesystem::remove(official.request.out);
  }
  official.dict.tensors["inner.H_init"] = plain.tensors.at("inner.H_init");
  const Error twice = official.refused();
  CHECK(twice.code == ErrorCode::invalid_weights);
  CHECK(says(twice, "under two prefixes"));
}

TEST_CASE("Half precision becomes float32, and the start states go back as bfloat16",
          "[official]") {
  for (const auto type : {torch::kBFloat16, torch::kFloat16}) {
    Official official;
    for (auto& [name, tensor] : official.dict.tensors) tensor = tensor.to(type);
    const auto info = official.import();
    if (!info) FAIL(info.error().message);
    const auto y = open_model_file(official.request.out);
    REQUIRE(y.ok());
    for (const auto& [name, view] : y->weights.tensors()) {
      INFO(name);
      CHECK(view.dtype == DType::f32);
      const auto& half = official.dict.tensors.at("_orig_mod.model." + name);
      CHECK(torch::equal(to_torch(view), half.to(torch::kFloat32)));
    }
    REQUIRE(write_official(official.dir / "back.safetensors", *y).ok());
    const auto back = Safetensors::open(official.dir / "back.safetensors");
    REQUIRE(back.ok());
    const TensorView& start = back->tensors().at("model.inner.H_init");
    CHECK(start.dtype == (type == torch::kBFloat16 ? DType::bf16 : DType::f32));
    CHECK(torch::equal(to_torch(start).to(torch::kFloat32),
                       official.tensor("H_init").to(torch::kFloat32)));
    CHECK(back->tensors().at("model.inner.lm_head.weight").dtype == DType::f32);
  }
}

TEST_CASE("Missing, unknown and misshapen tensors are refused by name", "[official]") {
  Official official;
  const StateDict whole = official.dict;
  const std::string prefix = "_orig_mod.model.inner.";
  const auto refused_for = [&](const std::string& name) {
    const Error error = official.refused();
    INFO(error.message);
    CHECK(error.code == ErrorCode::invalid_weights);
    CHECK(error.message.find(name) != std::string::npos);
    official.dict = whole;
  };
  for (const char* name : {"H_init", "q_head.bias", "embed_tokens.embedding_weight",
                           "L_level.layers.1.mlp.down_proj.weight"}) {
    official.dict.tensors.erase(prefix + name);
    refused_for(std::string("inner.") + name + "\"");
  }
  official.dict.tensors[prefix + "rotary_emb.cos_cached"] = torch::zeros({4});
  refused_for(prefix + "rotary_emb.cos_cached");
  official.dict.tensors["optimizer"] = torch::zeros({4});
  refused_for("\"optimizer\"");
  official.dict.tensors[prefix + "L_level.layers.x.mlp.weight"] = torch::zeros({4});
  refused_for("layers.x");
  official.tensor("lm_head.weight") = torch::zeros({12, 32});
  refused_for(prefix + "lm_head.weight");
  official.tensor("embed_tokens.embedding_weight") = torch::zeros({11});
  refused_for("expected a matrix");
  official.tensor("L_level.layers.0.mlp.gate_up_proj.weight") = torch::zeros({500, 32});
  refused_for("inner widths 250");
  official.tensor("q_head.bias") = torch::zeros({2}, torch::kInt64);
  refused_for("I64");
  official.tensor("q_head.bias") = torch::full({2}, NAN);
  refused_for("no numbers");
  CHECK(official.import().ok());
}

TEST_CASE("Models that the official code cannot build are not exported", "[official]") {
  const TempDir dir;
  Arch arch;
  arch.vocab_size = 11;
  arch.hidden_size = 16;
  arch.relations = {"rows"};
  const ModelFile geometry = test::write_random_model(dir / "g.safetensors", arch);
  const auto refused = write_official(dir / "out.safetensors", geometry);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::unsupported);
  CHECK(refused.error().field == "arch.mixer");

  arch = small_arch(Mixer::attention, PosEncoding::rope, false);
  arch.swiglu_inner = 100;
  const auto narrow = write_official(dir / "out.safetensors",
                                     test::write_random_model(dir / "n.safetensors", arch));
  REQUIRE_FALSE(narrow.ok());
  CHECK(narrow.error().field == "arch.swiglu_inner");
  CHECK_FALSE(std::filesystem::exists(dir / "out.safetensors"));
  // A width of our own that an expansion gives as well goes through.
  arch.swiglu_inner = 512;
  const ModelFile wide = test::write_random_model(dir / "w.safetensors", arch);
  REQUIRE(write_official(dir / "out.safetensors", wide).ok());
  ImportRequest request;
  request.path = dir / "out.safetensors";
  request.out = dir / "back.safetensors";
  const auto info = import_official(request);
  if (!info) FAIL(info.error().message);
  CHECK(info->arch.inner_width(32) == 512);
}
