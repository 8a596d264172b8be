#pragma once
// What a task holds behind its interface; included by the files that implement Task.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "suites/prompts/fewshot.h"
#include "suites/prompts/prompt_turns.h"
#include "suites/task.h"
#include "suites/task_data.h"
#include "suites/text/text_util.h"

namespace reckon::suites {

struct Task::State {
  std::unique_ptr<TaskConfig> config;
  std::shared_ptr<const DataLocations> locations;
  std::vector<Metric> metrics;
  TaskData data;

  std::mutex mutex;  // of everything below
  bool loaded = false;
  std::vector<Sample> samples;
  std::vector<std::string> rows;  // JSON text of the samples
  std::vector<std::string> row_where;
  bool pool_loaded = false;
  FewshotPool pool;
  std::vector<std::string> pool_rows;
  std::map<std::pair<int, std::uint64_t>, std::unique_ptr<FewshotDraws>> draws;
  std::optional<std::string> description;

  State(std::unique_ptr<TaskConfig> c, std::shared_ptr<const DataLocations> l)
      : config(std::move(c)), locations(std::move(l)), data(*config, *locations) {
    for (const MetricConfig& metric : config->metrics) {
      metrics.push_back(metric.metric);
    }
    metrics.insert(metrics.end(), config->counted_metrics.begin(), config->counted_metrics.end());
  }

  /// With the mutex held. What was read stays when a row turns out bad, so that a second call fails again.
  void load() {
    if (loaded) {
      return;
    }
    std::vector<DatasetRow> split = data.read_split(config->test_split, config->process_docs);
    if (split.empty()) {
      std::string files;
      for (const DataFile& file : data.files()) files += (files.empty() ? "" : ", ") + file.path;
      fail_input("{}: no rows for the split '{}' of task '{}' (asked for by {}){}", files, config->test_split,
                 config->name, config->path,
                 config->process_docs ? ": process_docs left none, or the file is empty"
                                      : ": the file is empty; fetch or write it again");
    }
    std::vector<Sample> made;
    rows.clear();
    row_where.clear();
    for (DatasetRow& row : split) {
      row.where += fmt::format(" (doc {})", made.size());
      made.push_back(make_sample(*config, row, static_cast<std::int64_t>(made.size())));
      check_gold(made.back(), row.where);
      // A question that cannot be put is an error now, and not after hours of others.
      config->doc_to_text.apply(json::parse(row.json, row.where), row.where);
      rows.push_back(row.json);
      row_where.push_back(row.where);
    }
    if (!config->description_file.empty()) {
      description = data.read_description();
    }
    samples = std::move(made);
    loaded = true;
  }

  /// Errors: a gold answer that the grader cannot use, with the place of its row.
  void check_gold(const Sample& sample, const std::string& where) const {
    if (config->output_type != OutputType::generate_until || config->metrics.front().grader == nullptr) {
      return;
    }
    const Grader& grader = *config->metrics.front().grader;
    std::vector<std::string> golds = sample.other_targets;
    golds.insert(golds.begin(), sample.target);
    for (const std::string& gold : golds) {
      if (const std::string complaint = grader.complaint_about_gold(gold); !complaint.empty()) {
        fail_input("{}: the gold answer '{}' {}", where, shortened(gold), complaint);
      }
    }
  }

  std::vector<std::uint32_t> draw(std::size_t index, int count, std::uint64_t seed) {
    if (!pool_loaded) {
      pool = data.read_fewshot_pool();
      pool_rows.clear();
      for (const DatasetRow& row : pool.rows) {
        pool_rows.push_back(row.json);
      }
      pool_loaded = true;
    }
    std::unique_ptr<FewshotDraws>& slot = draws[{count, seed}];
    if (!slot) {
      FewshotDraws::Setup setup;
      setup.first_n = config->fewshot.sampler == "first_n";
      setup.excludes_question = pool.excludes_question;
      setup.count = static_cast<std::uint32_t>(count);
      setup.seed = seed;
      setup.task = config->name;
      slot = std::make_unique<FewshotDraws>(setup, pool_rows, rows);
    }
    return slot->of(index);
  }

  /// The example `row` of the pool as two turns.
  void append_example(std::vector<Turn>& turns, const DatasetRow& row) const {
    const FewshotConfig& fewshot = config->fewshot;
    const json::Document doc = json::parse(row.json, row.where);
    const DocTemplate& to_text = fewshot.doc_to_text ? *fewshot.doc_to_text : config->doc_to_text;
    const DocTemplate& to_target = fewshot.doc_to_target ? *fewshot.doc_to_target : config->doc_to_target;
    const std::optional<DocTemplate>& to_choice =
        fewshot.doc_to_choice ? fewshot.doc_to_choice : config->doc_to_choice;
    QuestionTurn turn;
    const DocValue asked = to_text.apply(doc, row.where);
    turn.question = asked.text;
    const DocValue target = to_target.apply(doc, row.where);
    turn.answer = target.text;
    const bool choices_are_questions =
        config->output_type == OutputType::multiple_choice && asked.index.has_value();
    const std::optional<std::int64_t>& index = choices_are_questions ? asked.index : target.index;
    if (to_choice && index) {
      const std::vector<std::string> choices = to_choice->apply(doc, row.where, true).list;
      if (*index < 0 || *index >= static_cast<std::int64_t>(choices.size())) {
        fail_input("{}: the gold choice {} is none of the {} choices", row.where, *index, choices.size());
      }
      const std::string& chosen = choices[static_cast<std::size_t>(*index)];
      (choices_are_questions ? turn.question : *turn.answer) = chosen;
    }
    turn.gen_prefix = fewshot.gen_prefix ? fewshot.gen_prefix->text(doc, row.where) : "";
    turn.target_delimiter = fewshot.target_delimiter;
    turn.fewshot_delimiter = fewshot.fewshot_delimiter;
    append_question(turns, turn);
  }
};

}  // namespace reckon::suites
