// `reckon score RUN`: grades the saved answers of a run again and shows each verdict that changed.

#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "harness/clock.h"
#include "harness/commands/score_run.h"
#include "harness/joint_grades.h"
#include "harness/open_tasks.h"
#include "harness/regrade.h"
#include "harness/report_options.h"
#include "harness/run_directory.h"
#include "reports/report.h"
#include "suites/text/text_util.h"

namespace reckon::harness {
namespace fs = std::filesystem;
namespace {

const char* word(bool correct) { return correct ? "right" : "wrong"; }

std::string evidence_text(const suites::Verdict& verdict) {
  return verdict.evidence.empty() ? verdict.why : fmt::format("{} ({})", verdict.why, verdict.evidence);
}

void print_change(const ChangedVerdict& change) {
  fmt::print("{} #{}.{}: {} -> {}\n", change.task, change.doc_id, change.repeat, word(change.was.correct),
             word(change.now.correct));
  fmt::print("  gold       {}\n", suites::shortened(change.target, 120));
  const auto found = [](const suites::Verdict& verdict) {
    return verdict.rule.empty()
               ? std::string("none")
               : fmt::format("{} ({})", suites::shortened(verdict.extracted, 120), verdict.rule);
  };
  if (change.was.extracted != change.now.extracted) fmt::print("  extracted  {} before\n", found(change.was));
  fmt::print("  extracted  {}\n  before     {}\n  now        {}\n\n", found(change.now),
             evidence_text(change.was), evidence_text(change.now));
}

json::Value verdict_value(const suites::Verdict& verdict, json::Allocator& allocator) {
  json::Value value(rapidjson::kObjectType);
  value.AddMember("correct", verdict.correct, allocator);
  value.AddMember("extracted", json::string(verdict.extracted, allocator), allocator);
  value.AddMember("filter", json::string(verdict.rule, allocator), allocator);
  value.AddMember("evidence", json::string(verdict.evidence, allocator), allocator);
  value.AddMember("why", json::string(verdict.why, allocator), allocator);
  return value;
}

void print_change_json(const ChangedVerdict& change) {
  json::Document line(rapidjson::kObjectType);
  auto& allocator = line.GetAllocator();
  line.AddMember("task", json::string(change.task, allocator), allocator);
  line.AddMember("doc_id", change.doc_id, allocator);
  line.AddMember("repeat", change.repeat, allocator);
  line.AddMember("target", json::string(change.target, allocator), allocator);
  line.AddMember("was", verdict_value(change.was, allocator), allocator);
  line.AddMember("now", verdict_value(change.now, allocator), allocator);
  fmt::print("{}\n", json::dump(line));
}

std::string summary_of(const RegradedTask& task) {
  const auto became_right = std::count_if(task.changed.begin(), task.changed.end(),
                                          [](const ChangedVerdict& change) { return change.now.correct; });
  const auto percent = [&](std::int64_t count) {
    return task.graded > 0 ? 100.0 * static_cast<double>(count) / static_cast<double>(task.graded) : 0.0;
  };
  std::string text = fmt::format(
      "{}: {} verdicts, {} changed ({} became right, {} became wrong), {} stay on other grounds; right "
      "{:.2f} % -> {:.2f} %; not decided {} -> {}",
      task.task, task.graded, task.changed.size(), became_right,
      static_cast<std::int64_t>(task.changed.size()) - became_right, task.other_grounds,
      percent(task.were_correct), percent(task.are_correct), task.were_not_decided, task.are_not_decided);
  if (task.first_verdicts > 0) {
    text += fmt::format("; {} answers had no verdict yet, {} of them right", task.first_verdicts,
                        task.first_correct);
  }
  if (task.left > 0) {
    text += fmt::format("; {} stay as they are: their records lack what log-probabilities are judged by",
                        task.left);
  }
  if (task.failed > 0) {
    text += fmt::format("; {} could not be graded, the first: {}", task.failed, task.first_failure);
  }
  return text;
}

/// What the run was asked for, so that the keys that a group sets for its tasks hold here as well; runs
/// before this was recorded: the tasks by their own names.
std::vector<std::string> names_of_run(const reports::RunData& run) {
  const json::Document manifest = json::parse_file(run.directory + "/run.json");
  std::vector<std::string> names =
      json::ObjectReader(manifest, run.directory + "/run.json").get_strings("task_names");
  if (names.empty()) {
    for (const reports::TaskData& recorded : run.tasks) names.push_back(recorded.name);
  }
  return names;
}

/// The tasks of the run, as today's suite files have them.
std::vector<std::shared_ptr<suites::Task>> tasks_of_run(const ScoreCommand& command,
                                                        const reports::RunData& run) {
  std::vector<std::shared_ptr<suites::Task>> tasks =
      open_catalogue(command.tasks)->load_all(names_of_run(run));
  for (const reports::TaskData& recorded : run.tasks) {
    const bool known = std::any_of(tasks.begin(), tasks.end(),
                                   [&](const auto& task) { return task->name() == recorded.name; });
    if (!known) {
      fail_input("{}: the run holds the task '{}', which today's suite files no longer have under {}",
                 run.directory, recorded.name, fmt::join(names_of_run(run), ", "));
    }
  }
  std::erase_if(tasks, [&](const auto& task) {
    return !fs::exists(fs::path(run.directory) / sample_file(task->name()));
  });
  if (tasks.empty()) fail_input("{}: holds no records to grade", run.directory);
  if (!command.policy.empty()) {
    bool any = false;
    for (const auto& task : tasks) any = task->use_policy(command.policy) || any;
    if (!any) fail_input("--policy: no task of {} is graded as mathematics (grader `math`)", run.directory);
  }
  return tasks;
}

int repeats_of(const reports::RunData& run, const std::string& task) {
  const auto recorded = std::find_if(run.tasks.begin(), run.tasks.end(),
                                     [&](const reports::TaskData& data) { return data.name == task; });
  return recorded == run.tasks.end() ? 1 : recorded->repeats;
}

/// A run directory beside the old one: the same run with new verdicts.
class RegradedCopy {
 public:
  RegradedCopy(const std::string& from, const ScoreCommand& command) : path_(command.output_path) {
    std::error_code error;
    if (fs::exists(path_, error) && !fs::is_empty(path_, error)) {
      fail_input("{}: is not empty; choose another --output_path", path_);
    }
    check_writable_run_directory(path_);
    json::Document manifest = json::parse_file(from + "/run.json");
    auto& allocator = manifest.GetAllocator();
    json::Value note(rapidjson::kObjectType);
    note.AddMember("from", json::string(from, allocator), allocator);
    note.AddMember("policy", json::string(command.policy, allocator), allocator);
    note.AddMember("time", json::string(utc_now(), allocator), allocator);
    manifest["identity"].RemoveMember("predict_only");
    manifest["identity"].AddMember("predict_only", false, allocator);
    manifest.AddMember("graded_again", note, allocator);
    write_file_atomically(path_ + "/run.json", json::dump_pretty(manifest) + "\n");
    for (const char* name : {"launches.jsonl", "kernels.json"}) {
      if (fs::exists(from + "/" + name))
        write_file_atomically(path_ + "/" + name, read_file(from + "/" + name));
    }
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

int score_run(const ScoreCommand& command) {
  const reports::RunData run = reports::load_run(command.run);
  const auto tasks = tasks_of_run(command, run);
  choose_sandbox(command.tasks, tasks);
  std::optional<RegradedCopy> copy;
  if (!command.output_path.empty()) copy.emplace(command.run, command);
  std::vector<std::string> summaries;
  std::int64_t failed = 0;
  for (const auto& task : tasks) {
    std::optional<LineAppender> lines;
    if (copy) lines.emplace(copy->path() + "/" + sample_file(task->name()));
    const RegradedTask graded = regrade(command.run, *task, [&](const std::string& line) {
      if (lines) lines->append(line);
    });
    for (const ChangedVerdict& change : graded.changed) {
      command.json ? print_change_json(change) : print_change(change);
    }
    summaries.push_back(summary_of(graded));
    failed += graded.failed;
    if (copy) write_joint_grades(*task, repeats_of(run, task->name()), copy->path());
  }
  for (const std::string& summary : summaries) fmt::print(command.json ? stderr : stdout, "{}\n", summary);
  if (copy) reports::write_reports({copy->path()}, copy->path(), report_options({}));
  return static_cast<int>(failed > 0 ? ExitCode::not_evaluated : ExitCode::done);
}

}  // namespace reckon::harness
