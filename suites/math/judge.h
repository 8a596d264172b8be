#pragma once
// Whether two mathematical answers are the same, and how that is known.

#include <string>
#include <string_view>
#include <vector>

#include "suites/math/policy.h"

namespace reckon::suites::math {

/// How a verdict was reached. The first, third, fourth and fifth count as equal; `not_decided` counts as
/// wrong and is listed apart.
enum class Evidence {
  proven_equal,
  proven_different,
  agrees_numerically,
  agrees_at_points,
  text_match,
  text_differs,
  not_decided,
};

/// "proven_equal", ... : the names that records hold.
std::string_view name_of(Evidence evidence);

struct Judgement {
  bool equal = false;
  Evidence evidence = Evidence::not_decided;
  std::string detail;  ///< what was compared and which step decided; digits, points or the limit that was hit
};

/// Whether `answer` is `gold` under a policy; both are extracted answers (LaTeX, plain text, Unicode or a
/// mixture),
/// `$` and `\boxed{}` around them allowed. Never throws for what they hold; work and memory are bounded by
/// counted limits alone, so that a verdict never depends on time.
Judgement judge(std::string_view gold, std::string_view answer, const Policy& policy = {});

/// One way to read an answer.
struct Reading {
  std::string kind;  ///< "number", "expression", "list", "tuple", "interval", "relation", "text", ...
  std::string tree;  ///< as text, e.g. "(+ 1 (root 2 5))"
};

/// What the parser makes of one answer, for inspection.
struct ParsedAnswer {
  std::vector<Reading> readings;  ///< none where the answer is text only
  bool declared_text = false;     ///< written as words: \text{...}, a name, a choice letter, a date, a time
  std::string normal_text;        ///< what is compared where no reading is left
  std::string unsupported;        ///< the construct that cannot be evaluated, by name ("integral"), or empty
  std::string syntax_error;       ///< why it is not mathematics, or empty
};
ParsedAnswer parse_answer(std::string_view answer);

}  // namespace reckon::suites::math
