#pragma once
// What a relation says: the value it names, or the set of numbers it describes.

#include <optional>
#include <string>

#include "suites/math/judge.h"
#include "suites/math/tree.h"

namespace reckon::suites::math {

/// "x = 5", "f(x) = 2x", "(x, y) = (3, 2)", "a = b = 5": a name and its value.
struct Assigned {
  std::string name;
  Tree value;
};
std::optional<Assigned> assignment_of(const Tree& tree);

/// "x \in S", "x > 2", "1 \le x < 3", "x < 1 or x > 3": a variable and its set.
struct Solutions {
  std::string name;
  Tree set;
};
std::optional<Solutions> solutions_of(const Tree& tree);

/// Two relations: equations up to a constant factor, inequalities up to a positive one, chains link by link.
Judgement compare_relations(const Tree& gold, const Tree& answer);

}  // namespace reckon::suites::math
