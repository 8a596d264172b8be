#pragma once
// Answers of MATH as text, brought to one form by the rules of Hendrycks et al. (2021) and of Lewkowycz et
// al. (2022, appendix D), as lm-evaluation-harness 0.4.13 applies them.

#include <optional>
#include <string>
#include <string_view>

namespace reckon::suites {

/// What the last \boxed holds: "\boxed 7 $" (behind the last one with a space, up to a dollar sign) before
/// "\boxed{7}" (braces matched without regard to escapes). nullopt: no box, or one that never closes.
std::optional<std::string> last_boxed_of_harness(std::string_view text);

/// Equal after Hendrycks' rewriting; where those rules cannot be applied to a side, equal as they stand.
bool hendrycks_equal(std::string_view answer, std::string_view gold);

/// The normal form of Lewkowycz et al.
std::string minerva_normal_form(std::string_view answer);

}  // namespace reckon::suites
