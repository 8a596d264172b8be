#include <cmath>

#include <fmt/format.h>

#include "reports/estimate/estimate_report.h"
#include "reports/format.h"
#include "reports/markdown_table.h"

namespace reckon::reports {
namespace {

using Align = MarkdownTable::Align;

std::string rounded(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) return "0";
  const int whole = static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1;
  if (whole >= digits) {
    const double unit = std::pow(10, whole - digits);
    return count(std::llround(std::round(value / unit) * unit));
  }
  return fmt::format("{:.{}f}", value, digits - whole);
}

Range times(const Range& range, double factor) {
  return {range.low * factor, range.middle * factor, range.high * factor};
}

std::string dollars(double amount) { return amount < 1000 ? usd(amount) : "$" + count(std::llround(amount)); }

std::string price_text(const DevicePriceRange& price) {
  const std::string amount = price.low == price.high ? fmt::format("${:g}", price.low)
                                                     : fmt::format("${:g} to ${:g}", price.low, price.high);
  return fmt::format("- price: {} a device-hour: {}\n", amount, price.source);
}

std::string usd_range(const std::optional<Range>& range) {
  if (!range) return kNotKnown;
  return fmt::format("{} ({} to {})", dollars(range->middle), dollars(range->low), dollars(range->high));
}

std::string count_range(const Range& range) {
  return fmt::format("{} ({} to {})", count(std::llround(range.middle)), count(std::llround(range.low)),
                     count(std::llround(range.high)));
}

std::string size(double bytes) {
  return bytes < 1e9 ? fmt::format("{:.3g} MB", bytes / 1e6) : fmt::format("{:.1f} GB", bytes / 1e9);
}

std::string layout_text(const ServingSetup& setup) {
  const Layout& layout = setup.layout;
  std::string text = fmt::format("{} device{}", layout.devices, layout.devices == 1 ? "" : "s");
  if (layout.tensor_parallel > 1) text += fmt::format(", TP {}", layout.tensor_parallel);
  if (layout.expert_parallel > 1) text += fmt::format(", EP {}", layout.expert_parallel);
  if (layout.groups() > 1) text += fmt::format(", DP {}", static_cast<int>(layout.groups()));
  return text;
}

std::string setup_text(const ServingSetup& setup) {
  std::string text = fmt::format(
      "{}: {:.3g} B parameters, {:.3g} B active; {}; {} requests decoded at once, {} tokens in the cache of "
      "each; "
      "prompts of {}, {} tokens a device and pass",
      setup.shape.name, setup.shape.parameters() / 1e9, setup.shape.active_parameters() / 1e9,
      layout_text(setup), count(std::llround(setup.requests)), count(std::llround(setup.context_tokens)),
      count(std::llround(setup.prompt_tokens)), count(std::llround(setup.prefill_tokens)));
  if (setup.draft_tokens > 0) {
    text += fmt::format("; {} drafted token{} a step, {:.0f} % kept", setup.draft_tokens,
                        setup.draft_tokens == 1 ? "" : "s", 100 * setup.draft_acceptance);
  }
  return text;
}

void phase_details(std::string& text, const char* name, const PhaseEstimate& phase, bool explain) {
  const StepTime& middle = phase.middle;
  text +=
      fmt::format("- {}: waits most for {}; longest part: {} ({} ms of {} ms)", name,
                  name_of(phase.bottleneck), phase.bottleneck_part,
                  rounded(1e3 * middle.parts.front().seconds, 3), rounded(1e3 * middle.exposed_seconds, 3));
  if (middle.transfer_seconds > 0) {
    text += fmt::format("; work {} ms, transfers {} ms, fully overlapped {} ms",
                        rounded(1e3 * middle.work_seconds, 3), rounded(1e3 * middle.transfer_seconds, 3),
                        rounded(1e3 * middle.overlapped_seconds, 3));
  }
  text += "\n";
  if (!explain) return;
  MarkdownTable table;
  table.column("part of one " + std::string(name) + " step");
  table.column("ms", Align::right);
  table.column("limited by");
  for (const TimedPart& part : middle.parts) {
    table.row({part.name, fmt::format("{:.4f}", 1e3 * part.seconds), name_of(part.limit)});
  }
  text += "\n" + table.text() + "\n";
}

void device_details(std::string& text, const DeviceReport& report, bool explain) {
  const DeviceEstimate& device = report.device;
  const ServingSetup& setup = device.setup;
  text += fmt::format("\n{}\n", setup.machine.name());
  if (!device.estimate) {
    text += fmt::format("- {}: {}\n", kNotKnown, device.problem);
    return;
  }
  const ServingEstimate& estimate = *device.estimate;
  const std::string weights = setup.shape.stored
                                  ? fmt::format("as stored, {:.2f} bits a number, multiplied in {}",
                                                8 * setup.matrix_bytes(), name_of(setup.precision))
                                  : name_of(setup.precision);
  text += fmt::format("- weights {}, cache {} bits; rates: {}\n", weights,
                      static_cast<int>(8 * setup.kv_bytes_per_number), setup.machine.rates_source());
  for (const std::string& flag : setup.machine.card.flags) text += fmt::format("- flagged: {}\n", flag);
  phase_details(text, "decode", estimate.decode, explain);
  phase_details(text, "prefill", estimate.prefill, explain);
  const MemoryEstimate& memory = estimate.memory;
  text += fmt::format("- memory of a device: weights {}, cache {}", size(memory.weight_bytes),
                      size(memory.kv_bytes));
  if (memory.device_bytes) {
    text += fmt::format(", of {}: {}; at most {} requests at this length", size(*memory.device_bytes),
                        name_of(memory.fit), count_range(*memory.most_requests));
  } else {
    text += "; of how much: not known";
  }
  text += "\n";
  for (const Difference& difference : device.differences) {
    text += fmt::format("- {}: {} instead of {}: {}\n", difference.figure, difference.other, difference.first,
                        difference.consequence);
  }
  text += report.price ? price_text(*report.price)
                       : std::string("- price: not known (--price-per-hour or --prices gives one)\n");
}

}  // namespace

std::string range_text(const Range& range, int digits) {
  return fmt::format("{} ({} to {})", rounded(range.middle, digits), rounded(range.low, digits),
                     rounded(range.high, digits));
}

std::string estimate_markdown(const EstimateReport& report) {
  const ServingSetup& first = report.devices.front().device.setup;
  std::string text = "Estimate, not a measurement. " + setup_text(first) + ".\n\n";
  MarkdownTable table;
  table.column("device");
  table.column("decode tokens/s a device", Align::right);
  table.column("ms an output token", Align::right);
  table.column("prefill tokens/s a device", Align::right);
  table.column("memory");
  table.column("$ per M input", Align::right);
  table.column("$ per M output", Align::right);
  if (report.workload) {
    table.column("device-hours", Align::right);
    table.column("cost", Align::right);
  }
  for (const DeviceReport& row : report.devices) {
    const DeviceEstimate& device = row.device;
    const Layout& layout = device.setup.layout;
    std::vector<std::string> cells{device.setup.machine.name()};
    if (!device.estimate) {
      cells.resize(report.workload ? 9 : 7, kNotKnown);
      table.row(cells);
      continue;
    }
    const ServingEstimate& estimate = *device.estimate;
    cells.push_back(range_text(estimate.decode.per_device(layout)));
    cells.push_back(range_text(times(estimate.seconds_per_output_token, 1e3), 3));
    cells.push_back(range_text(estimate.prefill.per_device(layout)));
    cells.emplace_back(name_of(estimate.memory.fit));
    cells.push_back(usd_range(usd_per_million_tokens(estimate.prefill, layout, row.price)));
    cells.push_back(usd_range(usd_per_million_tokens(estimate.decode, layout, row.price)));
    if (report.workload) {
      cells.push_back(range_text(row.work->device_hours));
      cells.push_back(usd_range(row.work->usd));
    }
    table.row(cells);
  }
  text += table.text();
  text +=
      "\nEach range goes from the slow end of every constant with all communication exposed to the fast end "
      "with "
      "all of it overlapped; the figure before it is the geometric middle.\n";
  if (report.workload) {
    text += fmt::format("Workload: {} requests, {} input tokens to compute, {} output tokens ({}).\n",
                        count(std::llround(report.workload->requests)),
                        count(std::llround(report.workload->input_tokens)),
                        count(std::llround(report.workload->output_tokens)), report.workload->source);
  }
  for (const DeviceReport& row : report.devices) device_details(text, row, report.explain);
  return text;
}

std::string training_markdown(const TrainingReport& report) {
  const TrainingSetup& setup = report.setup;
  std::string text = fmt::format(
      "Estimate, not a measurement. Training {} on {} x {}: {:.0f} GFLOP a token, {} TFLOPS a device ({}).\n",
      report.model, count(std::llround(setup.devices)), setup.card.name, setup.flop_per_token / 1e9,
      range_text(times(setup.flops_per_device, 1e-12)), report.rate_source);
  if (report.estimate) {
    text += fmt::format("- {:g} T tokens: {} device-hours, {} days, {}\n", setup.tokens / 1e12,
                        range_text(report.estimate->device_hours), range_text(report.estimate->days, 3),
                        usd_range(report.estimate->usd));
  }
  if (report.days) {
    text += fmt::format("- in {:g} days:\n", *report.days);
    for (const auto& [devices, tokens] : report.clusters) {
      text += fmt::format("  - {} devices: {} T tokens", count(std::llround(devices)),
                          range_text(times(tokens, 1e-12), 3));
      if (setup.tokens > 0) {
        text += fmt::format(", {} times the {:g} T asked for", range_text(times(tokens, 1 / setup.tokens), 3),
                            setup.tokens / 1e12);
      }
      text += "\n";
    }
  }
  text += report.price ? price_text(*report.price) : std::string("- price: not known\n");
  return text;
}

}  // namespace reckon::reports
