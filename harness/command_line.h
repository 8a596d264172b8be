#pragma once
// What was typed, as plain data: one struct a command.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace reckon::harness {

/// Which model, and how it is loaded. The same words in every command that loads one.
struct ModelArguments {
  std::string model;       ///< a folder, a GGUF file, the name of a shipped or fetched model, or "scripted"
  std::string model_args;  ///< key=value,...
  std::string device = "cpu";
};

/// Which tasks there are, and where data lies.
struct TaskArguments {
  std::string tasks;  ///< names separated by commas
  std::vector<std::string> include_path;
  std::string data_dir;
  std::string sandbox = "bubblewrap";  ///< what holds code that a model wrote; "none": nothing does
  bool confirm_run_unsafe_code = false;
  std::string task_args;  ///< n=200,seed=7,difficulty=3 of generated tasks
};

struct PriceArguments {
  std::optional<double> price_per_hour;
  std::string price_source;
  std::string prices;  ///< a price book
};

struct RunCommand {
  ModelArguments model;
  TaskArguments tasks;
  PriceArguments price;
  std::string output_path;
  std::optional<int> num_fewshot;
  std::optional<double> limit;
  std::string gen_kwargs;
  std::optional<bool> apply_chat_template;
  std::optional<bool> fewshot_as_multiturn;
  std::string system_instruction;
  std::uint64_t seed = 1234;
  std::optional<int> repeats;
  std::string gate;      ///< a policy: stop as soon as the gate is decided
  std::string baseline;  ///< the run directory that it compares with
  int max_thinking_tokens = 0;
  bool predict_only = false;
  bool log_samples = true;  ///< accepted for compatibility: samples are always recorded
  bool time_kernels = false;
  bool json = false;
  bool quiet = false;
  int max_in_flight = 256;
};

/// Outputs made elsewhere (`outputs`, one task), or the records of a run directory (`run`).
struct ScoreCommand {
  TaskArguments tasks;
  std::string run;
  std::string policy;  ///< "" = as the suites say
  std::string outputs;
  std::string output_path;
  bool json = false;
};

struct GradeCommand {
  std::string policy = "strict";
  std::string
      extract;       ///< rules for lines with `text`: names separated by commas, or a JSON list; "" = default
  std::string file;  ///< "" or "-": stdin
};

struct ReportCommand {
  std::vector<std::string> runs;
  std::string output_path;
  PriceArguments price;
  double margin = 0.02;
  double html_budget_mb = 25.0;
  std::string title;
  std::vector<std::string> formats;          ///< md, html, json, csv, junit; none: html, json and md
  std::optional<double> input_per_question;  ///< tokens, for the cost of published scores
  std::optional<double> output_per_question;
  bool json = false;
};

struct CompareCommand {
  std::vector<std::string> runs;  ///< run directories, the first is compared with; or two bench files
  double margin = 0.02;
  double alpha = 0.05;
  std::string metric;  ///< empty: the verdict of each sample
  bool unpaired = false;
  int flips = 5;                 ///< how many flipped samples are printed for each run
  double minimum_effect = 0.02;  ///< of kernel timings
  std::string output_path;
  PriceArguments price;  ///< of the common report
  bool json = false;
};

struct GateCommand {
  std::string run;
  std::string baseline;
  std::string policy;
  PriceArguments price;
  std::string inconclusive;  ///< "pass", "fail" or "": an exit code of its own
  std::string output_path;
  bool json = false;
};

struct HistoryCommand {
  std::vector<std::string> runs;
  double alpha = 0.05;
  std::string output;  ///< an HTML file with the charts
  bool json = false;
};

struct ListCommand {
  std::string what;  ///< "suites", "models", "hardware", "prices", "published" or "" for all
  TaskArguments tasks;
  std::vector<std::string> hardware;  ///< catalogues over the one shipped
  std::string prices;                 ///< a price book in place of the one shipped
  std::optional<double> input_per_question;
  std::optional<double> output_per_question;
  bool json = false;
};

struct InspectCommand {
  ModelArguments model;
  bool verify = false;
  bool tensors = false;
  std::int64_t context = 0;  ///< tokens for the memory estimate; 0: the model's own, at most 32,768
  bool json = false;
};

struct BenchCommand {
  ModelArguments model;
  std::string load_format;     ///< the same as in model_args
  int num_layers = 0;          ///< the same; with it --layers is meant
  std::string shapes;          ///< products alone, see given_shapes()
  std::vector<int> tokens;     ///< of products and rows; empty: 1, 16, 512
  bool engine = false;         ///< the whole engine instead of its kernels
  bool layers = false;         ///< one layer of each kind, and the whole model from them
  int batch = 32;              ///< sequences decoded at once, of --layers
  int context = 4096;          ///< tokens before the decoded one
  int prompt = 4096;           ///< tokens of the prefill
  bool identify = false;       ///< which card is it
  bool communication = false;  ///< what ranks exchange
  int ranks = 2;               ///< of --communication
  int repetitions = 9;
  std::string output;
  bool json = false;
};

struct EstimateCommand {
  std::string model;  ///< a config.json, a folder with one, or a name
  std::string device;
  std::string compare;  ///< several devices, separated by commas
  int count = 1;
  int tensor_parallel = 1;
  int expert_parallel = 1;
  int redundant_experts = 0;
  std::optional<double> batch;
  double context = 4096;
  double prompt = 4096;
  double prefill_tokens = 8192;
  std::string precision;
  std::string kv = "bf16";
  int draft_tokens = 1;
  std::optional<double> draft_acceptance;
  bool sequential = false;
  std::string profile;
  std::vector<std::string> hardware;
  std::optional<double> network_gb_per_s;
  PriceArguments price;
  std::string run;
  std::optional<double> input;
  std::optional<double> output;
  std::optional<double> requests;
  bool explain = false;
  bool constants = false;
  bool published = false;
  bool train = false;
  std::optional<double> train_tokens;
  std::optional<double> parameters;
  std::optional<double> active_parameters;
  double sequence = 4096;
  std::optional<double> mfu;
  std::optional<double> tflops;
  std::optional<double> days;
  bool json = false;
};

struct FetchCommand {
  std::string repository;
  std::string revision = "main";
  bool dataset = false;
  std::string output;
  bool json = false;
};

struct TokenizeCommand {
  ModelArguments model;
  bool decode = false;
  bool no_special_tokens = false;
};

struct TemplateCommand {
  ModelArguments model;
  std::string variables;  ///< JSON object
  bool no_generation_prompt = false;
};

struct LogitsCommand {
  ModelArguments model;
  std::string prompt;
  std::string ids;  ///< comma separated
  int top = 10;
  bool full = false;
  bool all_positions = false;
};

struct GenerateCommand {
  ModelArguments model;
  std::string prompt;
  std::string file;  ///< JSON lines of {"prompt"} or {"messages"}; "-" for stdin
  std::string gen_kwargs;
  std::optional<bool> apply_chat_template;
  std::string system_instruction;
  std::uint64_t seed = 1234;
  bool json = false;
};

struct SandboxCommand {
  std::string language;
  std::string program;  ///< a file, or "-" for stdin
  std::string input;    ///< a file that becomes the program's standard input
  double cpu_seconds = 10.0;
  double wall_seconds = 60.0;
  int memory_mib = 1024;
};

struct DoctorCommand {
  bool json = false;
};

struct VersionCommand {
  bool json = false;
};

using Command = std::variant<RunCommand, ScoreCommand, GradeCommand, ReportCommand, CompareCommand,
                             GateCommand, HistoryCommand, ListCommand, InspectCommand, BenchCommand,
                             FetchCommand, TokenizeCommand, TemplateCommand, LogitsCommand, GenerateCommand,
                             SandboxCommand, DoctorCommand, EstimateCommand, VersionCommand>;

/// The parsed command, or the exit code of a run that only printed help (0) or a usage error (2, message on
/// stderr).
struct ParsedCommandLine {
  std::optional<Command> command;
  int exit_code = 0;
};

/// Long flags may be written with - or _. Unknown flags and commands name the nearest known one.
ParsedCommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace reckon::harness
