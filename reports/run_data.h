#pragma once
// What a run directory holds, after reading (docs/run_directory.md describes the files).

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/long_text.h"

namespace reckon::reports {

/// No count in a record is larger, so that sums of a few stay within 64 bits.
inline constexpr std::int64_t kMostCounted = std::numeric_limits<std::int64_t>::max() / 4;

struct TokenUsage {
  std::int64_t input = 0;         ///< prompt tokens, those served from shared pages included
  std::int64_t cached_input = 0;  ///< of these, tokens that were not computed again
  std::int64_t output = 0;        ///< all tokens the model wrote
  std::int64_t reasoning = 0;     ///< of these, the thinking trace
  std::int64_t answer = 0;        ///< of these, what follows the thinking
};

/// Seconds since the start of the launch that made the sample.
struct SampleTiming {
  double submitted_seconds = 0;
  double first_token_seconds = 0;
  double finished_seconds = 0;
};

/// One line of samples/<task>.jsonl.
struct SampleRecord {
  std::int64_t doc_id = 0;
  int repeat = 0;
  std::string cluster;  ///< empty: a cluster of its own
  std::string doc_hash;
  std::string target;
  LongText prompt;
  std::optional<LongText> thinking;  ///< absent when the model wrote no trace
  LongText answer;
  LongText response;                     ///< all that the model wrote, where its parts do not show it
  std::string filter;                    ///< the rule that found the answer
  std::optional<std::string> extracted;  ///< absent: no answer was found
  std::vector<std::pair<std::string, double>> metrics;  ///< by "metric" or "metric,filter"
  std::vector<std::pair<std::string, double>>
      metric_weights;           ///< words or bytes that a sum in `metrics` is over
  std::optional<bool> correct;  ///< absent when not graded
  std::string why;
  std::string evidence;  ///< how the verdict is known; empty where the grader has no kinds of evidence
  bool graded = false;
  bool truncated = false;
  bool forced_close = false;     ///< --max_thinking_tokens closed the trace
  bool repetition_loop = false;  ///< the reply ends in one piece said over and over
  std::string finish_reason;
  std::string error;
  TokenUsage usage;
  SampleTiming timing;
  std::string seed;
  int launch = 0;
  std::size_t line = 0;  ///< in the samples file, from 1

  bool failed() const { return finish_reason == "error"; }
  /// The grader or the extraction gave up at a limit; counts as wrong.
  bool not_decided() const { return evidence == "not_decided"; }
};

struct MetricConfig {
  std::string name;
  std::string aggregation;
  bool higher_is_better = true;
};

/// One line of joint/<task>.jsonl: what only all answers to a question together show.
struct JointGrades {
  std::vector<std::int64_t> answer_classes;             ///< of the repeats in order; -1: does not vote
  std::vector<std::pair<std::string, double>> metrics;  ///< by "metric,filter"
};

struct TaskData {
  std::string name;
  std::string alias;
  std::string version;
  std::string config_json;      ///< the suite file as JSON text
  std::string identity_json;    ///< the whole of the task's part of run.json, as JSON text
  std::string generation_json;  ///< generation settings, as JSON text
  std::int64_t n_original = 0;
  std::int64_t n_effective = 0;
  int n_shot = 0;
  int repeats = 1;
  std::string output_type;
  std::vector<MetricConfig> metrics;
  std::vector<std::string> filters;   ///< {"none"} where the suite has none
  std::string samples_file;           ///< path below the run directory
  std::vector<SampleRecord> records;  ///< sorted by (doc_id, repeat); one for each
  /// Stopped early by a gate: of so many questions planned, those recorded were asked (0: asked whole).
  std::int64_t stopped_of = 0;
  std::map<std::int64_t, JointGrades> joint;  ///< by doc_id; empty for one answer a question
  std::size_t torn_lines = 0;                 ///< an unfinished last line, not counted
  std::size_t replaced_lines = 0;             ///< lines that a later line for the same question replaced
};

/// A group of tasks that has figures of its own.
struct GroupData {
  struct Metric {
    std::string name;
    std::vector<std::string> filters;  ///< empty: each under which a task has the metric
    bool weight_by_size = true;        ///< each question counts once; false: each task counts once
  };
  std::string name;
  std::string alias;
  std::string version;
  std::vector<std::string> members;  ///< tasks and groups right below it
  std::vector<std::string> tasks;    ///< all below it
  std::vector<Metric> metrics;
};

struct EngineCounters {
  double busy_seconds = 0;
  std::int64_t prefill_tokens = 0;
  double prefill_seconds = 0;
  std::int64_t decode_tokens = 0;
  double decode_seconds = 0;
  std::int64_t cached_prompt_tokens = 0;
  std::int64_t steps = 0;
  std::int64_t preemptions = 0;
};

/// One start of the program, up to the last thing that was heard of it.
struct Launch {
  int number = 0;
  std::string time;
  double unix_seconds = 0;
  std::string host_json;  ///< as JSON text
  std::string device_backend;
  std::string device_name;
  std::string device_path;
  int threads = 0;
  int device_count = 0;                        ///< 0: not stated, that of run.json holds
  double wall_seconds = 0;                     ///< the largest seen
  std::optional<double> load_seconds;          ///< of them before the first question; absent: not counted
  std::string status;                          ///< done, interrupted, failed, or empty: killed (no end line)
  std::optional<double> energy_joules;         ///< of the processors; absent: no meter that could be read
  std::optional<double> device_energy_joules;  ///< of the devices (NVML); absent likewise
  std::optional<double> grading_seconds;  ///< in which nothing but grading was done; absent: not measured
  std::optional<EngineCounters> engine;
};

struct KernelTiming {
  std::string name;
  std::string shape;
  double seconds = 0;               ///< median over the repetitions
  std::vector<double> repetitions;  ///< seconds of one call in each
  std::optional<double> gb_per_s;
  std::optional<double> gflop_per_s;
  std::string bound;
  std::optional<double> share_of_limit;
};

struct KernelTable {
  std::string device_name;
  std::optional<double> read_gb_per_s;
  std::optional<double> fma_gflop_per_s;
  std::optional<double> int16_gop_per_s;
  std::optional<double> int8_gop_per_s;
  std::vector<KernelTiming> kernels;
};

struct ModelFacts {
  std::string name;
  std::string kind;
  std::string architecture;
  std::string source;
  std::int64_t parameters = 0;         ///< 0: not stated
  std::int64_t active_parameters = 0;  ///< 0: not stated
  std::int64_t weight_bytes = 0;       ///< 0: not stated
  std::string weight_types;            ///< "q4_1 81 MB, f32 0.2 MB"; empty: not stated
  std::string kv_cache_type;
  std::string chat_template_sha;
};

struct RunData {
  std::string directory;
  std::string display_name;
  ModelFacts model;
  std::string software_version;
  std::string software_commit;
  std::string software_compiler;
  std::optional<double> device_usd_per_hour;
  std::string price_source;
  int device_count = 1;
  std::string created;
  std::vector<std::string> command;
  std::string manifest_json;      ///< run.json as it stands
  std::string model_config_json;  ///< the model's config.json as JSON text; empty: not recorded
  bool predict_only = false;
  bool sequential = false;  ///< asked in a random order and looked at after every answer (run --gate)
  std::optional<std::int64_t> limit;
  std::vector<TaskData> tasks;
  std::vector<GroupData> groups;
  std::vector<Launch> launches;
  std::optional<KernelTable> kernels;
  std::vector<std::string> warnings;  ///< what was odd but could be read past
};

}  // namespace reckon::reports
