#pragma once
// What the records of one or several runs amount to: scores with their intervals, tokens, time, cost.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/run_data.h"

namespace reckon::reports {

struct Interval {
  double low = 0;
  double high = 0;
};

/// One metric of one task.
struct Score {
  std::string metric;
  std::string filter;  ///< "none" where the task has no filter
  bool higher_is_better = true;
  std::int64_t questions = 0;            ///< n: questions with at least one graded sample
  std::int64_t clusters = 0;             ///< equals `questions` when none share a source
  double value = 0;                      ///< meaningless when questions == 0
  std::optional<double> standard_error;  ///< over the population of questions, clustered (R2)
  std::optional<double>
      sampling_standard_error;       ///< with the questions fixed; needs two samples of each (R2)
  std::optional<Interval> interval;  ///< 95 %
  /// 95 % over sampling anew with the questions fixed: value +- 1.96 `sampling_standard_error`. Absent with
  /// that error, and where it is 0.
  std::optional<Interval> sampling_interval;
  std::string interval_method;  ///< "Wilson", "Wilson, effective n 83.2", "BCa", "t", or why there is none
};

struct SampleCounts {
  std::int64_t expected = 0;  ///< questions x repeats that the run was to make
  std::int64_t recorded = 0;
  std::int64_t graded = 0;
  std::int64_t correct = 0;
  std::int64_t forced_closes = 0;     ///< thinking traces that --max_thinking_tokens closed
  std::int64_t repetition_loops = 0;  ///< replies that end in one piece said over and over
  std::int64_t truncated = 0;         ///< graded as wrong
  std::int64_t no_answer = 0;         ///< graded, not truncated, and no answer could be extracted
  std::int64_t not_decided = 0;       ///< graded as wrong, not truncated: a limit of the grader was hit
  std::int64_t failed = 0;            ///< infrastructure failures, not graded
  std::int64_t not_graded = 0;        ///< cancelled or predict_only
  std::int64_t missing() const { return expected > recorded ? expected - recorded : 0; }
};

struct CostPerSolved {
  std::optional<double> usd;   ///< absent when nothing was solved
  std::optional<double> low;   ///< end of the 95 % interval
  std::optional<double> high;  ///< absent: no upper end can be given
  std::string method;
};

/// Every figure is absent where the price, or the measurement that it stands on, is not known.
struct Cost {
  std::optional<double> total_usd;
  std::optional<double> usd_per_million_input;  ///< computed (not cached) prompt tokens
  std::optional<double> usd_per_million_output;
  std::optional<double> usd_per_million_blended;  ///< everything paid, over computed prompt and output tokens
  std::optional<double> blended_input_per_output;  ///< the ratio that it was blended in: the run's own
  std::optional<double> usd_per_sample;
  CostPerSolved per_solved;
  double device_hours = 0;
  std::optional<double> solved_per_device_hour;
};

struct TaskSummary {
  std::string task;
  std::string alias;
  std::string version;
  int n_shot = 0;
  int repeats = 1;
  std::int64_t n_original = 0;
  std::int64_t n_effective = 0;
  std::string filter;
  std::int64_t stopped_of = 0;  ///< stopped early by a gate, of so many questions; 0: asked whole
  SampleCounts counts;
  Score accuracy;               ///< share of samples judged correct, truncated ones counted as wrong
  std::vector<Score> metrics;   ///< those of the suite file, in its order
  std::vector<Score> repeated;  ///< pass@k, pass^k and cons@k where questions were answered several times
  TokenUsage tokens;            ///< sums over the counted records
  Cost cost;
};

/// A group of tasks: the means of its metrics over the tasks.
struct GroupSummary {
  std::string group;
  std::string alias;
  std::string version;
  std::vector<std::string> members;
  std::optional<int> n_shot;   ///< absent where its tasks differ
  std::int64_t questions = 0;  ///< of all its tasks
  std::vector<Score> metrics;  ///< Score::questions: of the tasks that have the metric
};

struct DeviceUse {
  std::string name;
  std::string backend;
  double device_hours = 0;
  double wall_seconds = 0;
  int launches = 0;
  int killed_launches = 0;  ///< counted up to their last heartbeat
};

/// Where the wall time of all launches went. The parts add up to the wall time.
struct PhaseTimes {
  std::optional<double> load_seconds;  ///< the model was loaded and hashed; absent: not in the wall time
  double prefill_seconds = 0;
  double decode_seconds = 0;
  double other_seconds = 0;               ///< the engine was busy with neither: sampling, scheduling
  std::optional<double> grading_seconds;  ///< nothing but grading was done; absent: not measured
  double idle_seconds = 0;                ///< the rest; holds the grading where that was not measured
};

/// What an API charges.
struct TokenPrice {
  double usd_per_million_input = 0;
  std::optional<double> usd_per_million_cached_input;
  double usd_per_million_output = 0;
};

/// At most one of the two; neither: not known.
struct Price {
  std::optional<double> usd_per_device_hour;
  std::optional<TokenPrice> per_token;
  std::string source;  ///< who said so
  bool known() const { return usd_per_device_hour || per_token; }
};

struct RunSummary {
  std::string directory;
  std::string label;  ///< unique among the runs of a summary
  ModelFacts model;
  std::string created;
  std::optional<double> unix_seconds;
  std::string software_version;
  std::string software_commit;
  std::vector<TaskSummary> tasks;
  std::vector<GroupSummary> groups;
  SampleCounts counts;
  TokenUsage tokens;
  Score accuracy;  ///< over all questions of all tasks; each question counts once
  double wall_seconds = 0;
  double device_hours = 0;
  std::optional<EngineCounters> engine;  ///< summed over launches
  std::optional<PhaseTimes> phases;      ///< absent without `engine`
  std::optional<double> energy_joules;   ///< of the processors, all launches; absent unless each had a meter
  std::optional<double> device_energy_joules;  ///< of the devices likewise
  std::vector<DeviceUse> devices;
  Price price;
  Cost cost;
  std::optional<KernelTable> kernels;
  std::vector<std::string> warnings;
};

enum class Verdict { better, same, worse, inconclusive };
const char* name_of(Verdict verdict);

/// New against old on one task. `difference` = new - old in the unit of the score (0.01 is one point): more
/// is better.
struct TaskComparison {
  std::string task;
  bool paired = true;          ///< false: the questions differ, and `note` says so
  std::int64_t questions = 0;  ///< pairs, or 0 when not paired
  double old_value = 0;
  double new_value = 0;
  double difference = 0;
  std::optional<Interval> interval;  ///< level 1 - alpha
  std::optional<double> p_value;
  std::optional<double> p_holm;  ///< corrected for the number of tests
  std::int64_t only_old_correct = 0;
  std::int64_t only_new_correct = 0;
  std::optional<Interval> win_share;     ///< exact interval of the new run's share of the discordant pairs
  std::optional<double> standard_error;  ///< of the difference, over the population of questions
  std::optional<double> sampling_standard_error;  ///< of the difference, with the questions fixed
  std::optional<double> smallest_difference;      ///< that the test would have shown with 80 % power
  std::optional<std::int64_t> questions_needed;   ///< to show a difference as large as the margin
  std::optional<double> p_noninferior;            ///< one-sided, of "worse by the margin or more"
  std::optional<bool> not_inferior;               ///< the interval lies above -margin
  bool higher_is_better = true;                   ///< false: `difference` is old - new
  bool sequential = false;                        ///< looked at after every question (rule R7)
  double margin = 0;                              ///< differences inside it count as the same
  std::string method;
  std::string note;
  Verdict verdict = Verdict::inconclusive;
};

struct RunComparison {
  std::string old_label;
  std::string new_label;
  double margin = 0;  ///< differences inside it count as the same
  double alpha = 0.05;
  std::vector<TaskComparison> tasks;
  std::vector<std::string>
      warnings;  ///< what else differs between the runs, and tasks that only one of them has
  std::vector<std::string> refusals;  ///< fields that forbid a comparison: questions, grader, policy
};

struct Summary {
  std::vector<RunSummary> runs;
  std::vector<RunComparison> comparisons;  ///< every later run against the first
};

}  // namespace reckon::reports
