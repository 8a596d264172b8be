// What a knight or knave may say, about people given by number.
#pragma once

#include <string>
#include <vector>

#include "suites/generators/counter_rng.h"

namespace reckon::suites {

enum class StatementKind {
  kIs,          // "Bob is a knave."
  kSame,        // "Bob and Cara are the same kind."
  kDifferent,   // "Bob and Cara are different kinds."
  kBoth,        // "Bob is a knight and Cara is a knave."
  kEither,      // "Bob is a knight or Cara is a knave." (or both)
  kIf,          // "If Bob is a knight, then Cara is a knave."
  kCount,       // "Exactly 2 of us are knights."
  kAtLeastOne,  // "At least one of us is a knave."
  kOnly,        // "Bob is the only knight."
  kNeither,     // "Neither Bob nor Cara is a knave."
};

inline constexpr int kStatementKinds = 10;

// A claim that `person` is of the kind `knight`.
struct Claim {
  int person = 0;
  bool knight = true;
};

struct Statement {
  StatementKind kind = StatementKind::kIs;
  Claim first;    // of kSame and kDifferent only the person counts; of kAtLeastOne only the kind
  Claim second;   // unused by kIs, kCount, kAtLeastOne and kOnly; of kNeither the kinds agree
  int count = 0;  // of kCount
};

// Who is a knight: assignment[person].
using Assignment = std::vector<bool>;

bool is_true(const Statement& statement, const Assignment& assignment);

// The values that decide the truth, in the order of the text, each word with a blank before it: " Bob knave
// knave yes and Cara knight knave no" (what they are, what is claimed, whether that holds), " Bob knight same
// Cara knave" (what they are), " 2 knights".
std::string workings(const Statement& statement, int speaker, const Assignment& assignment,
                     const std::vector<std::string>& names);

// A statement that `speaker` of `people` might make; two-person kinds never name one person twice.
Statement draw_statement(CounterRng& rng, int speaker, int people);

// In the mouth of `speaker`, who says "I" of themselves.
std::string to_text(const Statement& statement, int speaker, const std::vector<std::string>& names);

// With person p written as number[p]; the order of the operands of symmetric kinds does not show.
std::string to_canonical(const Statement& statement, const std::vector<int>& number);

}  // namespace reckon::suites
