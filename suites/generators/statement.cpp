#include "suites/generators/statement.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace reckon::suites {

namespace {

bool holds(const Claim& claim, const Assignment& assignment) {
  return assignment[static_cast<std::size_t>(claim.person)] == claim.knight;
}

std::string kind_name(bool knight) { return knight ? "a knight" : "a knave"; }

std::string subject(int person, int speaker, const std::vector<std::string>& names) {
  return person == speaker ? "I" : names[static_cast<std::size_t>(person)];
}

std::string claim_text(const Claim& claim, int speaker, const std::vector<std::string>& names) {
  const std::string verb = claim.person == speaker ? " am " : " is ";
  return subject(claim.person, speaker, names) + verb + kind_name(claim.knight);
}

// "Bob and I": the speaker comes last, as people say it.
std::string pair_text(int first, int second, int speaker, const std::vector<std::string>& names) {
  if (first == speaker) {
    std::swap(first, second);
  }
  return subject(first, speaker, names) + " and " + subject(second, speaker, names);
}

// "Neither Bob nor I am a knave": the verb goes with the person next to it.
std::string neither_text(const Claim& claim, int other, int speaker, const std::vector<std::string>& names) {
  int first = claim.person;
  if (first == speaker) {
    std::swap(first, other);
  }
  return "Neither " + subject(first, speaker, names) + " nor " + subject(other, speaker, names) +
         (other == speaker ? " am " : " is ") + kind_name(claim.knight) + ".";
}

}  // namespace

bool is_true(const Statement& statement, const Assignment& assignment) {
  const bool first = holds(statement.first, assignment);
  const bool second = holds(statement.second, assignment);
  switch (statement.kind) {
    case StatementKind::kIs:
      return first;
    case StatementKind::kSame:
    case StatementKind::kDifferent: {
      const bool same = assignment[static_cast<std::size_t>(statement.first.person)] ==
                        assignment[static_cast<std::size_t>(statement.second.person)];
      return same == (statement.kind == StatementKind::kSame);
    }
    case StatementKind::kBoth:
      return first && second;
    case StatementKind::kEither:
      return first || second;
    case StatementKind::kIf:
      return !first || second;
    case StatementKind::kCount:
      return std::count(assignment.begin(), assignment.end(), true) == statement.count;
    case StatementKind::kAtLeastOne:
      return std::find(assignment.begin(), assignment.end(), statement.first.knight) != assignment.end();
    case StatementKind::kOnly:
      return first && std::count(assignment.begin(), assignment.end(), statement.first.knight) == 1;
    case StatementKind::kNeither:
      return !first && !second;
  }
  return false;
}

std::string workings(const Statement& statement, int speaker, const Assignment& assignment,
                     const std::vector<std::string>& names) {
  const auto name = [&](const Claim& claim) { return " " + names[static_cast<std::size_t>(claim.person)]; };
  const auto kind = [](bool knight) { return knight ? " knight" : " knave"; };
  const auto state = [&](const Claim& claim) {
    return name(claim) + kind(assignment[static_cast<std::size_t>(claim.person)]);
  };
  const auto value = [&](const Claim& claim) {
    return state(claim) + kind(claim.knight) + (holds(claim, assignment) ? " yes" : " no");
  };
  const auto number = [&](bool knights) {
    return " " + std::to_string(std::count(assignment.begin(), assignment.end(), knights));
  };
  Claim first = statement.first;
  Claim second = statement.second;
  const bool turned = statement.kind == StatementKind::kSame || statement.kind == StatementKind::kDifferent ||
                      statement.kind == StatementKind::kNeither;
  if (turned && first.person == speaker) {
    std::swap(first, second);
  }
  switch (statement.kind) {
    case StatementKind::kIs:
      return value(first);
    case StatementKind::kSame:
      return state(first) + " same" + state(second);
    case StatementKind::kDifferent:
      return state(first) + " different" + state(second);
    case StatementKind::kBoth:
      return value(first) + " and" + value(second);
    case StatementKind::kEither:
      return value(first) + " or" + value(second);
    case StatementKind::kIf:
      return value(first) + " then" + value(second);
    case StatementKind::kNeither:
      return value(first) + " nor" + value(second);
    case StatementKind::kOnly:
      return value(first) + " only" + number(first.knight);
    case StatementKind::kCount:
      return number(true) + " of " + std::to_string(statement.count);
    case StatementKind::kAtLeastOne:
      return number(first.knight) + (first.knight ? " knights" : " knaves");
  }
  return "";
}

Statement draw_statement(CounterRng& rng, int speaker, int people) {
  Statement statement;
  statement.kind = static_cast<StatementKind>(rng.below(kStatementKinds));
  statement.first = {rng.below(people), rng.chance(50)};
  statement.second = {(statement.first.person + rng.between(1, people - 1)) % people, rng.chance(50)};
  if (statement.kind == StatementKind::kIs && statement.first.person == speaker) {
    statement.first.person =
        statement.second.person;  // "I am a knight" says nothing, "I am a knave" nobody can say
  }
  if (statement.kind == StatementKind::kNeither) {
    statement.second.knight = statement.first.knight;
  }
  if (statement.kind == StatementKind::kCount) {
    statement.count = rng.between(0, people - 1);
  }
  return statement;
}

std::string to_text(const Statement& statement, int speaker, const std::vector<std::string>& names) {
  const Claim& first = statement.first;
  const Claim& second = statement.second;
  switch (statement.kind) {
    case StatementKind::kIs:
      return claim_text(first, speaker, names) + ".";
    case StatementKind::kSame:
      return pair_text(first.person, second.person, speaker, names) + " are the same kind.";
    case StatementKind::kDifferent:
      return pair_text(first.person, second.person, speaker, names) + " are different kinds.";
    case StatementKind::kBoth:
      return claim_text(first, speaker, names) + " and " + claim_text(second, speaker, names) + ".";
    case StatementKind::kEither:
      return claim_text(first, speaker, names) + " or " + claim_text(second, speaker, names) + ".";
    case StatementKind::kIf:
      return "If " + claim_text(first, speaker, names) + ", then " + claim_text(second, speaker, names) + ".";
    case StatementKind::kCount:
      return statement.count == 1 ? "Exactly 1 of us is a knight."
                                  : "Exactly " + std::to_string(statement.count) + " of us are knights.";
    case StatementKind::kAtLeastOne:
      return "At least one of us is " + kind_name(first.knight) + ".";
    case StatementKind::kOnly:
      return subject(first.person, speaker, names) + (first.person == speaker ? " am" : " is") +
             " the only " + (first.knight ? "knight." : "knave.");
    case StatementKind::kNeither:
      return neither_text(first, second.person, speaker, names);
  }
  return "";
}

std::string to_canonical(const Statement& statement, const std::vector<int>& number) {
  const auto plain = [&](const Claim& claim) {
    return std::to_string(number[static_cast<std::size_t>(claim.person)]);
  };
  const auto signed_claim = [&](const Claim& claim) { return (claim.knight ? "+" : "-") + plain(claim); };
  const auto sorted = [](std::string left, std::string right) {
    return left < right ? left + "," + right : right + "," + left;
  };
  const std::string first = signed_claim(statement.first);
  const std::string second = signed_claim(statement.second);
  switch (statement.kind) {
    case StatementKind::kIs:
      return "is(" + first + ")";
    case StatementKind::kSame:
      return "same(" + sorted(plain(statement.first), plain(statement.second)) + ")";
    case StatementKind::kDifferent:
      return "different(" + sorted(plain(statement.first), plain(statement.second)) + ")";
    case StatementKind::kBoth:
      return "both(" + sorted(first, second) + ")";
    case StatementKind::kEither:
      return "either(" + sorted(first, second) + ")";
    case StatementKind::kIf:
      return "if(" + first + "," + second + ")";
    case StatementKind::kCount:
      return "count(" + std::to_string(statement.count) + ")";
    case StatementKind::kAtLeastOne:
      return statement.first.knight ? "one(+)" : "one(-)";
    case StatementKind::kOnly:
      return "only(" + first + ")";
    case StatementKind::kNeither:
      return "neither(" + sorted(first, second) + ")";
  }
  return "";
}

}  // namespace reckon::suites
