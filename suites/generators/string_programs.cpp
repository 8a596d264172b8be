// Programs over strings: digits, which are single tokens in most vocabularies, and common short words.
#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "suites/generators/program_kinds.h"

namespace reckon::suites {

namespace {

constexpr std::array<std::string_view, 12> kWords = {"cat", "dog", "sun", "red", "map", "box",
                                                     "hat", "sea", "ice", "fox", "key", "pen"};

std::string draw_digits(CounterRng& rng, int least, int most) {
  std::string digits;
  for (const int digit : draw_list(rng, least, most)) {
    digits += std::to_string(digit);
  }
  return digits;
}

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  });
  return text;
}

}  // namespace

Program draw_string_loop(CounterRng& rng) {
  Program program;
  const std::string digits = draw_digits(rng, 3, 4);
  program.parameters = "$0";
  program.arguments = quoted(digits);
  program.line(1, "$1 = \"\"");
  program.line(1, "for $2 in $0:");
  const int kind = rng.below(4);
  const bool branches = rng.chance(50);
  const char limit = static_cast<char>('3' + rng.below(5));
  const char sign = "<>"[rng.below(2)];
  if (branches) {
    program.line(2, std::string("if $2 ") + sign + " \"" + limit + "\":");
  }
  static constexpr std::array<std::string_view, 4> kUpdates = {"$1 = $2 + $1", "$1 = $1 + $2 + $2",
                                                               "$1 += $2 + \"-\"", "$1 += \"0\" + $2"};
  program.line(branches ? 3 : 2, kUpdates[static_cast<std::size_t>(kind)]);
  std::string built;
  for (const char digit : digits) {
    std::string head = std::string("$2=") + digit + ":";
    const bool taken = !branches || (sign == '<' ? digit < limit : digit > limit);
    if (branches) {
      head += std::string(" ") + digit + sign + limit + (taken ? " yes" : " no");
    }
    if (taken) {
      const std::string one(1, digit);
      built = kind == 0   ? one + built
              : kind == 1 ? built + one + one
              : kind == 2 ? built + one + "-"
                          : built + "0" + one;
      head += " $1=" + built;
    }
    program.note(head);
  }
  program.tame = !built.empty();  // an empty line would be no answer
  program.line(1, "return $1");
  program.printed = built;
  return program;
}

Program draw_string_slices(CounterRng& rng) {
  Program program;
  std::string digits = draw_digits(rng, 3, 4);
  program.parameters = "$0";
  program.arguments = quoted(digits);
  const int changes = rng.between(1, 2);
  for (int change = 0; change < changes; ++change) {
    const std::string more = draw_digits(rng, 1, 2);
    switch (rng.below(6)) {
      case 0:
        program.line(1, "$0 = $0[1:]");
        digits.erase(0, 1);
        break;
      case 1:
        program.line(1, "$0 = $0[:-1]");
        digits.pop_back();
        break;
      case 2:
        program.line(1, "$0 = $0[::-1]");
        std::reverse(digits.begin(), digits.end());
        break;
      case 3:
        program.line(1, "$0 = $0 + " + quoted(more));
        digits += more;
        break;
      case 4:
        program.line(1, "$0 = " + quoted(more) + " + $0");
        digits = more + digits;
        break;
      default:
        program.line(1, "$0 = $0 * 2");
        digits += digits;
        break;
    }
    program.note("$0=" + digits);
    program.tame = program.tame && digits.size() >= 2 && digits.size() <= 9;
    if (!program.tame) {
      return program;
    }
  }
  switch (rng.below(5)) {
    case 0:
      program.line(1, "return len($0)");
      program.printed = std::to_string(digits.size());
      break;
    case 1:
      program.line(1, "return $0[0] + $0[-1]");
      program.printed = std::string(1, digits.front()) + digits.back();
      break;
    default:
      program.line(1, "return $0");
      program.printed = digits;
      break;
  }
  return program;
}

Program draw_word_methods(CounterRng& rng) {
  Program program;
  std::vector<std::string> words(kWords.begin(), kWords.end());
  rng.shuffle(words);
  words.resize(static_cast<std::size_t>(rng.between(2, 3)));
  std::string list = "[";
  for (const std::string& word : words) {
    list += (list.size() == 1 ? "" : ", ") + quoted(word);
  }
  program.parameters = "$0";
  program.arguments = list + "]";
  const std::string separator(1, "-+/"[rng.below(3)]);
  const bool in_capitals = rng.chance(40);
  const bool backwards = rng.chance(30);
  std::string text;
  switch (rng.below(3)) {
    case 0:
      if (backwards) {
        program.line(1, "$0.reverse()");
        std::reverse(words.begin(), words.end());
      }
      program.line(1, "$1 = " + quoted(separator) + ".join($0)");
      for (const std::string& word : words) {
        text += (text.empty() ? "" : separator) + word;
      }
      program.note("$1=" + text);
      break;
    case 1: {
      const std::size_t first = static_cast<std::size_t>(rng.below(static_cast<int>(words.size())));
      program.line(1, "$1 = $0[" + std::to_string(first) + "] + " + quoted(separator) + " + $0[-1]");
      text = words[first] + separator + words.back();
      program.note("$1=" + text);
      break;
    }
    default:
      program.line(1, "$1 = \"\"");
      program.line(1, "for $2 in $0:");
      program.line(
          2, backwards ? "$1 = $2 + " + quoted(separator) + " + $1" : "$1 += $2 + " + quoted(separator));
      for (const std::string& word : words) {
        text = backwards ? word + separator + text : text + word + separator;
        program.note("$1=" + text);
      }
      break;
  }
  program.line(1, in_capitals ? "return $1.upper()" : "return $1");
  program.printed = in_capitals ? upper(text) : text;
  return program;
}

}  // namespace reckon::suites
