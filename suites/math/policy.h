#pragma once
// Named rules of what counts as the same answer.

#include <string>
#include <string_view>
#include <vector>

namespace reckon::suites::math {

/// `strict` is ours and the default: equal means the same mathematical object, each verdict with its
/// evidence. `math_verify` follows Math-Verify 0.9 (three options of its own), `minerva`
/// lm-evaluation-harness's minerva_math. docs/math_grading.md lists what differs.
struct Policy {
  enum class Name { strict, math_verify, minerva };
  Name name = Name::strict;

  // Options of Math-Verify, with its defaults; the other policies do not read them.
  int precision = 6;                     ///< decimals to which inexact numbers are rounded, 0 to 15
  bool strict = true;                    ///< variables have names that matter, a set is not a tuple
  bool allow_set_relation_comp = false;  ///< an inequality as the answer to an interval

  /// The reading of a gold answer that the suite fixes: "number", "list", "tuple" or "interval"; empty: each
  /// reading of the gold counts.
  std::string gold_reading;
};

/// The policy of that name; an unknown name is an Error that lists the known ones.
Policy policy_named(std::string_view name);
std::vector<std::string> policy_names();
std::string_view name_of(Policy::Name name);

}  // namespace reckon::suites::math
