#include "harness/report_options.h"

#include <cstdio>

#include <fmt/format.h>

#include "base/error.h"
#include "harness/share_folder.h"

namespace reckon::harness {

reports::ReportOptions report_options(const PriceArguments& price) {
  reports::ReportOptions options;
  options.price_per_hour = price.price_per_hour;
  options.price_source = price.price_source;
  options.prices_file = price.prices;
  try {
    const ShareFolders share = find_share_folders();
    options.catalogues = {share.prices, share.hardware, share.estimate};
    if (options.prices_file.empty()) options.prices_file = share.prices + "/list_prices.json";
  } catch (const Error&) {
    // Reports stand on run directories alone.
  }
  return options;
}

reports::RunData load_run_and_warn(const std::string& directory) {
  reports::RunData run = reports::load_run(directory);
  for (const std::string& warning : run.warnings) fmt::print(stderr, "reckon: {}: {}\n", directory, warning);
  return run;
}

std::optional<reports::TokensPerQuestion> tokens_per_question(const std::string& command,
                                                              const std::optional<double>& input,
                                                              const std::optional<double>& output) {
  if (input.has_value() != output.has_value()) {
    fail_input(
        "{}: --input-per-question and --output-per-question go together: an answer is paid for with both",
        command);
  }
  if (!input) return std::nullopt;
  return reports::TokensPerQuestion{*input, *output};
}

}  // namespace reckon::harness
