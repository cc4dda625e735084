// Reading the members of a request's body: each error names its field and what was expected.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "puzzles/json.h"
#include "puzzles/puzzle.h"

namespace trm::http {

/// invalid_field: "FIELD: expected EXPECTED, found KIND".
Error wrong(const std::string& field, const std::string& expected, const Json& found);
/// unknown_field: 'unknown field "KEY": expected EXPECTED'; a long key is cut.
Error unknown_field(const std::string& key, const std::string& expected);

/// Whether the object has no members but those. Error: unknown_field.
Result<void> only_fields(const Json& json, const std::vector<std::string>& known);

/// Put the value into `out`. Error: invalid_field.
Result<void> read_field(const std::string& field, const Json& value, std::string& out);
Result<void> read_field(const std::string& field, const Json& value, bool& out);
Result<void> read_field(const std::string& field, const Json& value, double& out);
Result<void> read_field(const std::string& field, const Json& value, int& out);
Result<void> read_field(const std::string& field, const Json& value, std::uint64_t& out);

/// The body as an object. Errors: those of parse_json; invalid_field.
Result<Json> read_object(std::string_view body);
/// The member of that name. Error: invalid_field.
Result<const Json*> member(const Json& json, const char* key);
/// The module that the member "puzzle" names. Errors: invalid_field, unknown_puzzle.
Result<const Puzzle*> read_puzzle(const Json& json);
/// The board in the member "board". Errors: invalid_field and those of the puzzle.
Result<Question> read_board(const Puzzle& puzzle, const Json& json);
/// The member "answer", which must be there. Errors: as read_board; each begins with "answer".
Result<Answer> read_answer(const Question& question, const Json& json);

}  // namespace trm::http
