// Puts the page together. Whatever a model or a file said enters as escaped JSON, packed base64 or escaped
// text, and the policy lets only the page's own two scripts run.

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "reports/headline.h"
#include "reports/html/assets.h"
#include "reports/html/encode.h"
#include "reports/html/page_data.h"
#include "reports/html/sample_blocks.h"
#include "reports/report.h"

namespace reckon::reports {
namespace {

// Room for what the budget does not see: element tags and the index of blocks.
constexpr std::size_t kPageOverhead = 4096;
constexpr std::size_t kLeastSampleBytes = 64 * 1024;

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

// Replaces each {{name}} of the template once, in one pass: inserted text is never looked at again.
std::string filled(std::string_view page, const Fields& fields) {
  std::string text;
  std::size_t at = 0;
  for (;;) {
    const std::size_t open = page.find("{{", at);
    if (open == std::string_view::npos) break;
    const std::size_t close = page.find("}}", open);
    const std::string_view name = page.substr(open + 2, close - open - 2);
    text += page.substr(at, open - at);
    for (const auto& [key, value] : fields) {
      if (key == name) text += value;
    }
    at = close + 2;
  }
  text += page.substr(at);
  return text;
}

std::string sample_elements(const SampleBlocks& samples) {
  std::string text = fmt::format(
      "<script type=\"application/json\" id=\"sample-facts\">"
      "{{\"samples\":{},\"samples_per_block\":{},\"samples_cut\":{},\"text_budget\":{}}}</script>\n",
      samples.samples, kSamplesPerBlock, samples.cut, samples.text_budget);
  text += fmt::format("<script type=\"text/plain\" id=\"sample-index\">{}</script>\n", samples.index);
  for (std::size_t i = 0; i < samples.blocks.size(); ++i) {
    text +=
        fmt::format("<script type=\"text/plain\" id=\"sample-block-{}\">{}</script>\n", i, samples.blocks[i]);
  }
  return text;
}

}  // namespace

std::string report_html(const std::vector<RunData>& runs, const Summary& summary,
                        const ReportOptions& options) {
  if (runs.size() != summary.runs.size())
    fail_input("a report needs the runs that its summary was made from");
  const std::string title = options.title.empty() ? headline_of(summary).title : options.title;
  const std::string plain = html_escaped(summary_markdown(summary));
  const std::string data = script_safe_json(page_data(runs, summary, options));
  const std::size_t fixed = page_template().size() + page_style().size() + page_script().size() +
                            chart_library().size() + data.size() + plain.size() + kPageOverhead;
  const std::size_t left = options.html_budget_bytes > fixed ? options.html_budget_bytes - fixed : 0;
  const SampleBlocks samples = pack_samples(runs, std::max(left, kLeastSampleBytes));
  const std::string policy = fmt::format(
      "default-src 'none'; script-src {} {}; style-src {}; img-src data:; base-uri 'none'; form-action "
      "'none'",
      policy_hash(chart_library()), policy_hash(page_script()), policy_hash(page_style()));
  const std::string elements = sample_elements(samples);
  const std::string escaped_title = html_escaped(title);
  return filled(page_template(), {{"policy", policy},
                                  {"title", escaped_title},
                                  {"style", page_style()},
                                  {"plain", plain},
                                  {"data", data},
                                  {"samples", elements},
                                  {"chart_library", chart_library()},
                                  {"script", page_script()}});
}

}  // namespace reckon::reports
