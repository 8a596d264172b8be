#include "reports/compare/kernel_comparison.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "reports/format.h"
#include "reports/json_values.h"
#include "reports/markdown_table.h"
#include "reports/statistics/counter_random.h"
#include "reports/statistics/holm.h"
#include "reports/statistics/mann_whitney.h"

namespace reckon::reports {
namespace {

constexpr int kMeanDraws = 2000;

void check(const KernelTiming& kernel, const char* which) {
  if (kernel.repetitions.size() < kLeastRepetitions) {
    fail_evaluation(
        "{} ({}): the {} bench has {} repetitions and a comparison needs {}; make it again with `reckon "
        "bench "
        "--repetitions {} --output FILE`",
        kernel.name, kernel.shape, which, kernel.repetitions.size(), kLeastRepetitions, kLeastRepetitions);
  }
}

Verdict decide_kernel(const KernelChange& change, double effect, double alpha) {
  const Interval& ratio = change.interval;
  if (1 / (1 + effect) < ratio.low && ratio.high < 1 + effect) return Verdict::same;
  if (change.p_holm > alpha) return Verdict::inconclusive;
  if (ratio.low > 1 && change.ratio >= 1 + effect) return Verdict::worse;
  if (ratio.high < 1 && change.ratio <= 1 / (1 + effect)) return Verdict::better;
  return Verdict::inconclusive;
}

double median_of_draw(const std::vector<double>& values, std::uint64_t seed, std::uint64_t stream,
                      std::uint64_t offset) {
  std::vector<double> drawn;
  for (std::size_t i = 0; i < values.size(); ++i) {
    drawn.push_back(values[random_below(seed, stream, offset + i, values.size())]);
  }
  return median(drawn);
}

using Pair = std::pair<const KernelTiming*, const KernelTiming*>;

Interval interval_of_mean(const std::vector<Pair>& pairs, std::uint64_t seed) {
  std::vector<double> means;
  for (int draw = 0; draw < kMeanDraws; ++draw) {
    std::vector<double> ratios;
    std::uint64_t offset = 0;
    for (const auto& [older, newer] : pairs) {
      const auto stream = static_cast<std::uint64_t>(draw);
      const double before = median_of_draw(older->repetitions, seed, stream, offset);
      const double after = median_of_draw(newer->repetitions, seed, stream, offset + (1U << 20));
      ratios.push_back(after / before);
      offset += 1U << 10;
    }
    means.push_back(geometric_mean(ratios));
  }
  std::sort(means.begin(), means.end());
  return {means[means.size() / 40], means[means.size() - 1 - means.size() / 40]};
}

const char* speed_name(Verdict verdict) {
  if (verdict == Verdict::better) return "faster";
  if (verdict == Verdict::worse) return "slower";
  return name_of(verdict);
}

}  // namespace

KernelComparison compare_kernels(const KernelTable& older, const KernelTable& newer,
                                 const KernelCompareOptions& options) {
  KernelComparison result;
  result.minimum_effect = options.minimum_effect;
  if (older.device_name != newer.device_name) {
    result.warnings.push_back(
        fmt::format("the devices differ: '{}' and '{}'", older.device_name, newer.device_name));
  }
  const auto find = [](const KernelTable& table, const KernelTiming& wanted) {
    return std::find_if(table.kernels.begin(), table.kernels.end(), [&](const KernelTiming& kernel) {
      return kernel.name == wanted.name && kernel.shape == wanted.shape;
    });
  };
  std::vector<Pair> pairs;
  for (const KernelTiming& before : older.kernels) {
    const auto after = find(newer, before);
    if (after == newer.kernels.end()) {
      result.warnings.push_back(fmt::format("{} ({}): only in the old bench", before.name, before.shape));
      continue;
    }
    check(before, "old");
    check(*after, "new");
    pairs.emplace_back(&before, &*after);
  }
  for (const KernelTiming& after : newer.kernels) {
    if (find(older, after) == older.kernels.end()) {
      result.warnings.push_back(fmt::format("{} ({}): only in the new bench", after.name, after.shape));
    }
  }
  if (pairs.empty()) fail_evaluation("the benches have no kernel with the same name and shape");
  std::vector<double> p_values;
  std::vector<double> ratios;
  for (const auto& [before, after] : pairs) {
    KernelChange change;
    change.name = before->name;
    change.shape = before->shape;
    change.old_seconds = median(before->repetitions);
    change.new_seconds = median(after->repetitions);
    change.p_value = mann_whitney_p(before->repetitions, after->repetitions);
    const RatioEstimate estimate = hodges_lehmann_ratio(before->repetitions, after->repetitions);
    change.ratio = estimate.ratio;
    change.interval = estimate.interval;
    p_values.push_back(change.p_value);
    ratios.push_back(change.new_seconds / change.old_seconds);
    result.kernels.push_back(std::move(change));
  }
  const std::vector<double> adjusted = holm_adjusted(p_values);
  for (std::size_t i = 0; i < adjusted.size(); ++i) {
    result.kernels[i].p_holm = adjusted[i];
    result.kernels[i].verdict = decide_kernel(result.kernels[i], options.minimum_effect, options.alpha);
  }
  result.geometric_mean = geometric_mean(ratios);
  result.geometric_mean_interval = interval_of_mean(pairs, options.seed);
  return result;
}

std::string kernel_comparison_text(const KernelComparison& comparison) {
  using Align = MarkdownTable::Align;
  MarkdownTable table;
  table.column("Kernel");
  table.column("Shape");
  table.column("Old, us", Align::right);
  table.column("New, us", Align::right);
  table.column("New / old", Align::right);
  table.column("95 % interval");
  table.column("p", Align::right);
  table.column("p (Holm)", Align::right);
  table.column("Verdict");
  for (const KernelChange& change : comparison.kernels) {
    table.row({markdown_cell(change.name), markdown_cell(change.shape),
               fmt::format("{:.2f}", 1e6 * change.old_seconds),
               fmt::format("{:.2f}", 1e6 * change.new_seconds), fmt::format("{:.3f}", change.ratio),
               fmt::format("{:.3f} to {:.3f}", change.interval.low, change.interval.high),
               fmt::format("{:.3g}", change.p_value), fmt::format("{:.3g}", change.p_holm),
               speed_name(change.verdict)});
  }
  std::string text = table.text();
  text +=
      fmt::format("\nTimes of all kernels, geometric mean of new / old: {:.3f}", comparison.geometric_mean);
  if (comparison.geometric_mean_interval) {
    text += fmt::format(" (95 % interval {:.3f} to {:.3f})", comparison.geometric_mean_interval->low,
                        comparison.geometric_mean_interval->high);
  }
  text += fmt::format("; changes within {:.1f} % count as the same.\n", 100 * comparison.minimum_effect);
  for (const std::string& warning : comparison.warnings) text += "- " + markdown_cell(warning) + "\n";
  return text;
}

std::string kernel_comparison_json(const KernelComparison& comparison) {
  json::Document document(rapidjson::kObjectType);
  json::Allocator& a = document.GetAllocator();
  set(document, "schema_version", json::Value(1), a);
  set(document, "minimum_effect", json::Value(comparison.minimum_effect), a);
  set(document, "geometric_mean", json::Value(comparison.geometric_mean), a);
  set(document, "geometric_mean_interval", interval_value(comparison.geometric_mean_interval, a), a);
  json::Value rows(rapidjson::kArrayType);
  for (const KernelChange& change : comparison.kernels) {
    json::Value row(rapidjson::kObjectType);
    set(row, "name", change.name, a);
    set(row, "shape", change.shape, a);
    set(row, "old_seconds", json::Value(change.old_seconds), a);
    set(row, "new_seconds", json::Value(change.new_seconds), a);
    set(row, "ratio", json::Value(change.ratio), a);
    set(row, "interval", interval_value(change.interval, a), a);
    set(row, "p_value", json::Value(change.p_value), a);
    set(row, "p_value_holm", json::Value(change.p_holm), a);
    set(row, "verdict", std::string(speed_name(change.verdict)), a);
    rows.PushBack(row, a);
  }
  set(document, "kernels", std::move(rows), a);
  set(document, "warnings", string_list(comparison.warnings, a), a);
  return json::dump_pretty(document) + "\n";
}

}  // namespace reckon::reports
