#include "suites/task.h"

#include "base/error.h"
#include "suites/task_state.h"

namespace reckon::suites {

Task::Task(std::unique_ptr<TaskConfig> config, std::shared_ptr<const DataLocations> locations)
    : state_(std::make_unique<State>(std::move(config), std::move(locations))) {}
Task::~Task() = default;

const std::string& Task::name() const { return state_->config->name; }
const std::string& Task::alias() const { return state_->config->alias; }
const std::string& Task::config_text() const { return state_->config->text; }
json::Document Task::config_json() const { return json::parse(state_->config->text, state_->config->path); }
const std::string& Task::source_path() const { return state_->config->path; }
std::string Task::version() const { return state_->config->version; }
const std::string& Task::description() const { return state_->config->summary; }
OutputType Task::output_type() const { return state_->config->output_type; }
int Task::repeats() const { return state_->config->repeats; }
const GenerationParameters& Task::generation() const { return state_->config->generation; }
int Task::num_fewshot() const { return state_->config->num_fewshot; }
bool Task::fewshot_as_multiturn() const { return state_->config->fewshot_as_multiturn.value_or(true); }
std::optional<bool> Task::prefers_chat() const { return state_->config->chat; }
const std::vector<Metric>& Task::metrics() const { return state_->metrics; }

std::vector<std::string> Task::filters() const {
  std::vector<std::string> names;
  for (const AnswerFilter& filter : state_->config->filters) {
    names.push_back(filter.name());
  }
  return names;
}

const std::vector<Sample>& Task::samples() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->load();
  return state_->samples;
}

Sample Task::sample_of(const std::string& row_json, std::int64_t doc_id, const std::string& where) const {
  return make_sample(*state_->config, {row_json, where}, doc_id);
}

bool Task::use_policy(const std::string& policy) {
  bool used = false;
  for (MetricConfig& metric : state_->config->metrics) {
    if (metric.grader != nullptr && metric.grader->name() == "math") {
      json::Document options(rapidjson::kObjectType);
      options.AddMember("policy", json::string(policy, options.GetAllocator()), options.GetAllocator());
      metric.grader = make_grader("math", options, "--policy");
      used = true;
    }
  }
  return used;
}

std::vector<DataFile> Task::data_files() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->data.files();
}

const GeneratorArguments& Task::generator() const { return state_->config->generator; }

void Task::set_generator(std::uint64_t count, std::uint64_t seed, int difficulty) {
  GeneratorArguments& generator = state_->config->generator;
  generator.count = count;
  generator.seed = seed;
  generator.difficulty = difficulty;
}

std::vector<HubSplit> Task::missing_splits(std::optional<int> num_fewshot) const {
  const TaskConfig& config = *state_->config;
  return state_->data.missing_splits(num_fewshot.value_or(config.num_fewshot) > 0);
}

Prompt Task::prompt(std::size_t sample_index, const PromptOptions& options) const {
  State& state = *state_;
  const TaskConfig& config = *state.config;
  std::vector<std::uint32_t> examples;
  const int shots = options.num_fewshot.value_or(config.num_fewshot);
  {
    const std::lock_guard<std::mutex> lock(state.mutex);
    state.load();
    if (sample_index >= state.samples.size()) {
      fail_input("task '{}' has {} samples, there is no sample {}", config.name, state.samples.size(),
                 sample_index);
    }
    if (shots > 0) {
      examples = state.draw(sample_index, shots, options.seed);
    }
  }
  // From here on nothing changes what is read: rows, samples and pool are complete.
  const Sample& sample = state.samples[sample_index];
  const std::string& where = state.row_where[sample_index];
  const json::Document doc = json::parse(sample.doc, where);

  std::vector<Turn> turns;
  std::string description;
  if (state.description) {
    description = *state.description;
  } else if (config.description) {
    description = config.description->text(doc, where);
  }
  const std::string system =
      join_delimited(options.system_instruction, description, config.fewshot_delimiter);
  if (!system.empty()) {
    turns.push_back({{"system", system}, ""});
  }
  Prompt prompt;
  for (const std::uint32_t row : examples) {
    state.append_example(turns, state.pool.rows[row]);
    prompt.fewshot_ids.push_back(row);
  }
  if (config.gen_prefix) {
    prompt.gen_prefix = config.gen_prefix->text(doc, where);
  }
  const auto put = [&](const std::string& asked, const std::string& delimiter) {
    std::vector<Turn> whole = turns;
    QuestionTurn question;
    question.question = asked;
    question.gen_prefix = prompt.gen_prefix;
    question.target_delimiter = delimiter;
    append_question(whole, question);
    return whole;
  };
  if (config.output_type == OutputType::loglikelihood_rolling) {
    prompt.rolling = true;  // the text stands alone: neither question nor examples before it
    prompt.continuations.push_back(sample.target);
    return prompt;
  }
  const DocValue asked = config.doc_to_text.apply(doc, where);
  const bool choices_are_questions =
      config.output_type == OutputType::multiple_choice && asked.index.has_value();
  const std::vector<Turn> whole =
      choices_are_questions ? put(sample.choices.front(), "") : put(asked.text, config.target_delimiter);
  if (options.apply_chat_template) {
    const bool multiturn = options.fewshot_as_multiturn.value_or(fewshot_as_multiturn());
    prompt.messages = multiturn ? as_messages(whole) : as_single_turn(whole);
  } else {
    prompt.text = as_text(whole) + prompt.gen_prefix;
  }
  if (config.output_type == OutputType::loglikelihood) {
    prompt.continuations.push_back(sample.target);
  } else if (config.output_type == OutputType::multiple_choice) {
    // After a chat template the reply begins by itself; only a gen_prefix needs a delimiter then.
    const bool open_prefix =
        !prompt.gen_prefix.empty() && prompt.gen_prefix.back() != ' ' && prompt.gen_prefix.back() != '\n';
    const std::string delimiter = !options.apply_chat_template || open_prefix ? config.target_delimiter : "";
    for (const std::string& choice : sample.choices) {
      prompt.continuations.push_back(delimiter + (choices_are_questions ? sample.target : choice));
    }
    const bool against_alone = config.has_metric("acc_mutual_info");
    if ((choices_are_questions || against_alone) && options.apply_chat_template) {
      fail_input(
          "task '{}' puts a text of its own before each choice, which is not done with a chat template",
          config.name);
    }
    for (const std::string& choice : sample.choices) {
      if (choices_are_questions) {
        prompt.contexts.push_back(as_text(put(choice, "")) + prompt.gen_prefix);
      } else if (against_alone) {
        prompt.contexts.push_back(prompt.text);
      }
    }
    if (against_alone) {
      for (const std::string& choice : sample.choices) {
        prompt.contexts.emplace_back();
        prompt.continuations.push_back(delimiter + choice);
      }
    }
  }
  return prompt;
}

}  // namespace reckon::suites
