#include "suites/math/matrix_arithmetic.h"

#include <algorithm>

namespace reckon::suites::math {
namespace {

constexpr std::size_t kMaxEntries = 400;

std::size_t rows_of(const Node& matrix) {
  return static_cast<std::size_t>(matrix.value.small_integer().value_or(1));
}

Tree matrix_of(std::vector<Tree> entries, std::size_t rows) {
  auto node = std::make_shared<Node>();
  node->kind = Kind::matrix;
  node->args = std::move(entries);
  node->value = Rational(static_cast<slong>(rows));
  return node;
}

Tree sum_of(const std::vector<Tree>& matrices) {
  std::vector<Tree> entries;
  for (std::size_t i = 0; i < matrices[0]->args.size(); ++i) {
    std::vector<Tree> terms;
    for (const Tree& matrix : matrices) {
      if (matrix->kind != Kind::matrix || matrix->args.size() != matrices[0]->args.size() ||
          !(matrix->value == matrices[0]->value))
        return nullptr;
      terms.push_back(matrix->args[i]);
    }
    entries.push_back(make_sum(std::move(terms)));
  }
  return matrix_of(std::move(entries), rows_of(*matrices[0]));
}

Tree product_of_two(const Tree& left, const Tree& right) {
  const std::size_t rows = rows_of(*left);
  const std::size_t inner = left->args.size() / rows;
  const std::size_t columns = right->args.size() / rows_of(*right);
  if (inner != rows_of(*right)) return nullptr;
  std::vector<Tree> entries;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k < columns; ++k) {
      std::vector<Tree> terms;
      for (std::size_t j = 0; j < inner; ++j) {
        terms.push_back(make_product({left->args[i * inner + j], right->args[j * columns + k]}));
      }
      entries.push_back(make_sum(std::move(terms)));
    }
  }
  return matrix_of(std::move(entries), rows);
}

Tree product_of(const std::vector<Tree>& factors) {
  std::vector<Tree> scalars;
  Tree matrix;
  for (const Tree& factor : factors) {
    if (factor->kind != Kind::matrix) {
      scalars.push_back(factor);
    } else {
      matrix = matrix ? product_of_two(matrix, factor) : factor;
      if (!matrix) return nullptr;
    }
  }
  if (scalars.empty()) return matrix;
  std::vector<Tree> entries;
  for (const Tree& entry : matrix->args) {
    std::vector<Tree> all = scalars;
    all.push_back(entry);
    entries.push_back(make_product(std::move(all)));
  }
  return matrix_of(std::move(entries), rows_of(*matrix));
}

}  // namespace

Tree with_matrices_computed(const Tree& tree) {
  if (tree->args.empty() || !any_node(*tree, [](const Node& node) { return node.kind == Kind::matrix; }))
    return tree;
  std::vector<Tree> args;
  std::size_t entries = 0;
  for (const Tree& arg : tree->args) {
    args.push_back(with_matrices_computed(arg));
    if (args.back()->kind == Kind::matrix) entries += args.back()->args.size();
  }
  const bool matrices =
      std::any_of(args.begin(), args.end(), [](const Tree& arg) { return arg->kind == Kind::matrix; });
  if (matrices && entries <= kMaxEntries && tree->kind == Kind::sum && args[0]->kind == Kind::matrix) {
    if (Tree sum = sum_of(args)) return sum;
  }
  if (matrices && entries <= kMaxEntries && tree->kind == Kind::product) {
    if (Tree product = product_of(args)) return product;
  }
  auto node = std::make_shared<Node>(*tree);
  node->args = std::move(args);
  return node;
}

}  // namespace reckon::suites::math
