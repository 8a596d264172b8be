#include "harness/regrade.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "harness/judge_completion.h"
#include "harness/run_directory.h"
#include "suites/graders/grader.h"

namespace reckon::harness {
namespace {

suites::Verdict recorded_verdict(const json::ObjectReader& record) {
  suites::Verdict verdict;
  verdict.correct = record.get_bool("correct", false);
  verdict.extracted = record.get_string("extracted", "");
  verdict.rule = record.get_string("filter", "");
  verdict.why = record.get_string("why", "");
  verdict.evidence = record.get_string("evidence", "");
  return verdict;
}

void replace(json::Document& record, const char* key, json::Value value) {
  record.RemoveMember(key);
  record.AddMember(rapidjson::StringRef(key), value, record.GetAllocator());
}

void put_verdict(json::Document& record, const suites::Verdict& verdict) {
  auto& allocator = record.GetAllocator();
  json::Value filtered(rapidjson::kArrayType);
  filtered.PushBack(json::string(verdict.extracted, allocator), allocator);
  replace(record, "filtered_resps", std::move(filtered));
  replace(record, "filter", json::string(verdict.rule, allocator));
  replace(record, "extracted", json::string(verdict.extracted, allocator));
  json::Value metrics(rapidjson::kObjectType);
  for (const auto& [name, value] : verdict.metrics) {
    metrics.AddMember(json::string(name, allocator), json::Value(value), allocator);
  }
  replace(record, "metrics", std::move(metrics));
  replace(record, "correct", json::Value(verdict.correct));
  replace(record, "why", json::string(verdict.why, allocator));
  replace(record, "evidence", json::string(verdict.evidence, allocator));
}

class Regrader {
 public:
  explicit Regrader(const suites::Task& task) : task_(task) { result_.task = task.name(); }

  /// The line as it is to be written.
  std::string take(std::string_view line, const std::string& where) {
    json::Document record = json::parse(line, where);
    const json::ObjectReader reader(record, where);
    if (!reader.get_bool("graded", false)) return std::string(line);
    if (reader.has("logprobs")) {
      fail_input("{}: was graded by log-probabilities; there is no answer to grade again", where);
    }
    const suites::Sample sample = task_.sample_of(json::dump(*reader.find("doc")),
                                                  reader.get_int("doc_id", 0, std::int64_t{1} << 53), where);
    if (sample.target != reader.get_string("target")) {
      fail_input("{}: the gold answer was '{}', but {} now gives '{}'", where, reader.get_string("target"),
                 task_.source_path(), sample.target);
    }
    Completion completion;
    completion.answer = reader.get_string("answer", "");
    completion.truncated = reader.get_bool("truncated", false);
    ChangedVerdict change{task_.name(),
                          sample.doc_id,
                          static_cast<int>(reader.get_int("repeat", 0, 1 << 30, 0)),
                          sample.target,
                          recorded_verdict(reader),
                          judge_completion(task_, sample, completion)};
    count(std::move(change), record);
    return json::dump(record);
  }

  RegradedTask result() { return std::move(result_); }

 private:
  void count(ChangedVerdict change, json::Document& record) {
    const suites::Verdict& was = change.was;
    const suites::Verdict& now = change.now;
    ++result_.graded;
    result_.were_correct += was.correct ? 1 : 0;
    result_.are_correct += now.correct ? 1 : 0;
    result_.were_not_decided += was.evidence == suites::kNotDecided ? 1 : 0;
    result_.are_not_decided += now.evidence == suites::kNotDecided ? 1 : 0;
    put_verdict(record, now);
    if (was.correct != now.correct) {
      result_.changed.push_back(std::move(change));
    } else if (was.extracted != now.extracted || was.evidence != now.evidence) {
      ++result_.other_grounds;
    }
  }

  const suites::Task& task_;
  RegradedTask result_;
};

}  // namespace

RegradedTask regrade(const std::string& run_directory, const suites::Task& task,
                     const std::function<void(const std::string& line)>& take_line) {
  Regrader regrader(task);
  const std::string path = run_directory + "/" + sample_file(task.name());
  const MappedFile file(path);
  const std::string_view content(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  std::size_t begin = 0;
  for (std::size_t number = 1; begin < content.size(); ++number) {
    const std::size_t end = content.find('\n', begin);
    if (end == std::string_view::npos) break;  // torn: never written in full
    const std::string line =
        regrader.take(content.substr(begin, end - begin), fmt::format("{}: line {}", path, number));
    if (take_line) take_line(line);
    begin = end + 1;
  }
  return regrader.result();
}

}  // namespace reckon::harness
