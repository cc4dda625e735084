#include "trainer/yaml.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace trm {
namespace {

Error at(const YAML::Mark& mark, const std::string& message) {
  const std::string where = mark.is_null() ? ""
                                           : "line " + std::to_string(mark.line + 1) + ", column " +
                                                 std::to_string(mark.column + 1) + ": ";
  return fail(ErrorCode::invalid_config, where + message, "config");
}

template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Json's texts are UTF-8: what is not would come out of dump() as U+FFFD, and two keys as one.
bool is_utf8(std::string_view text) {
  const auto same = parse_json(Json(text).dump());
  return same && same->as_string() == text;
}

// A plain scalar by its looks.
Json plain(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return {};
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (const auto number = whole<std::int64_t>(text)) return *number;
  // from_chars reads "inf" and "nan" too: here they stay words.
  if (const auto number = whole<double>(text); number && std::isfinite(*number)) return *number;
  return text;
}

/// Turns nodes into values and counts them: an alias may stand for a large or endless tree.
class Reader {
 public:
  explicit Reader(const JsonLimits& limits) : limits_(limits) {}

  Result<Json> read(const YAML::Node& node, int depth) {
    if (++elements_ > limits_.elements || depth > limits_.depth) {
      return fail(ErrorCode::too_large,
                  "YAML beyond " + std::to_string(limits_.elements) + " values or " +
                      std::to_string(limits_.depth) + " levels",
                  "config");
    }
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        return node.Tag() == "!" ? Json(node.Scalar()) : plain(node.Scalar());
      case YAML::NodeType::Sequence:
        return sequence(node, depth);
      case YAML::NodeType::Map:
        return map(node, depth);
      default:
        return Json();
    }
  }

 private:
  Result<Json> sequence(const YAML::Node& node, int depth) {
    Json list = Json::array();
    for (const auto& item : node) {
      auto value = read(item, depth + 1);
      if (!value) return value;
      list.push(std::move(*value));
    }
    return list;
  }

  Result<Json> map(const YAML::Node& node, int depth) {
    Json object = Json::object();
    for (const auto& member : node) {
      if (!member.first.IsScalar()) return at(member.first.Mark(), "a key that is no text");
      const std::string& key = member.first.Scalar();
      if (object.find(key) != nullptr) {
        return at(member.first.Mark(), "the key \"" + key.substr(0, 60) + "\" stands there twice");
      }
      auto value = read(member.second, depth + 1);
      if (!value) return value;
      object.set(key, std::move(*value));
    }
    return object;
  }

  const JsonLimits& limits_;
  std::size_t elements_ = 0;
};

}  // namespace

Result<Json> parse_yaml(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    return fail(ErrorCode::too_large, "YAML text over " + std::to_string(limits.bytes) + " bytes",
                "config");
  }
  if (!is_utf8(text)) {
    return fail(ErrorCode::invalid_config, "no YAML: the text is not UTF-8", "config");
  }
  try {
    return Reader(limits).read(YAML::Load(std::string(text)), 1);
  } catch (const YAML::Exception& error) {
    return at(error.mark, error.msg);
  } catch (const std::exception& error) {  // the library's own containers
    return fail(ErrorCode::invalid_config, std::string("no YAML: ") + error.what(), "config");
  }
}

}  // namespace trm
