// The mathematics that a reply ends with: the rule `last_math`.

#include <algorithm>

#include "base/error.h"
#include "suites/config/option_reader.h"
#include "suites/extraction/boxed.h"
#include "suites/extraction/extraction_rules.h"
#include "suites/extraction/formulas.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

constexpr std::size_t kFinalAnswerReach = 100;  // from "final answer" to the "is" before the answer
constexpr std::size_t kAnswerReach = 50;        // from "answer" to the answer
constexpr std::size_t kMostInAGroup = 32;

/// What may stand between two answers that are given together, or is the end of one formula and the
/// beginning of the next.
std::string without_connectives(std::string_view gap) {
  std::string rest(gap);
  for (const std::string_view connective :
       {"\\quad", "\\qquad", "\\textbf", "\\text", "\\(", "\\)", "\\[", "\\]", "\\,", "\\ ",
        "and",    "or",      ",",        ";",      "$",   "{",   "}",   " ",   "\n",  "\t"}) {
    rest = replace_all(rest, connective, "");
  }
  return rest;
}

/// Several answers as a list, each once.
std::string joined(const std::vector<std::string>& answers) {
  std::string list;
  std::vector<std::string> seen;
  for (const std::string& answer : answers) {
    if (std::find(seen.begin(), seen.end(), answer) != seen.end()) continue;
    seen.push_back(answer);
    list += (list.empty() ? "" : ", ") + answer;
  }
  return list;
}

class LastMath : public ExtractionRule {
 public:
  LastMath(bool formulas, bool numbers) : formulas_(formulas), numbers_(numbers) {}

  std::optional<std::string> apply(std::string_view text, std::string&) const override {
    Reply reply{text, {}, {}, {}};
    if (formulas_) reply.formulas = find_formulas(text);
    if (numbers_) reply.numbers = find_plain_numbers(text);
    reply.low = lower_ascii(text);
    std::optional<MathSpan> found =
        later(announced(reply, "final answer", kFinalAnswerReach, true), boxes(text));
    if (!found) found = announced(reply, "answer:", kAnswerReach, false);
    if (!found) found = announced(reply, "answer", kAnswerReach, false);
    if (!found) {
      found = later(group_ending_at(reply, reply.formulas.size()),
                    reply.numbers.empty() ? std::nullopt : std::optional<MathSpan>(reply.numbers.back()));
    }
    if (!found || found->answer.empty()) return std::nullopt;
    return found->answer;
  }
  std::string name() const override { return "last_math"; }

 private:
  struct Reply {
    std::string_view text;
    std::vector<MathSpan> formulas;
    std::vector<MathSpan> numbers;
    std::string low;
  };

  static std::optional<MathSpan> later(std::optional<MathSpan> a, std::optional<MathSpan> b) {
    if (!a || (b && b->end > a->end)) return b;
    return a;
  }

  /// The last boxes: those that stand together ("\boxed{1} and \boxed{2}", "\boxed{1} papers and \boxed{2}
  /// bins") are one list.
  static std::optional<MathSpan> boxes(std::string_view text) {
    constexpr std::size_t kNear = 8;
    constexpr std::size_t kNearInOneFormula = 16;
    std::vector<Box> outer;
    for (const Box& box : all_boxed(text)) {
      if (outer.empty() || box.begin >= outer.back().end) outer.push_back(box);
    }
    if (outer.empty()) return std::nullopt;
    std::size_t first = outer.size() - 1;
    while (first > 0 && outer.size() - first < kMostInAGroup) {
      const std::size_t gap_begin = outer[first - 1].end;
      const std::string_view gap = text.substr(gap_begin, outer[first].begin - gap_begin);
      if (gap.size() > 100) break;
      const bool one_formula =
          gap.find('$') == std::string_view::npos && gap.find("\\)") == std::string_view::npos &&
          gap.find("\\]") == std::string_view::npos && gap.find("\\text") != std::string_view::npos;
      if (without_connectives(gap).size() > (one_formula ? kNearInOneFormula : kNear)) break;
      --first;
    }
    std::vector<std::string> answers;
    for (std::size_t i = first; i < outer.size(); ++i) answers.emplace_back(trim(outer[i].content));
    MathSpan span{outer[first].begin, outer.back().end, joined(answers)};
    std::string_view rest = text.substr(span.end);
    for (const std::string_view close : {"$$", "$", "\\)", "\\]"}) {
      if (rest.starts_with(close)) {
        rest.remove_prefix(close.size());
        break;
      }
    }
    rest = trim(rest.substr(0, 20));
    const bool percent = rest.starts_with("%") || rest.starts_with("\\%") || rest.starts_with("percent") ||
                         rest.starts_with("pct");
    if (percent && answers.size() == 1) span.answer += "\\%";
    return span;
  }

  /// The formula before number `end` with those that it is joined to ("$1$ and $2$").
  static std::optional<MathSpan> group_ending_at(const Reply& reply, std::size_t end) {
    if (end == 0) return std::nullopt;
    std::size_t first = end - 1;
    while (first > 0 && end - first < kMostInAGroup && linked(reply, first - 1)) --first;
    return group(reply, first, end);
  }

  /// Formula `i` and the next one are one answer.
  static bool linked(const Reply& reply, std::size_t i) {
    const std::size_t begin = reply.formulas[i].end;
    const std::string_view gap = trim(reply.text.substr(begin, reply.formulas[i + 1].begin - begin));
    return gap == "," || gap == "and" || gap == "or" || gap == ", and" || gap == ", or" || gap == ",and" ||
           gap == ",or";
  }

  static MathSpan group(const Reply& reply, std::size_t first, std::size_t end) {
    MathSpan span = reply.formulas[first];
    std::vector<std::string> answers;
    for (std::size_t i = first; i < end; ++i) answers.push_back(reply.formulas[i].answer);
    span.end = reply.formulas[end - 1].end;
    span.answer = joined(answers);
    return span;
  }

  /// What stands behind the last `phrase` that has mathematics within its reach. `after_is`: directly behind
  /// an "is" within that reach.
  static std::optional<MathSpan> announced(const Reply& reply, std::string_view phrase, std::size_t reach,
                                           bool after_is) {
    for (std::size_t at = reply.low.rfind(phrase); at != std::string::npos;
         at = at == 0 ? std::string::npos : reply.low.rfind(phrase, at - 1)) {
      const std::size_t begin = at + phrase.size();
      if (!after_is) {
        if (auto found = first_within(reply, begin, begin + reach)) return found;
        continue;
      }
      for (std::size_t is = reply.low.find(" is", begin); is != std::string::npos && is <= begin + reach;
           is = reply.low.find(" is", is + 1)) {
        std::size_t place = is + 3;
        while (place < reply.text.size() &&
               std::string_view(": \n*\"\\").find(reply.text[place]) != std::string_view::npos &&
               reply.text.substr(place, 2) != "\\(" && reply.text.substr(place, 2) != "\\[") {
          ++place;
        }
        if (auto found = first_within(reply, place, place)) return found;
      }
    }
    return std::nullopt;
  }

  /// The first formula (with those that it is joined to) or number that begins in [begin, last].
  static std::optional<MathSpan> first_within(const Reply& reply, std::size_t begin, std::size_t last) {
    const auto starts = [](const std::vector<MathSpan>& spans, std::size_t place) {
      return std::lower_bound(spans.begin(), spans.end(), place,
                              [](const MathSpan& span, std::size_t value) { return span.begin < value; });
    };
    const auto formula = starts(reply.formulas, begin);
    auto number = starts(reply.numbers, begin);
    // "$5" before a number that opens no formula.
    if (begin == last && number != reply.numbers.end() && number->begin == begin + 1 &&
        reply.text[begin] == '$')
      ++last;
    const bool has_formula = formula != reply.formulas.end() && formula->begin <= last;
    const bool has_number = number != reply.numbers.end() && number->begin <= last;
    if (has_formula && (!has_number || formula->begin <= number->begin)) {
      const auto first = static_cast<std::size_t>(formula - reply.formulas.begin());
      std::size_t end = first + 1;
      while (end < reply.formulas.size() && end - first < kMostInAGroup && linked(reply, end - 1)) ++end;
      return group(reply, first, end);
    }
    return has_number ? std::optional<MathSpan>(*number) : std::nullopt;
  }

  bool formulas_;
  bool numbers_;
};

}  // namespace

std::unique_ptr<ExtractionRule> make_last_math(const json::Value& options, const std::string& where) {
  const OptionReader reader(options, where, {"targets"});
  std::vector<std::string> targets = reader.get_strings("targets");
  if (targets.empty()) targets = {"latex", "expr"};
  bool formulas = false;
  bool numbers = false;
  for (const std::string& target : targets) {
    if (target == "latex") {
      formulas = true;
    } else if (target == "expr") {
      numbers = true;
    } else {
      fail_input("{}: 'targets' has '{}'; known: latex, expr", where, target);
    }
  }
  return std::make_unique<LastMath>(formulas, numbers);
}

}  // namespace reckon::suites
