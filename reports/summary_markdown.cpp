#include <cmath>

#include <fmt/format.h>

#include "reports/format.h"
#include "reports/markdown_table.h"
#include "reports/report.h"

namespace reckon::reports {
namespace {

using Align = MarkdownTable::Align;

// A gate that stopped early says where.
std::string stopped_text(const Summary& summary) {
  std::string text;
  for (const RunSummary& run : summary.runs) {
    for (const TaskSummary& task : run.tasks) {
      if (task.stopped_of == 0) continue;
      text += fmt::format("- {}, {}: stopped at {} of {} questions; the interval is a confidence sequence\n",
                          markdown_cell(run.label), markdown_cell(task.alias), task.accuracy.questions,
                          task.stopped_of);
    }
  }
  return text.empty() ? text : text + "\n";
}

std::string accuracy_section(const Summary& summary) {
  MarkdownTable table;
  table.column("Model");
  table.column("Suite");
  table.column("Accuracy", Align::right);
  table.column("95 % interval", Align::right);
  table.column("n", Align::right);
  table.column("truncated", Align::right);
  table.column("no answer", Align::right);
  table.column("failed", Align::right);
  table.column("missing", Align::right);
  const auto add = [&](const RunSummary& run, const std::string& name, const Score& score,
                       const SampleCounts& counts) {
    table.row({markdown_cell(run.label), name, score.questions > 0 ? percent(score.value) : "-",
               percent_interval(score), count(score.questions), count(counts.truncated),
               count(counts.no_answer), count(counts.failed + counts.not_graded), count(counts.missing())});
  };
  for (const RunSummary& run : summary.runs) {
    for (const TaskSummary& task : run.tasks) add(run, markdown_cell(task.alias), task.accuracy, task.counts);
    if (run.tasks.size() > 1) add(run, "all suites", run.accuracy, run.counts);
  }
  return "## Accuracy\n\n" + table.text() + "\n" + stopped_text(summary);
}

// One figure for several suites; nothing where no group was asked for.
std::string groups_section(const Summary& summary) {
  MarkdownTable table;
  table.column("Model");
  table.column("Group");
  table.column("Metric");
  table.column("Value", Align::right);
  table.column("Stderr", Align::right);
  table.column("95 % interval", Align::right);
  table.column("n", Align::right);
  bool any = false;
  for (const RunSummary& run : summary.runs) {
    for (const GroupSummary& group : run.groups) {
      for (const Score& score : group.metrics) {
        any = true;
        const std::string metric = score.filter == "none" ? score.metric : score.metric + "," + score.filter;
        table.row({markdown_cell(run.label), markdown_cell(group.alias), markdown_cell(metric),
                   fmt::format("{:.4f}", score.value),
                   score.standard_error ? fmt::format("{:.4f}", *score.standard_error) : "N/A",
                   score.interval ? fmt::format("{:.4f} to {:.4f}", score.interval->low, score.interval->high)
                                  : "-",
                   count(score.questions)});
      }
    }
  }
  return any ? "## Groups\n\n" + table.text() + "\n" : "";
}

// Where the wall time went; phases are the engine's own clocks.
std::string time_table(const Summary& summary) {
  MarkdownTable table;
  table.column("Model");
  for (const char* title :
       {"wall time", "engine busy", "in prefill", "in decode", "solved per device-hour"}) {
    table.column(title, Align::right);
  }
  for (const RunSummary& run : summary.runs) {
    const auto engine_seconds = [&](double EngineCounters::*seconds) {
      return run.engine ? seconds_text((*run.engine).*seconds) : std::string(kNotKnown);
    };
    table.row({markdown_cell(run.label), run.devices.empty() ? kNotKnown : seconds_text(run.wall_seconds),
               engine_seconds(&EngineCounters::busy_seconds),
               engine_seconds(&EngineCounters::prefill_seconds),
               engine_seconds(&EngineCounters::decode_seconds),
               run.cost.solved_per_device_hour ? count(std::llround(*run.cost.solved_per_device_hour))
                                               : std::string(kNotKnown)});
  }
  return table.text();
}

std::string blended_text(const Cost& cost) {
  if (!cost.usd_per_million_blended || !cost.blended_input_per_output) return kNotKnown;
  return fmt::format("{} ({:.2f}:1)", usd(cost.usd_per_million_blended), *cost.blended_input_per_output);
}

std::string cost_section(const Summary& summary) {
  MarkdownTable table;
  table.column("Model");
  table.column("Device");
  table.column("device-hours", Align::right);
  table.column("prompt tokens", Align::right);
  table.column("of these cached", Align::right);
  table.column("thinking", Align::right);
  table.column("answer", Align::right);
  table.column("$/device-hour", Align::right);
  table.column("$/M input", Align::right);
  table.column("$/M output", Align::right);
  table.column("$/M blended (input:output)", Align::right);
  table.column("$/solved", Align::right);
  for (const RunSummary& run : summary.runs) {
    std::string devices;
    for (const DeviceUse& use : run.devices)
      devices += (devices.empty() ? "" : ", ") + markdown_cell(use.name);
    table.row({markdown_cell(run.label), devices.empty() ? kNotKnown : devices,
               run.devices.empty() ? kNotKnown : hours_text(run.device_hours), count(run.tokens.input),
               count(run.tokens.cached_input), count(run.tokens.reasoning), count(run.tokens.answer),
               usd(run.price.usd_per_device_hour), usd(run.cost.usd_per_million_input),
               usd(run.cost.usd_per_million_output), blended_text(run.cost),
               cost_per_solved_text(run.cost.per_solved)});
  }
  std::string text = "## Tokens, time and cost\n\n" + table.text() + "\n" + time_table(summary) + "\n";
  for (const RunSummary& run : summary.runs) {
    if (run.price.known()) {
      text += fmt::format("Price of {}: {}.\n", markdown_cell(run.label), markdown_cell(run.price.source));
    } else {
      text += fmt::format("Price of {}: not known (give --price-per-hour).\n", markdown_cell(run.label));
    }
  }
  for (const RunSummary& run : summary.runs) {
    if (run.energy_joules) {
      text += fmt::format("Energy of {}: {:.1f} Wh, as the processors' counters (RAPL) say.\n",
                          markdown_cell(run.label), *run.energy_joules / 3600);
    }
  }
  return text;
}

}  // namespace

std::string summary_markdown(const Summary& summary) {
  std::string text = "# Results\n\n" + accuracy_section(summary) + groups_section(summary);
  for (const RunComparison& comparison : summary.comparisons) {
    text += "## Comparison\n\n" + compare_table(comparison) + "\n";
  }
  text += cost_section(summary);
  std::string warnings;
  for (const RunSummary& run : summary.runs) {
    for (const std::string& warning : run.warnings) {
      warnings += fmt::format("- {}: {}\n", markdown_cell(run.label), markdown_cell(warning));
    }
  }
  if (!warnings.empty()) text += "\n## Warnings\n\n" + warnings;
  return text;
}

}  // namespace reckon::reports
