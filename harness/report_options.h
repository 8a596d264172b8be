#pragma once
// What every command that makes reports takes from the command line and from share/.

#include "harness/command_line.h"
#include "reports/report.h"

namespace reckon::harness {

/// Prices given beat the price book given, which beats the shipped one; catalogues are those of share/. A
/// program that was installed without its share folder makes reports all the same, without these panels.
reports::ReportOptions report_options(const PriceArguments& price);

/// A run directory; what is odd in it goes to stderr.
reports::RunData load_run_and_warn(const std::string& directory);

/// Tokens of a question and of its answer, for the cost of published scores. Errors: one without the other.
std::optional<reports::TokensPerQuestion> tokens_per_question(const std::string& command,
                                                              const std::optional<double>& input,
                                                              const std::optional<double>& output);

}  // namespace reckon::harness
