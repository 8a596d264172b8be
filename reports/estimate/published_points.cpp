#include "reports/estimate/published_points.h"

#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "reports/format.h"
#include "reports/json_values.h"
#include "reports/markdown_table.h"

namespace reckon::reports {
namespace {

constexpr double kNode = 8;
// What the two checks ask for.
constexpr double kBlindMargin = 0.35;
constexpr double kLearnedMargin = 0.20;

PublishedPoint read_point(const json::ObjectReader& row, const std::string& models_folder,
                          const std::vector<Accelerator>& cards) {
  PublishedPoint point;
  point.id = row.get_string("id");
  point.what = row.get_string("what");
  point.source = row.get_string("source");
  const std::string phase = row.get_string("phase");
  if (phase != "prefill" && phase != "decode") {
    fail_input("{}: field 'phase' should be prefill or decode, is '{}'", row.where(), phase);
  }
  point.prefill = phase == "prefill";
  point.overlap = row.get_bool("overlap");
  point.asserted = row.get_bool("asserted");
  point.draft_inferred = row.get_bool("draft_inferred", false);
  point.tokens_per_second_and_node = row.get_number("tokens_per_second_and_node");
  ServingSetup& setup = point.setup;
  setup.shape = load_model_shape(models_folder + "/" + row.get_string("model") + ".json");
  setup.machine.card = find_accelerator(cards, row.get_string("device"));
  setup.precision = Precision::fp8;
  setup.layout.devices = static_cast<int>(row.get_int("devices", 1, 1 << 20));
  setup.layout.expert_parallel = static_cast<int>(row.get_int("expert_parallel", 1, 1 << 20));
  setup.layout.redundant_experts = static_cast<int>(row.get_int("redundant_experts", 0, 1 << 20, 0));
  setup.layout.link_domain = setup.machine.card.devices_per_link_domain;
  setup.requests = row.get_number("requests_per_device", 1) * setup.layout.devices;
  setup.context_tokens = row.get_number("context_tokens", setup.context_tokens);
  setup.prompt_tokens = row.get_number("prompt_tokens", setup.prompt_tokens);
  setup.prefill_tokens = row.get_number("prefill_tokens", setup.prefill_tokens);
  setup.draft_tokens = static_cast<int>(row.get_int("draft_tokens", 0, 16, 0));
  setup.draft_acceptance = row.get_number("draft_acceptance", 0);
  setup.schedule = point.overlap ? Schedule::unknown : Schedule::sequential;
  setup.balanced_experts = row.get_bool("balanced_experts", false);
  return point;
}

BlindRow blind_row(const PublishedPoint& point, const ServingSetup& setup, const Constants& constants) {
  const ServingEstimate estimate = estimate_serving(setup, constants);
  const PhaseEstimate& phase = point.prefill ? estimate.prefill : estimate.decode;
  const Range device = phase.per_device(setup.layout);
  BlindRow row;
  row.point = &point;
  row.tokens_per_second_and_node = {device.low * kNode, device.middle * kNode, device.high * kNode};
  row.contains = row.tokens_per_second_and_node.low <= point.tokens_per_second_and_node &&
                 point.tokens_per_second_and_node <= row.tokens_per_second_and_node.high;
  row.middle_over_published = row.tokens_per_second_and_node.middle / point.tokens_per_second_and_node;
  row.longest_part = phase.bottleneck_part;
  return row;
}

struct MiddleTimes {
  double exposed = 0;
  double overlapped = 0;
  double tokens_per_node = 0;  ///< that a step gains

  double rate(const PublishedPoint& point, double share) const {
    const double seconds = point.overlap ? (1 - share) * exposed + share * overlapped : exposed;
    return tokens_per_node / seconds;
  }
};

MiddleTimes middle_times(const PublishedPoint& point, const Constants& constants) {
  const ServingEstimate estimate = estimate_serving(point.setup, constants);
  const PhaseEstimate& phase = point.prefill ? estimate.prefill : estimate.decode;
  return {phase.middle.exposed_seconds, phase.middle.overlapped_seconds,
          phase.tokens / point.setup.layout.devices * kNode};
}

std::string within(bool yes) { return yes ? "yes" : "**no**"; }

std::string signed_percent(double ratio) { return fmt::format("{:+.0f} %", 100 * (ratio - 1)); }

}  // namespace

std::vector<PublishedPoint> load_published_points(const std::string& path, const std::string& models_folder,
                                                  const std::vector<Accelerator>& cards) {
  const json::Document document = json::parse_file(path);
  const json::ObjectReader file(document, path);
  require_schema(file, 1);
  std::vector<PublishedPoint> points;
  for (const json::Value& item : file.get_array("points").GetArray()) {
    const json::ObjectReader row(item, fmt::format("{}: points[{}]", path, points.size()));
    points.push_back(read_point(row, models_folder, cards));
  }
  return points;
}

std::vector<BlindRow> check_blind(const std::vector<PublishedPoint>& points, const Constants& constants) {
  std::vector<BlindRow> rows;
  for (const PublishedPoint& point : points) {
    rows.push_back(blind_row(point, point.setup, constants));
    if (!point.draft_inferred) continue;
    ServingSetup other = point.setup;
    other.draft_tokens = 0;
    rows.push_back(blind_row(point, other, constants));
    rows.back().without_draft = true;
  }
  return rows;
}

std::vector<LeaveOneOutRow> check_leave_one_out(const std::vector<PublishedPoint>& points,
                                                const Constants& constants) {
  std::vector<MiddleTimes> times;
  for (const PublishedPoint& point : points) times.push_back(middle_times(point, constants));
  std::vector<LeaveOneOutRow> rows;
  for (std::size_t left_out = 0; left_out < points.size(); ++left_out) {
    const auto loss = [&](double share) {
      double sum = 0;
      for (std::size_t i = 0; i < points.size(); ++i) {
        if (i == left_out || !points[i].asserted || points[i].prefill != points[left_out].prefill) continue;
        sum += std::pow(std::log(times[i].rate(points[i], share) / points[i].tokens_per_second_and_node), 2);
      }
      return sum;
    };
    constexpr int kSteps = 1000;
    double best = 0;
    for (int i = 1; i <= kSteps; ++i) {
      if (loss(static_cast<double>(i) / kSteps) < loss(best)) best = static_cast<double>(i) / kSteps;
    }
    const PublishedPoint& point = points[left_out];
    const double rate = times[left_out].rate(point, best);
    rows.push_back({&point, best, rate, rate / point.tokens_per_second_and_node});
  }
  return rows;
}

std::string published_points_markdown(const std::vector<PublishedPoint>& points, const Constants& constants) {
  using Align = MarkdownTable::Align;
  MarkdownTable blind;
  blind.column("point");
  blind.column("published", Align::right);
  blind.column("estimated range", Align::right);
  blind.column("middle", Align::right);
  blind.column("off by", Align::right);
  blind.column("in range");
  blind.column(fmt::format("within {:.0f} %", kBlindMargin * 100));
  blind.column("longest part");
  for (const BlindRow& row : check_blind(points, constants)) {
    std::string name = row.point->id;
    if (row.without_draft) name += " (if without MTP)";
    if (!row.point->asserted) name += " (a day's average: shown, not judged)";
    const Range& range = row.tokens_per_second_and_node;
    const bool near = std::abs(row.middle_over_published - 1) <= kBlindMargin;
    blind.row({name, count(std::llround(row.point->tokens_per_second_and_node)),
               count(std::llround(range.low)) + " to " + count(std::llround(range.high)),
               count(std::llround(range.middle)), signed_percent(row.middle_over_published),
               within(row.contains), within(near), row.longest_part});
  }
  MarkdownTable learned;
  learned.column("point left out");
  learned.column("overlap share from the others", Align::right);
  learned.column("published", Align::right);
  learned.column("predicted", Align::right);
  learned.column("off by", Align::right);
  learned.column(fmt::format("within {:.0f} %", kLearnedMargin * 100));
  for (const LeaveOneOutRow& row : check_leave_one_out(points, constants)) {
    const bool near = std::abs(row.predicted_over_published - 1) <= kLearnedMargin;
    learned.row(
        {row.point->id + (row.point->asserted ? "" : " (shown, not judged)"),
         row.point->overlap ? fmt::format("{:.2f}", row.overlap_share) : "not used: runs without overlap",
         count(std::llround(row.point->tokens_per_second_and_node)),
         count(std::llround(row.tokens_per_second_and_node)), signed_percent(row.predicted_over_published),
         within(near)});
  }
  return fmt::format(
      "### Blind: no constant fitted\n\nTokens a second and node of eight devices.\n\n{}\n"
      "### Leave one out: one overlap share, learned from the other points of the phase\n\n{}",
      blind.text(), learned.text());
}

}  // namespace reckon::reports
