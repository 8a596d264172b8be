// Grades outputs that were made elsewhere: the same suites, the same records and reports, no model.

#include "suites/scoring.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "harness/commands.h"
#include "harness/commands/score_run.h"
#include "harness/fetch/task_data.h"
#include "harness/joint_grades.h"
#include "harness/judge_completion.h"
#include "harness/manifest.h"
#include "harness/open_tasks.h"
#include "harness/ordered_grading.h"
#include "harness/report_options.h"
#include "harness/run_directory.h"
#include "harness/thinking.h"
#include "reports/report.h"

namespace reckon::harness {
namespace fs = std::filesystem;
namespace {

/// The folder of the records: the one asked for, or a temporary one that goes with the object.
class RecordsFolder {
 public:
  explicit RecordsFolder(const std::string& wanted) : path_(wanted), temporary_(wanted.empty()) {
    if (!temporary_) return;
    std::string pattern = (fs::temp_directory_path() / "reckon-score-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) fail_evaluation("{}: cannot be made", pattern);
    path_ = pattern;
  }
  ~RecordsFolder() {
    std::error_code ignored;
    if (temporary_) fs::remove_all(path_, ignored);
  }
  RecordsFolder(const RecordsFolder&) = delete;
  RecordsFolder& operator=(const RecordsFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool temporary_;
};

std::string identity_of(const std::string& path) {
  json::Document document(rapidjson::kObjectType);
  auto& allocator = document.GetAllocator();
  document.AddMember("name", json::string(fs::path(path).filename().string(), allocator), allocator);
  document.AddMember("kind", "outputs", allocator);
  document.AddMember("source", json::string(path, allocator), allocator);
  json::Value file(rapidjson::kObjectType);
  file.AddMember("path", json::string(path, allocator), allocator);
  file.AddMember("sha256", json::string(sha256_file(path), allocator), allocator);
  json::Value files(rapidjson::kArrayType);
  files.PushBack(file, allocator);
  document.AddMember("files", files, allocator);
  return json::dump(document);
}

SampleRecord record_of(const suites::Task& task, const suites::Sample& sample,
                       const suites::GivenOutput& output, std::size_t response) {
  SampleRecord record;
  record.sample = &sample;
  record.repeat = static_cast<std::int32_t>(response);
  if (!output.loglikelihoods.empty()) {
    for (std::size_t i = 0; i < output.loglikelihoods.size(); ++i) {
      record.completion.scores.push_back({output.loglikelihoods[i], output.greedy[i], 0});
    }
    record.verdict = task.grade_loglikelihoods(sample, output.loglikelihoods, output.greedy);
    return record;
  }
  record.completion.text = output.responses[response];
  const ThinkingSplit split = split_thinking(record.completion.text);
  record.completion.thinking = split.thinking;
  record.completion.answer = split.answer;
  if (split.unfinished) {
    record.completion.truncated = true;
    record.completion.finish_reason = FinishReason::length;
  }
  record.verdict = judge_completion(task, sample, record.completion);
  if (split.unfinished) record.verdict->why = "the thinking trace never ended: no answer";
  return record;
}

}  // namespace

int score(const ScoreCommand& command, const std::vector<std::string>& words) {
  if (!command.run.empty()) return score_run(command);
  if (command.outputs.empty()) {
    fail_input("score: give a run directory, or --tasks with --outputs");
  }
  RunSettings settings;
  OpenedTasks opened = open_tasks(command.tasks);
  settings.tasks = std::move(opened.tasks);
  settings.task_names = std::move(opened.names);
  fetch_missing_data(settings.tasks, std::nullopt);
  choose_sandbox(command.tasks, settings.tasks);
  if (!command.policy.empty() && !settings.tasks.front()->use_policy(command.policy)) {
    fail_input("--policy: {} is not graded as mathematics (grader `math`)", settings.tasks.front()->name());
  }
  if (settings.tasks.size() != 1) {
    fail_input("score: one file of outputs belongs to one task; --tasks names {}", settings.tasks.size());
  }
  const suites::Task& task = *settings.tasks.front();
  const std::vector<suites::GivenOutput> outputs = suites::read_given_outputs(command.outputs);
  if (outputs.empty()) fail_input("{}: holds no outputs", command.outputs);

  std::map<std::int64_t, const suites::Sample*> samples;
  for (const suites::Sample& sample : task.samples()) samples[sample.doc_id] = &sample;
  std::size_t repeats = 1;
  for (const suites::GivenOutput& output : outputs) {
    const auto found = samples.find(output.doc_id);
    if (found == samples.end()) {
      fail_input("{}: line {}: doc_id {} is not among the {} documents of {}", command.outputs, output.line,
                 output.doc_id, samples.size(), task.name());
    }
    if (!output.doc_hash.empty() && output.doc_hash != found->second->doc_hash) {
      fail_input("{}: line {}: doc_id {} was made from another document than {} has now (doc_hash differs)",
                 command.outputs, output.line, output.doc_id, task.name());
    }
    repeats = std::max(repeats, output.responses.size());
  }
  settings.repeats = static_cast<int>(repeats);
  settings.limit = static_cast<double>(outputs.size());
  settings.model_display_name = fs::path(command.outputs).filename().string();
  settings.command = words;

  const RecordsFolder folder(command.output_path);
  RunDirectory directory(folder.path(), make_manifest(settings, identity_of(command.outputs)));
  const TaskProgress recorded = directory.recorded(task.name());
  suites::PromptOptions prompt_options;
  prompt_options.apply_chat_template = uses_chat(settings, task);
  OrderedGrading grading(grading_threads());
  for (const suites::GivenOutput& output : outputs) {
    const suites::Sample& sample = *samples.at(output.doc_id);
    const auto prompt = std::make_shared<const suites::Prompt>(
        task.prompt(static_cast<std::size_t>(&sample - task.samples().data()), prompt_options));
    const std::size_t responses = output.loglikelihoods.empty() ? output.responses.size() : 1;
    for (std::size_t r = 0; r < responses; ++r) {
      if (recorded.finished.contains({sample.doc_id, static_cast<std::int32_t>(r)})) continue;
      const auto record = std::make_shared<SampleRecord>();
      grading.push([&task, &sample, &output, r, record] { *record = record_of(task, sample, output, r); },
                   [&, record, prompt] {
                     record->prompt = prompt.get();
                     const std::string line = sample_line(*record);
                     directory.append_sample(task.name(), line);
                     if (command.json) fmt::print("{}\n", line);
                   });
    }
  }
  grading.finish();
  write_joint_grades(task, static_cast<int>(repeats), folder.path());
  const reports::ReportOptions options = report_options({});
  const reports::Summary summary = command.output_path.empty()
                                       ? reports::summarise({reports::load_run(folder.path())}, options)
                                       : reports::write_reports({folder.path()}, folder.path(), options);
  if (!command.json) fmt::print("{}", reports::terminal_summary(summary));
  if (outputs.size() < task.samples().size()) {
    fmt::print(stderr, "reckon: {} of the {} documents of {} have outputs; the score is over those\n",
               outputs.size(), task.samples().size(), task.name());
  }
  return static_cast<int>(ExitCode::done);
}

}  // namespace reckon::harness
