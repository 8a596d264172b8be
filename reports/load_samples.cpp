#include "reports/load_samples.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <tuple>

#include <fmt/format.h>

#include "base/error.h"
#include "reports/parallel_items.h"

namespace reckon::reports {
namespace {

// A run of a few thousand samples keeps its texts whole; one of a hundred thousand keeps what a report can
// hold.
constexpr std::uint64_t kTextBytesInMemory = std::uint64_t{128} << 20;
constexpr std::uint64_t kTextsPerRecord = 2;  // prompt and thinking; answers are short beside them
constexpr std::size_t kLeastTextBytes = 400;
// Suites may have numbers or lists as targets; a reader of reports wants to see them as text.
std::string as_text(const json::Value& value) {
  if (value.IsString()) return {value.GetString(), value.GetStringLength()};
  return json::dump(value);
}

std::string text_field(const json::ObjectReader& line, const char* key) {
  const json::Value* value = line.find(key);
  return value == nullptr ? std::string() : as_text(*value);
}

std::string first_text(const json::ObjectReader& line, const char* key) {
  if (!line.has(key)) return {};
  const json::Value& list = line.get_array(key);
  return list.Empty() || list[0].IsNull() ? std::string() : as_text(list[0]);
}

std::string prompt_of(const json::ObjectReader& line) {
  if (line.has("prompt")) return line.get_string("prompt");
  if (!line.has("arguments")) return {};
  const json::Value* arguments = line.find("arguments");
  if (!arguments->IsObject()) return json::dump(*arguments);
  const json::ObjectReader reader(*arguments, line.where() + ": arguments");
  if (reader.has("text")) return reader.get_string("text");
  std::string prompt;
  if (reader.has("messages")) {
    for (const json::Value& item : reader.get_array("messages").GetArray()) {
      const json::ObjectReader message(item, reader.where() + ": messages");
      prompt += fmt::format("{}{}: {}", prompt.empty() ? "" : "\n\n", message.get_string("role", "?"),
                            text_field(message, "content"));
    }
  }
  return prompt;
}

std::vector<std::pair<std::string, double>> read_numbers(const json::ObjectReader& line, const char* key) {
  std::vector<std::pair<std::string, double>> numbers;
  if (!line.has(key)) return numbers;
  const json::ObjectReader object = line.get_object(key);
  for (const auto& member : line.find(key)->GetObject()) {
    const std::string name(member.name.GetString(), member.name.GetStringLength());
    if (member.value.IsNull()) continue;
    if (!member.value.IsNumber() && !member.value.IsBool()) {
      fail_input("{}: field '{}' should be a number", object.where(), name);
    }
    numbers.emplace_back(
        name, member.value.IsBool() ? (member.value.GetBool() ? 1.0 : 0.0) : member.value.GetDouble());
  }
  return numbers;
}

void read_usage(const json::ObjectReader& line, SampleRecord& record) {
  if (line.has("usage")) {
    const json::ObjectReader usage = line.get_object("usage");
    record.usage.input = usage.get_int("input_tokens", 0, kMostCounted, 0);
    record.usage.cached_input = usage.get_int("cached_input_tokens", 0, record.usage.input, 0);
    record.usage.output = usage.get_int("output_tokens", 0, kMostCounted, 0);
    record.usage.reasoning = usage.get_int("reasoning_tokens", 0, kMostCounted, 0);
    record.usage.answer = usage.get_int("answer_tokens", 0, kMostCounted, 0);
  }
  if (line.has("timing")) {
    const json::ObjectReader timing = line.get_object("timing");
    const auto seconds = [&](const char* key) {
      const double value = timing.get_number(key, 0);
      if (!(value >= 0))
        fail_input("{}: field '{}' is {}, not a number of seconds", timing.where(), key, value);
      return value;
    };
    record.timing.submitted_seconds = seconds("submitted_seconds");
    record.timing.first_token_seconds = seconds("first_token_seconds");
    record.timing.finished_seconds = seconds("finished_seconds");
  }
}

void read_texts(const json::ObjectReader& line, std::size_t text_bytes, SampleRecord& record) {
  const auto kept = [&](std::string text) {
    LongText result(std::move(text));
    result.cut(text_bytes);
    return result;
  };
  record.prompt = kept(prompt_of(line));
  if (line.has("thinking")) record.thinking = kept(line.get_string("thinking"));
  std::string response = first_text(line, "resps");
  if (!line.has("answer")) {
    if (record.thinking) {
      record.response = kept(std::move(response));
    } else {
      record.answer = kept(std::move(response));
    }
    return;
  }
  std::string answer = line.get_string("answer");
  if (!record.thinking && answer != response) record.response = kept(std::move(response));
  record.answer = kept(std::move(answer));
}

SampleRecord read_record(const json::ObjectReader& line, std::size_t number, std::size_t text_bytes,
                         const TaskData& task) {
  SampleRecord record;
  record.line = number;
  record.doc_id = line.get_int("doc_id", 0, task.n_original > 0 ? task.n_original - 1 : kMostCounted);
  record.repeat = static_cast<int>(line.get_int("repeat", 0, task.repeats - 1, 0));
  record.cluster = text_field(line, "cluster");
  record.doc_hash = line.get_string("doc_hash", "");
  record.target = text_field(line, "target");
  read_texts(line, text_bytes, record);
  record.filter = line.get_string("filter", "");
  if (line.has("extracted")) {
    record.extracted = text_field(line, "extracted");
  } else if (std::string filtered = first_text(line, "filtered_resps"); !filtered.empty()) {
    record.extracted = std::move(filtered);
  }
  // An empty answer is none.
  if (record.extracted && record.extracted->empty()) record.extracted.reset();
  record.metrics = read_numbers(line, "metrics");
  record.metric_weights = read_numbers(line, "metric_weights");
  record.why = line.get_string("why", "");
  record.evidence = line.get_string("evidence", "");
  record.finish_reason = line.get_string("finish_reason", "stop");
  record.error = line.get_string("error", "");
  record.truncated = line.get_bool("truncated", record.finish_reason == "length");
  record.forced_close = line.get_bool("forced_close", false);
  record.repetition_loop = line.get_bool("repetition_loop", false);
  if (line.has("correct")) record.correct = line.get_bool("correct");
  record.graded = line.get_bool("graded", record.correct.has_value()) && !record.failed();
  // A log-probability of a text is neither right nor wrong.
  if (record.graded && !record.correct && task.output_type != "loglikelihood_rolling") {
    fail_input("{}: field 'correct' is missing though the sample is graded (expected true or false)",
               line.where());
  }
  if (!record.graded) record.correct.reset();
  read_usage(line, record);
  record.seed = text_field(line, "seed");
  record.launch = static_cast<int>(line.get_int("launch", 0, 1 << 30, 0));
  return record;
}

// Lines in the order of the questions; of one question in the order of the file.
std::vector<SampleRecord*> by_question(std::vector<std::vector<SampleRecord>>& pieces) {
  std::vector<SampleRecord*> records;
  for (std::vector<SampleRecord>& piece : pieces) {
    for (SampleRecord& record : piece) records.push_back(&record);
  }
  std::sort(records.begin(), records.end(), [](const SampleRecord* a, const SampleRecord* b) {
    return std::tie(a->doc_id, a->repeat, a->line) < std::tie(b->doc_id, b->repeat, b->line);
  });
  return records;
}

// All samples of one question were made from one document.
void check_hashes(const std::string& path, const std::vector<SampleRecord>& records) {
  for (std::size_t i = 1; i < records.size(); ++i) {
    const SampleRecord& before = records[i - 1];
    const SampleRecord& record = records[i];
    if (before.doc_id == record.doc_id && before.doc_hash != record.doc_hash) {
      fail_input("{}: line {}: field 'doc_hash' of document {} is not that of line {}", path, record.line,
                 record.doc_id, before.line);
    }
  }
}

}  // namespace

void load_joint_grades(const std::string& path, TaskData& task) {
  for_each_json_line(path, [&](const json::ObjectReader& line, std::size_t) {
    JointGrades& joint = task.joint[line.get_int("doc_id", 0, kMostCounted)];
    joint.metrics = read_numbers(line, "metrics");
    for (const json::Value& entry : line.get_array("answer_classes").GetArray()) {
      if (!entry.IsInt64()) fail_input("{}: 'answer_classes' should hold whole numbers", line.where());
      joint.answer_classes.push_back(entry.GetInt64());
    }
    if (joint.answer_classes.size() != static_cast<std::size_t>(task.repeats)) {
      fail_input("{}: field 'answer_classes' holds {} answers; run.json asks {} of each question",
                 line.where(), joint.answer_classes.size(), task.repeats);
    }
  });
}

std::size_t text_bytes_to_keep(std::uint64_t bytes, std::uint64_t lines) {
  if (bytes <= kTextBytesInMemory) return std::numeric_limits<std::size_t>::max() / 4;
  return std::max<std::size_t>(kLeastTextBytes,
                               kTextBytesInMemory / kTextsPerRecord / std::max<std::uint64_t>(1, lines));
}

void load_samples(const JsonLines& file, std::size_t text_bytes, ThreadPool& pool, TaskData& task,
                  std::vector<std::string>& warnings) {
  std::vector<std::vector<SampleRecord>> pieces(file.pieces());
  std::atomic<std::size_t> truncated_correct = 0;
  for_each_item(pool, pieces.size(), [&](std::size_t piece) {
    file.read(piece, [&](const json::ObjectReader& line, std::size_t number) {
      SampleRecord& record = pieces[piece].emplace_back(read_record(line, number, text_bytes, task));
      if (!record.truncated || !record.correct.value_or(false)) return;
      record.correct = false;  // an answer that was cut off is no answer
      for (auto& metric : record.metrics) metric.second = 0;
      ++truncated_correct;
    });
  });
  task.torn_lines = file.torn() ? 1 : 0;
  task.records.reserve(static_cast<std::size_t>(file.lines()));
  std::size_t graded_twice = 0;
  for (SampleRecord* record : by_question(pieces)) {
    SampleRecord* before = task.records.empty() ? nullptr : &task.records.back();
    if (before == nullptr || before->doc_id != record->doc_id || before->repeat != record->repeat) {
      task.records.push_back(std::move(*record));
      continue;
    }
    ++task.replaced_lines;
    if (record->failed() && !before->failed()) continue;
    if (!record->failed() && !before->failed()) ++graded_twice;
    *before = std::move(*record);
  }
  check_hashes(file.path(), task.records);
  const auto planned = task.n_effective * task.repeats;
  if (planned > 0 && static_cast<std::int64_t>(task.records.size()) > planned) {
    warnings.push_back(fmt::format("{}: holds {} samples where run.json plans {}", task.samples_file,
                                   task.records.size(), planned));
  }
  if (graded_twice > 0) {
    warnings.push_back(fmt::format("{}: {} samples stand in the file more than once; the last of each counts",
                                   task.samples_file, graded_twice));
  }
  if (truncated_correct > 0) {
    warnings.push_back(fmt::format("{}: {} truncated samples were marked correct; they count as wrong",
                                   task.samples_file, truncated_correct.load()));
  }
  if (task.torn_lines > 0) {
    warnings.push_back(fmt::format("{}: the last line is torn (a write was cut short); it is not counted",
                                   task.samples_file));
  }
}

}  // namespace reckon::reports
