// "Did you mean": the nearest of known names. Torch-free.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace trm {

/// "; did you mean NAME?" for the known name nearest to `word` by edit distance, where one is near
/// enough; else empty. Names of the form "section.key" are also near when only their keys are.
std::string did_you_mean(std::string_view word, const std::set<std::string, std::less<>>& known);

}  // namespace trm
