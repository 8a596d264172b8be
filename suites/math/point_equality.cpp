#include "suites/math/point_equality.h"

#include <fmt/format.h>

#include <cstdint>
#include <set>

#include "suites/math/ball.h"

namespace reckon::suites::math {
namespace {

constexpr int kPoints = 20;
constexpr int kFewestPoints = 8;
constexpr int kTriedPoints = 96;
constexpr long kPrecisions[] = {96, 384};

/// SplitMix64.
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15ULL;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

Rational coordinate(int point, std::size_t variable) {
  const std::uint64_t bits = mixed(static_cast<std::uint64_t>(point) * 1009 + variable + 1);
  const bool small = point % 4 == 3;
  const long denominator = static_cast<long>(small ? 31 + bits % 67 : 2 + bits % 11);
  long numerator = static_cast<long>(small ? 1 + (bits >> 16) % 29 : 1 + (bits >> 16) % 53);
  if (point % 3 != 0 && ((bits >> 40) & 1) != 0) numerator = -numerator;
  return Rational(numerator) / Rational(denominator);
}

/// f(x) becomes a variable of its own; two applications with the same text are the same.
Tree without_applications(const Tree& tree, bool& unevaluated) {
  if (tree->kind == Kind::unevaluated) unevaluated = true;
  if (tree->kind == Kind::application) return make_leaf(Kind::variable, canonical_text(*tree));
  if (tree->args.empty()) return tree;
  std::vector<Tree> args;
  for (const Tree& arg : tree->args) args.push_back(without_applications(arg, unevaluated));
  auto node = std::make_shared<Node>(*tree);
  node->args = std::move(args);
  return node;
}

void collect_variables(const Node& tree, std::set<std::string>& names) {
  if (tree.kind == Kind::variable) names.insert(tree.name);
  for (const Tree& arg : tree.args) collect_variables(*arg, names);
}

bool has_imaginary_unit(const Node& tree) {
  return any_node(tree, [](const Node& node) { return node.kind == Kind::imaginary_unit; });
}

std::string described(const Assignment& point) {
  std::string text;
  for (const auto& [name, value] : point) text += (text.empty() ? "" : ", ") + name + " = " + value.text();
  return text;
}

enum class AtPoint { agree, differ, mismatch, unusable, over_limit };

AtPoint compare_at(const Node& gold, const Node& answer, const Assignment& point, bool real, Work& work) {
  for (const long precision : kPrecisions) {
    const Evaluation how{point, precision, real, work};
    Ball first;
    Ball second;
    const Evaluated a = evaluate(gold, how, first);
    if (a == Evaluated::unsupported) return AtPoint::over_limit;
    const Evaluated b = evaluate(answer, how, second);
    if (b == Evaluated::unsupported) return AtPoint::over_limit;
    if (a == Evaluated::imprecise || b == Evaluated::imprecise) continue;
    if (a != b) return AtPoint::mismatch;
    if (a == Evaluated::undefined) return AtPoint::unusable;
    if (acb_overlaps(first.get(), second.get()) == 0) return AtPoint::differ;
    // Agreement counts where the balls are small.
    const long accuracy = acb_rel_accuracy_bits(first.get());
    if (accuracy >= 40 || acb_contains_zero(first.get()) != 0) {
      if (precision == kPrecisions[1] || accuracy >= 64) return AtPoint::agree;
    }
  }
  return AtPoint::unusable;
}

}  // namespace

Judgement compare_at_points(const Tree& gold_tree, const Tree& answer_tree) {
  bool unevaluated = false;
  const Tree gold = without_applications(gold_tree, unevaluated);
  const Tree answer = without_applications(answer_tree, unevaluated);
  if (unevaluated) return {false, Evidence::not_decided, "a sum, limit or integral that is not evaluated"};
  std::set<std::string> names;
  collect_variables(*gold, names);
  collect_variables(*answer, names);
  const bool real = !has_imaginary_unit(*gold) && !has_imaginary_unit(*answer);
  Work work;
  int agreed = 0;
  for (int k = 0; k < kTriedPoints && agreed < kPoints; ++k) {
    Assignment point;
    std::size_t index = 0;
    for (const std::string& name : names) point.emplace(name, coordinate(k, index++));
    switch (compare_at(*gold, *answer, point, real, work)) {
      case AtPoint::agree:
        ++agreed;
        break;
      case AtPoint::differ:
        return {false, Evidence::proven_different, "disjoint balls at " + described(point)};
      case AtPoint::mismatch:
        return {false, Evidence::proven_different,
                "domain mismatch: one side has no value at " + described(point)};
      case AtPoint::unusable:
        break;
      case AtPoint::over_limit:
        return {false, Evidence::not_decided,
                "a value over the limits, or a construct that is not evaluated (limit)"};
    }
  }
  if (agreed < kFewestPoints) {
    return {false, Evidence::not_decided, fmt::format("only {} points where both sides are defined", agreed)};
  }
  return {true, Evidence::agrees_at_points, fmt::format("{} points", agreed)};
}

}  // namespace reckon::suites::math
