#pragma once
// A task: the questions of one suite file, how they are put to a model, and how answers are judged.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "suites/graders/verdict.h"

namespace reckon::suites {

/// One turn of a conversation.
struct Message {
  std::string role;  ///< "system", "user" or "assistant"
  std::string content;
};

/// One question of the evaluated split.
struct Sample {
  std::int64_t doc_id = 0;                 ///< index in the split, from 0
  std::string doc;                         ///< the row of the dataset as compact JSON text
  std::string source;                      ///< DatasetRow::source: the row where `doc` is not exact
  std::string target;                      ///< the gold answer, after doc_to_target
  std::vector<std::string> other_targets;  ///< further accepted answers, where the row has a list
  std::vector<std::string> choices;        ///< multiple_choice only
  int gold_choice = -1;                    ///< multiple_choice only: index into `choices`
  std::vector<int> other_gold_choices;     ///< further right ones, where the row has a list
  std::string cluster;   ///< questions that share a passage share this; "" = its own cluster
  std::string doc_hash;  ///< SHA-256 of the row, as lm-evaluation-harness computes it
};

enum class OutputType { generate_until, multiple_choice, loglikelihood, loglikelihood_rolling };
const char* to_string(OutputType type);

/// `generation_kwargs` of the suite file. What is absent there is absent here: the caller's own defaults and
/// --gen_kwargs then decide. Stop strings are meant for the answer: inside a thinking trace they are not
/// looked for.
struct GenerationParameters {
  std::vector<std::string> until;
  std::optional<bool> do_sample;  ///< false: greedy, whatever the temperature says
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<double> min_p;
  std::optional<int> top_k;
  std::optional<int> max_gen_toks;
  std::optional<double> repetition_penalty;
  std::optional<double> presence_penalty;
  std::optional<double> frequency_penalty;
};

/// How the caller wants prompts to be made.
struct PromptOptions {
  std::optional<int> num_fewshot;  ///< overrides the suite file
  bool apply_chat_template = false;
  /// Few-shot examples as turns of their own; false: all in one user message. Unset: as the suite file says,
  /// else true.
  std::optional<bool> fewshot_as_multiturn;
  std::string system_instruction;
  std::uint64_t seed = 1234;  ///< of the few-shot draws; 1234 is lm-evaluation-harness's default
};

/// What is put to the model for one sample.
struct Prompt {
  std::vector<Message> messages;  ///< with apply_chat_template
  std::string text;               ///< without
  std::string gen_prefix;         ///< the reply is made to begin with this; already at the end of `text`
  /// To be scored: one per choice (twice with acc_mutual_info: then without the question), or the target.
  std::vector<std::string> continuations;
  /// Text before each continuation, where they differ (choices that stand in the question, acc_mutual_info);
  /// empty: `text` or `messages` before all of them.
  std::vector<std::string> contexts;
  bool rolling = false;  ///< the one continuation is a text of its own, scored from its first token
  std::vector<std::int64_t> fewshot_ids;  ///< rows of the few-shot pool that were used, in order
};

struct Metric {
  std::string name;         ///< "exact_match", "acc", "acc_norm", "perplexity" ...
  std::string aggregation;  ///< "mean", "perplexity" ...
  bool higher_is_better = true;
};

/// One item of a group's `aggregate_metric_list`.
struct GroupMetric {
  std::string metric;
  std::vector<std::string> filters;  ///< empty: each filter under which a task of the group has the metric
  bool weight_by_size = true;        ///< each question counts once; false: each task counts once
};

/// A group of tasks, with figures of its own where it has metrics.
struct TaskGroup {
  std::string name;
  std::string alias;
  std::string version = "N/A";
  std::vector<std::string> members;  ///< tasks and groups right below it
  std::vector<std::string> tasks;    ///< all tasks below it, each once
  std::vector<GroupMetric> metrics;
};

/// `reckon: generator`: which questions are made.
struct GeneratorArguments {
  std::string family;  ///< "" : none
  std::uint64_t count = 200;
  std::uint64_t seed = 1;
  int difficulty = 2;  ///< 1 to 5
};

/// A file that the questions or the few-shot examples came from.
struct DataFile {
  std::string path;
  std::string sha256;  ///< of the file as stored
  std::string commit;  ///< of the dataset on the hub, where its rows came from there; "" else
};

/// A split of a dataset on the hub that is not on this machine.
struct HubSplit {
  std::string dataset;  ///< "owner/name"
  std::string config;   ///< "" where the suite file names none
  std::string split;
  std::string folder;  ///< below the cache of datasets: where <split>.jsonl is looked for
};

class Catalogue;
struct TaskConfig;
struct DataLocations;

/// Not copied; const members may be called from several threads at once.
class Task {
 public:
  Task(std::unique_ptr<TaskConfig> config, std::shared_ptr<const DataLocations> locations);
  ~Task();
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  const std::string& name() const;
  const std::string& alias() const;  ///< task_alias, else the name
  const std::string& config_text()
      const;                           ///< the suite file as resolved (includes merged), canonical JSON text
  json::Document config_json() const;  ///< the same, parsed
  const std::string& source_path() const;  ///< the suite file
  std::string version() const;             ///< metadata.version as text, "0" when absent
  const std::string& description() const;  ///< one line for `ls`: reckon.summary, "" when absent
  OutputType output_type() const;
  int repeats() const;
  const GenerationParameters& generation() const;
  int num_fewshot() const;
  bool fewshot_as_multiturn() const;  ///< unless PromptOptions say otherwise
  /// grade() runs the answer as code, in processes of their own: call it from several threads, and first see
  /// code::require_execution().
  bool runs_code() const;
  /// The suite was written for chat: true, for plain completion: false, no preference: unset (reckon.chat).
  std::optional<bool> prefers_chat() const;
  /// Metrics in the suite's order; Verdict::metrics holds each of them once per filter, but for those whose
  /// aggregation is "pass_at_k", which are made of the verdicts of a question's repeats.
  const std::vector<Metric>& metrics() const;
  /// Names of the filters in order, the first is the primary one; {"none"} when the suite names none.
  std::vector<std::string> filters() const;

  /// The whole split, in file order; --limit is the caller's. Reads the dataset on the first call.
  /// Errors: dataset not found (says where it was looked for and how to get it), a bad row (file and line).
  const std::vector<Sample>& samples() const;

  /// The prompt of samples()[sample_index]. Few-shot draws depend on seed and sample_index alone: they are
  /// those of lm-evaluation-harness, whose one generator per task serves the documents in order.
  Prompt prompt(std::size_t sample_index, const PromptOptions& options) const;

  /// Judges the answer part of a completion (thinking already split off; a truncated trace is never graded).
  /// Errors: a pattern of the suite file takes too long on this text (evaluation error: no verdict is better
  /// than one that depends on the machine).
  Verdict grade(const Sample& sample, std::string_view answer_text) const;

  /// Metrics of filters that merge the repeats of a document (majority_vote, take_first_k), by
  /// "metric,filter"; `answers`: the answer parts in the order of the repeats, "" where there is none. Empty
  /// without such filters. Errors: fewer repeats than take_first_k asks for.
  std::map<std::string, double> grade_together(const Sample& sample,
                                               std::span<const std::string> answers) const;
  bool has_joint_filters() const;

  /// Which of the extracted answers to one question are equal: the same number for answers that the first
  /// metric's grader calls equal in both orders, directly or through others; -1 for an empty one.
  std::vector<int> answer_classes(std::span<const std::string> extracted) const;

  /// Judges scored continuations: `loglikelihoods[i]` is the natural-log probability of
  /// Prompt::continuations[i], `greedy[i]` says whether each of its tokens was the most likely one. Sizes
  /// must equal that of continuations.
  Verdict grade_loglikelihoods(const Sample& sample, std::span<const double> loglikelihoods,
                               const std::vector<bool>& greedy) const;

  /// The sample that a row of the dataset gives, without reading the dataset; `where` starts error messages.
  Sample sample_of(const std::string& row_json, std::int64_t doc_id, const std::string& where) const;

  /// Grades mathematics by this policy from now on, whatever the suite file says; false where no metric of
  /// the task is graded as mathematics. Errors: unknown policy. Not to be called while others grade.
  bool use_policy(const std::string& policy);

  /// What the questions are made with; `family` is "" for tasks that read data.
  const GeneratorArguments& generator() const;
  /// Makes other questions of the same family. Not to be called after samples().
  void set_generator(std::uint64_t count, std::uint64_t seed, int difficulty);

  /// Splits that the task needs with so many examples a question (unset: as the suite file says) and that lie
  /// in no data folder.
  std::vector<HubSplit> missing_splits(std::optional<int> num_fewshot) const;

  /// Files read so far for questions and few-shot examples; complete after samples() and one prompt().
  std::vector<DataFile> data_files() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reckon::suites
