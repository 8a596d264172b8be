#include "suites/graders/grader.h"

#include <fmt/ranges.h>

#include "base/error.h"
#include "base/nearest.h"
#include "suites/code/code_graders.h"
#include "suites/graders/graders.h"

namespace reckon::suites {
namespace {

using Maker = std::unique_ptr<Grader> (*)(const json::Value&, const std::string&);

struct Entry {
  const char* name;
  Maker make;
};

constexpr Entry kGraders[] = {
    {"exact_match", make_exact_match},
    {"numeric", make_numeric},
    {"math", make_math},
    {"string_set", make_string_set},
    {"program_output", make_program_output},
    {"assignment", make_assignment},
    {"humaneval", code::make_humaneval},
    {"humaneval_plus", code::make_humaneval_plus},
    {"mbpp", code::make_mbpp},
    {"mbpp_plus", code::make_mbpp_plus},
    {"cruxeval", code::make_cruxeval},
    {"function_calls", code::make_function_calls},
    {"program", code::make_program},
    {"livecodebench", code::make_livecodebench},
};

}  // namespace

std::vector<std::string> grader_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kGraders) {
    names.emplace_back(entry.name);
  }
  return names;
}

std::unique_ptr<Grader> make_grader(const std::string& name, const json::Value& options,
                                    const std::string& where) {
  for (const Entry& entry : kGraders) {
    if (name == entry.name) {
      return entry.make(options, fmt::format("{}: grader '{}'", where, name));
    }
  }
  const std::vector<std::string> known = grader_names();
  fail_input("{}: unknown grader '{}'{}; known: {}", where, name, did_you_mean(name, known),
             fmt::join(known, ", "));
}

}  // namespace reckon::suites
