#include "tests/suites/generators/repair_solver.h"

#include <algorithm>
#include <regex>
#include <set>
#include <stdexcept>

#include "tests/suites/generators/python_subset.h"

namespace reckon::suites::test {
namespace {

struct Call {
  std::string arguments;
  std::string value;
};

/// What the program prints for one call, "error" where it cannot be run.
std::string value_of(const std::string& program, const std::string& arguments) {
  try {
    const std::string printed = reckon::test::run_python_subset(program + "print(f(" + arguments + "))");
    return printed.substr(0, printed.size() - 1);
  } catch (const std::runtime_error&) {
    return "error";
  }
}

bool fits(const std::string& program, const std::vector<Call>& calls) {
  for (const Call& call : calls) {
    if (value_of(program, call.arguments) != call.value) return false;
  }
  return true;
}

std::string behind(const std::string& text, const std::string& mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string::npos) throw std::runtime_error("the question has no '" + mark + "'");
  return text.substr(at + mark.size());
}

/// The program with each whole number and each operator replaced by each other one that may stand there.
std::vector<std::string> changed_programs(const std::string& program) {
  static const std::vector<std::string> kArithmetic = {"+", "-", "*", "//", "%"};
  static const std::vector<std::string> kComparisons = {"<", "<=", ">", ">=", "==", "!="};
  // An operator has blanks around it, unlike the = of an assignment it is one of those above.
  static const std::regex kPlace(" (//|<=|>=|==|!=|[-+*%<>]) |\\b([0-9]+)\\b");
  std::vector<std::string> numbers;
  for (int number = 0; number <= 20; ++number) numbers.push_back(std::to_string(number));
  std::vector<std::string> programs;
  const std::size_t body = program.find('\n');
  for (std::sregex_iterator at(program.begin(), program.end(), kPlace), end; at != end; ++at) {
    const int group = (*at)[1].matched ? 1 : 2;
    const auto start = static_cast<std::size_t>(at->position(group));
    if (start < body) continue;
    const std::string old = (*at)[group];
    const bool arithmetic = std::find(kArithmetic.begin(), kArithmetic.end(), old) != kArithmetic.end();
    for (const std::string& other : group == 2 ? numbers : arithmetic ? kArithmetic : kComparisons) {
      if (other == old) continue;
      programs.push_back(program.substr(0, start) + other + program.substr(start + old.size()));
    }
  }
  return programs;
}

}  // namespace

Repair repairs_of(const std::string& question, const std::vector<std::string>& calls) {
  std::string program = behind(question, "```python\n");
  program.resize(program.find("```"));
  const std::string below = behind(question, "The right function gives:\n");
  static const std::regex kCall("f\\(([^)]*)\\) == (-?[0-9]+)\n");
  std::vector<Call> shown;
  for (std::sregex_iterator at(below.begin(), below.end(), kCall), end; at != end; ++at) {
    shown.push_back({(*at)[1], (*at)[2]});
  }
  Repair repair;
  repair.calls_shown = shown.size();
  repair.shown_program_fits = fits(program, shown);
  std::set<std::string> behaviours;
  for (const std::string& changed : changed_programs(program)) {
    if (!fits(changed, shown)) continue;
    std::string values;
    for (const std::string& call : calls) values += value_of(changed, call) + "\n";
    behaviours.insert(values);
  }
  repair.behaviours.assign(behaviours.begin(), behaviours.end());
  return repair;
}

}  // namespace reckon::suites::test
