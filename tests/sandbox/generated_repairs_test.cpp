// Program repair as a suite: the right function passes its hidden tests, the one that the question shows does
// not.

#include <gtest/gtest.h>

#include "suites/config/catalogue.h"
#include "suites/task.h"
#include "tests/sandbox/sandbox_test_support.h"
#include "tests/support/shared_data.h"

namespace reckon::suites::code::test {
namespace {

std::string in_block(const std::string& code) { return "It is this one:\n```python\n" + code + "```\n"; }

TEST(GeneratedRepairs, are_judged_by_hidden_tests) {
  RECKON_NEEDS_SANDBOX();
  const Catalogue catalogue({}, reckon::test::source_file("suites/tasks"), {});
  const std::shared_ptr<Task> task = catalogue.load("generated_program_repair").at(0);
  for (const int difficulty : {1, 5}) {
    task->set_generator(6, 11, difficulty);
    ASSERT_EQ(task->samples().size(), 6U);
    for (const Sample& sample : task->samples()) {
      const Verdict right = task->grade(sample, in_block(sample.target));
      EXPECT_TRUE(right.correct) << sample.doc << ": " << right.why;
      const std::string question = task->prompt(static_cast<std::size_t>(sample.doc_id), {}).text;
      std::string shown = question.substr(question.find("```python\n") + 10);
      shown.resize(shown.find("```"));
      const Verdict wrong = task->grade(sample, in_block(shown));
      EXPECT_FALSE(wrong.correct) << sample.doc;
      EXPECT_TRUE(wrong.evidence == "wrong_answer" || wrong.evidence == "exception") << wrong.evidence;
    }
  }
  EXPECT_FALSE(task->grade(task->samples()[0], "It is the one with 7.").correct);
}

}  // namespace
}  // namespace reckon::suites::code::test
