#include "suites/generators/code_output.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "suites/generators/item_stream.h"
#include "suites/generators/program.h"
#include "tests/suites/generators/python_subset.h"

namespace reckon::suites {
namespace {

std::string source_of(const Item& item) { return item.prompt.substr(item.prompt.find('\n') + 1); }

TEST(CodeOutput, AnswersAreWhatAnInterpreterPrints) {
  ItemStream stream(Family::kCode, Split::kTrain, 31, Level::kFull);
  for (int i = 0; i < 2000; ++i) {
    const Item item = stream.next();
    ASSERT_EQ(test::run_python_subset(source_of(item)), item.answer + "\n") << item.prompt;
  }
}

TEST(CodeOutput, EveryConstructAppears) {
  ItemStream stream(Family::kCode, Split::kTrain, 32, Level::kFull);
  std::string all;
  for (int i = 0; i < 1000; ++i) all += stream.next().prompt;
  for (const char* construct :
       {"for ", "range(1, ", "if ", "else:", ".append(", ".sort()", ".reverse()", ".pop()", ".join(",
        ".upper()", "[::-1]", "[1:]", "sum(", "max(", "len(", "% 2", " += "}) {
    EXPECT_NE(all.find(construct), std::string::npos) << construct;
  }
}

TEST(CodeOutput, TracesNameOnlyVariablesOfTheProgram) {
  ItemStream stream(Family::kCode, Split::kTrain, 33, Level::kFull);
  for (int i = 0; i < 1000; ++i) {
    const Item item = stream.next();
    for (std::size_t at = 0; at + 1 < item.thinking.size(); ++at) {
      const bool starts_line = at == 0 || item.thinking[at - 1] == '\n';
      if (starts_line && item.thinking[at + 1] == '=') {
        EXPECT_NE(item.prompt.find(item.thinking.substr(at, 1)), std::string::npos) << item.thinking;
      }
    }
  }
}

// One canonical form is one program: it prints the same under all names.
TEST(CodeOutput, CanonicalFormForgetsNames) {
  ItemStream stream(Family::kCode, Split::kTrain, 34, Level::kEasy);
  std::map<std::string, std::string> answers;
  std::set<std::string> prompts;
  int repeated = 0;
  for (int i = 0; i < 20000; ++i) {
    const Item item = stream.next();
    const auto [at, fresh] = answers.emplace(item.canonical_form, item.answer);
    EXPECT_EQ(at->second, item.answer) << item.canonical_form;
    repeated += !fresh && prompts.insert(item.prompt).second ? 1 : 0;
  }
  EXPECT_GT(repeated, 10);
}

TEST(Program, NamesReplacePlaceholders) {
  EXPECT_EQ(with_names("$f($0) + $1", "go", {"x", "y"}), "go(x) + y");
  EXPECT_EQ(list_text({}), "[]");
  EXPECT_EQ(list_text({1, 20}), "[1, 20]");
}

}  // namespace
}  // namespace reckon::suites
