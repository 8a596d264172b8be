#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "suites/config/option_reader.h"
#include "suites/graders/graders.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

/// Lines without white space at their ends, without blank lines at the end.
std::string normal(std::string_view text) {
  std::string result;
  for (std::string_view line : split_lines(text)) {
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) {
      line.remove_suffix(1);
    }
    result += line;
    result += '\n';
  }
  while (!result.empty() && result.back() == '\n') {
    result.pop_back();
  }
  return result;
}

std::string_view take_digits(std::string_view& text) {
  const std::string_view digits = text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
  text.remove_prefix(digits.size());
  return digits;
}

/// The same text for equal decimal numbers: "1.50" and "015e-1" give "15e-1". nullopt: no such number.
std::optional<std::string> decimal(std::string_view word) {
  std::string sign;
  if (!word.empty() && (word.front() == '+' || word.front() == '-')) {
    if (word.front() == '-') sign = "-";
    word.remove_prefix(1);
  }
  std::string digits(take_digits(word));
  std::int64_t exponent = 0;
  if (!word.empty() && word.front() == '.') {
    word.remove_prefix(1);
    const std::string_view fraction = take_digits(word);
    digits += fraction;
    exponent = -static_cast<std::int64_t>(fraction.size());
  }
  if (digits.empty()) return std::nullopt;
  if (!word.empty() && (word.front() == 'e' || word.front() == 'E')) {
    word.remove_prefix(word.size() > 1 && word[1] == '+' ? 2 : 1);
    std::int32_t written = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), written);
    if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
    exponent += written;
  } else if (!word.empty()) {
    return std::nullopt;
  }
  const std::size_t last = digits.find_last_not_of('0');
  if (last == std::string::npos) return "0";
  exponent += static_cast<std::int64_t>(digits.size() - last - 1);
  digits = digits.substr(0, last + 1).substr(digits.find_first_not_of('0'));
  return fmt::format("{}{}e{}", sign, digits, exponent);
}

/// Words separated by white space that are pairwise equal as decimal numbers.
bool same_decimals(std::string_view a, std::string_view b) {
  const auto next_word = [](std::string_view& line) {
    line = trim(line);
    const std::string_view word = line.substr(0, std::min(line.find_first_of(" \t"), line.size()));
    line.remove_prefix(word.size());
    return word;
  };
  while (true) {
    const std::string_view x = next_word(a);
    const std::string_view y = next_word(b);
    if (x.empty() || y.empty()) return x.empty() && y.empty();
    const std::optional<std::string> value = decimal(x);
    if (!value || value != decimal(y)) return false;
  }
}

class ProgramOutput : public Grader {
 public:
  explicit ProgramOutput(bool decimals) : decimals_(decimals) {}

  Grade grade(std::string_view gold, std::string_view answer) const override {
    const std::string expected = normal(gold);
    const std::string printed = normal(answer);
    if (expected == printed) {
      return {true, fmt::format("prints '{}'", shortened(expected))};
    }
    const std::vector<std::string_view> a = split_lines(expected);
    const std::vector<std::string_view> b = split_lines(printed);
    std::size_t line = 0;
    while (line < a.size() && line < b.size() && same_line(a[line], b[line])) {
      ++line;
    }
    if (line == a.size() && line == b.size()) {
      return {true, fmt::format("prints the numbers of '{}'", shortened(expected))};
    }
    return {false, fmt::format("line {} is '{}', expected '{}'", line + 1,
                               line < b.size() ? shortened(b[line]) : "(missing)",
                               line < a.size() ? shortened(a[line]) : "(end of output)")};
  }
  std::string name() const override { return "program_output"; }

 private:
  bool same_line(std::string_view a, std::string_view b) const {
    return a == b || (decimals_ && (trim(a) == trim(b) || same_decimals(a, b)));
  }

  bool decimals_;
};

}  // namespace

std::unique_ptr<Grader> make_program_output(const json::Value& options, const std::string& where) {
  const OptionReader reader(options, where, {"decimals"});
  return std::make_unique<ProgramOutput>(reader.get_bool("decimals", false));
}

}  // namespace reckon::suites
