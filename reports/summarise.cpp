// Adds up the records of runs.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "reports/cost/attribution.h"
#include "reports/cost/per_solved.h"
#include "reports/cost/price_book.h"
#include "reports/repeat_scores.h"
#include "reports/report.h"
#include "reports/scores.h"

namespace reckon::reports {
namespace {

SampleCounts count_samples(const TaskData& task) {
  SampleCounts counts;
  counts.expected = task.n_effective * task.repeats;
  counts.recorded = static_cast<std::int64_t>(task.records.size());
  for (const SampleRecord& record : task.records) {
    if (record.failed()) {
      ++counts.failed;
    } else if (!record.graded) {
      ++counts.not_graded;
    } else {
      ++counts.graded;
      if (*record.correct) ++counts.correct;
      if (record.truncated) {
        ++counts.truncated;
      } else if (record.not_decided()) {
        ++counts.not_decided;
      } else if (!record.extracted && !*record.correct) {
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
  sum.no_answer += part.no_answer;
  sum.not_decided += part.not_decided;
  sum.failed += part.failed;
  sum.not_graded += part.not_graded;
}

// What each question (or cluster of questions) of a task cost and how much of it was solved, in
// device-seconds.
void collect_items(const TaskData& task, const DeviceTimeShares& shares, std::vector<CostAndSolved>& items) {
  std::map<std::string, CostAndSolved> by_source;
  for (const SampleRecord& record : task.records) {
    const std::string key = record.cluster.empty() ? fmt::format("#{}", record.doc_id) : "=" + record.cluster;
    const auto [place, fresh] = by_source.try_emplace(key);
    CostAndSolved& item = place->second;
    if (fresh) item.samples = 0;
    item.usd += shares.of(record);
    if (!record.graded) continue;
    item.samples += 1;
    item.solved += *record.correct ? 1 : 0;
  }
  for (const auto& [key, item] : by_source) {
    if (item.samples > 0 || item.usd > 0) items.push_back(item);
  }
}

// Figures of one task or of a whole run from its device-seconds; with no launch on record nothing is known.
Cost cost_of(double device_seconds, const SampleCounts& counts, std::vector<CostAndSolved> items,
             const DeviceTimeShares& shares, const TokenUsage& tokens, const Price& price) {
  Cost cost;
  cost.device_hours = device_seconds / 3600;
  if (device_seconds <= 0) return cost;
  cost.solved_per_device_hour = static_cast<double>(counts.correct) / cost.device_hours;
  cost.total_usd = usd_of(device_seconds, price);
  if (!cost.total_usd) return cost;
  if (counts.recorded > 0) cost.usd_per_sample = *cost.total_usd / static_cast<double>(counts.recorded);
  if (shares.by_phase) {
    if (tokens.input > tokens.cached_input && shares.seconds_per_input_token > 0) {
      cost.usd_per_million_input = usd_of(shares.seconds_per_input_token * 1e6, price);
    }
    if (tokens.output > 0 && shares.seconds_per_output_token > 0) {
      cost.usd_per_million_output = usd_of(shares.seconds_per_output_token * 1e6, price);
    }
  }
  for (CostAndSolved& item : items) item.usd = *usd_of(item.usd, price);
  if (counts.graded > 0) cost.per_solved = cost_per_solved(items);
  return cost;
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

Price price_of(const RunData& run, const std::vector<DeviceUse>& devices, const ReportOptions& options,
               const std::optional<PriceBook>& book) {
  if (options.price_per_hour) {
    return {options.price_per_hour, options.price_source.empty() ? "--price-per-hour" : options.price_source};
  }
  if (run.device_usd_per_hour) {
    return {run.device_usd_per_hour,
            run.price_source.empty() ? "given to the run, which names no source" : run.price_source};
  }
  if (!book) return {};
  if (devices.size() != 1) return {std::nullopt, fmt::format("{}: the run used several devices", book->path)};
  const DevicePrice* row = find_device_price(*book, devices.front().name, run.created.substr(0, 10));
  if (row == nullptr) {
    return {std::nullopt,
            fmt::format("{}: no price of '{}' on the day of the run", book->path, devices.front().name)};
  }
  const double middle = (row->usd_per_device_hour_low + row->usd_per_device_hour_high) / 2;
  std::string source =
      fmt::format("{} ({}, confidence {})", row->validity.source, book->path, row->validity.confidence);
  if (row->usd_per_device_hour_low < row->usd_per_device_hour_high) {
    source = fmt::format("middle of {:.2f} to {:.2f}; {}", row->usd_per_device_hour_low,
                         row->usd_per_device_hour_high, source);
  }
  return {middle, source};
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
  summary.tokens = sum_tokens(task.records);
  double device_seconds = 0;
  for (const SampleRecord& record : task.records) device_seconds += shares.of(record);
  std::vector<CostAndSolved> items;
  collect_items(task, shares, items);
  summary.cost = cost_of(device_seconds, summary.counts, std::move(items), shares, summary.tokens, price);
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
  std::vector<CostAndSolved> items;
  for (const TaskData& task : run.tasks) {
    summary.tasks.push_back(summarise_task(task, shares, summary.price));
    const TaskSummary& part = summary.tasks.back();
    add(summary.counts, part.counts);
    summary.tokens.input += part.tokens.input;
    summary.tokens.cached_input += part.tokens.cached_input;
    summary.tokens.output += part.tokens.output;
    summary.tokens.reasoning += part.tokens.reasoning;
    summary.tokens.answer += part.tokens.answer;
    collect_items(task, shares, items);
  }
  summary.accuracy = accuracy_of(run.tasks);
  for (const Launch& launch : run.launches) summary.wall_seconds += launch.wall_seconds;
  summary.device_hours = shares.device_seconds / 3600;
  summary.cost =
      cost_of(shares.device_seconds, summary.counts, std::move(items), shares, summary.tokens, summary.price);
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
