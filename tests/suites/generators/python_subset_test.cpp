// The interpreter that checks the generators is itself checked against what CPython prints.
#include "tests/suites/generators/python_subset.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace reckon::test {
namespace {

std::string value_of(const std::string& expression) { return run_python_subset("print(" + expression + ")"); }

TEST(PythonSubset, Expressions) {
  EXPECT_EQ(value_of("2 + 3 * 4 - 1"), "13\n");
  EXPECT_EQ(value_of("7 % 3"), "1\n");
  EXPECT_EQ(value_of("(2 + 3) * 4"), "20\n");
  EXPECT_EQ(value_of("7 // 2 + (0 - 7) // 2"), "-1\n");
  EXPECT_EQ(value_of("(0 - 7) % 3"), "2\n");
  EXPECT_EQ(value_of("\"12\" * 2 + \"3\""), "12123\n");
  EXPECT_EQ(value_of("[1, 2, 3][1:]"), "[2, 3]\n");
  EXPECT_EQ(value_of("[1, 2, 3][-1]"), "3\n");
  EXPECT_EQ(value_of("\"abc\"[::-1]"), "cba\n");
  EXPECT_EQ(value_of("\"abc\"[:-1]"), "ab\n");
  EXPECT_EQ(value_of("\"-\".join([\"a\", \"b\"]).upper()"), "A-B\n");
  EXPECT_EQ(value_of("[\"a\", 1]"), "['a', 1]\n");
  EXPECT_EQ(value_of("sum([1, 2]) + max([5, 9]) + len(\"abc\")"), "15\n");
}

TEST(PythonSubset, LoopsBranchesAndCalls) {
  EXPECT_EQ(run_python_subset("def f(n, k):\n"
                              "    t = 0\n"
                              "    for i in range(1, n):\n"
                              "        if i % 2 == 0:\n"
                              "            t += i * k\n"
                              "        else:\n"
                              "            for j in [1, 2]:\n"
                              "                t = t - j\n"
                              "    return t\n"
                              "print(f(5, 10))"),
            "54\n");
}

TEST(PythonSubset, Comparisons) {
  std::string bits;
  for (const char* test :
       {"3 < 3", "3 <= 3", "3 > 2", "3 >= 4", "3 == 3", "3 != 3", "3 % 2 == 1", "(3 + 1) <= 3"}) {
    bits += run_python_subset(std::string("def f(n):\n    if ") + test +
                              ":\n        return 1\n    return 0\nprint(f(1))");
  }
  EXPECT_EQ(bits, "0\n1\n1\n0\n1\n0\n1\n0\n");
}

TEST(PythonSubset, ListsAreShared) {
  EXPECT_EQ(run_python_subset("a = [3, 1]\nb = a\nb.append(2)\nb.sort()\na[0] = 9\nprint(b)"), "[9, 2, 3]\n");
}

TEST(PythonSubset, RefusesWhatItDoesNotKnow) {
  EXPECT_THROW(run_python_subset("print(x)"), std::runtime_error);
  EXPECT_THROW(run_python_subset("print(2 ** 3)"), std::runtime_error);
  EXPECT_THROW(run_python_subset("print(2 // 0)"), std::runtime_error);
  EXPECT_THROW(run_python_subset("print([1].clear())"), std::runtime_error);
}

}  // namespace
}  // namespace reckon::test
