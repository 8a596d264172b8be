// The grader as a tool of its own: JSON lines of pairs in, JSON lines of verdicts out, in the same order.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "base/allocation.h"
#include "base/error.h"
#include "base/json.h"
#include "base/utf8.h"
#include "harness/commands.h"
#include "harness/input_lines.h"
#include "harness/thinking.h"
#include "suites/extraction/extraction.h"
#include "suites/graders/grader.h"
#include "suites/text/text_util.h"

namespace reckon::harness {
namespace {

/// Of the lines that bring a whole reply and no extracted answer.
constexpr const char* kDefaultRules = R"(["last_boxed", "after_hashes", "the_answer_is", "final_line"])";

/// "last_boxed,last_number", or a JSON list as suite files have it.
suites::Extractor extractor_of(const std::string& rules) {
  const std::string where = "--extract";
  if (rules.empty()) return suites::Extractor(json::parse(kDefaultRules, where), where);
  if (rules.front() == '[') return suites::Extractor(json::parse(rules, where), where);
  json::Document list(rapidjson::kArrayType);
  std::size_t begin = 0;
  while (begin <= rules.size()) {
    const std::size_t end = std::min(rules.find(',', begin), rules.size());
    list.PushBack(json::string(rules.substr(begin, end - begin), list.GetAllocator()), list.GetAllocator());
    begin = end + 1;
  }
  return suites::Extractor(list, where);
}

class PairGrader {
 public:
  explicit PairGrader(const GradeCommand& command)
      : policy_(command.policy), extractor_(extractor_of(command.extract)) {
    json::Document options(rapidjson::kObjectType);
    grader_ = grader_with(options, "--policy");
  }

  std::string verdict_line(const std::string& line, const std::string& where) {
    const json::Document document = json::parse(line, where);
    const json::ObjectReader pair(document, where);
    const std::string_view gold = pair.view_string("gold");
    if (pair.has("answer") == pair.has("text")) {
      fail_input("{}: a pair has `gold` and either `answer` (extracted already) or `text` (a whole reply)",
                 where);
    }
    suites::Extraction found;
    suites::Grade grade;
    if (pair.has("answer")) {
      found = {true, pair.get_string("answer"), "", ""};
    } else {
      found = extract(pair.view_string("text"), grade);
    }
    if (found.found) grade = grade_pair(pair, gold, found.answer);

    json::Document verdict(rapidjson::kObjectType);
    auto& allocator = verdict.GetAllocator();
    // The pair outlives the line: its texts are not copied, but where a rule or a grader cut a character.
    const auto put = [&](const char* key, std::string_view text) {
      json::Value value(rapidjson::StringRef(text.data(), static_cast<rapidjson::SizeType>(text.size())));
      if (!utf8::is_valid(text)) value = json::string(text, allocator);
      verdict.AddMember(rapidjson::StringRef(key), value, allocator);
    };
    if (const json::Value* id = pair.find("id")) {
      verdict.AddMember("id", json::Value(*id, allocator), allocator);
    }
    verdict.AddMember("correct", grade.correct, allocator);
    put("evidence", grade.evidence);
    put("extracted", found.answer);
    put("rule", found.rule);
    put("gold", gold);
    put("policy", policy_);
    put("why", grade.why);
    ++pairs_;
    correct_ += grade.correct ? 1 : 0;
    not_decided_ += grade.evidence == suites::kNotDecided ? 1 : 0;
    return json::dump(verdict);
  }

  std::string summary() const {
    return fmt::format("{} pairs, {} correct, {} not decided (policy {})", pairs_, correct_, not_decided_,
                       policy_);
  }

 private:
  std::unique_ptr<suites::Grader> grader_with(json::Document& options, const std::string& where) const {
    auto& allocator = options.GetAllocator();
    options.AddMember("policy", json::string(policy_, allocator), allocator);
    return suites::make_grader("math", options, where);
  }

  suites::Extraction extract(std::string_view text, suites::Grade& grade) const {
    const ThinkingSplit split = split_thinking(text);
    suites::Extraction found = split.unfinished ? suites::Extraction{} : extractor_.extract(split.answer);
    if (!found.failure.empty()) {
      grade = {false, found.failure, suites::kNotDecided};
    } else if (!found.found) {
      grade.why =
          split.unfinished ? "the thinking trace never ended: no answer" : "no answer was found in the reply";
    }
    return found;
  }

  /// `options` of the line, such as {"precision": 3}, go beside the policy.
  suites::Grade grade_pair(const json::ObjectReader& pair, std::string_view gold,
                           std::string_view answer) const {
    const json::Value* given = pair.find("options");
    if (given == nullptr) return grader_->grade(gold, answer);
    if (!given->IsObject()) fail_input("{}: `options` must be an object", pair.where());
    json::Document options;
    options.CopyFrom(*given, options.GetAllocator());
    return grader_with(options, pair.where())->grade(gold, answer);
  }

  std::string policy_;
  suites::Extractor extractor_;
  std::unique_ptr<suites::Grader> grader_;
  std::int64_t pairs_ = 0;
  std::int64_t correct_ = 0;
  std::int64_t not_decided_ = 0;
};

}  // namespace

int grade(const GradeCommand& command) {
  keep_freed_memory();
  // Where they are pipes: long lines pass with fewer turns between this program and whoever asks it.
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO}) fcntl(descriptor, F_SETPIPE_SZ, 1 << 20);
  PairGrader grader(command);
  each_line_of(command.file, [&](const std::string& line, const std::string& where) {
    if (suites::trim(line).empty()) return;
    std::string verdict = grader.verdict_line(line, where);
    verdict += '\n';
    std::fwrite(verdict.data(), 1, verdict.size(), stdout);
    std::fflush(stdout);  // whoever asks one pair at a time gets the reply at once
  });
  fmt::print(stderr, "reckon: {}\n", grader.summary());
  return static_cast<int>(ExitCode::done);
}

}  // namespace reckon::harness
