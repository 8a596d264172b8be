#include "suites/generators/expression.h"

#include <algorithm>
#include <utility>

namespace reckon::suites {

namespace {

constexpr int kMaxValue = 999;

int apply(char op, int left, int right) {
  switch (op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    default:
      return left * right;
  }
}

int precedence(char op) { return op == 0 ? 3 : op == '*' ? 2 : 1; }

std::string decimal(int value) { return std::to_string(value); }

// Columns from the ones upwards; a carry appears as "+1" in the next column.
std::string add_columns(int left, int right) {
  std::string text;
  for (int carry = 0; left > 0 || right > 0;) {
    const int sum = left % 10 + right % 10 + carry;
    text += (text.empty() ? "" : ",") + decimal(left % 10) + "+" + decimal(right % 10) +
            (carry != 0 ? "+1" : "") + "=" + decimal(sum);
    carry = sum / 10;
    left /= 10;
    right /= 10;
  }
  return text;
}

// A borrow appears as ten more on top and "-1" in the next column.
std::string subtract_columns(int left, int right) {
  std::string text;
  for (int borrow = 0; left > 0;) {
    int difference = left % 10 - borrow - right % 10;
    const int ten = difference < 0 ? 10 : 0;
    difference += ten;
    text += (text.empty() ? "" : ",") + decimal(left % 10 + ten) + (borrow != 0 ? "-1" : "") + "-" +
            decimal(right % 10) + "=" + decimal(difference);
    borrow = ten / 10;
    left /= 10;
    right /= 10;
  }
  return text;
}

// Product of a number below 100 and a digit: partial products, the carry added to the second.
std::string multiply_columns(int left, int right) {
  const int many = std::max(left, right);
  const int digit = std::min(left, right);
  const int ones = many % 10 * digit;
  const int tens = many / 10 * digit;
  std::string text = decimal(many % 10) + "*" + decimal(digit) + "=" + decimal(ones) + "," +
                     decimal(many / 10) + "*" + decimal(digit) + "=" + decimal(tens);
  if (ones >= 10) {
    text += "," + decimal(tens) + "+" + decimal(ones / 10) + "=" + decimal(tens + ones / 10);
  }
  return text;
}

std::string work_step(char op, int left, int right) {
  const std::string head = decimal(left) + op + decimal(right);
  const std::string result = decimal(apply(op, left, right));
  if (left < 10 && right < 10) {
    return head + "=" + result;
  }
  const std::string columns = op == '+'   ? add_columns(left, right)
                              : op == '-' ? subtract_columns(left, right)
                                          : multiply_columns(left, right);
  return head + ":" + columns + " so " + result;
}

// The operation to do next: leftmost of those whose operands are both numbers.
Expression* next_step(Expression& tree) {
  if (tree.op == 0) {
    return nullptr;
  }
  if (Expression* step = next_step(*tree.left)) {
    return step;
  }
  if (Expression* step = next_step(*tree.right)) {
    return step;
  }
  return &tree;
}

}  // namespace

ExpressionPtr number(int value) {
  auto leaf = std::make_unique<Expression>();
  leaf->value = value;
  return leaf;
}

ExpressionPtr combine(char op, ExpressionPtr left, ExpressionPtr right) {
  auto node = std::make_unique<Expression>();
  node->op = op;
  node->value = apply(op, left->value, right->value);
  node->left = std::move(left);
  node->right = std::move(right);
  return node;
}

bool is_workable(const Expression& tree) {
  if (tree.value < 0 || tree.value > kMaxValue) {
    return false;
  }
  if (tree.op == 0) {
    return true;
  }
  if (!is_workable(*tree.left) || !is_workable(*tree.right)) {
    return false;
  }
  const auto [small, large] = std::minmax(tree.left->value, tree.right->value);
  return tree.op != '*' || (small < 10 && large < 100);
}

std::string to_text(const Expression& tree, bool spaced) {
  if (tree.op == 0) {
    return decimal(tree.value);
  }
  std::string left = to_text(*tree.left, spaced);
  std::string right = to_text(*tree.right, spaced);
  if (precedence(tree.left->op) < precedence(tree.op)) {
    left = "(" + left + ")";
  }
  // Trees that lean right keep their parentheses: a-(b+c), and a+(b+c) as it is worked out in that order.
  if (precedence(tree.right->op) <= precedence(tree.op)) {
    right = "(" + right + ")";
  }
  const std::string op = spaced ? std::string(" ") + tree.op + " " : std::string(1, tree.op);
  return left + op + right;
}

std::string to_canonical(const Expression& tree) {
  if (tree.op == 0) {
    return decimal(tree.value);
  }
  std::string left = to_canonical(*tree.left);
  std::string right = to_canonical(*tree.right);
  if (tree.op != '-' && right < left) {
    std::swap(left, right);
  }
  return std::string(1, tree.op) + "(" + left + "," + right + ")";
}

std::string work_out(ExpressionPtr tree) {
  std::string text;
  while (Expression* step = next_step(*tree)) {
    if (step != tree.get()) {
      text += to_text(*tree, false) + "\n";
    }
    text += work_step(step->op, step->left->value, step->right->value) + "\n";
    step->op = 0;
    step->left.reset();
    step->right.reset();
  }
  if (!text.empty()) {
    text.pop_back();
  }
  return text;
}

}  // namespace reckon::suites
