// Figures for tools that follow them over time: github-action-benchmark, OpenMetrics, spreadsheets.

#include <cmath>

#include <fmt/format.h>

#include "base/json.h"
#include "base/utf8.h"
#include "reports/emitters/emitters.h"
#include "reports/emitters/figures.h"
#include "reports/json_values.h"

namespace reckon::reports {
namespace {

std::string number(double value) { return fmt::format("{}", value); }

std::string label_value(const std::string& text) {
  std::string escaped;
  for (const char c : utf8::replace_invalid(text)) {
    if (c == '\\' || c == '"') escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string csv_text(const std::string& text) {
  const bool formula = !text.empty() && std::string("=+-@\t\r").find(text.front()) != std::string::npos;
  const std::string cell = formula ? fmt::format("'{}", text) : text;
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    quoted += c;
    if (c == '"') quoted += '"';
  }
  return quoted + "\"";
}

std::string csv_number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? number(*value) : "";
}

std::string csv_row(const std::string& run, const std::string& suite, const Score& score,
                    const SampleCounts& counts) {
  const bool known = score.questions > 0;
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n", csv_text(run), csv_text(suite),
                     csv_text(score.metric), csv_text(score.filter), score.questions, score.clusters,
                     known ? number(score.value) : "",
                     csv_number(score.interval ? std::optional(score.interval->low) : std::nullopt),
                     csv_number(score.interval ? std::optional(score.interval->high) : std::nullopt),
                     csv_text(score.interval_method), csv_number(score.standard_error),
                     csv_number(score.sampling_standard_error), counts.graded, counts.truncated,
                     counts.failed, counts.missing());
}

}  // namespace

std::string benchmark_json(const Summary& summary, bool bigger_is_better) {
  json::Document document(rapidjson::kArrayType);
  json::Allocator& a = document.GetAllocator();
  for (const Figure& figure : figures_of(summary)) {
    if (figure.bigger_is_better != bigger_is_better) continue;
    json::Value item(rapidjson::kObjectType);
    set(item, "name",
        fmt::format("{}{}: {}", figure.run, figure.suite.empty() ? "" : " / " + figure.suite, figure.name),
        a);
    set(item, "unit", figure.unit, a);
    set(item, "value", json::Value(figure.value), a);
    if (figure.interval) {
      set(item, "range", fmt::format("{:.6g} to {:.6g} (95 %)", figure.interval->low, figure.interval->high),
          a);
    }
    if (!figure.extra.empty()) set(item, "extra", figure.extra, a);
    document.PushBack(item, a);
  }
  return json::dump_pretty(document) + "\n";
}

std::string open_metrics(const Summary& summary) {
  // The samples of one metric stand together, after its metadata.
  const std::vector<Figure> figures = figures_of(summary);
  std::vector<std::string> names;
  std::vector<std::string> blocks;
  const auto block_of = [&](const std::string& name, const std::string& help) -> std::string& {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return blocks[i];
    }
    names.push_back(name);
    blocks.push_back(fmt::format("# TYPE {0} gauge\n# HELP {0} {1}.\n", name, help));
    return blocks.back();
  };
  for (const Figure& figure : figures) {
    const std::string labels = fmt::format("{{run=\"{}\",suite=\"{}\"}}", label_value(figure.run),
                                           label_value(figure.suite.empty() ? "all" : figure.suite));
    const std::string name = "reckon_" + figure.name;
    block_of(name, figure.help) += fmt::format("{}{} {}\n", name, labels, number(figure.value));
    if (!figure.interval) continue;
    const std::string help = "95 % interval of: " + figure.help;
    block_of(name + "_low", help) += fmt::format("{}_low{} {}\n", name, labels, number(figure.interval->low));
    block_of(name + "_high", help) +=
        fmt::format("{}_high{} {}\n", name, labels, number(figure.interval->high));
  }
  std::string text;
  for (const std::string& block : blocks) text += block;
  return text + "# EOF\n";
}

std::string scores_csv(const Summary& summary) {
  std::string text =
      "run,suite,metric,filter,n,clusters,value,low,high,method,stderr,stderr_sampling,graded,truncated,"
      "failed,missing\r\n";
  for (const RunSummary& run : summary.runs) {
    for (const TaskSummary& task : run.tasks) {
      text += csv_row(run.label, task.task, task.accuracy, task.counts);
      for (const Score& score : task.metrics) text += csv_row(run.label, task.task, score, task.counts);
      for (const Score& score : task.repeated) text += csv_row(run.label, task.task, score, task.counts);
    }
    text += csv_row(run.label, "all", run.accuracy, run.counts);
  }
  return text;
}

}  // namespace reckon::reports
