#include "suites/math/math_verify_policy.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "suites/math/answer_equality.h"
#include "suites/math/ball.h"
#include "suites/math/interval_set.h"
#include "suites/math/prepare.h"
#include "suites/math/readings.h"
#include "suites/math/statement.h"
#include "suites/math/value_equality.h"

namespace reckon::suites::math {
namespace {

Judgement different(std::string detail) { return {false, Evidence::proven_different, std::move(detail)}; }

bool is_equation(const Node& tree) {
  return tree.kind == Kind::relation && tree.name.find_first_not_of("=~e") == std::string::npos;
}
bool is_set_like(const Node& tree) {
  return tree.kind == Kind::list || tree.kind == Kind::set || is_interval_set(tree);
}
bool is_finite_set(const Node& tree) { return tree.kind == Kind::list || tree.kind == Kind::set; }
bool is_pair(const Node& tree) {
  return tree.kind == Kind::tuple || (tree.kind == Kind::interval && tree.name == "()");
}

/// A decimal, with sign or percent sign: a float there.
bool is_float(const Node& tree) {
  if (tree.kind == Kind::number) return tree.name == "decimal";
  if (tree.kind == Kind::percent) return is_float(*tree.args[0]);
  return tree.kind == Kind::product && tree.args.size() == 2 && tree.args[0]->kind == Kind::number &&
         is_float(*tree.args[1]);
}
bool is_plain_number(const Node& tree) {
  if (tree.kind == Kind::number) return true;
  return tree.kind == Kind::percent && tree.args[0]->kind == Kind::number;
}

std::optional<std::string> name_of_symbol(const Node& tree) {
  if (tree.kind == Kind::variable) return tree.name;
  if (tree.kind == Kind::euler) return "e";
  if (tree.kind != Kind::product) return std::nullopt;
  std::string all;
  for (const Tree& arg : tree.args) {
    const std::optional<std::string> part = name_of_symbol(*arg);
    if (!part) return std::nullopt;
    all += *part;
  }
  return all;
}

void collect_variables(const Node& tree, std::vector<std::string>& names) {
  if (tree.kind == Kind::variable && std::find(names.begin(), names.end(), tree.name) == names.end())
    names.push_back(tree.name);
  for (const Tree& arg : tree.args) collect_variables(*arg, names);
}

Tree renamed(const Tree& tree, const std::map<std::string, std::string>& names) {
  if (tree->kind == Kind::variable && names.contains(tree->name))
    return make_leaf(Kind::variable, names.at(tree->name));
  if (tree->args.empty()) return tree;
  auto node = std::make_shared<Node>(*tree);
  for (Tree& arg : node->args) arg = renamed(arg, names);
  return node;
}

class MathVerify {
 public:
  explicit MathVerify(const Policy& policy) : policy_(policy) {}

  Judgement compare(Tree gold, Tree answer, bool top) const {
    if (top && !policy_.strict) answer = with_names_of(gold, answer);
    const std::optional<Assigned> gold_named = assignment_of(gold);
    const std::optional<Solutions> gold_member =
        gold->kind == Kind::relation && gold->name == "e" ? solutions_of(gold) : std::nullopt;
    // The form of the gold answer decides which equations stand for their right-hand sides.
    if (is_equation(*answer) && !is_equation(*gold)) {
      const std::optional<Assigned> named = assignment_of(answer);
      answer = named ? named->value : answer->args.back();
    } else if ((gold_named || gold_member) && !is_equation(*answer)) {
      gold = gold_named ? gold_named->value : gold_member->set;
    }
    if (gold->kind == Kind::relation && is_set_like(*answer)) {
      if (const std::optional<Solutions> set = solutions_of(gold)) gold = set->set;
    }
    if (top && policy_.allow_set_relation_comp && answer->kind == Kind::relation && is_set_like(*gold)) {
      if (const std::optional<Solutions> set = solutions_of(answer)) answer = set->set;
    }
    if (canonical_text(*gold) == canonical_text(*answer))
      return {true, Evidence::proven_equal, "identical normal forms"};
    if (gold->kind == Kind::relation && answer->kind == Kind::relation) return relations(gold, answer);
    if (is_set_like(*gold) || is_set_like(*answer) || gold->kind == Kind::tuple ||
        answer->kind == Kind::tuple) {
      return sets(gold, answer);
    }
    if (gold->kind == Kind::ratio || answer->kind == Kind::ratio) return compare_answers(gold, answer);
    if (gold->kind == Kind::matrix && answer->kind == Kind::matrix && gold->value == answer->value) {
      return in_order(gold->args, answer->args);
    }
    if (is_value(*gold) && is_value(*answer)) return values(gold, answer);
    return different("answers of different kinds");
  }

 private:
  /// Without `strict`, variables match by their order of appearance.
  static Tree with_names_of(const Tree& gold, const Tree& answer) {
    std::vector<std::string> gold_names;
    std::vector<std::string> answer_names;
    collect_variables(*gold, gold_names);
    collect_variables(*answer, answer_names);
    if (gold_names.size() != answer_names.size()) return answer;
    std::map<std::string, std::string> names;
    for (std::size_t i = 0; i < gold_names.size(); ++i) names[answer_names[i]] = gold_names[i];
    return renamed(answer, names);
  }

  Judgement relations(const Tree& gold, const Tree& answer) const {
    const std::optional<Assigned> a = assignment_of(gold);
    const std::optional<Assigned> b = assignment_of(answer);
    if (a && b) {
      if (a->name != b->name) return compare_relations(gold, answer);
      return compare(a->value, b->value, false);
    }
    const std::optional<Solutions> c = solutions_of(gold);
    const std::optional<Solutions> d = solutions_of(answer);
    if (c && d) {
      if (c->name != d->name) return different("statements about different variables");
      return compare(c->set, d->set, false);
    }
    return compare_relations(gold, answer);
  }

  static std::vector<Tree> items_of(const Tree& tree) {
    std::vector<Tree> items;
    for (const Tree& arg : is_finite_set(*tree) || is_pair(*tree) ? tree->args : std::vector<Tree>{tree}) {
      const std::optional<Assigned> named = arg->kind == Kind::relation ? assignment_of(arg) : std::nullopt;
      if (named && is_finite_set(*named->value)) {
        for (Tree& item : items_of(named->value)) items.push_back(std::move(item));
      } else if (named && both_signs(named->value).size() == 2) {
        for (Tree& value : both_signs(arg)) items.push_back(std::move(value));
      } else if (is_value(*arg)) {
        for (Tree& value : both_signs(arg)) items.push_back(std::move(value));
      } else {
        items.push_back(arg);
      }
    }
    if (is_finite_set(*tree)) {
      std::set<std::string> seen;
      std::erase_if(items, [&seen](const Tree& item) { return !seen.insert(canonical_text(*item)).second; });
    }
    return items;
  }

  Judgement sets(const Tree& gold, const Tree& answer) const {
    const bool gold_finite = is_finite_set(*gold) || is_value(*gold) || gold->kind == Kind::relation;
    const bool answer_finite = is_finite_set(*answer) || is_value(*answer) || answer->kind == Kind::relation;
    if (gold_finite && (answer_finite || is_pair(*answer)))
      return any_order(items_of(gold), items_of(answer));
    if (is_pair(*gold) && (answer_finite || is_pair(*answer)))
      return in_order(items_of(gold), items_of(answer));
    if (gold->kind == Kind::interval && answer->kind == Kind::interval) {
      if (gold->name != answer->name) return different("other brackets");
      return in_order(gold->args, answer->args);
    }
    if (is_interval_set(*gold) && is_interval_set(*answer)) return compare_interval_sets(gold, answer);
    return different("answers of different kinds");
  }

  Judgement in_order(const std::vector<Tree>& gold, const std::vector<Tree>& answer) const {
    if (gold.size() != answer.size()) return different("different numbers of entries");
    Judgement all{true, Evidence::proven_equal, "entry by entry"};
    for (std::size_t i = 0; i < gold.size(); ++i) {
      Judgement one = compare(gold[i], answer[i], false);
      if (!one.equal) return one;
      if (one.evidence != Evidence::proven_equal) all = std::move(one);
    }
    return all;
  }

  Judgement any_order(const std::vector<Tree>& gold, const std::vector<Tree>& answer) const {
    if (gold.size() != answer.size()) return different("different numbers of items");
    if (gold.size() > 200) return {false, Evidence::not_decided, "more than 200 items (limit)"};
    Judgement all{true, Evidence::proven_equal, "each item has its partner"};
    std::vector<bool> used(answer.size(), false);
    for (const Tree& item : gold) {
      Judgement one = different("no partner for an item");
      for (std::size_t i = 0; i < answer.size() && !one.equal; ++i) {
        if (used[i]) continue;
        one = compare(item, answer[i], false);
        used[i] = one.equal;
      }
      if (!one.equal) return one;
      if (one.evidence != Evidence::proven_equal) all = std::move(one);
    }
    return all;
  }

  Judgement values(const Tree& gold, const Tree& answer) const {
    const std::vector<Tree> a = both_signs(gold);
    const std::vector<Tree> b = both_signs(answer);
    if (a.size() != b.size()) return different("plus or minus on one side");
    if (a.size() == 2) return any_order(a, b);
    const std::optional<std::string> first = name_of_symbol(*gold);
    const std::optional<std::string> second = name_of_symbol(*answer);
    if (first && second && (gold->kind == Kind::variable || answer->kind == Kind::variable)) {
      const auto lower = [](std::string text) {
        if (text.size() > 1)
          std::transform(text.begin(), text.end(), text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return text;
      };
      const bool constant_e =
          (gold->kind == Kind::euler && *second == "E") || (answer->kind == Kind::euler && *first == "E");
      const bool same = constant_e || lower(*first) == lower(*second);
      return {same, same ? Evidence::proven_equal : Evidence::proven_different, "symbols by their names"};
    }
    const bool floats = is_float(*gold) || is_float(*answer);
    if (floats) {
      const Tree x = prepare(gold, PercentMeaning::hundredth);
      const Tree y = prepare(answer, PercentMeaning::hundredth);
      if (!has_variables(*x) && !has_variables(*y)) {
        if (const std::optional<Judgement> near = rounded(*x, *y); near && near->equal) return *near;
      }
    }
    Judgement exact = compare_values(gold, answer);
    if (exact.equal || floats) return exact;
    const Tree x = prepare(gold, PercentMeaning::hundredth);
    const Tree y = prepare(answer, PercentMeaning::hundredth);
    if (has_variables(*x) || has_variables(*y) || is_plain_number(*gold) || is_plain_number(*answer))
      return exact;
    if (within(*x, *y)) return {true, Evidence::agrees_numerically, "15 digits agree"};
    return exact;
  }

  /// Both rounded to `precision` decimals.
  std::optional<Judgement> rounded(const Node& gold, const Node& answer) const {
    Ball a;
    Ball b;
    if (!at_scale(gold, a) || !at_scale(answer, b)) return std::nullopt;
    const bool same = acb_equal(a.get(), b.get()) != 0;
    return Judgement{same, same ? Evidence::agrees_numerically : Evidence::proven_different,
                     fmt::format("rounded to {} decimals", policy_.precision)};
  }

  bool at_scale(const Node& tree, Ball& result) const {
    Work work;
    const Assignment none;
    if (evaluate(tree, Evaluation{none, 256, false, work}, result) != Evaluated::ok) return false;
    Rational scale(1);
    for (int i = 0; i < policy_.precision; ++i) scale = scale * Rational(10);
    arb_mul_fmpz(result.real(), result.real(), scale.numerator(), 256);
    Rational half(1, 2);
    Ball shift;
    acb_set_fmpq(shift.get(), half.get(), 256);
    arb_add(result.real(), result.real(), shift.real(), 256);
    arb_floor(result.real(), result.real(), 256);
    return arb_is_exact(result.real()) != 0 && arb_is_zero(result.imaginary()) != 0;
  }

  static bool within(const Node& gold, const Node& answer) {
    Work work;
    const Assignment none;
    Ball a;
    Ball b;
    const Evaluation how{none, 128, false, work};
    if (evaluate(gold, how, a) != Evaluated::ok || evaluate(answer, how, b) != Evaluated::ok) return false;
    acb_sub(a.get(), a.get(), b.get(), 128);
    mag_t bound;
    mag_init(bound);
    acb_get_mag(bound, a.get());
    const bool small = mag_cmp_2exp_si(bound, -50) < 0;
    mag_clear(bound);
    return small;
  }

  const Policy& policy_;
};

}  // namespace

Judgement judge_math_verify(std::string_view gold_text, std::string_view answer_text, const Policy& policy) {
  const Answer gold = read_answer(gold_text, true);
  const Answer answer = read_answer(answer_text, true);
  std::optional<Judgement> first;
  for (const Answer::Interpretation& a : gold.readings) {
    for (const Answer::Interpretation& b : answer.readings) {
      Judgement one = MathVerify(policy).compare(a.tree, b.tree, true);
      if (one.equal) return one;
      if (!first) first = std::move(one);
    }
  }
  const bool same = !gold.text.empty() && gold.text == answer.text;
  if (first && !same) return *first;
  return {same, same ? Evidence::text_match : Evidence::text_differs, "normalised text"};
}

}  // namespace reckon::suites::math
