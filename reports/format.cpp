#include "reports/format.h"

#include <cmath>

#include <fmt/format.h>

namespace reckon::reports {

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string percent_interval(const Score& score) {
  if (!score.interval) return "-";
  return fmt::format("[{:.1f}, {:.1f}]", 100 * score.interval->low, 100 * score.interval->high);
}

std::string points(double share) { return fmt::format("{:+.1f}", 100 * share); }

namespace {
// Three significant digits without an exponent: prices of a sample may be far below a cent.
std::string significant(double amount) {
  if (amount == 0) return "0";
  const int magnitude = static_cast<int>(std::floor(std::log10(std::fabs(amount))));
  const int decimals = std::min(12, std::max(magnitude >= 2 ? 0 : 2, 2 - magnitude));
  return fmt::format("{:.{}f}", amount, decimals);
}
}  // namespace

std::string usd(const std::optional<double>& amount) {
  return amount ? "$" + significant(*amount) : std::string(kNotKnown);
}

std::string cost_per_solved_text(const CostPerSolved& cost) {
  if (!cost.usd)
    return cost.low ? fmt::format("none solved; more than ${}", significant(*cost.low)) : kNotKnown;
  std::string text = usd(cost.usd);
  if (cost.low && cost.high) {
    text += fmt::format(" [{}, {}]", significant(*cost.low), significant(*cost.high));
  } else if (cost.low) {
    text += fmt::format(" [{} or more]", significant(*cost.low));
  }
  return text;
}

std::string count(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = digits[0] == '-' ? 1 : 0;
  for (std::size_t place = digits.size(); place > first + 3;) {
    place -= 3;
    digits.insert(place, ",");
  }
  return digits;
}

std::string seconds_text(double seconds) {
  if (seconds < 10) return fmt::format("{:.2g} s", seconds);
  if (seconds < 60) return fmt::format("{:.0f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

std::string hours_text(double hours) { return fmt::format("{:.4g}", hours); }

std::string markdown_cell(const std::string& text) {
  std::string cell;
  for (char c : text) {
    if (c == '|' || c == '<' || c == '>' || c == '`' || c == '[' || c == ']' || c == '\\') {
      cell += '\\';
      cell += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      cell += ' ';
    } else {
      cell += c;
    }
  }
  return cell;
}

}  // namespace reckon::reports
