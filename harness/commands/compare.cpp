// reckon compare: runs against the first of them, or two kernel benches.

#include "reports/compare/compare.h"

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "base/error.h"
#include "harness/commands.h"
#include "harness/report_options.h"
#include "reports/compare/kernel_comparison.h"
#include "reports/load_kernels.h"
#include "reports/report.h"

namespace reckon::harness {
namespace {

int compare_benches(const CompareCommand& command) {
  if (command.runs.size() != 2) {
    fail_input("compare: kernel benches are compared two at a time; {} files are given", command.runs.size());
  }
  reports::KernelCompareOptions options;
  options.minimum_effect = command.minimum_effect;
  options.alpha = command.alpha;
  const reports::KernelComparison comparison = reports::compare_kernels(
      reports::load_kernels(command.runs[0]), reports::load_kernels(command.runs[1]), options);
  fmt::print("{}", command.json ? reports::kernel_comparison_json(comparison)
                                : reports::kernel_comparison_text(comparison));
  bool undecided = false;
  for (const reports::KernelChange& change : comparison.kernels) {
    if (change.verdict == reports::Verdict::worse) return static_cast<int>(ExitCode::regression);
    undecided = undecided || change.verdict == reports::Verdict::inconclusive;
  }
  return static_cast<int>(undecided ? ExitCode::inconclusive : ExitCode::done);
}

// What cannot be compared is an error that names the fields, not a table with a hole.
void refuse(const std::vector<reports::RunComparison>& comparisons) {
  std::string text;
  for (const reports::RunComparison& comparison : comparisons) {
    for (const std::string& refusal : comparison.refusals) text += "\n  " + refusal;
    if (comparison.tasks.empty()) {
      text += fmt::format("\n  {} and {} have no task in common", comparison.old_label, comparison.new_label);
    }
  }
  if (text.empty()) return;
  fail_evaluation(
      "compare: the scores of these runs do not mean the same:{}\nrun both with the same suite file and "
      "data, or grade the saved outputs of one again with `reckon score`; --unpaired compares runs on "
      "different questions",
      text);
}

bool any_compared(const std::vector<reports::RunComparison>& comparisons) {
  for (const reports::RunComparison& comparison : comparisons) {
    for (const reports::TaskComparison& task : comparison.tasks) {
      if (task.interval) return true;
    }
  }
  return false;
}

int exit_code_of(const std::vector<reports::RunComparison>& comparisons) {
  bool undecided = false;
  for (const reports::RunComparison& comparison : comparisons) {
    for (const reports::TaskComparison& task : comparison.tasks) {
      if (task.verdict == reports::Verdict::worse) return static_cast<int>(ExitCode::regression);
      undecided = undecided || task.verdict == reports::Verdict::inconclusive;
    }
  }
  return static_cast<int>(undecided ? ExitCode::inconclusive : ExitCode::done);
}

}  // namespace

int compare(const CompareCommand& command) {
  if (command.runs.size() < 2) fail_input("compare: needs two run directories or more, or two bench files");
  if (std::filesystem::is_regular_file(command.runs.front())) return compare_benches(command);
  reports::CompareOptions options;
  options.margin = command.margin;
  options.alpha = command.alpha;
  options.unpaired = command.unpaired;
  options.metric = command.metric;
  std::vector<reports::RunData> runs;
  for (const std::string& directory : command.runs) {
    runs.push_back(load_run_and_warn(directory));
  }
  const std::vector<reports::RunComparison> comparisons = reports::compare_all(runs, options);
  refuse(comparisons);
  if (!command.metric.empty() && !any_compared(comparisons)) {
    fail_input("compare: --metric {}: no task of these runs has recorded it ('name' or 'name,filter')",
               command.metric);
  }
  std::vector<std::vector<reports::FlippedSample>> flips;
  for (std::size_t i = 1; i < runs.size(); ++i) {
    flips.push_back(reports::flipped_samples(runs.front(), runs[i]));
  }
  if (command.json) {
    fmt::print("{}", reports::compare_json(comparisons, flips));
  } else {
    for (std::size_t i = 0; i < comparisons.size(); ++i) {
      fmt::print("{}{}{}{}", i > 0 ? "\n" : "", reports::compare_table(comparisons[i]),
                 reports::compare_chart(comparisons[i]),
                 reports::flips_text(flips[i], static_cast<std::size_t>(command.flips)));
    }
  }
  if (!command.output_path.empty()) {
    reports::ReportOptions report = report_options(command.price);
    report.margin = command.margin;
    reports::write_reports(command.runs, command.output_path, report);
    std::fflush(stdout);  // one log of both keeps the order
    fmt::print(stderr, "wrote {0}/report.html, {0}/results.json and {0}/summary.md\n", command.output_path);
  }
  return exit_code_of(comparisons);
}

}  // namespace reckon::harness
