#include "reports/emitters/figures.h"

#include <cmath>

#include <fmt/format.h>

namespace reckon::reports {
namespace {

struct Kind {
  const char* name;
  const char* help;
  const char* unit;
  bool bigger_is_better;
};

constexpr Kind kAccuracy{"accuracy_ratio", "Share of questions judged correct", "share", true};
constexpr Kind kTruncated{"truncated_ratio", "Share of samples cut off by the token limit", "share", false};
constexpr Kind kFailed{"failed_ratio", "Share of samples that failed for technical reasons", "share", false};
constexpr Kind kQuestions{"questions", "Questions with a graded answer", "questions", true};
constexpr Kind kTokens{"output_tokens", "Tokens that the model wrote", "tokens", false};
constexpr Kind kSpeed{"decode_tokens_per_second", "Tokens written per second of decoding", "tokens/s", true};
constexpr Kind kWall{"wall_seconds", "Wall time of all launches", "s", false};
constexpr Kind kDeviceHours{"device_hours", "Devices times wall time", "h", false};
constexpr Kind kSolved{"usd_per_solved", "Cost of a solved problem", "USD", false};
constexpr Kind kTotal{"usd_total", "Cost of the run", "USD", false};
constexpr Kind kOutput{"usd_per_million_output_tokens", "Cost of a million written tokens", "USD", false};

class Collector {
 public:
  explicit Collector(std::vector<Figure>& figures) : figures_(figures) {}
  std::string run;
  std::string suite;

  void add(const Kind& kind, std::optional<double> value, std::optional<Interval> interval = {},
           const std::string& extra = "") {
    if (!value || !std::isfinite(*value)) return;
    figures_.push_back(
        {kind.name, kind.help, kind.unit, kind.bigger_is_better, run, suite, *value, interval, extra});
  }
  void add_share(const Kind& kind, std::int64_t part, std::int64_t whole) {
    if (whole > 0) add(kind, static_cast<double>(part) / static_cast<double>(whole));
  }

 private:
  std::vector<Figure>& figures_;
};

void add_scores(Collector& to, const Score& accuracy, const SampleCounts& counts) {
  if (accuracy.questions > 0) {
    to.add(kAccuracy, accuracy.value, accuracy.interval,
           fmt::format("n = {}, {}", accuracy.questions, accuracy.interval_method));
  }
  to.add(kQuestions, static_cast<double>(accuracy.questions));
  to.add_share(kTruncated, counts.truncated, counts.recorded);
  to.add_share(kFailed, counts.failed, counts.recorded);
}

}  // namespace

std::vector<Figure> figures_of(const Summary& summary) {
  std::vector<Figure> figures;
  Collector to(figures);
  for (const RunSummary& run : summary.runs) {
    to.run = run.label;
    for (const TaskSummary& task : run.tasks) {
      to.suite = task.task;
      add_scores(to, task.accuracy, task.counts);
      to.add(kTokens, static_cast<double>(task.tokens.output));
    }
    to.suite.clear();
    add_scores(to, run.accuracy, run.counts);
    to.add(kTokens, static_cast<double>(run.tokens.output));
    if (run.engine && run.engine->decode_seconds > 0) {
      to.add(kSpeed, static_cast<double>(run.engine->decode_tokens) / run.engine->decode_seconds);
    }
    if (run.wall_seconds > 0) {
      to.add(kWall, run.wall_seconds);
      to.add(kDeviceHours, run.device_hours);
    }
    std::optional<Interval> solved;
    const CostPerSolved& cost = run.cost.per_solved;
    if (cost.low && cost.high) solved = Interval{*cost.low, *cost.high};
    to.add(kSolved, cost.usd, solved, cost.method);
    to.add(kTotal, run.cost.total_usd);
    to.add(kOutput, run.cost.usd_per_million_output);
  }
  return figures;
}

}  // namespace reckon::reports
