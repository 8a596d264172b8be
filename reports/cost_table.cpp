// Tokens, time and cost of whole runs.

#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "reports/format.h"
#include "reports/markdown_table.h"
#include "reports/report.h"

namespace reckon::reports {
namespace {

using TextOf = std::function<std::string(const RunSummary&)>;

std::string devices_text(const RunSummary& run) {
  std::string text;
  for (const DeviceUse& use : run.devices) text += (text.empty() ? "" : ", ") + markdown_cell(use.name);
  return text.empty() ? kNotKnown : text;
}

std::string engine_text(const RunSummary& run, double EngineCounters::*seconds) {
  return run.engine ? seconds_text((*run.engine).*seconds) : kNotKnown;
}

std::string phase_text(const RunSummary& run, std::optional<double> PhaseTimes::*seconds) {
  return run.phases && (*run.phases).*seconds ? seconds_text(*((*run.phases).*seconds)) : kNotKnown;
}

std::string blended_text(const Cost& cost) {
  if (!cost.usd_per_million_blended || !cost.blended_input_per_output) return kNotKnown;
  return fmt::format("{} ({:.2f}:1)", usd(cost.usd_per_million_blended), *cost.blended_input_per_output);
}

std::string price_text(const RunSummary& run) {
  if (!run.price.per_token) return usd(run.price.usd_per_device_hour);
  return fmt::format("charged by tokens: ${:g} in, ${:g} out", run.price.per_token->usd_per_million_input,
                     run.price.per_token->usd_per_million_output);
}

class FigureTable {
 public:
  explicit FigureTable(const Summary& summary) : summary_(summary) {
    table_.column("");
    for (const RunSummary& run : summary.runs) {
      table_.column(markdown_cell(run.label), MarkdownTable::Align::right);
    }
  }

  void row(const std::string& name, const TextOf& text_of) {
    std::vector<std::string> cells{name};
    for (const RunSummary& run : summary_.runs) cells.push_back(text_of(run));
    table_.row(std::move(cells));
  }

  std::string text() const { return table_.text(); }

 private:
  const Summary& summary_;
  MarkdownTable table_;
};

bool any(const Summary& summary, const std::function<bool(const RunSummary&)>& holds) {
  for (const RunSummary& run : summary.runs) {
    if (holds(run)) return true;
  }
  return false;
}

// Where no run has the meter there is no row.
void energy_row(FigureTable& table, const Summary& summary, const std::string& name,
                std::optional<double> RunSummary::*meter) {
  if (!any(summary, [&](const RunSummary& r) { return (r.*meter).has_value(); })) return;
  table.row(name, [meter](const RunSummary& r) {
    return r.*meter ? fmt::format("{:.1f} Wh", *(r.*meter) / 3600) : kNotKnown;
  });
}

void add_losses(const Summary& summary, FigureTable& table) {
  table.row("cut off by the token limit", [](const RunSummary& r) { return count(r.counts.truncated); });
  table.row("endless repetitions", [](const RunSummary& r) { return count(r.counts.repetition_loops); });
  if (any(summary, [](const RunSummary& r) { return r.counts.forced_closes > 0; })) {
    table.row("thinking closed at its limit",
              [](const RunSummary& r) { return count(r.counts.forced_closes); });
  }
  table.row("failed, not graded",
            [](const RunSummary& r) { return count(r.counts.failed + r.counts.not_graded); });
}

void add_time(const Summary& summary, FigureTable& table) {
  table.row("wall time",
            [](const RunSummary& r) { return r.devices.empty() ? kNotKnown : seconds_text(r.wall_seconds); });
  table.row("loading", [](const RunSummary& r) { return phase_text(r, &PhaseTimes::load_seconds); });
  table.row("engine busy", [](const RunSummary& r) { return engine_text(r, &EngineCounters::busy_seconds); });
  table.row("in prefill",
            [](const RunSummary& r) { return engine_text(r, &EngineCounters::prefill_seconds); });
  table.row("in decode", [](const RunSummary& r) { return engine_text(r, &EngineCounters::decode_seconds); });
  table.row("only grading", [](const RunSummary& r) { return phase_text(r, &PhaseTimes::grading_seconds); });
  table.row("idle", [](const RunSummary& r) {
    if (!r.phases) return std::string(kNotKnown);
    return seconds_text(r.phases->idle_seconds) + (r.phases->grading_seconds ? "" : " (grading included)");
  });
  table.row("device-hours",
            [](const RunSummary& r) { return r.devices.empty() ? kNotKnown : hours_text(r.device_hours); });
  energy_row(table, summary, "energy, as the processors' counters (RAPL) say", &RunSummary::energy_joules);
  energy_row(table, summary, "energy, as the GPUs' counters (NVML) say", &RunSummary::device_energy_joules);
}

}  // namespace

std::string cost_table(const Summary& summary) {
  FigureTable table(summary);
  table.row("device", devices_text);
  table.row("prompt tokens", [](const RunSummary& r) { return count(r.tokens.input); });
  table.row("of these cached", [](const RunSummary& r) { return count(r.tokens.cached_input); });
  table.row("thinking tokens", [](const RunSummary& r) { return count(r.tokens.reasoning); });
  table.row("answer tokens", [](const RunSummary& r) { return count(r.tokens.answer); });
  add_losses(summary, table);
  add_time(summary, table);
  table.row("$ per device-hour", price_text);
  table.row("$ in all", [](const RunSummary& r) { return usd(r.cost.total_usd); });
  table.row("$ per M input tokens", [](const RunSummary& r) { return usd(r.cost.usd_per_million_input); });
  table.row("$ per M output tokens", [](const RunSummary& r) { return usd(r.cost.usd_per_million_output); });
  table.row("$ per M tokens, blended (input:output)",
            [](const RunSummary& r) { return blended_text(r.cost); });
  table.row("$ per sample", [](const RunSummary& r) { return usd(r.cost.usd_per_sample); });
  table.row("$ per solved problem (95 %)",
            [](const RunSummary& r) { return cost_per_solved_text(r.cost.per_solved); });
  table.row("solved per device-hour", [](const RunSummary& r) {
    return r.cost.solved_per_device_hour ? count(std::llround(*r.cost.solved_per_device_hour)) : kNotKnown;
  });
  std::string text = table.text() + "\n";
  for (const RunSummary& run : summary.runs) {
    if (run.price.known()) {
      text += fmt::format("Price of {}: {}.\n", markdown_cell(run.label), markdown_cell(run.price.source));
    } else {
      text +=
          fmt::format("Price of {}: not known ({}).\n", markdown_cell(run.label),
                      run.price.source.empty() ? "give --price-per-hour" : markdown_cell(run.price.source));
    }
  }
  return text;
}

}  // namespace reckon::reports
