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

class ProgramOutput : public Grader {
 public:
  Grade grade(std::string_view gold, std::string_view answer) const override {
    const std::string expected = normal(gold);
    const std::string printed = normal(answer);
    if (expected == printed) {
      return {true, fmt::format("prints '{}'", shortened(expected))};
    }
    const std::vector<std::string_view> a = split_lines(expected);
    const std::vector<std::string_view> b = split_lines(printed);
    std::size_t line = 0;
    while (line < a.size() && line < b.size() && a[line] == b[line]) {
      ++line;
    }
    return {false, fmt::format("line {} is '{}', expected '{}'", line + 1,
                               line < b.size() ? shortened(b[line]) : "(missing)",
                               line < a.size() ? shortened(a[line]) : "(end of output)")};
  }
  std::string name() const override { return "program_output"; }
};

}  // namespace

std::unique_ptr<Grader> make_program_output(const json::Value& options, const std::string& where) {
  const OptionReader none(options, where, {});
  return std::make_unique<ProgramOutput>();
}

}  // namespace reckon::suites
