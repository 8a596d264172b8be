#include "reports/cost/figures.h"

#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "reports/cost/per_solved.h"

namespace reckon::reports {
namespace {

// USD of one sample, absent where no price is known.
std::optional<double> usd_of_sample(const SampleRecord& record, const DeviceTimeShares& shares,
                                    const Price& price) {
  if (price.per_token) return usd_of_tokens(record.usage, *price.per_token);
  return usd_of(shares.of(record), price);
}

// What each question (or cluster of questions) of a task cost and how much of it was solved.
void collect_items(const TaskData& task, const DeviceTimeShares& shares, const Price& price,
                   std::vector<CostAndSolved>& items) {
  std::map<std::string, CostAndSolved> by_source;
  for (const SampleRecord& record : task.records) {
    const std::string key = record.cluster.empty() ? fmt::format("#{}", record.doc_id) : "=" + record.cluster;
    const auto [place, fresh] = by_source.try_emplace(key);
    CostAndSolved& item = place->second;
    if (fresh) item.samples = 0;
    item.usd += usd_of_sample(record, shares, price).value_or(0);
    if (!record.graded) continue;
    item.samples += 1;
    item.solved += record.correct.value_or(false) ? 1 : 0;
  }
  for (const auto& [key, item] : by_source) {
    if (item.samples > 0 || item.usd > 0) items.push_back(item);
  }
}

void set_token_figures(Cost& cost, const TokenUsage& tokens, const DeviceTimeShares& shares,
                       const Price& price) {
  const auto computed = static_cast<double>(tokens.input - tokens.cached_input);
  const auto output = static_cast<double>(tokens.output);
  if (price.per_token) {
    if (computed > 0) cost.usd_per_million_input = price.per_token->usd_per_million_input;
    if (output > 0) cost.usd_per_million_output = price.per_token->usd_per_million_output;
  } else if (shares.by_phase) {
    if (computed > 0 && shares.seconds_per_input_token > 0) {
      cost.usd_per_million_input = usd_of(shares.seconds_per_input_token * 1e6, price);
    }
    if (output > 0 && shares.seconds_per_output_token > 0) {
      cost.usd_per_million_output = usd_of(shares.seconds_per_output_token * 1e6, price);
    }
  }
  if (computed + output > 0) cost.usd_per_million_blended = *cost.total_usd / (computed + output) * 1e6;
  if (output > 0) cost.blended_input_per_output = computed / output;
}

Cost cost_of(double device_seconds, std::optional<double> total_usd, const SampleCounts& counts,
             const std::vector<CostAndSolved>& items, const DeviceTimeShares& shares,
             const TokenUsage& tokens, const Price& price) {
  Cost cost;
  cost.device_hours = device_seconds / 3600;
  if (device_seconds > 0)
    cost.solved_per_device_hour = static_cast<double>(counts.correct) / cost.device_hours;
  // Nothing was spent only where nothing was recorded: not known, rather than 0.
  if (!total_usd || !(*total_usd > 0)) return cost;
  cost.total_usd = total_usd;
  if (counts.recorded > 0) cost.usd_per_sample = *total_usd / static_cast<double>(counts.recorded);
  set_token_figures(cost, tokens, shares, price);
  if (counts.graded > 0) cost.per_solved = cost_per_solved(items);
  return cost;
}

double usd_of_task(const TaskData& task, const Price& price) {
  double usd = 0;
  for (const SampleRecord& record : task.records) usd += usd_of_tokens(record.usage, *price.per_token);
  return usd;
}

}  // namespace

double usd_of_tokens(const TokenUsage& usage, const TokenPrice& price) {
  const double cached_price = price.usd_per_million_cached_input.value_or(price.usd_per_million_input);
  return (static_cast<double>(usage.input - usage.cached_input) * price.usd_per_million_input +
          static_cast<double>(usage.cached_input) * cached_price +
          static_cast<double>(usage.output) * price.usd_per_million_output) /
         1e6;
}

Price price_of(const RunData& run, const std::vector<DeviceUse>& devices, const ReportOptions& options,
               const std::optional<PriceBook>& book) {
  if (options.price_per_hour) {
    return {options.price_per_hour, std::nullopt,
            options.price_source.empty() ? "--price-per-hour" : options.price_source};
  }
  if (run.device_usd_per_hour) {
    return {run.device_usd_per_hour, std::nullopt,
            run.price_source.empty() ? "given to the run, which names no source" : run.price_source};
  }
  if (!book) return {};
  // The file's name alone: where it lies here says nothing elsewhere.
  const std::string book_name = std::filesystem::path(book->path).filename().string();
  const std::string day = run.created.substr(0, 10);
  if (run.model.kind == "endpoint") {
    const ModelPrice* row = find_model_price(*book, run.model.name, day);
    if (row == nullptr) {
      return {std::nullopt, std::nullopt,
              fmt::format("{}: no price of the model '{}' on the day of the run", book_name, run.model.name)};
    }
    std::string source =
        fmt::format("{} ({}, confidence {})", row->validity.source, book_name, row->validity.confidence);
    if (!row->price.usd_per_million_cached_input) source += "; cached input at the full price";
    return {std::nullopt, row->price, source};
  }
  if (devices.size() != 1) {
    return {std::nullopt, std::nullopt, fmt::format("{}: the run used several devices", book_name)};
  }
  const DevicePrice* row = find_device_price(*book, devices.front().name, day);
  if (row == nullptr) {
    return {std::nullopt, std::nullopt,
            fmt::format("{}: no price of '{}' on the day of the run", book_name, devices.front().name)};
  }
  const double middle = (row->usd_per_device_hour_low + row->usd_per_device_hour_high) / 2;
  std::string source =
      fmt::format("{} ({}, confidence {})", row->validity.source, book_name, row->validity.confidence);
  if (row->usd_per_device_hour_low < row->usd_per_device_hour_high) {
    source = fmt::format("middle of {:.2f} to {:.2f}; {}", row->usd_per_device_hour_low,
                         row->usd_per_device_hour_high, source);
  }
  return {middle, std::nullopt, source};
}

Cost cost_of_task(const TaskData& task, const SampleCounts& counts, const TokenUsage& tokens,
                  const DeviceTimeShares& shares, const Price& price) {
  double device_seconds = 0;
  for (const SampleRecord& record : task.records) device_seconds += shares.of(record);
  const std::optional<double> total =
      price.per_token ? std::optional<double>(usd_of_task(task, price)) : usd_of(device_seconds, price);
  std::vector<CostAndSolved> items;
  collect_items(task, shares, price, items);
  return cost_of(device_seconds, total, counts, items, shares, tokens, price);
}

Cost cost_of_run(const RunData& run, const SampleCounts& counts, const TokenUsage& tokens,
                 const DeviceTimeShares& shares, const Price& price) {
  std::optional<double> total = usd_of(shares.device_seconds, price);
  if (price.per_token) {
    total = 0;
    for (const TaskData& task : run.tasks) *total += usd_of_task(task, price);
  }
  std::vector<CostAndSolved> items;
  for (const TaskData& task : run.tasks) collect_items(task, shares, price, items);
  return cost_of(shares.device_seconds, total, counts, items, shares, tokens, price);
}

}  // namespace reckon::reports
