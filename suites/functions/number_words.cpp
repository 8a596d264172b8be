#include "suites/functions/number_words.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

constexpr std::pair<std::string_view, std::int64_t> kValues[] = {{"zero", 0},
                                                                 {"one", 1},
                                                                 {"two", 2},
                                                                 {"three", 3},
                                                                 {"four", 4},
                                                                 {"five", 5},
                                                                 {"six", 6},
                                                                 {"seven", 7},
                                                                 {"eight", 8},
                                                                 {"nine", 9},
                                                                 {"ten", 10},
                                                                 {"eleven", 11},
                                                                 {"twelve", 12},
                                                                 {"thirteen", 13},
                                                                 {"fourteen", 14},
                                                                 {"fifteen", 15},
                                                                 {"sixteen", 16},
                                                                 {"seventeen", 17},
                                                                 {"eighteen", 18},
                                                                 {"nineteen", 19},
                                                                 {"twenty", 20},
                                                                 {"thirty", 30},
                                                                 {"forty", 40},
                                                                 {"fifty", 50},
                                                                 {"sixty", 60},
                                                                 {"seventy", 70},
                                                                 {"eighty", 80},
                                                                 {"ninety", 90},
                                                                 {"hundred", 100},
                                                                 {"thousand", 1000},
                                                                 {"million", 1'000'000},
                                                                 {"billion", 1'000'000'000}};

using Numbers = std::vector<std::int64_t>;

Numbers values_of(std::string_view text) {
  Numbers values;
  const std::string spaced = replace_all(text, "-", " ");
  std::size_t begin = 0;
  while ((begin = spaced.find_first_not_of(" \t\n\r\v\f", begin)) != std::string::npos) {
    const std::size_t end = std::min(spaced.find_first_of(" \t\n\r\v\f", begin), spaced.size());
    const std::string_view word = std::string_view(spaced).substr(begin, end - begin);
    for (const auto& [name, value] : kValues) {
      if (word == name) values.push_back(value);
    }
    begin = end;
  }
  return values;
}

/// Below a thousand: "five hundred twenty three".
std::optional<std::int64_t> small_number(std::span<const std::int64_t> words) {
  switch (words.size()) {
    case 0:
      return std::nullopt;
    case 4:
      return words[0] * words[1] + words[2] + words[3];
    case 3:
      return words[0] * words[1] + words[2];
    case 2:
      return words[0] == 100 || words[1] == 100 ? words[0] * words[1] : words[0] + words[1];
    default:
      return words[0];
  }
}

}  // namespace

const Regex& number_words_pattern() {
  static const Regex kPattern = [] {
    const std::string tens = "(?:twen|thir|for|fif|six|seven|nine)";
    const std::string units = "zero|one|two|three|four|five|";
    const std::string big = "ten|eleven|twelve|fourteen|hundred|thousand|(?:m|b|tr)illion";
    const std::string first = units + tens + "(?|teen|ty)|eight(?:|een|y)|" + big;
    const std::string next = units + tens + "(?:|teen|ty)|eight(?|een|y)|" + big + "|[^\\S\r\n]|,|and|&";
    const std::string last = units + tens + "(?|teen|ty)|eight(?|een|y)|" + big;
    return Regex("((?:(?:" + first + ")(?:" + next + ")+)?(?:" + last + "))", "number words");
  }();
  return kPattern;
}

std::optional<std::int64_t> number_of_words(std::string_view text) {
  const Numbers words = values_of(text);
  if (words.empty()) return std::nullopt;
  if (words.size() == 1) return words[0];
  const std::span<const std::int64_t> all(words);
  std::int64_t total = 0;
  std::size_t begin = 0;
  for (const std::int64_t scale :
       {std::int64_t{1'000'000'000}, std::int64_t{1'000'000}, std::int64_t{1000}}) {
    const auto count = std::count(words.begin(), words.end(), scale);
    if (count == 0) continue;
    const auto at = static_cast<std::size_t>(std::find(words.begin(), words.end(), scale) - words.begin());
    if (count > 1 || at < begin) return std::nullopt;
    const std::optional<std::int64_t> factor = small_number(all.subspan(begin, at - begin));
    if (!factor) return std::nullopt;
    total += *factor * scale;
    begin = at + 1;
  }
  if (begin < words.size()) total += *small_number(all.subspan(begin));
  return total;
}

}  // namespace reckon::suites
