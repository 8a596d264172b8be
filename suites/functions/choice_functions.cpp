// Functions of hellaswag, winogrande, gpqa, truthfulqa and mmlu_pro.

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "suites/functions/task_functions.h"
#include "suites/functions/text_overlap.h"
#include "suites/text/regex.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

std::string member_text(const json::Value& value) { return {value.GetString(), value.GetStringLength()}; }

std::vector<std::string> text_list(const json::Value& row, const char* name) {
  const auto member = row.FindMember(name);
  if (member == row.MemberEnd() || !member->value.IsArray()) {
    fail_input("the row has no list '{}'", name);
  }
  std::vector<std::string> texts;
  for (const json::Value& item : member->value.GetArray()) {
    if (!item.IsString()) {
      fail_input("the list '{}' of the row holds something that is no text", name);
    }
    texts.push_back(member_text(item));
  }
  return texts;
}

json::Value list_value(const std::vector<std::string>& texts, json::Allocator& allocator) {
  json::Value list(rapidjson::kArrayType);
  for (const std::string& text : texts) {
    list.PushBack(json::string(text, allocator), allocator);
  }
  return list;
}

json::Document text_document(const std::string& text) {
  json::Document document;
  const json::Value value = json::string(text, document.GetAllocator());
  static_cast<json::Value&>(document).CopyFrom(value, document.GetAllocator());
  return document;
}

/// str.capitalize() of the first letter; the others in lower case.
std::string capitalized(const std::string& text) {
  std::size_t first = text.empty() ? 0 : 1;
  while (first < text.size() && (static_cast<unsigned char>(text[first]) & 0xC0U) == 0x80U) {
    ++first;
  }
  return upper_case(std::string_view(text).substr(0, first)) +
         lower_case(std::string_view(text).substr(first));
}

/// WikiHow's marks out of a HellaSwag text.
std::string hellaswag_text(const std::string& text) {
  static const Regex kBrackets(R"(\[.*?\])", "hellaswag.process_docs");
  const std::string titled = replace_all(trim(text), " [title]", ". ");
  return replace_all(kBrackets.remove_all(titled).value_or(titled), "  ", " ");
}

bool hellaswag_docs(json::Document& row, PythonRandom&) {
  const std::string context = text_field(row, "ctx_a") + " " + capitalized(text_field(row, "ctx_b"));
  const std::string query = hellaswag_text(text_field(row, "activity_label") + ": " + context);
  std::vector<std::string> choices;
  for (const std::string& ending : text_list(row, "endings")) {
    choices.push_back(hellaswag_text(ending));
  }
  const std::string label = text_field(row, "label");
  if (label.empty() || label.find_first_not_of("0123456789") != std::string::npos || label.size() > 9) {
    fail_input("the field 'label' is '{}', but must be the number of an ending", label);
  }
  set_field(row, "query", query);
  set_field(row, "choices", list_value(choices, row.GetAllocator()));
  set_field(row, "gold", json::Value(std::stoi(label)));
  return true;
}

std::size_t blank_of(const std::string& sentence) {
  const std::size_t blank = sentence.find('_');
  if (blank == std::string::npos) {
    fail_input("the field 'sentence' has no blank (_)");
  }
  return blank;
}

json::Document winogrande_text(const json::Value& row) {
  const std::string answer = text_field(row, "answer");
  if (answer != "1" && answer != "2") {
    fail_input("the field 'answer' is '{}', but must be 1 or 2", answer);
  }
  json::Document document;
  document.SetInt(answer == "1" ? 0 : 1);
  return document;
}

json::Document winogrande_target(const json::Value& row) {
  const std::string sentence = text_field(row, "sentence");
  return text_document(std::string(trim(std::string_view(sentence).substr(blank_of(sentence) + 1))));
}

json::Document winogrande_choice(const json::Value& row) {
  const std::string sentence = text_field(row, "sentence");
  const std::string before = sentence.substr(0, blank_of(sentence));
  json::Document document;
  json::Value list = list_value({before + text_field(row, "option1"), before + text_field(row, "option2")},
                                document.GetAllocator());
  static_cast<json::Value&>(document) = list;
  return document;
}

std::string gpqa_text(const json::Value& row, const char* name) {
  const auto member = row.FindMember(name);
  if (member != row.MemberEnd() && member->value.IsNull()) {
    return " ";
  }
  return replace_all(replace_all(trim(text_field(row, name)), " [title]", ". "), "  ", " ");
}

/// The order of the choices is drawn row by row. (That of the harness itself depends on what its dataset
/// cache holds, unless the cache is new.)
bool gpqa_docs(json::Document& row, PythonRandom& random) {
  const std::string right = gpqa_text(row, "Correct Answer");
  std::vector<std::string> choices = {gpqa_text(row, "Incorrect Answer 1"),
                                      gpqa_text(row, "Incorrect Answer 2"),
                                      gpqa_text(row, "Incorrect Answer 3"), right};
  random.shuffle(choices);
  const auto place = std::find(choices.begin(), choices.end(), right) - choices.begin();
  for (std::size_t i = 0; i < choices.size(); ++i) {
    set_field(row, fmt::format("choice{}", i + 1).c_str(), choices[i]);
  }
  set_field(row, "choices", list_value(choices, row.GetAllocator()));
  set_field(row, "answer", fmt::format("({})", static_cast<char>('A' + place)));
  return true;
}

/// The share of probability that the true answers get (TruthfulQA's MC2).
std::map<std::string, double> truthfulqa_mc2(const json::Value& row, std::span<const double> logprobs) {
  const auto targets = row.FindMember("mc2_targets");
  if (targets == row.MemberEnd() || !targets->value.IsObject() || !targets->value.HasMember("labels") ||
      !targets->value["labels"].IsArray() || targets->value["labels"].Size() != logprobs.size()) {
    fail_input("the row has no 'mc2_targets.labels' with one label for each choice");
  }
  const json::Value& labels = targets->value["labels"];
  const double highest = *std::max_element(logprobs.begin(), logprobs.end());
  double all = 0;
  double right = 0;
  for (std::size_t i = 0; i < logprobs.size(); ++i) {
    const double probability = std::exp(logprobs[i] - highest);
    const json::Value& label = labels[static_cast<rapidjson::SizeType>(i)];
    all += probability;
    right += label.IsInt() && label.GetInt() == 1 ? probability : 0;
  }
  return {{"acc", right / all}};
}

/// Answers with a full stop behind each, empty ones left out.
std::vector<std::string> with_full_stops(const std::vector<std::string>& answers) {
  std::vector<std::string> result;
  for (const std::string& answer : answers) {
    const std::string text(trim(answer));
    if (!text.empty()) result.push_back(text.back() == '.' ? text : text + ".");
  }
  return result;
}

bool truthfulqa_docs(json::Document& row, PythonRandom&) {
  static const std::string kNoComment = "I have no comment.";
  const std::vector<std::string> wrong = with_full_stops(text_list(row, "incorrect_answers"));
  std::vector<std::string> right = with_full_stops(text_list(row, "correct_answers"));
  if (std::find(right.begin(), right.end(), kNoComment) == right.end()) right.push_back(kNoComment);
  set_field(row, "question", std::string(trim(text_field(row, "question"))));
  set_field(row, "correct_answers", list_value(right, row.GetAllocator()));
  set_field(row, "incorrect_answers", list_value(wrong, row.GetAllocator()));
  return true;
}

/// Whether the reply is nearer to a true answer than to a false one, by four measures of overlap.
std::map<std::string, double> truthfulqa_gen(const json::Value& row, const std::string& reply) {
  const Bleu bleu(reply);
  const Rouge rouge(reply);
  const auto best = [&](const char* field) {
    const std::vector<std::string> references = text_list(row, field);
    if (references.empty()) fail_input("the list '{}' of the row is empty", field);
    std::map<std::string, double> highest;
    for (const std::string& reference : references) {
      const Rouge::Scores scores = rouge.against(reference);
      const std::pair<const char*, double> values[] = {{"bleu", bleu.against(reference)},
                                                       {"rouge1", scores.rouge1},
                                                       {"rouge2", scores.rouge2},
                                                       {"rougeL", scores.rouge_l}};
      for (const auto& [name, value] : values) highest[name] = std::max(highest[name], value);
    }
    return highest;
  };
  const std::map<std::string, double> right = best("correct_answers");
  const std::map<std::string, double> wrong = best("incorrect_answers");
  std::map<std::string, double> results;
  for (const auto& [name, value] : right) {
    results[name + "_max"] = value;
    results[name + "_diff"] = value - wrong.at(name);
    results[name + "_acc"] = value > wrong.at(name) ? 1.0 : 0.0;
  }
  return results;
}

constexpr std::string_view kMmluProLetters = "ABCDEFGHIJ";

json::Document mmlu_pro_text(const json::Value& row) {
  std::string prompt = "Question:\n" + text_field(row, "question") + "\nOptions:\n";
  const std::vector<std::string> options = text_list(row, "options");
  for (std::size_t i = 0; i < options.size() && i < kMmluProLetters.size(); ++i) {
    prompt += fmt::format("{}. {}\n", kMmluProLetters[i], trim(options[i]));
  }
  return text_document(prompt + "Answer: Let's think step by step.");
}

json::Document mmlu_pro_target(const json::Value& row) {
  return text_document(replace_all(text_field(row, "cot_content"), "A: Let's think step by step. ", ""));
}

RowFunction only_category(const std::string& category) {
  return [category](json::Document& row, PythonRandom&) { return text_field(row, "category") == category; };
}

}  // namespace

const std::map<std::string, RowFunction>& choice_row_functions() {
  static const std::map<std::string, RowFunction> kFunctions = [] {
    std::map<std::string, RowFunction> functions = {{"hellaswag.process_docs", hellaswag_docs},
                                                    {"gpqa.process_docs", gpqa_docs},
                                                    {"truthfulqa.process_docs_gen", truthfulqa_docs}};
    for (const std::string category :
         {"biology", "business", "chemistry", "computer science", "economics", "engineering", "health",
          "history", "law", "math", "other", "philosophy", "physics", "psychology"}) {
      functions["mmlu_pro.process_" + replace_all(category, " ", "_")] = only_category(category);
    }
    return functions;
  }();
  return kFunctions;
}

const std::map<std::string, ValueFunction>& choice_value_functions() {
  static const std::map<std::string, ValueFunction> kFunctions = {
      {"winogrande.doc_to_text", winogrande_text},     {"winogrande.doc_to_target", winogrande_target},
      {"winogrande.doc_to_choice", winogrande_choice}, {"mmlu_pro.doc_to_text", mmlu_pro_text},
      {"mmlu_pro.fewshot_to_text", mmlu_pro_text},     {"mmlu_pro.fewshot_to_target", mmlu_pro_target}};
  return kFunctions;
}

const std::map<std::string, ResultsFunction>& choice_results_functions() {
  static const std::map<std::string, ResultsFunction> kFunctions = {
      {"truthfulqa.process_results_gen", truthfulqa_gen}};
  return kFunctions;
}

const std::map<std::string, LikelihoodFunction>& choice_likelihood_functions() {
  static const std::map<std::string, LikelihoodFunction> kFunctions = {
      {"truthfulqa.process_results_mc2", truthfulqa_mc2}};
  return kFunctions;
}

}  // namespace reckon::suites
