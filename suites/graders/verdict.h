#pragma once
// What grading one answer decided, and why.

#include <map>
#include <optional>
#include <string>

namespace reckon::suites {

/// The judgement of one answer. `extracted`, `rule` and `correct` are those of the suite's first filter (or
/// of its `reckon: extraction`), which is the one that accuracy is reported from.
struct Verdict {
  bool correct = false;
  std::string extracted;  ///< the final answer as it was found, before any normalisation; "" when none
  std::string rule;       ///< the extraction rule that fired, e.g. "last_boxed"; "" when none did
  std::string why;        ///< one sentence for people: how the answer compared with the gold one
  std::string evidence;   ///< how that is known (Grade::evidence), "" where the grader has no kinds of it
  std::string isolation;  ///< what held the code that was run for it (Grade::isolation); "" where none was
  /// Every metric of every filter, keyed as lm-evaluation-harness keys results: "exact_match,strict-match";
  /// the filter's name is "none" where the suite names none.
  std::map<std::string, double> metrics;
  /// Metrics that are sums (a log-probability) over so many words or bytes, by the same keys.
  std::map<std::string, double> weights = {};
  bool has_right_answer = true;                  ///< false: nothing here is right or wrong (perplexity)
  std::optional<bool> forgeable = std::nullopt;  ///< Grade::forgeable; unset where no code was run
};

}  // namespace reckon::suites
