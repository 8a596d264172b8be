// Adds up the records of runs.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "reports/cost/attribution.h"
#include "reports/cost/figures.h"
#include "reports/cost/price_book.h"
#include "reports/group_scores.h"
#include "reports/repeat_scores.h"
#include "reports/report.h"
#include "reports/scores.h"

namespace reckon::reports {
namespace {

SampleCounts count_samples(const TaskData& task) {
  SampleCounts counts;
  counts.recorded = static_cast<std::int64_t>(task.records.size());
  counts.expected = task.stopped_of > 0 ? counts.recorded : task.n_effective * task.repeats;
  for (const SampleRecord& record : task.records) {
    if (record.failed()) {
      ++counts.failed;
    } else if (!record.graded) {
      ++counts.not_graded;
    } else {
      ++counts.graded;
      counts.forced_closes += record.forced_close ? 1 : 0;
      counts.repetition_loops += record.repetition_loop ? 1 : 0;
      if (record.correct.value_or(false)) ++counts.correct;
      if (record.truncated) {
        ++counts.truncated;
      } else if (record.not_decided()) {
        ++counts.not_decided;
      } else if (!record.extracted && record.correct && !*record.correct) {
        ++counts.no_answer;
      }
    }
  }
  return counts;
}

void add(SampleCounts& sum, const SampleCounts& part) {
  sum.expected += part.expected;
  sum.recorded += part.recorded;
  sum.graded += part.graded;
  sum.correct += part.correct;
  sum.truncated += part.truncated;
  sum.forced_closes += part.forced_closes;
  sum.repetition_loops += part.repetition_loops;
  sum.no_answer += part.no_answer;
  sum.not_decided += part.not_decided;
  sum.failed += part.failed;
  sum.not_graded += part.not_graded;
}

std::vector<DeviceUse> devices_of(const RunData& run) {
  std::vector<DeviceUse> devices;
  for (const Launch& launch : run.launches) {
    const std::string name = launch.device_name.empty() ? "device not named" : launch.device_name;
    auto place =
        std::find_if(devices.begin(), devices.end(), [&](const DeviceUse& use) { return use.name == name; });
    if (place == devices.end()) place = devices.insert(devices.end(), DeviceUse{name, launch.device_backend});
    const int count = launch.device_count > 0 ? launch.device_count : run.device_count;
    place->wall_seconds += launch.wall_seconds;
    place->device_hours += launch.wall_seconds * count / 3600;
    ++place->launches;
    if (launch.status.empty()) ++place->killed_launches;
  }
  return devices;
}

TaskSummary summarise_task(const TaskData& task, const DeviceTimeShares& shares, const Price& price) {
  TaskSummary summary;
  summary.task = task.name;
  summary.alias = task.alias.empty() ? task.name : task.alias;
  summary.version = task.version;
  summary.n_shot = task.n_shot;
  summary.repeats = task.repeats;
  summary.n_original = task.n_original;
  summary.n_effective = task.n_effective;
  summary.filter = filter_of(task);
  summary.counts = count_samples(task);
  summary.accuracy = accuracy_of(task);
  summary.metrics = metric_scores(task);
  summary.repeated = repeat_scores(task);
  summary.stopped_of = task.stopped_of;
  summary.tokens = sum_tokens(task.records);
  summary.cost = cost_of_task(task, summary.counts, summary.tokens, shares, price);
  return summary;
}

RunSummary summarise_run(const RunData& run, const ReportOptions& options,
                         const std::optional<PriceBook>& book) {
  RunSummary summary;
  summary.directory = run.directory;
  summary.label = run.display_name;
  summary.model = run.model;
  summary.created = run.created;
  summary.software_version = run.software_version;
  summary.software_commit = run.software_commit;
  if (!run.launches.empty() && run.launches.front().unix_seconds > 0) {
    summary.unix_seconds = run.launches.front().unix_seconds;
  }
  summary.devices = devices_of(run);
  summary.price = price_of(run, summary.devices, options, book);
  summary.engine = sum_engine_counters(run.launches);
  const DeviceTimeShares shares = share_device_time(run, summary.engine);
  for (const TaskData& task : run.tasks) {
    summary.tasks.push_back(summarise_task(task, shares, summary.price));
    const TaskSummary& part = summary.tasks.back();
    add(summary.counts, part.counts);
    summary.tokens.input += part.tokens.input;
    summary.tokens.cached_input += part.tokens.cached_input;
    summary.tokens.output += part.tokens.output;
    summary.tokens.reasoning += part.tokens.reasoning;
    summary.tokens.answer += part.tokens.answer;
  }
  summary.groups = group_summaries(run.groups, summary.tasks);
  summary.accuracy = accuracy_of(run.tasks);
  for (const Launch& launch : run.launches) summary.wall_seconds += launch.wall_seconds;
  summary.device_hours = shares.device_seconds / 3600;
  summary.phases = phase_times_of(run.launches, summary.engine);
  summary.energy_joules = energy_of(run.launches, &Launch::energy_joules);
  summary.device_energy_joules = energy_of(run.launches, &Launch::device_energy_joules);
  summary.cost = cost_of_run(run, summary.counts, summary.tokens, shares, summary.price);
  summary.kernels = run.kernels;
  summary.warnings = run.warnings;
  return summary;
}

// Two runs of one model need two names.
void make_labels_unique(std::vector<RunSummary>& runs) {
  std::map<std::string, int> count;
  for (const RunSummary& run : runs) ++count[run.label];
  std::map<std::string, int> seen;
  for (RunSummary& run : runs) {
    if (count[run.label] > 1) run.label += fmt::format(" #{}", ++seen[run.label]);
  }
}

}  // namespace

Summary summarise(const std::vector<RunData>& runs, const ReportOptions& options) {
  if (runs.empty()) fail_input("no run directory given (`reckon run --output_path DIR` makes one)");
  if (options.price_per_hour && !(*options.price_per_hour > 0)) {
    fail_input("--price-per-hour {}: a price is more than 0; leave it out where it is not known",
               *options.price_per_hour);
  }
  std::optional<PriceBook> book;
  if (!options.prices_file.empty()) book = load_price_book(options.prices_file);
  Summary summary;
  for (const RunData& run : runs) summary.runs.push_back(summarise_run(run, options, book));
  make_labels_unique(summary.runs);
  CompareOptions compare_options;
  compare_options.margin = options.margin;
  summary.comparisons = compare_all(runs, compare_options);
  for (std::size_t i = 1; i < runs.size(); ++i) {
    summary.comparisons[i - 1].old_label = summary.runs.front().label;
    summary.comparisons[i - 1].new_label = summary.runs[i].label;
  }
  return summary;
}

}  // namespace reckon::reports
