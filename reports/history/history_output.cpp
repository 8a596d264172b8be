#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/json.h"
#include "base/utf8.h"
#include "reports/format.h"
#include "reports/history/history.h"
#include "reports/json_values.h"
#include "reports/markdown_table.h"

namespace reckon::reports {
namespace {

struct Span {
  double low = 1;
  double high = 0;
};

// The values shown, with their intervals, and a little room.
Span span_of(const SuiteHistory& suite) {
  Span span;
  for (const HistoryPoint& point : suite.points) {
    const Interval interval = point.score.interval.value_or(Interval{point.score.value, point.score.value});
    span.low = std::min({span.low, interval.low, point.score.value});
    span.high = std::max({span.high, interval.high, point.score.value});
  }
  if (span.high - span.low < 0.01) span = {span.low - 0.005, span.high + 0.005};
  return span;
}

std::string sparkline(const SuiteHistory& suite) {
  static const std::array<const char*, 8> kBars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  double low = suite.points.front().score.value;
  double high = low;
  for (const HistoryPoint& point : suite.points) {
    low = std::min(low, point.score.value);
    high = std::max(high, point.score.value);
  }
  std::string line;
  for (std::size_t i = 0; i < suite.points.size(); ++i) {
    if (suite.change && suite.p_holm.value_or(1) <= 0.05 && i == suite.change->index) line += "│";
    const double share = high > low ? (suite.points[i].score.value - low) / (high - low) : 0.5;
    line += kBars[static_cast<std::size_t>(std::lround(share * 7))];
  }
  return line;
}

std::string html_text(const std::string& text) {
  std::string escaped;
  for (const char c : utf8::replace_invalid(text)) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else {
      escaped += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return escaped;
}

constexpr double kWidth = 760;
constexpr double kHeight = 220;
constexpr double kLeft = 52;
constexpr double kRight = 12;
constexpr double kTop = 12;
constexpr double kBottom = 26;

class Chart {
 public:
  explicit Chart(const SuiteHistory& suite) : suite_(suite), span_(span_of(suite)) {}

  std::string svg() const {
    std::string text = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}: {}\">\n", kWidth,
                                   kHeight, html_text(suite_.task), html_text(suite_.note));
    for (int tick = 0; tick <= 4; ++tick) {
      const double value = span_.low + (span_.high - span_.low) * tick / 4;
      text += fmt::format(
          "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text x=\"{}\" y=\"{:.1f}\" "
          "text-anchor=\"end\">{:.1f} %</text>\n",
          kLeft, kWidth - kRight, y(value), y(value), kLeft - 6, y(value) + 4, 100 * value);
    }
    if (suite_.change && suite_.p_holm.value_or(1) <= 0.05) text += change();
    std::string path;
    for (std::size_t i = 0; i < suite_.points.size(); ++i) {
      path += fmt::format("{}{:.1f},{:.1f}", i == 0 ? "M" : " L", x(i), y(suite_.points[i].score.value));
    }
    text += fmt::format("<path class=\"line\" d=\"{}\"/>\n", path);
    for (std::size_t i = 0; i < suite_.points.size(); ++i) text += point(i);
    return text + "</svg>\n";
  }

 private:
  double x(std::size_t i) const {
    const double room = kWidth - kLeft - kRight;
    const auto last = static_cast<double>(std::max<std::size_t>(1, suite_.points.size() - 1));
    return kLeft + 8 + (room - 16) * static_cast<double>(i) / last;
  }
  double y(double value) const {
    return kTop + (kHeight - kTop - kBottom) * (span_.high - value) / (span_.high - span_.low);
  }
  std::string point(std::size_t i) const {
    const HistoryPoint& point = suite_.points[i];
    std::string text = "<g>";
    if (point.score.interval) {
      text += fmt::format("<line class=\"bar\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>",
                          x(i), y(point.score.interval->low), y(point.score.interval->high));
    }
    text += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"><title>{}, {}: {} {}, n = {}</title></circle>", x(i),
        y(point.score.value), html_text(point.label), html_text(point.created), percent(point.score.value),
        percent_interval(point.score), point.score.questions);
    return text + fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text></g>\n", x(i),
                              kHeight - 8, i + 1);
  }
  // The interval of the index as a band, the levels as lines.
  std::string change() const {
    const ChangePoint& change = *suite_.change;
    const std::size_t last = suite_.points.size() - 1;
    const double from = (x(change.low > 0 ? change.low - 1 : 0) + x(change.low)) / 2;
    const double to = (x(change.high > 0 ? change.high - 1 : 0) + x(change.high)) / 2;
    const double at = (x(change.index - 1) + x(change.index)) / 2;
    std::string text =
        fmt::format("<rect class=\"band\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>", from, kTop,
                    std::max(2.0, to - from), kHeight - kTop - kBottom);
    text += fmt::format("<line class=\"level\" x1=\"{0:.1f}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>",
                        x(0), at, y(change.before));
    return text + fmt::format(
                      "<line class=\"level\" x1=\"{0:.1f}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>\n",
                      at, x(last), y(change.after));
  }

  const SuiteHistory& suite_;
  Span span_;
};

constexpr const char* kStyle = R"(
:root{color-scheme:light dark;--ink:#1c2330;--soft:#5b6577;--line:#d9dee7;--mark:#2563c9;--band:#f3d9a4;--page:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e7ebf2;--soft:#9aa5b8;--line:#333c4c;--mark:#7fb0ff;--band:#5a4a22;--page:#12161d}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:820px;margin:2rem auto;padding:0 1rem}
svg{width:100%;height:auto}text{font-size:11px;fill:var(--soft)}.grid{stroke:var(--line)}.bar{stroke:var(--mark);stroke-opacity:.45;stroke-width:2}
.line{fill:none;stroke:var(--mark);stroke-width:1.5}circle{fill:var(--mark)}.band{fill:var(--band);fill-opacity:.6}.level{stroke:var(--ink);stroke-dasharray:5 4}
p.note{color:var(--soft)}li{color:var(--soft)})";

}  // namespace

std::string history_text(const History& history) {
  std::string text;
  for (const SuiteHistory& suite : history.suites) {
    if (suite.points.empty()) continue;
    using Align = MarkdownTable::Align;
    text += fmt::format("{}{}  {}\n{}\n\n", text.empty() ? "" : "\n", markdown_cell(suite.task),
                        sparkline(suite), suite.note);
    MarkdownTable table;
    table.column("#", Align::right);
    table.column("Run");
    table.column("Created");
    table.column("Accuracy", Align::right);
    table.column("95 % interval");
    table.column("n", Align::right);
    for (std::size_t i = 0; i < suite.points.size(); ++i) {
      const HistoryPoint& point = suite.points[i];
      table.row({std::to_string(i + 1), markdown_cell(point.label), markdown_cell(point.created),
                 percent(point.score.value), percent_interval(point.score), count(point.score.questions)});
    }
    text += table.text();
  }
  if (!history.warnings.empty()) text += "\n";
  for (const std::string& warning : history.warnings) text += "- " + markdown_cell(warning) + "\n";
  return text;
}

std::string history_json(const History& history) {
  json::Document document(rapidjson::kObjectType);
  json::Allocator& a = document.GetAllocator();
  set(document, "schema_version", json::Value(1), a);
  json::Value suites(rapidjson::kObjectType);
  for (const SuiteHistory& suite : history.suites) {
    json::Value item(rapidjson::kObjectType);
    json::Value points(rapidjson::kArrayType);
    for (const HistoryPoint& point : suite.points) {
      json::Value entry(rapidjson::kObjectType);
      set(entry, "run", point.label, a);
      set(entry, "created", point.created, a);
      set(entry, "value", json::Value(point.score.value), a);
      set(entry, "interval_95", interval_value(point.score.interval, a), a);
      set(entry, "n", json::Value(point.score.questions), a);
      points.PushBack(entry, a);
    }
    set(item, "points", std::move(points), a);
    json::Value change;
    if (suite.change) {
      change.SetObject();
      set(change, "index", json::Value(static_cast<std::uint64_t>(suite.change->index)), a);
      json::Value range(rapidjson::kArrayType);
      range.PushBack(static_cast<std::uint64_t>(suite.change->low), a)
          .PushBack(static_cast<std::uint64_t>(suite.change->high), a);
      set(change, "index_interval_95", std::move(range), a);
      set(change, "before", json::Value(suite.change->before), a);
      set(change, "after", json::Value(suite.change->after), a);
      set(change, "p_value", json::Value(suite.change->p_value), a);
      set(change, "p_value_holm", optional_number(suite.p_holm), a);
      set(change, "shown", json::Value(*suite.p_holm <= history.alpha), a);
    }
    set(item, "change", std::move(change), a);
    set(item, "note", suite.note, a);
    suites.AddMember(json::string(suite.task, a), item, a);
  }
  set(document, "suites", std::move(suites), a);
  set(document, "warnings", string_list(history.warnings, a), a);
  return json::dump_pretty(document) + "\n";
}

std::string history_html(const History& history) {
  std::string text = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\"><title>History</title><style>{}</style></head><body>\n"
      "<h1>History</h1>\n<p class=\"note\">Each dot is a run, its bar the 95 % interval of its "
      "accuracy.</p>\n",
      kStyle);
  for (const SuiteHistory& suite : history.suites) {
    if (suite.points.empty()) continue;
    text += fmt::format("<section><h2>{}</h2>\n<p>{}</p>\n{}<ol>\n", html_text(suite.task),
                        html_text(suite.note), Chart(suite).svg());
    for (const HistoryPoint& point : suite.points) {
      text += fmt::format("<li>{}, {}: {} {}, n = {}</li>\n", html_text(point.label),
                          html_text(point.created), percent(point.score.value), percent_interval(point.score),
                          count(point.score.questions));
    }
    text += "</ol></section>\n";
  }
  if (!history.warnings.empty()) text += "<ul>\n";
  for (const std::string& warning : history.warnings)
    text += fmt::format("<li>{}</li>\n", html_text(warning));
  if (!history.warnings.empty()) text += "</ul>\n";
  return text + "</body></html>\n";
}

}  // namespace reckon::reports
