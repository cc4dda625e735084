// The JSON door: what it refuses, where its limits lie, and that what it writes reads back.
#include "puzzles/json.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "puzzles/rng.h"
#include "tests/catch.h"

using namespace trm;

namespace {

constexpr std::int64_t int_min = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t int_max = std::numeric_limits<std::int64_t>::max();
const std::string replacement = "\xef\xbf\xbd";  // U+FFFD

Json parsed(std::string_view text) {
  auto json = parse_json(text);
  INFO("text: " << text);
  INFO("error: " << (json ? std::string() : json.error().message));
  REQUIRE(json.ok());
  return std::move(json).value();
}

Error refused(std::string_view text, const JsonLimits& limits = {}) {
  const auto json = parse_json(text, limits);
  INFO("text: " << text);
  REQUIRE_FALSE(json.ok());
  CHECK(json.error().field == "json");
  CHECK_FALSE(json.error().message.empty());
  return json.error();
}

bool mentions(const Error& error, std::string_view text) {
  return error.message.find(text) != std::string::npos;
}

std::string nested(int depth, char open = '[', char close = ']') {
  return std::string(static_cast<std::size_t>(depth), open) +
         std::string(static_cast<std::size_t>(depth), close);
}

bool same_bits(double a, double b) { return a == b && std::signbit(a) == std::signbit(b); }

std::string random_text(Rng& rng) {
  const char* const pieces[] = {"a",
                                "Z",
                                "\"",
                                "\\",
                                "/",
                                "\n",
                                "\t",
                                "\x01",
                                "\x7f",
                                "\xc3\xa9",
                                "\xe2\x82\xac",
                                "\xf0\x9f\x98\x80",
                                "\\u0",
                                "{",
                                ",",
                                "null"};
  std::string text;
  for (int i = rng.between(0, 8); i > 0; --i) text += pieces[rng.below(16)];
  if (rng.chance(0.1)) text.push_back('\0');
  return text;
}

double random_double(Rng& rng) {
  for (;;) {
    // All bit patterns: subnormal and huge numbers as often as everyday ones.
    const std::uint64_t bits = rng.next();
    const bool negative = (bits >> 63) != 0;
    const int exponent = static_cast<int>(bits >> 52 & 0x7ff);
    const double fraction = static_cast<double>(bits & 0xfffffffffffffULL);
    const double value = exponent == 0 ? std::ldexp(fraction, -1074)
                                       : std::ldexp(fraction + 0x1p52, exponent - 1075);
    if (std::isfinite(value) && exponent != 0x7ff) return negative ? -value : value;
  }
}

Json random_json(Rng& rng, int depth) {
  switch (rng.below(depth > 0 ? 8 : 6)) {
    case 0:
      return Json();
    case 1:
      return Json(rng.chance(0.5));
    case 2:
      return Json(static_cast<std::int64_t>(rng.next()));
    case 3:
      return Json(rng.between(-100, 100));
    case 4:
      return Json(random_double(rng));
    case 5:
      return Json(random_text(rng));
    case 6: {
      Json list = Json::array();
      for (int i = rng.between(0, 4); i > 0; --i) list.push(random_json(rng, depth - 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (int i = rng.between(0, 4); i > 0; --i) {
        std::string key = random_text(rng);
        if (object.find(key) == nullptr) object.set(std::move(key), random_json(rng, depth - 1));
      }
      return object;
    }
  }
}

}  // namespace

TEST_CASE("every kind of value is read", "[json]") {
  CHECK(parsed("null").is_null());
  CHECK(parsed("true").as_bool());
  CHECK_FALSE(parsed("false").as_bool());
  CHECK(parsed(" \t\r\n-12 \n") == Json(-12));
  CHECK(parsed("1.5").as_double() == 1.5);
  CHECK(parsed("\"a\"").as_string() == "a");
  CHECK(parsed("[]") == Json::array());
  CHECK(parsed("{}") == Json::object());
  const Json json = parsed(R"({"z": [1, [2], {"b": null}], "a": "x", "": 0})");
  REQUIRE(json.is_object());
  REQUIRE(json.as_object().size() == 3);
  // The order is the text's, not the alphabet's.
  CHECK(json.as_object()[0].first == "z");
  CHECK(json.as_object()[1].first == "a");
  REQUIRE(json.find("z") != nullptr);
  CHECK(json.find("z")->as_array()[1].as_array()[0] == Json(2));
  CHECK(json.find("z")->as_array()[2].find("b")->is_null());
  CHECK(json.find("")->as_int() == 0);
  CHECK(json.find("b") == nullptr);
  CHECK(parsed("[]").find("b") == nullptr);
  CHECK(json_kind(json) == "object");
  CHECK(json_kind(parsed("[1, 2]")) == "array");
  CHECK(json_kind(parsed("2.5")) == "number");
  CHECK(json_kind(parsed("2")) == "number");
  CHECK(json_kind(parsed("\"\"")) == "string");
  CHECK(json_kind(parsed("true")) == "boolean");
  CHECK(json_kind(Json()) == "null");
}

TEST_CASE("whatever is not RFC 8259 is refused", "[json]") {
  const std::vector<std::string> bad = {"",
                                        " ",
                                        "// c\n1",
                                        "/* c */ 1",
                                        "[1 /* c */]",
                                        "# c\n1",
                                        "NaN",
                                        "[NaN]",
                                        "Infinity",
                                        "-Infinity",
                                        "nan",
                                        "inf",
                                        "True",
                                        "nul",
                                        "nullx",
                                        "undefined",
                                        "'a'",
                                        "{a: 1}",
                                        "{'a': 1}",
                                        "[1,]",
                                        "[,1]",
                                        "[1 2]",
                                        "{\"a\":1,}",
                                        "{\"a\" 1}",
                                        "{\"a\":}",
                                        "{1: 2}",
                                        "{null: 2}",
                                        "[",
                                        "]",
                                        "{",
                                        "[1}",
                                        "{\"a\": 1]",
                                        "\"a",
                                        "\"",
                                        "01",
                                        "-01",
                                        "+1",
                                        ".5",
                                        "1.",
                                        "1e",
                                        "1e+",
                                        "-",
                                        "0x10",
                                        "1_000",
                                        "--1",
                                        "1 2",
                                        "{} {}",
                                        "null null",
                                        "[1] x",
                                        "1,",
                                        "[1]]",
                                        "\xff",
                                        "\"a\" \"b\"",
                                        "1\f",
                                        "\xc2\xa0"
                                        "1"};
  for (const std::string& text : bad) CHECK(refused(text).code == ErrorCode::invalid_json);
  // A zero byte ends no text: what follows it is trailing text.
  CHECK(refused(std::string("1\0", 2)).code == ErrorCode::invalid_json);
  CHECK(refused(std::string("[1]\0 ", 5)).code == ErrorCode::invalid_json);
}

TEST_CASE("a byte order mark is no JSON", "[json]") {
  for (const char* text : {"\xef\xbb\xbf"
                           "1",
                           "\xef\xbb\xbf{}", "\xef\xbb\xbf",
                           "\xef\xbb"
                           "1"}) {
    CHECK(refused(text).code == ErrorCode::invalid_json);
  }
  CHECK(parsed("\"\xef\xbb\xbf\"").as_string() == "\xef\xbb\xbf");  // inside a string it is text
}

TEST_CASE("a repeated key is refused by its name", "[json]") {
  for (const char* text : {R"({"board": 1, "board": 1})", R"([{"x": {"board": 1, "board": 2}}])",
                           R"({"board": 1, "a": 2, "\u0062oard": 3})"}) {
    const Error error = refused(text);
    CHECK(error.code == ErrorCode::invalid_json);
    CHECK(mentions(error, "\"board\""));
    CHECK(mentions(error, "twice"));
  }
  // The same key in different objects is none; nor is another spelling.
  CHECK(parsed(R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}], "A": 2})").as_object().size() == 3);
  const Error error =
      refused("{\"" + std::string(5000, 'k') + "\":1,\"" + std::string(5000, 'k') + "\":2}");
  CHECK(error.message.size() < 200);
}

TEST_CASE("escapes and characters in strings", "[json]") {
  CHECK(parsed(R"("\"\\\/\b\f\n\r\t")").as_string() == "\"\\/\b\f\n\r\t");
  CHECK(parsed(R"("\u0041\u00e9\u20AC")").as_string() == "A\xc3\xa9\xe2\x82\xac");
  CHECK(parsed(R"("\ud83d\ude00")").as_string() == "\xf0\x9f\x98\x80");
  CHECK(parsed(R"("a\u0000b")").as_string() == std::string("a\0b", 3));
  CHECK(parsed("\"\x7f\"").as_string() == "\x7f");
  const std::vector<std::string> bad = {
      R"("\x41")", R"("\a")", R"("\'")", R"("\U0041")", R"("\u004")", R"("\u00g0")", R"("\u")",
      R"("\)",
      // lone and swapped surrogates
      R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\n")", R"("\ud83d\u0041")",
      R"("\ud83d\ud83d")", R"("\ude00\ud83d")",
      // raw control characters
      "\"a\nb\"", "\"a\tb\"", "\"\x01\"", "\"\x1f\"", std::string("\"\0\"", 3),
      // not UTF-8: stray, overlong, cut off, surrogate, beyond U+10FFFF
      "\"\x80\"", "\"\xc0\xaf\"", "\"\xe0\x80\x80\"", "\"\xe2\x82\"", "\"\xed\xa0\x80\"",
      "\"\xf4\x90\x80\x80\"", "\"\xff\""};
  for (const std::string& text : bad) {
    CHECK(refused(text).code == ErrorCode::invalid_json);
    CHECK(refused("{" + text + ": 1}").code == ErrorCode::invalid_json);  // as a key
  }
}

TEST_CASE("errors name the byte where reading stopped", "[json]") {
  CHECK(mentions(refused("x"), "byte 1"));
  CHECK(mentions(refused("[1, 2, x]"), "byte 8"));
  CHECK(mentions(refused("[1, 2"), "byte 6"));
  CHECK(mentions(refused("{\n  \"a\": 1,\n  b\n}"), "byte 15"));
  CHECK(mentions(refused("[1] 2"), "byte 5"));
  CHECK(mentions(refused("[1e999]"), "range of doubles"));
  // The text is somebody's input: it does not come back in the message.
  CHECK_FALSE(mentions(refused("[secret]"), "secret"));
  CHECK_FALSE(mentions(refused("[\"secret\\q\"]"), "secret"));
}

TEST_CASE("the depth limit", "[json]") {
  CHECK(parse_json(nested(32)).ok());
  CHECK(refused(nested(33)).code == ErrorCode::too_large);
  // Far deeper than any stack, and unfinished: refused at the limit.
  CHECK(refused(std::string(1'000'000, '[')).code == ErrorCode::too_large);
  JsonLimits limits;
  limits.depth = 3;
  CHECK(parse_json(R"([{"a": []}, {"b": {}}])", limits).ok());
  CHECK(refused(R"([{"a": [[]]}])", limits).code == ErrorCode::too_large);
  CHECK(mentions(refused(R"({"a": {"a": {"a": {}}}})", limits), "3"));
  limits.depth = 0;
  CHECK(parse_json("1", limits).ok());
  CHECK(refused("[]", limits).code == ErrorCode::too_large);
}

TEST_CASE("the size limit counts bytes", "[json]") {
  JsonLimits limits;
  limits.bytes = 10;
  CHECK(parse_json("[1, 2, 34]", limits).ok());
  const Error error = refused("[1, 2, 345]", limits);
  CHECK(error.code == ErrorCode::too_large);
  CHECK(mentions(error, "11"));
  CHECK(mentions(error, "10"));
  CHECK(refused("1" + std::string(10, ' '), limits).code == ErrorCode::too_large);
}

TEST_CASE("the element limit counts values, containers and keys", "[json]") {
  JsonLimits limits;
  limits.elements = 4;
  CHECK(parse_json("[1, 2, 3]", limits).ok());
  CHECK(refused("[1, 2, 3, 4]", limits).code == ErrorCode::too_large);
  CHECK(refused("[[], [], [], []]", limits).code == ErrorCode::too_large);
  CHECK(parse_json(R"({"a": 1})", limits).ok());
  CHECK(refused(R"({"a": 1, "b": 2})", limits).code == ErrorCode::too_large);
  CHECK(refused(R"({"a": {"b": 2}})", limits).code == ErrorCode::too_large);
  limits.elements = 5;
  CHECK(parse_json(R"({"a": {"b": 2}})", limits).ok());
  CHECK(parse_json(R"({"a": 1, "b": 2})", limits).ok());
}

TEST_CASE("whole numbers at the limits of 64 bits", "[json]") {
  CHECK(parsed("9223372036854775807") == Json(int_max));
  CHECK(parsed("-9223372036854775808") == Json(int_min));
  CHECK(parsed("9223372036854775807").is_int());
  CHECK(parsed("0").is_int());
  CHECK(parsed("-0").is_number());
  // Beyond them the nearest double, and never an integer that wrapped.
  for (const auto& [text, value] :
       std::vector<std::pair<std::string, double>>{{"9223372036854775808", 0x1p63},
                                                   {"18446744073709551615", 0x1p64},
                                                   {"18446744073709551616", 0x1p64},
                                                   {"-9223372036854775809", -0x1p63},
                                                   {"100000000000000000000000", 1e23}}) {
    const Json json = parsed(text);
    INFO(text);
    CHECK(json.is_number());
    CHECK_FALSE(json.is_int());
    CHECK(json.as_double() == value);
  }
  CHECK_FALSE(parsed("1.0").is_int());
  CHECK_FALSE(parsed("1e2").is_int());
  CHECK(Json(3).as_double() == 3.0);
  CHECK_FALSE(Json(1) == Json(1.0));
  CHECK(Json(int_min).dump() == "-9223372036854775808");
  CHECK(Json(int_max).dump() == "9223372036854775807");
}

TEST_CASE("numbers beyond the doubles are refused, those below become zero", "[json]") {
  for (const char* text : {"1e309", "-1e309", "[1e999999999999]", "1e400"}) {
    CHECK(refused(text).code == ErrorCode::invalid_json);
  }
  CHECK(refused(std::string(400, '9')).code == ErrorCode::invalid_json);
  CHECK(parsed("1e-400").as_double() == 0.0);
  CHECK(parsed("1.7976931348623157e308").as_double() == std::numeric_limits<double>::max());
  CHECK(parsed("5e-324").as_double() == std::numeric_limits<double>::denorm_min());
}

TEST_CASE("doubles come back bit by bit", "[json]") {
  using Limits = std::numeric_limits<double>;
  std::vector<double> values = {0.0,
                                -0.0,
                                1.0,
                                0.1,
                                1.0 / 3,
                                1e23,
                                1e300,
                                Limits::max(),
                                Limits::min(),
                                0x1p53,
                                0x1p63,
                                -0x1p64,
                                Limits::denorm_min(),
                                -Limits::max(),
                                123456789012345678.0};
  Rng rng(1);
  for (int i = 0; i < 5000; ++i) values.push_back(random_double(rng));
  for (const double value : values) {
    const std::string text = Json(value).dump();
    const Json back = parsed(text);
    INFO(text);
    REQUIRE_FALSE(back.is_int());
    REQUIRE(same_bits(back.as_double(), value));
  }
}

TEST_CASE("numbers that JSON cannot say become null", "[json]") {
  using Limits = std::numeric_limits<double>;
  Json list = Json::array();
  list.push(Limits::infinity()).push(-Limits::infinity()).push(Limits::quiet_NaN()).push(0.5);
  CHECK(list.dump() == "[null,null,null,0.5]");
}

TEST_CASE("bytes that are no UTF-8 are replaced when written", "[json]") {
  CHECK(Json(std::string("a\xff"
                         "b"))
            .dump() == "\"a" + replacement + "b\"");
  CHECK(Json(std::string("caf\xc3\xa9")).dump() == "\"caf\xc3\xa9\"");
  const std::vector<std::string> broken = {
      "\x80",         "\xc3",     "\xe2\x82",     "\xf0\x9f\x98",          "\xc0\xaf",
      "\xed\xa0\x80", "\xf5\x80", "ok\xe2(\xa1)", std::string("\0\xfe", 2)};
  for (const std::string& text : broken) {
    Json object = Json::object();
    object.set("key", text).set("k" + text, 1);
    const Json back = parsed(object.dump());
    REQUIRE(back.find("key") != nullptr);
    CHECK(back.find("key")->as_string().find(replacement) != std::string::npos);
    CHECK(back.as_object().size() == 2);
  }
}

TEST_CASE("the writer's forms", "[json]") {
  Json json = Json::object();
  json.set("b", Json(Json::Array{1, true, nullptr, "x\n\"\x01"})).set("a", 1.0);
  CHECK(json.dump() == R"({"b":[1,true,null,"x\n\"\u0001"],"a":1.0})");
  CHECK(json.dump_pretty() ==
        "{\n  \"b\": [\n    1,\n    true,\n    null,\n    \"x\\n\\\"\\u0001\"\n  ],\n"
        "  \"a\": 1.0\n}\n");
  CHECK(parsed(json.dump_pretty()) == json);
  CHECK(Json().dump() == "null");
  CHECK(Json::object().dump() == "{}");
  CHECK(Json(std::string_view("v")) == Json("v"));
  CHECK(Json(std::size_t{7}).as_int() == 7);
}

TEST_CASE("random values come back as they were", "[json]") {
  Rng rng(20);
  std::size_t bytes = 0;
  for (int i = 0; i < 2000; ++i) {
    const Json json = random_json(rng, 4);
    const std::string text = json.dump();
    bytes += text.size();
    CHECK(text.find('\n') == std::string::npos);
    REQUIRE(parsed(text) == json);
    REQUIRE(parsed(json.dump_pretty()) == json);
    REQUIRE(parsed(text).dump() == text);
  }
  CHECK(bytes > 40'000);  // not all of them were small
}

TEST_CASE("cut and damaged texts are values or errors, never anything else", "[json]") {
  Rng rng(21);
  for (int i = 0; i < 500; ++i) {
    Json list = Json::array();
    list.push(random_json(rng, 3)).push(random_json(rng, 3));
    const std::string text = list.dump();
    // An array is complete with its last byte only.
    const auto cut = text.substr(0, rng.below(static_cast<std::uint32_t>(text.size())));
    REQUIRE_FALSE(parse_json(cut).ok());
    std::string damaged = text;
    damaged[rng.below(static_cast<std::uint32_t>(text.size()))] = static_cast<char>(rng.below(256));
    if (const auto json = parse_json(damaged)) REQUIRE(parse_json(json->dump()).ok());
  }
}
