// The architecture as data: JSON there and back, every limit, the official configuration's names.
#include "engine/weights/arch.h"

#include <cmath>
#include <functional>

#include "tests/catch.h"

namespace trm {
namespace {

Arch geometry_arch() {
  Arch arch;
  arch.vocab_size = 18;
  arch.hidden_size = 64;
  arch.swiglu_inner = 192;
  arch.relations = {"row", "column", "box"};
  return arch;
}

Arch attention_arch() {
  Arch arch;
  arch.mixer = Mixer::attention;
  arch.pos_encodings = PosEncoding::rope;
  arch.vocab_size = 11;
  arch.seq_len = 81;
  arch.hidden_size = 128;
  arch.num_heads = 4;
  return arch;
}

// Every field away from its default, so that one left out of the JSON is seen.
Arch unusual_arch() {
  Arch arch;
  arch.mixer = Mixer::mlp_t;
  arch.vocab_size = 12;
  arch.seq_len = 900;
  arch.hidden_size = 96;
  arch.num_heads = 3;
  arch.expansion = 2.5;
  arch.swiglu_inner = 160;
  arch.H_cycles = 2;
  arch.L_cycles = 5;
  arch.L_layers = 3;
  arch.pos_encodings = PosEncoding::learned;
  arch.rope_theta = 500.0;
  arch.rms_norm_eps = 1e-6;
  arch.puzzle_emb_ndim = 96;
  arch.puzzle_emb_len = 16;
  arch.num_puzzle_identifiers = 400;
  arch.halt_max_steps = 8;
  arch.loss = LossKind::softmax;
  arch.no_ACT_continue = false;
  arch.relations = {"row"};
  return arch;
}

Json official_config() {
  auto json = parse_json(
      R"({"batch_size":2,"seq_len":81,"puzzle_emb_ndim":128,"num_puzzle_identifiers":3,
          "vocab_size":11,"H_cycles":2,"L_cycles":3,"H_layers":0,"L_layers":2,"hidden_size":128,
          "expansion":4,"num_heads":4,"pos_encodings":"rope","halt_max_steps":16,
          "halt_exploration_prob":0.1,"forward_dtype":"float32","mlp_t":false,
          "puzzle_emb_len":16,"no_ACT_continue":true})");
  REQUIRE(json);
  return json.value();
}

// The object with that member changed or added.
Json changed(Json json, std::string_view key, Json value) {
  for (auto& [name, old] : json.as_object()) {
    if (name == key) {
      old = std::move(value);
      return json;
    }
  }
  return std::move(json.set(std::string(key), std::move(value)));
}

// The error of a reading that must fail; its field.
std::string refused_field(const Result<Arch>& arch) {
  REQUIRE_FALSE(arch.ok());
  CHECK(arch.error().code == ErrorCode::invalid_weights);
  CHECK(arch.error().message.find(arch.error().field) != std::string::npos);
  return arch.error().field;
}

}  // namespace

TEST_CASE("an architecture comes back from its JSON") {
  Arch per_symbol = geometry_arch();
  per_symbol.per_symbol = true;
  per_symbol.first_symbol = 2;
  for (const Arch& arch : {geometry_arch(), attention_arch(), unusual_arch(), per_symbol}) {
    // Through text, as a weights file carries it.
    const auto json = parse_json(arch_to_json(arch).dump());
    REQUIRE(json.ok());
    const auto again = arch_from_json(*json);
    INFO(arch_to_json(arch).dump());
    REQUIRE(again.ok());
    CHECK(*again == arch);
  }
}

TEST_CASE("the JSON of an architecture: a wrong type, value or key is named") {
  const auto with = [](const char* key, Json value) {
    return refused_field(
        arch_from_json(changed(arch_to_json(geometry_arch()), key, std::move(value))));
  };
  CHECK(with("hidden_size", Json("64")) == "hidden_size");
  CHECK(with("hidden_size", Json(64.5)) == "hidden_size");
  CHECK(with("hidden_size", Json(-64)) == "hidden_size");
  CHECK(with("vocab_size", Json(std::int64_t{1} << 40)) == "vocab_size");
  CHECK(with("expansion", Json("wide")) == "expansion");
  CHECK(with("no_ACT_continue", Json(1)) == "no_ACT_continue");
  CHECK(with("mixer", Json("convolution")) == "mixer");
  CHECK(with("mixer", Json(0)) == "mixer");
  CHECK(with("loss", Json(true)) == "loss");
  CHECK(with("relations", Json("row")) == "relations");
  CHECK(with("relations", Json::array().push(Json(1))) == "relations");
  CHECK(with("dropout", Json(0.1)) == "dropout");
  CHECK(refused_field(arch_from_json(Json::array())) == "arch");
}

TEST_CASE("limits of an architecture: each is refused by its field's name") {
  struct Case {
    const char* field;
    std::function<void(Arch&)> change;
  };
  const Case geometry_cases[] = {
      {"vocab_size", [](Arch& a) { a.vocab_size = 1; }},
      {"vocab_size", [](Arch& a) { a.vocab_size = (1 << 16) + 1; }},
      {"hidden_size", [](Arch& a) { a.hidden_size = 0; }},
      {"hidden_size", [](Arch& a) { a.hidden_size = 8193; }},
      {"seq_len", [](Arch& a) { a.seq_len = 81; }},
      {"expansion", [](Arch& a) { a.expansion = 0; }},
      {"swiglu_inner", [](Arch& a) { a.swiglu_inner = -1; }},
      {"H_cycles", [](Arch& a) { a.H_cycles = 0; }},
      {"L_cycles", [](Arch& a) { a.L_cycles = 257; }},
      {"L_layers", [](Arch& a) { a.L_layers = 0; }},
      {"halt_max_steps", [](Arch& a) { a.halt_max_steps = 0; }},
      {"rms_norm_eps", [](Arch& a) { a.rms_norm_eps = 0; }},
      {"rope_theta", [](Arch& a) { a.rope_theta = 1; }},
      {"pos_encodings", [](Arch& a) { a.pos_encodings = PosEncoding::learned; }},
      {"puzzle_emb_ndim", [](Arch& a) { a.puzzle_emb_ndim = 64; }},
      {"relations", [](Arch& a) { a.relations.clear(); }},
      {"per_symbol", [](Arch& a) { a.per_symbol = true; }},
      {"per_symbol",
       [](Arch& a) {
         a.per_symbol = true;
         a.first_symbol = a.vocab_size;
       }},
  };
  const Case attention_cases[] = {
      {"seq_len", [](Arch& a) { a.seq_len = 0; }},
      {"seq_len", [](Arch& a) { a.seq_len = (1 << 16) + 1; }},
      {"num_heads", [](Arch& a) { a.num_heads = 0; }},
      {"num_heads", [](Arch& a) { a.num_heads = 3; }},
      {"num_heads", [](Arch& a) { a.num_heads = a.hidden_size; }},  // rope turns pairs
      {"puzzle_emb_ndim", [](Arch& a) { a.puzzle_emb_ndim = -1; }},
      {"puzzle_emb_len", [](Arch& a) { a.puzzle_emb_len = 4097; }},
      {"num_puzzle_identifiers", [](Arch& a) { a.puzzle_emb_ndim = 128; }},
      {"puzzle_emb_len",
       [](Arch& a) {
         a.puzzle_emb_ndim = 512;
         a.puzzle_emb_len = 2;
         a.num_puzzle_identifiers = 1;
       }},
      {"per_symbol", [](Arch& a) { a.per_symbol = true, a.first_symbol = 2; }},
  };
  const auto all_refused = [](const Arch& base, const auto& cases) {
    REQUIRE(validate(base).ok());
    for (const auto& [field, change] : cases) {
      Arch arch = base;
      change(arch);
      INFO(field);
      const auto valid = validate(arch);
      REQUIRE_FALSE(valid.ok());
      CHECK(valid.error().field == field);
      CHECK(valid.error().code == ErrorCode::invalid_weights);
    }
  };
  all_refused(geometry_arch(), geometry_cases);
  all_refused(attention_arch(), attention_cases);
}

TEST_CASE("a NaN in the architecture is refused") {
  Arch arch = geometry_arch();
  arch.expansion = std::nan("");
  CHECK_FALSE(validate(arch).ok());
  arch = geometry_arch();
  arch.rms_norm_eps = std::nan("");
  CHECK_FALSE(validate(arch).ok());
  arch = geometry_arch();
  arch.rope_theta = std::nan("");
  CHECK_FALSE(validate(arch).ok());
}

TEST_CASE("the official configuration is read by its own names") {
  Json config = official_config();
  auto arch = arch_from_official(config);
  REQUIRE(arch.ok());
  CHECK(arch->mixer == Mixer::attention);
  CHECK(arch->pos_encodings == PosEncoding::rope);
  CHECK(arch->H_cycles == 2);
  CHECK(arch->puzzle_emb_len == 16);
  CHECK(arch->prefix_len() == 16);

  config = changed(changed(config, "mlp_t", true), "pos_encodings", "none");
  arch = arch_from_official(config);
  REQUIRE(arch.ok());
  CHECK(arch->mixer == Mixer::mlp_t);
  CHECK(arch->pos_encodings == PosEncoding::none);

  // Ours are no official names, and a typo is not passed over.
  config.set("swiglu_inner", 192);
  CHECK(refused_field(arch_from_official(config)) == "swiglu_inner");
  CHECK(refused_field(arch_from_official(official_config().set("hiden_size", 64))) == "hiden_size");
  CHECK(refused_field(arch_from_official(Json(3))) == "config");
}

TEST_CASE("widths follow the official rounding") {
  Arch arch = attention_arch();
  // find_multiple(round(4 * 128 * 2 / 3), 256) = 512; find_multiple(round(4 * 512 * 2 / 3), 256).
  CHECK(arch.inner_width(128) == 512);
  CHECK(arch.inner_width(512) == 1536);
  arch.swiglu_inner = 200;
  CHECK(arch.inner_width(128) == 200);
  CHECK(arch.inner_width(81) == 256);  // only the width over D is ours to choose

  CHECK(arch.prefix_len() == 0);
  arch.puzzle_emb_ndim = 130;
  CHECK(arch.prefix_len() == 2);
  arch.puzzle_emb_len = 5;
  CHECK(arch.prefix_len() == 5);
}

}  // namespace trm
