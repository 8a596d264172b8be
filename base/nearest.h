#pragma once
// "Did you mean ...": the nearest known name to one that is not known.

#include <string>
#include <string_view>
#include <vector>

namespace reckon {

/// Number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
int edit_distance(std::string_view a, std::string_view b);

/// The known name nearest to `name`, or empty when none is near (distance over a third of the length, plus
/// one).
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

/// "; did you mean 'x'?" or "".
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known);

}  // namespace reckon
