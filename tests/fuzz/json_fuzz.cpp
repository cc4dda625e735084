// The JSON door: limits hold, and what it reads it writes so that it reads the same.
#include <algorithm>
#include <string>

#include "puzzles/json.h"
#include "tests/fuzz/fuzz.h"

namespace trm {
namespace {

/// What a value amounts to under the limits of the reader.
struct Measure {
  int depth = 0;
  std::size_t elements = 0;
};

void measure(const Json& value, int depth, Measure& total) {
  ++total.elements;
  if (value.is_array() || value.is_object()) total.depth = std::max(total.depth, depth + 1);
  if (value.is_array()) {
    for (const Json& element : value.as_array()) measure(element, depth + 1, total);
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.as_object()) {
      ++total.elements;                             // keys count
      FUZZ_CHECK(value.find(key) == &member, key);  // no key stands twice
      measure(member, depth + 1, total);
    }
  }
}

void check_error(const Error& error) {
  FUZZ_CHECK(error.code == ErrorCode::invalid_json || error.code == ErrorCode::too_large,
             error.message);
  FUZZ_CHECK(!error.message.empty(), "an error without words");
}

void check_limits(const Json& value, const JsonLimits& limits) {
  Measure total;
  measure(value, 0, total);
  FUZZ_CHECK(total.depth <= limits.depth, std::to_string(total.depth));
  FUZZ_CHECK(total.elements <= limits.elements, std::to_string(total.elements));
}

/// The same text under limits that are easily met.
void check_tight(std::string_view text, const Result<Json>& whole) {
  constexpr JsonLimits tight{200, 3, 12};
  const auto value = parse_json(text, tight);
  if (!value) {
    check_error(value.error());
    return;
  }
  FUZZ_CHECK(text.size() <= tight.bytes, std::to_string(text.size()));
  check_limits(*value, tight);
  FUZZ_CHECK(whole.ok() && *whole == *value, "tight limits change the value");
}

}  // namespace
}  // namespace trm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trm;
  const auto text = fuzz::as_text(data, size);
  const auto value = parse_json(text);
  check_tight(text, value);
  if (!value) {
    check_error(value.error());
    return 0;
  }
  check_limits(*value, {});
  FUZZ_CHECK(!json_kind(*value).empty(), "a value without kind");
  const std::string line = value->dump();
  FUZZ_CHECK(line.find('\n') == std::string::npos, line);
  for (const std::string& written : {line, value->dump_pretty()}) {
    const auto again = parse_json(written);
    FUZZ_CHECK(again.ok(), written + (again ? "" : "\n" + again.error().message));
    FUZZ_CHECK(*again == *value, written);
    FUZZ_CHECK(again->dump() == line, written);
  }
  return 0;
}
