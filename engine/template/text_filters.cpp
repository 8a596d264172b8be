// Filters that make texts of texts. What is no text is taken as str() shows it.

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/utf8.h"
#include "engine/template/arguments.h"
#include "engine/template/filters.h"
#include "engine/template/format.h"
#include "engine/template/operators.h"
#include "engine/template/text.h"
#include "engine/template/value_text.h"

namespace reckon::engine::jinja {
namespace {

std::string text_of(const Value& value) {
  std::string text = to_text(value);
  spend_bytes(text.size());
  return text;
}

template <std::string (*Change)(std::string_view)>
Value changed(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("upper/lower/capitalize", arguments, {});
  return Value(Change(text_of(input)));
}

// Jinja's own title: a word starts behind - ( { [ < and white space.
std::string title_words(std::string_view text) {
  std::string out;
  bool at_start = true;
  for (const auto character : characters(text)) {
    const bool border = character.find_first_of("-({[<") != std::string_view::npos ||
                        is_space(utf8::decode(character, 0).code_point);
    out += at_start && !border ? to_upper(character) : to_lower(character);
    at_start = border;
  }
  return out;
}

Value trimmed(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("trim", arguments, {"chars"});
  const std::string text = text_of(input);
  std::optional<std::string_view> set;
  if (bound.has(0) && !bound.at(0).is_none()) set = bound.text(0);
  return Value(std::string(strip(text, set, true, true)));
}

Value replaced(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("replace", arguments, {"old", "new", "count"});
  const std::string text = text_of(input);
  const std::string from = text_of(bound.at(0));
  const std::string to = text_of(bound.at(1));
  check_replacement(text, from, to);
  const bool limited = bound.has(2) && !bound.at(2).is_none();
  return Value(replace(text, from, to, limited ? bound.integer(2, -1) : -1));
}

Value indented(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("indent", arguments, {"width", "first", "blank"});
  input.require_defined();
  if (!input.is_text()) throw Failure(fmt::format("indent wants a str, not {}", input.type_name()));
  std::string margin;
  if (bound.has(0) && bound.at(0).is_text()) {
    margin = bound.text(0);
  } else {
    const std::int64_t width = std::max<std::int64_t>(0, bound.integer(0, 4));
    spend_bytes(static_cast<std::size_t>(width));
    margin.assign(static_cast<std::size_t>(width), ' ');
  }
  const bool blank = bound.flag(2, false);
  // The added line end keeps the last line when the text ends with one.
  const auto lines = split_lines(text_of(input) + "\n", false);
  spend_bytes(lines.size() * margin.size());
  std::string out = bound.flag(1, false) ? margin : "";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) {
      out += '\n';
      if (blank || !lines[i].empty()) out += margin;
    }
    out += lines[i];
  }
  return Value(std::move(out));
}

template <bool Force>
Value escaped(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("escape", arguments, {});
  if (!Force && input.is_markup()) return input;
  const std::string text = text_of(input);
  spend_bytes(text.size() * 5);
  return Value::markup(escape_html(text));
}

Value safe(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("safe", arguments, {});
  return Value::markup(text_of(input));
}

Value formatted(Interpreter&, const Value& input, Arguments& arguments) {
  if (!arguments.named.empty() && !arguments.positional.empty()) {
    throw Failure("can't handle positional and keyword arguments at the same time");
  }
  if (!arguments.named.empty()) {
    auto values = std::make_shared<Dict>();
    for (const auto& [name, value] : arguments.named) values->insert(Value(name), value);
    return Value(format_percent(text_of(input), Value(std::move(values))));
  }
  return Value(format_percent(text_of(input), make_list(arguments.positional, List::Flavor::tuple)));
}

Value truncated(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("truncate", arguments, {"length", "killwords", "end", "leeway"});
  const std::int64_t limit = bound.integer(0, 255);
  const std::string end = bound.has(2) ? bound.text(2) : "...";
  const bool has_leeway = bound.has(3) && !bound.at(3).is_none();
  const std::int64_t leeway = has_leeway ? bound.integer(3, 5) : 5;
  const auto end_length = static_cast<std::int64_t>(count_characters(end));
  if (limit < end_length || leeway < 0) throw Failure("truncate: a length shorter than its end");
  const std::string text = text_of(input);
  if (static_cast<std::int64_t>(count_characters(text)) <= limit + leeway) return Value(text);
  std::string kept(slice_characters(text, 0, static_cast<std::size_t>(limit - end_length)));
  if (!bound.flag(1, false)) kept = kept.substr(0, kept.rfind(' '));
  return Value(kept + end);
}

Value centered(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("center", arguments, {"width"});
  const std::string text = text_of(input);
  const std::int64_t width = bound.integer(0, 80);
  const std::int64_t missing = width - static_cast<std::int64_t>(count_characters(text));
  if (missing <= 0) return Value(text);
  spend_bytes(static_cast<std::size_t>(missing));
  const std::int64_t left = missing / 2 + (missing & width & 1);
  return Value(std::string(static_cast<std::size_t>(left), ' ') + text +
               std::string(static_cast<std::size_t>(missing - left), ' '));
}

Value word_count(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("wordcount", arguments, {});
  std::int64_t words = 0;
  bool inside = false;
  const std::string text = text_of(input);
  for (const auto character : characters(text)) {
    const std::uint32_t c = utf8::decode(character, 0).code_point;
    const bool word = is_letter(c) || is_numeric(c) || c == '_';
    words += word && !inside ? 1 : 0;
    inside = word;
  }
  return Value(words);
}

Value url_encoded(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("urlencode", arguments, {});
  if (input.is_dict() || input.is_list()) throw Failure("urlencode takes texts only");
  std::string out;
  for (const char c : text_of(input)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("_.-~/").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return Value(std::move(out));
}

Value pretty(Interpreter&, const Value& input, Arguments& arguments) {
  const Bound bound("pprint", arguments, {});
  return Value(to_repr(input));
}

struct Named {
  std::string_view name;
  Filter filter;
};

}  // namespace

Filter find_text_filter(std::string_view name) {
  static constexpr Named kFilters[] = {
      {"upper", changed<to_upper>},
      {"lower", changed<to_lower>},
      {"capitalize", changed<capitalize>},
      {"title", changed<title_words>},
      {"trim", trimmed},
      {"replace", replaced},
      {"indent", indented},
      {"escape", escaped<false>},
      {"e", escaped<false>},
      {"forceescape", escaped<true>},
      {"safe", safe},
      {"format", formatted},
      {"truncate", truncated},
      {"center", centered},
      {"wordcount", word_count},
      {"urlencode", url_encoded},
      {"pprint", pretty},
  };
  const auto* found = std::find_if(std::begin(kFilters), std::end(kFilters),
                                   [&](const Named& known) { return known.name == name; });
  return found == std::end(kFilters) ? nullptr : found->filter;
}

}  // namespace reckon::engine::jinja
