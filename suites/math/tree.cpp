#include "suites/math/tree.h"

#include <algorithm>
#include <array>

namespace reckon::suites::math {
namespace {

constexpr std::array<std::string_view, 29> kKindNames = {
    "number", "pi",       "e",     "i",          "infinity", "variable",     "+",          "*",
    "^",      "",         "apply", "plus-minus", "percent",  "degree",       "based",      "",
    "list",   "set",      "tuple", "interval",   "union",    "intersection", "difference", "named-set",
    "matrix", "relation", "ratio", "text",       ""};

bool any_order(Kind kind) {
  return kind == Kind::sum || kind == Kind::product || kind == Kind::list || kind == Kind::set ||
         kind == Kind::set_union || kind == Kind::set_intersection;
}

void append_text(const Node& tree, std::string& text) {
  switch (tree.kind) {
    case Kind::number:
      text += tree.value.text();
      return;
    case Kind::variable:
      text += tree.name;
      return;
    case Kind::pi:
      text += "pi";
      return;
    case Kind::euler:
      text += "e";
      return;
    case Kind::imaginary_unit:
      text += "i";
      return;
    case Kind::infinity:
      text += "infinity";
      return;
    case Kind::based:
      text += tree.name + "_base_" + tree.value.text();
      return;
    case Kind::text:
      text += '"' + tree.name + '"';
      return;
    default:
      break;
  }
  text += '(';
  text += kKindNames[static_cast<std::size_t>(tree.kind)];
  if (!tree.name.empty()) text += (text.back() == '(' ? "" : " ") + tree.name;
  if (tree.kind == Kind::matrix) text += " rows " + tree.value.text();
  if (any_order(tree.kind)) {
    std::vector<std::string> parts;
    parts.reserve(tree.args.size());
    for (const Tree& arg : tree.args) {
      parts.emplace_back();
      append_text(*arg, parts.back());
    }
    std::sort(parts.begin(), parts.end());
    for (const std::string& part : parts) text += ' ' + part;
  } else {
    for (const Tree& arg : tree.args) {
      text += ' ';
      append_text(*arg, text);
    }
  }
  text += ')';
}

Tree flattened(Kind kind, std::vector<Tree> args, slong neutral) {
  if (args.empty()) return make_number(Rational(neutral));
  if (args.size() == 1) return std::move(args.front());
  std::vector<Tree> flat;
  flat.reserve(args.size());
  for (Tree& arg : args) {
    if (arg->kind == kind) {
      flat.insert(flat.end(), arg->args.begin(), arg->args.end());
    } else {
      flat.push_back(std::move(arg));
    }
  }
  return make_node(kind, std::move(flat));
}

}  // namespace

Tree make_number(Rational value) {
  auto node = std::make_shared<Node>();
  node->value = std::move(value);
  return node;
}

Tree make_leaf(Kind kind, std::string name) { return make_node(kind, {}, std::move(name)); }

Tree make_node(Kind kind, std::vector<Tree> args, std::string name) {
  auto node = std::make_shared<Node>();
  node->kind = kind;
  node->args = std::move(args);
  node->name = std::move(name);
  return node;
}

Tree make_sum(std::vector<Tree> terms) { return flattened(Kind::sum, std::move(terms), 0); }
Tree make_product(std::vector<Tree> factors) { return flattened(Kind::product, std::move(factors), 1); }
Tree make_power(Tree base, Tree exponent) {
  return make_node(Kind::power, {std::move(base), std::move(exponent)});
}

Tree negative(const Tree& tree) {
  if (tree->kind == Kind::number) {
    auto node = std::make_shared<Node>(*tree);
    node->value = -node->value;
    return node;
  }
  return make_product({make_number(-1), tree});
}

Tree quotient(const Tree& numerator, const Tree& denominator) {
  if (numerator->kind == Kind::number && denominator->kind == Kind::number && !denominator->value.is_zero() &&
      numerator->name.empty() && denominator->name.empty()) {
    return make_number(numerator->value / denominator->value);
  }
  return make_product({numerator, make_power(denominator, make_number(-1))});
}

std::string canonical_text(const Node& tree) {
  std::string text;
  append_text(tree, text);
  return text;
}

bool has_variables(const Node& tree) {
  return any_node(tree, [](const Node& node) {
    return node.kind == Kind::variable || node.kind == Kind::application || node.kind == Kind::unevaluated;
  });
}

const Rational* number_value(const Node& tree) { return tree.kind == Kind::number ? &tree.value : nullptr; }

}  // namespace reckon::suites::math
