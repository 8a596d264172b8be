#include <algorithm>
#include <set>

#include <fmt/ranges.h>

#include "base/error.h"
#include "suites/config/option_reader.h"
#include "suites/graders/graders.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

std::string single_spaced(std::string_view text) {
  std::string result;
  for (const char c : trim(text)) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!space) {
      result += c;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  return result;
}

/// LaTeX around words: \text{Ann}, \{ ... \}, "\ " and "\,".
std::string without_latex(std::string_view text) {
  std::string plain(text);
  for (const std::string_view command :
       {"\\text", "\\mathrm", "\\textbf", "\\mbox", "\\left", "\\right", "\\{", "\\}", "{", "}", "$", "**"}) {
    plain = replace_all(plain, command, "");
  }
  for (const std::string_view space : {"\\\\", "\\ ", "\\,", "\\;", "\\quad", "~"}) {
    plain = replace_all(plain, space, " ");
  }
  return plain;
}

class StringSet : public Grader {
 public:
  StringSet(std::vector<std::string> separators, bool ignore_case, bool pairs)
      : separators_(std::move(separators)), ignore_case_(ignore_case), pairs_(pairs) {}

  Grade grade(std::string_view gold, std::string_view answer) const override {
    const std::set<std::string> expected = items(gold);
    const std::set<std::string> given = items(answer);
    std::vector<std::string> missing;
    std::vector<std::string> extra;
    std::set_difference(expected.begin(), expected.end(), given.begin(), given.end(),
                        std::back_inserter(missing));
    std::set_difference(given.begin(), given.end(), expected.begin(), expected.end(),
                        std::back_inserter(extra));
    if (missing.empty() && extra.empty()) {
      return {true, fmt::format("the {} expected items and no others", expected.size())};
    }
    return {
        false,
        fmt::format(
            "{}{}{}",
            missing.empty() ? "" : shortened(fmt::format("missing: {}", fmt::join(missing, ", ")), 160),
            !missing.empty() && !extra.empty() ? "; " : "",
            extra.empty() ? "" : shortened(fmt::format("not expected: {}", fmt::join(extra, ", ")), 160))};
  }
  std::string name() const override { return "string_set"; }

 private:
  std::set<std::string> items(std::string_view text) const {
    std::string rest = without_latex(text);
    if (ignore_case_) {
      rest = lower_case(rest);
    }
    for (const std::string& separator : separators_) {
      rest = replace_all(rest, separator, "\x1F");
    }
    std::set<std::string> result;
    std::size_t begin = 0;
    while (begin <= rest.size()) {
      const std::size_t end = std::min(rest.find('\x1F', begin), rest.size());
      std::string item = normal_item(std::string_view(rest).substr(begin, end - begin));
      if (!item.empty()) {
        result.insert(std::move(item));
      }
      begin = end + 1;
    }
    return result;
  }

  std::string normal_item(std::string_view text) const {
    std::string item = single_spaced(text);
    if (item.ends_with('.')) {
      item.pop_back();
    }
    if (item.starts_with("and ")) {  // "a, b, and c"
      item = item.substr(4);
    }
    if (!pairs_) {
      return item;
    }
    for (const std::string_view link : {" is a ", " is an ", " is the ", " is ", "=", ":"}) {
      const std::size_t found = item.find(link);
      if (found != std::string::npos) {
        std::string_view value = trim(std::string_view(item).substr(found + link.size()));
        for (const std::string_view article : {"a ", "an ", "the "}) {
          if (value.starts_with(article)) {
            value = trim(value.substr(article.size()));
            break;
          }
        }
        return std::string(trim(std::string_view(item).substr(0, found))) + ": " + std::string(value);
      }
    }
    return item;
  }

  std::vector<std::string> separators_;
  bool ignore_case_;
  bool pairs_;
};

}  // namespace

std::unique_ptr<Grader> make_string_set(const json::Value& options, const std::string& where) {
  const OptionReader reader(options, where, {"separators", "ignore_case", "pairs"});
  std::vector<std::string> separators = reader.get_strings("separators");
  if (reader.find("separators") == nullptr) {
    separators = {",", ";", "\n", " and "};
  }
  const bool ignore_case = reader.get_bool("ignore_case", true);
  for (std::string& separator : separators) {
    if (separator.empty()) {
      fail_input("{}: an empty separator separates nothing", where);
    }
    if (ignore_case) {
      separator = lower_case(separator);
    }
  }
  return std::make_unique<StringSet>(std::move(separators), ignore_case, reader.get_bool("pairs", true));
}

}  // namespace reckon::suites
