#include "suites/math/interval_set.h"

#include <algorithm>
#include <optional>

#include "suites/math/answer_equality.h"
#include "suites/math/ball.h"
#include "suites/math/prepare.h"
#include "suites/math/value_equality.h"

namespace reckon::suites::math {
namespace {

constexpr std::size_t kMaxPieces = 40;

/// Where the order of two ends is not known.
struct NoOrder {};

struct End {
  Tree value;
  int infinite = 0;  ///< -1, 0 or +1
  bool closed = false;
};

struct Piece {
  End low;
  End high;
};
using Pieces = std::vector<Piece>;

End end_of(const Tree& tree, bool closed) {
  const Tree value = prepare(tree, PercentMeaning::dropped);
  if (value->kind == Kind::infinity) return {nullptr, 1, false};
  if (value->kind == Kind::product && value->args.size() == 2 && value->args[1]->kind == Kind::infinity &&
      value->args[0]->kind == Kind::number) {
    return {nullptr, value->args[0]->value.sign(), false};
  }
  if (!is_value(*value)) throw NoOrder{};
  return {value, 0, closed};
}

/// -1, 0, +1
int order(const End& a, const End& b) {
  if (a.infinite != 0 || b.infinite != 0)
    return a.infinite < b.infinite ? -1 : a.infinite > b.infinite ? 1 : 0;
  if (a.value->kind == Kind::number && b.value->kind == Kind::number) {
    return a.value->value < b.value->value ? -1 : a.value->value == b.value->value ? 0 : 1;
  }
  const Judgement same = compare_prepared(a.value, b.value);
  if (same.equal) return 0;
  if (same.evidence != Evidence::proven_different || has_variables(*a.value) || has_variables(*b.value))
    throw NoOrder{};
  Work work;
  Ball difference;
  const Assignment none;
  const Tree tree = make_sum({a.value, negative(b.value)});
  if (evaluate(*tree, Evaluation{none, 1100, false, work}, difference) != Evaluated::ok) throw NoOrder{};
  if (arb_is_positive(difference.real()) != 0) return 1;
  if (arb_is_negative(difference.real()) != 0) return -1;
  throw NoOrder{};
}

bool is_empty(const Piece& piece) {
  const int ends = order(piece.low, piece.high);
  return ends > 0 || (ends == 0 && !(piece.low.closed && piece.high.closed));
}

/// Whether `next` begins where `piece` has not ended: they overlap or touch.
bool joins(const End& high, const End& low) {
  const int ends = order(low, high);
  return ends < 0 || (ends == 0 && (low.closed || high.closed));
}

Pieces joined(Pieces pieces) {
  if (pieces.size() > kMaxPieces) throw NoOrder{};
  std::erase_if(pieces, is_empty);
  // Insertion sort: the order may throw, and there are few pieces.
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    for (std::size_t k = i; k > 0; --k) {
      const int lows = order(pieces[k].low, pieces[k - 1].low);
      if (lows > 0 || (lows == 0 && !(pieces[k].low.closed && !pieces[k - 1].low.closed))) break;
      std::swap(pieces[k], pieces[k - 1]);
    }
  }
  Pieces result;
  for (Piece& piece : pieces) {
    if (result.empty() || !joins(result.back().high, piece.low)) {
      result.push_back(std::move(piece));
      continue;
    }
    End& high = result.back().high;
    const int highs = order(piece.high, high);
    if (highs > 0 || (highs == 0 && piece.high.closed)) high = piece.high;
  }
  return result;
}

Pieces complement(const Pieces& pieces) {
  Pieces result;
  End low{nullptr, -1, false};
  for (const Piece& piece : pieces) {
    result.push_back({low, {piece.low.value, piece.low.infinite, !piece.low.closed}});
    low = {piece.high.value, piece.high.infinite, !piece.high.closed};
  }
  result.push_back({low, {nullptr, 1, false}});
  for (Piece& piece : result) {
    if (piece.low.infinite != 0) piece.low.closed = false;
    if (piece.high.infinite != 0) piece.high.closed = false;
  }
  return joined(std::move(result));
}

Pieces with(Pieces a, const Pieces& b) {
  a.insert(a.end(), b.begin(), b.end());
  return joined(std::move(a));
}

Pieces pieces_of(const Tree& tree) {
  switch (tree->kind) {
    case Kind::interval:
      return joined(
          {{end_of(tree->args[0], tree->name[0] == '['), end_of(tree->args[1], tree->name[1] == ']')}});
    case Kind::tuple:
      if (tree->args.size() != 2) throw NoOrder{};
      return joined({{end_of(tree->args[0], false), end_of(tree->args[1], false)}});
    case Kind::named_set:
      if (tree->name == "empty") return {};
      if (tree->name == "R") return {{{nullptr, -1, false}, {nullptr, 1, false}}};
      throw NoOrder{};
    case Kind::set:
    case Kind::list: {
      Pieces points;
      for (const Tree& item : tree->args) {
        for (const Tree& value : both_signs(item))
          points.push_back({end_of(value, true), end_of(value, true)});
      }
      return joined(std::move(points));
    }
    case Kind::set_union: {
      Pieces all;
      for (const Tree& arg : tree->args) all = with(std::move(all), pieces_of(arg));
      return all;
    }
    case Kind::set_intersection: {
      Pieces outside;
      for (const Tree& arg : tree->args) outside = with(std::move(outside), complement(pieces_of(arg)));
      return complement(outside);
    }
    case Kind::set_difference:
      return complement(with(complement(pieces_of(tree->args[0])), pieces_of(tree->args[1])));
    default:
      if (is_value(*tree)) return {{end_of(tree, true), end_of(tree, true)}};
      throw NoOrder{};
  }
}

Judgement compare_piece_lists(const Pieces& gold, const Pieces& answer) {
  const Judgement differ{false, Evidence::proven_different, "different sets of intervals"};
  if (gold.size() != answer.size()) return differ;
  Judgement all{true, Evidence::proven_equal, "the same intervals"};
  for (std::size_t i = 0; i < gold.size(); ++i) {
    for (const bool low : {true, false}) {
      const End& a = low ? gold[i].low : gold[i].high;
      const End& b = low ? answer[i].low : answer[i].high;
      if (a.infinite != b.infinite || a.closed != b.closed) return differ;
      if (a.infinite != 0) continue;
      Judgement one = compare_prepared(a.value, b.value);
      if (!one.equal) return one;
      if (one.evidence != Evidence::proven_equal) all = std::move(one);
    }
  }
  return all;
}

/// Ends with variables: piece by piece.
Judgement compare_by_form(const Tree& gold, const Tree& answer) {
  if (gold->kind == Kind::interval && answer->kind == Kind::interval) {
    if (gold->name != answer->name) return {false, Evidence::proven_different, "other brackets"};
    Judgement low = compare_answers(gold->args[0], answer->args[0]);
    if (!low.equal) return low;
    Judgement high = compare_answers(gold->args[1], answer->args[1]);
    return high.evidence == Evidence::proven_equal ? low : high;
  }
  if (gold->kind == answer->kind && gold->kind == Kind::set_union) {
    return compare_answers(make_node(Kind::list, gold->args), make_node(Kind::list, answer->args));
  }
  if (gold->kind == answer->kind && gold->kind == Kind::named_set) {
    return {false, Evidence::proven_different, "different sets"};
  }
  return {false, Evidence::not_decided, "sets whose ends cannot be put in order"};
}

}  // namespace

bool is_interval_set(const Node& tree) {
  switch (tree.kind) {
    case Kind::interval:
    case Kind::named_set:
    case Kind::set_union:
    case Kind::set_intersection:
    case Kind::set_difference:
      return true;
    case Kind::tuple:
      return tree.args.size() == 2;
    default:
      return false;
  }
}

Judgement compare_interval_sets(const Tree& gold, const Tree& answer) {
  try {
    return compare_piece_lists(pieces_of(gold), pieces_of(answer));
  } catch (const NoOrder&) {
    return compare_by_form(gold, answer);
  }
}

}  // namespace reckon::suites::math
