#include "suites/math/answer_equality.h"

#include <algorithm>
#include <set>

#include "suites/math/interval_set.h"
#include "suites/math/statement.h"
#include "suites/math/value_equality.h"

namespace reckon::suites::math {
namespace {

constexpr std::size_t kMaxItems = 200;

Judgement different(std::string detail) { return {false, Evidence::proven_different, std::move(detail)}; }
Judgement undecided(std::string detail) { return {false, Evidence::not_decided, std::move(detail)}; }

bool is_unordered(const Node& tree) { return tree.kind == Kind::list || tree.kind == Kind::set; }

/// The items of a list or set, with "plus or minus" written out; a single value is a list of one.
std::vector<Tree> items_of(const Tree& tree) {
  std::vector<Tree> items;
  for (const Tree& arg : is_unordered(*tree) ? tree->args : std::vector<Tree>{tree}) {
    const std::optional<Assigned> named = arg->kind == Kind::relation ? assignment_of(arg) : std::nullopt;
    if (named && (named->value->kind == Kind::list || named->value->kind == Kind::set)) {
      const std::vector<Tree> inner = items_of(named->value);
      items.insert(items.end(), inner.begin(), inner.end());
    } else if (named && is_value(*named->value) && both_signs(named->value).size() == 2) {
      for (Tree& value : both_signs(arg)) items.push_back(std::move(value));
    } else if (is_value(*arg)) {
      for (Tree& value : both_signs(arg)) items.push_back(std::move(value));
    } else {
      items.push_back(arg);
    }
  }
  if (tree->kind == Kind::set) {
    std::set<std::string> seen;
    std::erase_if(items, [&seen](const Tree& item) { return !seen.insert(canonical_text(*item)).second; });
  }
  return items;
}

/// Keeps the weakest evidence of what was found equal.
void weaken(Judgement& all, const Judgement& one) {
  if (one.evidence != Evidence::proven_equal) all = one;
}

Judgement compare_in_order(const std::vector<Tree>& gold, const std::vector<Tree>& answer,
                           std::string detail) {
  if (gold.size() != answer.size()) return different("different numbers of entries");
  if (gold.size() > kMaxItems) return undecided("more than 200 entries (limit)");
  Judgement all{true, Evidence::proven_equal, std::move(detail)};
  std::optional<Judgement> open;
  for (std::size_t i = 0; i < gold.size(); ++i) {
    Judgement one = compare_answers(gold[i], answer[i]);
    if (!one.equal && one.evidence != Evidence::not_decided) {
      one.detail = "entry " + std::to_string(i + 1) + ": " + one.detail;
      return one;
    }
    if (!one.equal)
      open = std::move(one);
    else
      weaken(all, one);
  }
  return open ? *open : all;
}

/// Equality is transitive, so the first free partner is as good as any.
Judgement compare_in_any_order(const std::vector<Tree>& gold, const std::vector<Tree>& answer) {
  if (gold.size() != answer.size()) return different("different numbers of items");
  if (gold.size() > kMaxItems) return undecided("more than 200 items (limit)");
  Judgement all{true, Evidence::proven_equal, "each item has its partner"};
  std::vector<bool> used(answer.size(), false);
  for (const Tree& item : gold) {
    bool found = false;
    bool open = false;
    for (std::size_t i = 0; i < answer.size() && !found; ++i) {
      if (used[i]) continue;
      const Judgement one = compare_answers(item, answer[i]);
      if (one.equal) {
        found = used[i] = true;
        weaken(all, one);
      }
      open = open || one.evidence == Evidence::not_decided;
    }
    if (!found) {
      const std::string what = "no partner for " + canonical_text(*item).substr(0, 80);
      return open ? undecided(what) : different(what);
    }
  }
  return all;
}

/// An interval without closed ends may be a point: (1, 2).
bool is_open_pair(const Node& tree) {
  return (tree.kind == Kind::interval && tree.name == "()") ||
         (tree.kind == Kind::tuple && tree.args.size() == 2);
}

bool is_vector(const Node& tree) {
  return tree.kind == Kind::matrix &&
         (tree.value == Rational(1) || tree.value == Rational(static_cast<slong>(tree.args.size())));
}

Judgement compare_ratios(const Tree& gold, const Tree& answer) {
  const auto as_value = [](const Tree& tree) {
    return tree->kind == Kind::ratio && tree->args.size() == 2 ? quotient(tree->args[0], tree->args[1])
                                                               : tree;
  };
  const Tree a = as_value(gold);
  const Tree b = as_value(answer);
  if (is_value(*a) && is_value(*b)) return compare_values(a, b);
  if (a->kind != Kind::ratio || b->kind != Kind::ratio || a->args.size() != b->args.size()) {
    return different("a ratio and something else");
  }
  Judgement all{true, Evidence::proven_equal, "equal ratios"};
  for (std::size_t i = 1; i < a->args.size(); ++i) {
    const Judgement one =
        compare_values(make_product({a->args[0], b->args[i]}), make_product({b->args[0], a->args[i]}));
    if (!one.equal) return one;
    weaken(all, one);
  }
  return all;
}

std::optional<Judgement> compare_statements(const Tree& gold, const Tree& answer) {
  const bool gold_relation = gold->kind == Kind::relation;
  const bool answer_relation = answer->kind == Kind::relation;
  const std::optional<Solutions> gold_set = solutions_of(gold);
  const std::optional<Solutions> answer_set = solutions_of(answer);
  if (gold_set && answer_set) {
    if (gold_set->name != answer_set->name) return different("statements about different variables");
    return compare_answers(gold_set->set, answer_set->set);
  }
  if (gold_set && !answer_relation) return compare_answers(gold_set->set, answer);
  if (answer_set && !gold_relation) return compare_answers(gold, answer_set->set);
  if (!gold_relation && !answer_relation) return std::nullopt;
  const std::optional<Assigned> gold_value = gold_relation ? assignment_of(gold) : std::nullopt;
  const std::optional<Assigned> answer_value = answer_relation ? assignment_of(answer) : std::nullopt;
  if (gold_relation && answer_relation) {
    if (gold_value && answer_value && gold_value->name == answer_value->name) {
      return compare_answers(gold_value->value, answer_value->value);
    }
    return compare_relations(gold, answer);
  }
  if (gold_value) return compare_answers(gold_value->value, answer);
  if (answer_value) return compare_answers(gold, answer_value->value);
  if (is_unordered(*gold) || is_unordered(*answer)) return std::nullopt;
  return different("a relation and a value");
}

}  // namespace

Judgement compare_answers(const Tree& gold, const Tree& answer) {
  if (gold->kind != Kind::number && canonical_text(*gold) == canonical_text(*answer)) {
    return {true, Evidence::proven_equal, "identical normal forms"};
  }
  if (const std::optional<Judgement> statements = compare_statements(gold, answer)) return *statements;
  if (is_unordered(*gold) || is_unordered(*answer)) {
    return compare_in_any_order(items_of(gold), items_of(answer));
  }
  if (is_value(*gold) && is_value(*answer)) {
    const std::vector<Tree> a = both_signs(gold);
    const std::vector<Tree> b = both_signs(answer);
    return a.size() == 1 && b.size() == 1 ? compare_values(gold, answer) : compare_in_any_order(a, b);
  }
  if (is_open_pair(*gold) && is_open_pair(*answer))
    return compare_in_order(gold->args, answer->args, "a pair");
  if (is_interval_set(*gold) && is_interval_set(*answer)) return compare_interval_sets(gold, answer);
  if (gold->kind == Kind::ratio || answer->kind == Kind::ratio) return compare_ratios(gold, answer);
  const bool gold_vector = is_vector(*gold) || gold->kind == Kind::tuple;
  const bool answer_vector = is_vector(*answer) || answer->kind == Kind::tuple;
  if (gold->kind == Kind::matrix && answer->kind == Kind::matrix && !(gold->value == answer->value)) {
    return different("matrices of different shapes");
  }
  if ((gold_vector && answer_vector) || (gold->kind == answer->kind && gold->kind == Kind::matrix)) {
    return compare_in_order(gold->args, answer->args, "entry by entry");
  }
  if (gold->kind == Kind::interval && answer->kind == Kind::tuple && gold->name == "[]") {
    return compare_in_order(gold->args, answer->args, "a list in square brackets");
  }
  return different("answers of different kinds");
}

}  // namespace reckon::suites::math
