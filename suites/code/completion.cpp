#include "suites/code/completion.h"

#include <algorithm>

#include <fmt/format.h>

namespace reckon::suites::code {
namespace {

/// Where a line begins with `text`, npos where none does.
std::size_t line_that_begins(std::string_view program, std::string_view text) {
  for (std::size_t place = 0; (place = program.find(text, place)) != std::string_view::npos; ++place) {
    if (place == 0 || program[place - 1] == '\n') {
      return place;
    }
  }
  return std::string_view::npos;
}

/// A continuation of a function's body ends where a line of another kind begins: models without an end of
/// their own go on with further functions, tests or prose.
std::string_view body_of(std::string_view continuation) {
  std::size_t end = continuation.size();
  for (const std::string_view stop : {"\nclass", "\ndef", "\n#", "\nif", "\nprint", "\n```"}) {
    end = std::min(end, continuation.find(stop));
  }
  return continuation.substr(0, end);
}

}  // namespace

std::string program_of(std::string_view prompt, std::string_view entry_point, std::string_view answer) {
  const std::string head = fmt::format("def {}(", entry_point);
  if (line_that_begins(answer, head) == std::string_view::npos) {
    // A reply without its first white space is still the body of a function.
    const bool indented =
        answer.empty() || answer.front() == ' ' || answer.front() == '\t' || answer.front() == '\n';
    return fmt::format("{}{}{}\n", prompt, indented ? "" : "    ", body_of(answer));
  }
  const std::size_t begin = std::min(line_that_begins(prompt, head), prompt.size());
  return fmt::format("{}\n{}\n", prompt.substr(0, begin), answer);
}

}  // namespace reckon::suites::code
