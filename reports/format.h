#pragma once
// Figures as people read them.

#include <optional>
#include <string>

#include "reports/summary.h"

namespace reckon::reports {

inline constexpr const char* kNotKnown = "not known";

std::string percent(double share);                            ///< 0.7123 -> "71.2 %"
std::string percent_interval(const Score& score);             ///< "[66.1, 75.9]", in percent, or "-"
std::string points(double share);                             ///< 0.0123 -> "+1.2"
std::string usd(const std::optional<double>& amount);         ///< three significant digits; "not known"
std::string cost_per_solved_text(const CostPerSolved& cost);  ///< "$0.0012 [0.0010, 0.0015]"
std::string count(std::int64_t number);                       ///< 1234567 -> "1,234,567"
std::string seconds_text(double seconds);                     ///< "3 min 12 s"
std::string hours_text(double hours);                         ///< "0.0123", four significant digits

/// Text for one cell of a Markdown table: no line breaks, no bars, no HTML.
std::string markdown_cell(const std::string& text);

}  // namespace reckon::reports
