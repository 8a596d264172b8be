#include "harness/regrade.h"

#include <map>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "harness/judge_completion.h"
#include "harness/ordered_grading.h"
#include "harness/run_directory.h"
#include "suites/graders/grader.h"

namespace reckon::harness {
namespace {

/// How the error of a record begins whose answer came, but whose grader gave up.
constexpr const char* kGradingFailed = "grading: ";

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

json::Value numbers(const std::map<std::string, double>& values, json::Allocator& allocator) {
  json::Value object(rapidjson::kObjectType);
  for (const auto& [name, value] : values) {
    object.AddMember(json::string(name, allocator), json::Value(value), allocator);
  }
  return object;
}

void put_verdict(json::Document& record, const suites::Verdict& verdict) {
  auto& allocator = record.GetAllocator();
  json::Value filtered(rapidjson::kArrayType);
  filtered.PushBack(json::string(verdict.extracted, allocator), allocator);
  replace(record, "filtered_resps", std::move(filtered));
  replace(record, "filter", json::string(verdict.rule, allocator));
  replace(record, "extracted", json::string(verdict.extracted, allocator));
  replace(record, "metrics", numbers(verdict.metrics, allocator));
  if (!verdict.weights.empty()) replace(record, "metric_weights", numbers(verdict.weights, allocator));
  replace(record, "correct", verdict.has_right_answer ? json::Value(verdict.correct) : json::Value());
  replace(record, "why", json::string(verdict.why, allocator));
  replace(record, "evidence", json::string(verdict.evidence, allocator));
  if (verdict.forgeable) replace(record, "forgeable", json::Value(*verdict.forgeable));
  if (!verdict.isolation.empty()) replace(record, "isolation", json::string(verdict.isolation, allocator));
}

/// A grader that gives up is an infrastructure failure, as in a run.
void put_failure(json::Document& record, const std::string& error) {
  auto& allocator = record.GetAllocator();
  replace(record, "metrics", json::Value(rapidjson::kObjectType));
  replace(record, "correct", json::Value());
  replace(record, "graded", json::Value(false));
  replace(record, "finish_reason", json::Value("error"));
  replace(record, "error", json::string(kGradingFailed + error, allocator));
}

/// One line on its way from file to file.
struct Item {
  std::string line;
  json::Document record;
  suites::Sample sample;
  Completion completion;
  bool has_answer = false;  ///< else the line stays as it is
  bool was_graded = false;
  std::optional<suites::Verdict> now;
  std::string error;
};

class Regrader {
 public:
  Regrader(const suites::Task& task, const std::function<void(const std::string& line)>& take_line)
      : task_(task), take_line_(take_line) {
    result_.task = task.name();
    if (task.runs_code()) find_exact_rows();
  }

  void take(std::string_view line, const std::string& where) {
    const std::shared_ptr<Item> item = read(line, where);
    grading_.push(
        [this, item] {
          if (item->has_answer) judge(*item);
        },
        [this, item] { write(*item); });
  }

  RegradedTask finish() {
    grading_.finish();
    return std::move(result_);
  }

 private:
  /// Rows with numbers that the JSON of a record cannot hold, where the dataset is on this machine.
  void find_exact_rows() {
    try {
      for (const suites::Sample& sample : task_.samples()) {
        if (!sample.source.empty()) exact_rows_[sample.doc_hash] = &sample;
      }
    } catch (const Error&) {
      exact_rows_.clear();  // the records alone then have to do
    }
  }

  std::shared_ptr<Item> read(std::string_view line, const std::string& where) {
    auto item = std::make_shared<Item>();
    item->line = line;
    item->record = json::parse(line, where);
    const json::ObjectReader reader(item->record, where);
    item->was_graded = reader.get_bool("graded", false);
    const std::string finish = reader.get_string("finish_reason");
    const bool only_grading_failed = reader.get_string("error", "").starts_with(kGradingFailed);
    item->has_answer =
        item->was_graded || only_grading_failed || (finish != "error" && finish != "cancelled");
    if (!item->has_answer) return item;
    item->sample = task_.sample_of(json::dump(*reader.find("doc")),
                                   reader.get_int("doc_id", 0, std::int64_t{1} << 53), where);
    if (item->sample.target != reader.get_string("target")) {
      fail_input("{}: the gold answer was '{}', but {} now gives '{}'", where, reader.get_string("target"),
                 task_.source_path(), item->sample.target);
    }
    if (const auto exact = exact_rows_.find(item->sample.doc_hash); exact != exact_rows_.end()) {
      item->sample.source = exact->second->source;
    }
    if (reader.has("logprobs")) {
      read_scores(reader.get_object("logprobs"), *item);
    } else if (task_.output_type() != suites::OutputType::generate_until) {
      fail_input("{}: holds a written answer, but {} now scores continuations", where, task_.source_path());
    }
    item->completion.answer = reader.get_string("answer", "");
    item->completion.truncated = reader.get_bool("truncated", false);
    return item;
  }

  /// Without the greedy marks, which older records lack, verdicts cannot be made again.
  void read_scores(const json::ObjectReader& logprobs, Item& item) {
    const json::Value& choices = logprobs.get_array("choices");
    if (!logprobs.has("greedy") || logprobs.get_array("greedy").Size() != choices.Size()) {
      item.has_answer = false;
      ++result_.left;
      return;
    }
    const json::Value& greedy = logprobs.get_array("greedy");
    for (rapidjson::SizeType i = 0; i < choices.Size(); ++i) {
      if (!choices[i].IsNumber() || !greedy[i].IsBool()) {
        fail_input("{}: field 'choices' must hold numbers and 'greedy' truth values", logprobs.where());
      }
      item.completion.scores.push_back({choices[i].GetDouble(), greedy[i].GetBool(), 0});
    }
  }

  /// In any thread.
  void judge(Item& item) const {
    try {
      item.now = judge_completion(task_, item.sample, item.completion);
    } catch (const std::exception& error) {
      item.error = error.what();
    }
  }

  void write(Item& item) {
    if (item.has_answer) count(item);
    if (take_line_) take_line_(item.has_answer ? json::dump(item.record) : item.line);
  }

  void count(Item& item) {
    const json::ObjectReader reader(item.record, task_.name());
    const suites::Verdict was = recorded_verdict(reader);
    if (!item.now) {
      if (++result_.failed == 1) result_.first_failure = item.error;
      put_failure(item.record, item.error);
      return;
    }
    const suites::Verdict& now = *item.now;
    const int repeat = static_cast<int>(reader.get_int("repeat", 0, 1 << 30, 0));
    put_verdict(item.record, now);
    if (!item.was_graded) {
      ++result_.first_verdicts;
      result_.first_correct += now.correct ? 1 : 0;
      replace(item.record, "graded", json::Value(true));
      if (reader.get_string("finish_reason") == "error") {
        replace(item.record, "finish_reason",
                json::string(item.completion.truncated ? "length" : "stop", item.record.GetAllocator()));
        replace(item.record, "error", json::Value(""));
      }
      return;
    }
    ++result_.graded;
    result_.were_correct += was.correct ? 1 : 0;
    result_.are_correct += now.correct ? 1 : 0;
    result_.were_not_decided += was.evidence == suites::kNotDecided ? 1 : 0;
    result_.are_not_decided += now.evidence == suites::kNotDecided ? 1 : 0;
    if (was.correct != now.correct) {
      result_.changed.push_back({task_.name(), item.sample.doc_id, repeat, item.sample.target, was, now});
    } else if (was.extracted != now.extracted || was.evidence != now.evidence) {
      ++result_.other_grounds;
    }
  }

  const suites::Task& task_;
  const std::function<void(const std::string& line)>& take_line_;
  std::map<std::string, const suites::Sample*> exact_rows_;  // by doc_hash
  RegradedTask result_;
  OrderedGrading grading_{grading_threads()};  // last: its threads end before what they use
};

}  // namespace

RegradedTask regrade(const std::string& run_directory, const suites::Task& task,
                     const std::function<void(const std::string& line)>& take_line) {
  Regrader regrader(task, take_line);
  const std::string path = run_directory + "/" + sample_file(task.name());
  const MappedFile file(path);
  const std::string_view content(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  std::size_t begin = 0;
  for (std::size_t number = 1; begin < content.size(); ++number) {
    const std::size_t end = content.find('\n', begin);
    if (end == std::string_view::npos) break;  // torn: never written in full
    regrader.take(content.substr(begin, end - begin), fmt::format("{}: line {}", path, number));
    begin = end + 1;
  }
  return regrader.finish();
}

}  // namespace reckon::harness
