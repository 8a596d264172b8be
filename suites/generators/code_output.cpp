#include "suites/generators/code_output.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "suites/generators/program_kinds.h"

namespace reckon::suites {

namespace {

constexpr std::array<std::string_view, 6> kFunctions = {"f", "g", "h", "run", "calc", "go"};
constexpr std::array<std::string_view, 14> kVariables = {"a", "b", "c", "d", "k", "m", "n",
                                                         "p", "r", "s", "t", "x", "y", "z"};

using Draw = Program (*)(CounterRng&);

// Short traces first.
constexpr std::array<Draw, 8> kKinds = {draw_branch,     draw_list_methods,  draw_word_methods,
                                        draw_range_loop, draw_string_slices, draw_list_building,
                                        draw_list_loop,  draw_string_loop};

}  // namespace

Item draw_code_output(CounterRng& rng, Level level) {
  const int kinds = level == Level::kEasy ? 3 : level == Level::kMiddle ? 6 : static_cast<int>(kKinds.size());
  Program program;
  do {
    program = kKinds[static_cast<std::size_t>(rng.below(kinds))](rng);
  } while (!program.tame);

  const std::string_view function = rng.pick(kFunctions);
  std::vector<std::string> variables(kVariables.begin(), kVariables.end());
  rng.shuffle(variables);

  const std::string source = source_text(program);
  Item item;
  item.prompt = "What does this Python program print?\n" + with_names(source, function, variables);
  item.thinking = with_names(program.trace, function, variables);
  if (!item.thinking.empty()) {
    item.thinking.pop_back();
  }
  item.answer = program.printed;
  item.canonical_form = "code:" + source;
  return item;
}

}  // namespace reckon::suites
