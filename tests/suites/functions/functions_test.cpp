// Built-in functions and filters against what lm-evaluation-harness 0.4.13 makes of the same inputs
// (golden/make_functions.py).

#include <gtest/gtest.h>

#include "base/files.h"
#include "suites/filters/answer_filter.h"
#include "suites/functions/math_answer_text.h"
#include "suites/functions/task_functions.h"
#include "tests/suites/suite_test_support.h"

namespace reckon::suites {
namespace {

using reckon::test::source_file;
using test::error_of;

const json::Document& golden() {
  static const json::Document kGolden = json::parse_file(source_file("tests/suites/golden/functions.json"));
  return kGolden;
}

std::string text(const json::Value& value) { return {value.GetString(), value.GetStringLength()}; }

std::unique_ptr<FilterStep> no_custom_step(const json::Value&, const std::string&) { return nullptr; }

FunctionName named(const std::string& full) {
  const std::size_t dot = full.find('.');
  return {full.substr(0, dot), full.substr(dot + 1)};
}

TEST(Functions, FilterChainsOverRepeats) {
  for (const json::Value& entry : golden()["filters"].GetArray()) {
    json::Document filter(rapidjson::kObjectType);
    filter.AddMember("name", "f", filter.GetAllocator());
    filter.AddMember("filter", json::Value(entry["steps"], filter.GetAllocator()), filter.GetAllocator());
    std::vector<std::string> replies;
    for (const json::Value& reply : entry["replies"].GetArray()) replies.push_back(text(reply));
    const AnswerFilter made(filter, "golden", no_custom_step);
    EXPECT_EQ(made.apply_all(replies, entry["doc"]).answer, text(entry["answer"])) << json::dump(entry);
  }
}

TEST(Functions, FiltersOfBbh) {
  for (const json::Value& entry : golden()["bbh"].GetArray()) {
    const FilterFunction* make = find_filter_function({"bbh", text(entry["name"])});
    ASSERT_NE(make, nullptr) << json::dump(entry["name"]);
    std::vector<Extraction> replies(1);
    replies[0].found = true;
    replies[0].answer = text(entry["reply"]);
    (*make)(entry["options"], "golden")->apply(replies, entry["doc"]);
    EXPECT_EQ(replies[0].answer, text(entry["answer"])) << json::dump(entry);
  }
}

TEST(Functions, AnswersAsTextByTheRulesOfMinervaAndHendrycks) {
  const json::Value& math = golden()["math"];
  for (const json::Value& pair : math["minerva_form"].GetArray()) {
    EXPECT_EQ(minerva_normal_form(text(pair[0])), text(pair[1])) << text(pair[0]);
  }
  for (const json::Value& triple : math["hendrycks_equal"].GetArray()) {
    EXPECT_EQ(hendrycks_equal(text(triple[0]), text(triple[1])), triple[2].GetBool())
        << text(triple[0]) << " | " << text(triple[1]);
  }
  for (const json::Value& pair : math["boxed"].GetArray()) {
    const std::optional<std::string> found = last_boxed_of_harness(text(pair[0]));
    EXPECT_EQ(found.has_value(), pair[1].IsString()) << text(pair[0]);
    EXPECT_EQ(found.value_or(""), pair[1].IsString() ? text(pair[1]) : "");
  }
}

TEST(Functions, ResultsOfMathTasks) {
  for (const json::Value& entry : golden()["results"].GetArray()) {
    const ResultsFunction* function = find_results_function(named(text(entry["name"])));
    ASSERT_NE(function, nullptr) << json::dump(entry);
    EXPECT_EQ((*function)(entry["row"], text(entry["reply"])).at("exact_match"),
              entry["exact_match"].GetDouble())
        << json::dump(entry);
  }
}

TEST(Functions, RowsAfterProcessDocs) {
  for (const auto& member : golden()["rows"].GetObject()) {
    const FunctionName name = named(text(member.name));
    const RowFunction* function = find_row_function(name);
    ASSERT_NE(function, nullptr) << text(member.name);
    PythonRandom random(seed_of_row_function(name));
    std::vector<std::string> made;
    for (const json::Value& row : member.value[0].GetArray()) {
      json::Document document;
      document.CopyFrom(row, document.GetAllocator());
      if (!(*function)(document, random)) continue;
      made.push_back(json::dump(document));
    }
    const json::Value& expected = member.value[1];
    ASSERT_EQ(made.size(), expected.Size()) << text(member.name);
    for (rapidjson::SizeType i = 0; i < expected.Size(); ++i) {
      const json::Document document = json::parse(made[i], "made");
      for (const auto& field : expected[i].GetObject()) {
        ASSERT_TRUE(document.HasMember(field.name)) << text(member.name) << ": " << text(field.name);
        EXPECT_EQ(json::dump(document[field.name]), json::dump(field.value)) << text(member.name);
      }
    }
  }
}

TEST(Functions, TextsTargetsAndChoicesOfRows) {
  for (const json::Value& entry : golden()["values"].GetArray()) {
    const ValueFunction* function = find_value_function(named(text(entry[0])));
    ASSERT_NE(function, nullptr) << text(entry[0]);
    EXPECT_EQ(json::dump((*function)(entry[1])), json::dump(entry[2])) << text(entry[0]);
  }
}

TEST(Functions, LikelihoodsAndSamples) {
  for (const json::Value& entry : golden()["likelihoods"].GetArray()) {
    std::vector<double> logprobs;
    for (const json::Value& value : entry[2].GetArray()) logprobs.push_back(value.GetDouble());
    const LikelihoodFunction* function = find_likelihood_function(named(text(entry[0])));
    ASSERT_NE(function, nullptr) << text(entry[0]);
    EXPECT_NEAR((*function)(entry[1], logprobs).at("acc"), entry[3].GetDouble(), 1e-12);
  }
  for (const auto& member : golden()["samples"].GetObject()) {
    const SamplesFunction* function = find_samples_function(named(text(member.name)));
    ASSERT_NE(function, nullptr);
    const std::vector<std::string> rows = (*function)();
    ASSERT_EQ(rows.size(), member.value.Size());
    for (rapidjson::SizeType i = 0; i < member.value.Size(); ++i) {
      EXPECT_EQ(json::dump(json::parse(rows[i], "row")), json::dump(member.value[i]));
    }
  }
}

// golden/make_text_overlap.py.
TEST(Functions, RepliesNearTrueAndFalseAnswers) {
  const json::Document overlap = json::parse_file(source_file("tests/suites/golden/text_overlap.json"));
  const RowFunction* process = find_row_function({"truthfulqa", "process_docs_gen"});
  const ResultsFunction* results = find_results_function({"truthfulqa", "process_results_gen"});
  ASSERT_NE(process, nullptr);
  ASSERT_NE(results, nullptr);
  json::Document row;
  row.CopyFrom(overlap["row"], row.GetAllocator());
  PythonRandom random(0);
  ASSERT_TRUE((*process)(row, random));
  for (const auto& field : overlap["processed"].GetObject()) {
    EXPECT_EQ(json::dump(row[field.name]), json::dump(field.value)) << text(field.name);
  }
  for (const json::Value& entry : overlap["results"].GetArray()) {
    const std::map<std::string, double> made = (*results)(row, text(entry["reply"]));
    EXPECT_EQ(made.size(), entry["values"].MemberCount());
    for (const auto& value : entry["values"].GetObject()) {
      EXPECT_NEAR(made.at(text(value.name)), value.value.GetDouble(), 1e-9)
          << text(value.name) << " of " << text(entry["reply"]);
    }
  }
}

TEST(Functions, MetricsThatRunTheAnswer) {
  test::WrittenTask written(
      "task: humaneval_64\nunsafe_code: true\nrepeats: 8\ndoc_to_text: '{{prompt}}'\n"
      "doc_to_target: '{{test}}\ncheck({{entry_point}})'\n"
      "metric_list: [{metric: !function utils.pass_at_k, k: [2, 8], aggregation: mean}]\n"
      "filter_list: [{name: create_test, filter: [{function: custom, filter_fn: !function "
      "utils.build_predictions}]}]\nreckon: {dataset: rows.jsonl}\n",
      "{}");
  const Task& task = written.task();
  EXPECT_TRUE(task.runs_code());
  std::string metrics;
  for (const Metric& metric : task.metrics()) metrics += metric.name + ":" + metric.aggregation + " ";
  EXPECT_EQ(metrics, "pass@1:mean pass@2:pass_at_k pass@8:pass_at_k ");
}

TEST(Functions, ShufflesAsPythonDoes) {
  PythonRandom random(42);
  for (const json::Value& list : golden()["shuffles"].GetArray()) {
    std::vector<int> items(list.Size());
    for (std::size_t i = 0; i < items.size(); ++i) items[i] = static_cast<int>(i);
    random.shuffle(items);
    for (rapidjson::SizeType i = 0; i < list.Size(); ++i) EXPECT_EQ(items[i], list[i].GetInt());
  }
}

const char* const kRows =
    R"({"ctx_a":"A","ctx_b":"b c","activity_label":"X","endings":["p","q"],"label":"1"})";

TEST(Functions, AreNamedByTheTaskFamily) {
  const std::string yaml =
      "task: hellaswag_mine\noutput_type: multiple_choice\nprocess_docs: !function utils.process_docs\n"
      "doc_to_text: '{{query}}'\ndoc_to_target: '{{label}}'\ndoc_to_choice: choices\n"
      "reckon: {dataset: rows.jsonl}\n";
  test::WrittenTask written(yaml, kRows);
  EXPECT_EQ(written.task().prompt(0, {}).text, "X: A B c");
  EXPECT_EQ(written.task().samples()[0].gold_choice, 1);
}

TEST(Functions, UnknownOnesNameTheKeyAndWhatIsBuiltIn) {
  const auto refused = [](const std::string& head) {
    return error_of([&] {
      test::WrittenTask written(
          head + "doc_to_text: '{{query}}'\ndoc_to_target: x\nreckon: {dataset: rows.jsonl}\n", kRows);
      written.task();
    });
  };
  const std::string family = refused("task: mine\nprocess_docs: !function utils.process_docs\n");
  EXPECT_NE(family.find("line 2: 'process_docs'"), std::string::npos) << family;
  EXPECT_NE(family.find("hellaswag"), std::string::npos) << family;
  const std::string function = refused("task: hellaswag\nprocess_docs: !function utils.process\n");
  EXPECT_NE(function.find("'process' of hellaswag is not built in"), std::string::npos) << function;
}

TEST(Functions, AModuleThatIsAnotherOneIsAnError) {
  const reckon::test::TemporaryFolder folder;
  write_file_atomically(folder.path() + "/utils.py", "def process_docs(d): return d\n");
  write_file_atomically(folder.path() + "/t.yaml", "x: 1\n");
  json::Document value(rapidjson::kObjectType);
  value.AddMember("!function", "utils.process_docs", value.GetAllocator());
  const std::string message =
      error_of([&] { resolve_function(value, "t.yaml: line 1", folder.path() + "/t.yaml", "hellaswag"); });
  EXPECT_NE(message.find("utils.py is another one"), std::string::npos) << message;
}

}  // namespace
}  // namespace reckon::suites
