// Methods of str.

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/utf8.h"
#include "engine/template/arguments.h"
#include "engine/template/format.h"
#include "engine/template/methods.h"
#include "engine/template/text.h"
#include "engine/template/value_text.h"

namespace reckon::engine::jinja {
namespace {

const std::string& text_of(const Value& self) {
  spend_bytes(self.as_text().size());
  return self.as_text();
}

Value text_list(std::vector<std::string> parts) {
  spend_bytes(parts.size() * sizeof(Value));
  std::vector<Value> items;
  items.reserve(parts.size());
  for (auto& part : parts) items.emplace_back(std::move(part));
  return make_list(std::move(items));
}

// The optional argument `index` as a set or separator: absent and None are the same.
std::optional<std::string_view> optional_text(const Bound& bound, std::size_t index) {
  if (!bound.has(index) || bound.at(index).is_none()) return std::nullopt;
  return bound.text(index);
}

template <bool Left, bool Right>
Value stripped(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("strip", arguments, {"chars"});
  return Value(std::string(strip(text_of(self), optional_text(bound, 0), Left, Right)));
}

template <bool FromRight>
Value split_text(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("split", arguments, {"sep", "maxsplit"});
  const auto separator = optional_text(bound, 0);
  if (separator && separator->empty()) throw Failure("empty separator");
  const std::int64_t limit = bound.integer(1, -1);
  return text_list(FromRight ? split_from_right(text_of(self), separator, limit)
                             : split(text_of(self), separator, limit));
}

Value splitlines(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("splitlines", arguments, {"keepends"});
  return text_list(split_lines(text_of(self), bound.flag(0, false)));
}

template <bool Start>
Value has_affix(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound(Start ? "startswith" : "endswith", arguments, {"affix", "start", "end"});
  std::string_view text = text_of(self);
  if (bound.has(1) || bound.has(2)) {
    const auto count = static_cast<std::int64_t>(count_characters(text));
    const auto place = [&](std::int64_t i) {
      return std::clamp<std::int64_t>(i < 0 ? i + count : i, 0, count);
    };
    const auto from = place(bound.integer(1, 0));
    const auto to = place(bound.integer(2, count));
    if (from > to) return Value(false);
    text = slice_characters(text, static_cast<std::size_t>(from), static_cast<std::size_t>(to));
  }
  const auto matches = [&](const Value& affix) {
    affix.require_defined();
    if (!affix.is_text()) {
      throw Failure(
          fmt::format("startswith and endswith want a str or a tuple of str, not {}", affix.type_name()));
    }
    return Start ? text.starts_with(affix.as_text()) : text.ends_with(affix.as_text());
  };
  const Value& wanted = bound.at(0);
  if (wanted.is_list() && wanted.as_list().flavor == List::Flavor::tuple) {
    const auto& items = wanted.as_list().items;
    return Value(std::any_of(items.begin(), items.end(), matches));
  }
  return Value(matches(wanted));
}

Value replaced(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("replace", arguments, {"old", "new", "count"});
  const std::string& from = bound.text(0);
  const std::string& to = bound.text(1);
  check_replacement(text_of(self), from, to);
  return Value(replace(self.as_text(), from, to, bound.integer(2, -1)));
}

template <std::string (*Change)(std::string_view)>
Value changed(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("upper/lower/title/capitalize", arguments, {});
  return Value(Change(text_of(self)));
}

std::string swap_case(std::string_view text) {
  std::string out;
  for (const auto character : characters(text)) {
    const std::uint32_t c = utf8::decode(character, 0).code_point;
    out += is_upper(c) ? to_lower(character) : is_lower(c) ? to_upper(character) : std::string(character);
  }
  return out;
}

// Position of `wanted` in characters, -1 if it is not there.
template <bool FromRight>
std::int64_t position_of(const Value& self, Arguments& arguments) {
  const Bound bound("find", arguments, {"sub", "start", "end"});
  const std::string& text = text_of(self);
  const auto count = static_cast<std::int64_t>(count_characters(text));
  const auto place = [&](std::int64_t i) {
    return std::clamp<std::int64_t>(i < 0 ? i + count : i, 0, count);
  };
  const std::int64_t from = place(bound.integer(1, 0));
  const std::int64_t to = place(bound.integer(2, count));
  if (from > to) return -1;
  const auto part = slice_characters(text, static_cast<std::size_t>(from), static_cast<std::size_t>(to));
  const std::size_t found = FromRight ? part.rfind(bound.text(0)) : part.find(bound.text(0));
  if (found == std::string_view::npos) return -1;
  return from + static_cast<std::int64_t>(count_characters(part.substr(0, found)));
}

template <bool FromRight>
Value find_text(Interpreter&, const Value& self, Arguments& arguments) {
  return Value(position_of<FromRight>(self, arguments));
}

template <bool FromRight>
Value index_text(Interpreter&, const Value& self, Arguments& arguments) {
  const std::int64_t place = position_of<FromRight>(self, arguments);
  if (place < 0) throw Failure("substring not found");
  return Value(place);
}

Value count_text(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("count", arguments, {"sub"});
  const std::string& text = text_of(self);
  const std::string& wanted = bound.text(0);
  if (wanted.empty()) return Value::integer(count_characters(text) + 1);
  std::int64_t count = 0;
  for (std::size_t at = text.find(wanted); at != std::string::npos;
       at = text.find(wanted, at + wanted.size())) {
    ++count;
  }
  return Value(count);
}

Value joined(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("join", arguments, {"iterable"});
  std::string text;
  bool first = true;
  for (const Value& item : iterate(bound.at(0))) {
    item.require_defined();
    if (!item.is_text()) {
      throw Failure(fmt::format("join() wants str items, found {}", item.type_name()));
    }
    spend_bytes(self.as_text().size() + item.as_text().size());
    if (!first) text += self.as_text();
    first = false;
    text += item.as_text();
  }
  return Value(std::move(text));
}

Value formatted(Interpreter&, const Value& self, Arguments& arguments) {
  return Value(format_braces(text_of(self), arguments));
}

// All characters (at least one) pass.
template <bool (*Check)(std::uint32_t)>
Value all_characters(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("is...", arguments, {});
  const auto parts = characters(text_of(self));
  return Value(!parts.empty() && std::all_of(parts.begin(), parts.end(), [](std::string_view character) {
    return Check(utf8::decode(character, 0).code_point);
  }));
}

bool is_letter_or_number(std::uint32_t c) { return is_letter(c) || is_numeric(c); }

// At least one cased character, and none of the other case.
template <bool Upper>
Value has_case(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("isupper/islower", arguments, {});
  bool some = false;
  for (const auto character : characters(text_of(self))) {
    const std::uint32_t c = utf8::decode(character, 0).code_point;
    if (Upper ? is_lower(c) : is_upper(c)) return Value(false);
    some = some || (Upper ? is_upper(c) : is_lower(c));
  }
  return Value(some);
}

template <bool FromRight>
Value partition(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("partition", arguments, {"sep"});
  const std::string& text = text_of(self);
  const std::string& separator = bound.text(0);
  if (separator.empty()) throw Failure("empty separator");
  const std::size_t at = FromRight ? text.rfind(separator) : text.find(separator);
  std::vector<Value> parts;
  if (at == std::string::npos) {
    parts = FromRight ? std::vector<Value>{"", "", text} : std::vector<Value>{text, "", ""};
  } else {
    parts = {text.substr(0, at), separator, text.substr(at + separator.size())};
  }
  return make_list(std::move(parts), List::Flavor::tuple);
}

template <bool Prefix>
Value without_affix(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("removeprefix/removesuffix", arguments, {"affix"});
  std::string_view text = text_of(self);
  const std::string& affix = bound.text(0);
  if (Prefix && text.starts_with(affix)) text.remove_prefix(affix.size());
  if (!Prefix && text.ends_with(affix)) text.remove_suffix(affix.size());
  return Value(std::string(text));
}

enum class Side { left, right, both };

template <Side Where>
Value justified(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("ljust/rjust/center", arguments, {"width", "fillchar"});
  bound.at(0);
  const std::string fill = bound.has(1) ? bound.text(1) : " ";
  if (count_characters(fill) != 1) throw Failure("the fill character must be exactly one character long");
  const std::string& text = text_of(self);
  const std::int64_t missing = bound.integer(0, 0) - static_cast<std::int64_t>(count_characters(text));
  if (missing <= 0) return self;
  spend_bytes(static_cast<std::size_t>(missing) * fill.size());
  // Python puts the odd one left when the width is odd.
  const std::int64_t left = Where == Side::left    ? 0
                            : Where == Side::right ? missing
                                                   : missing / 2 + (missing & bound.integer(0, 0) & 1);
  std::string out;
  for (std::int64_t i = 0; i < left; ++i) out += fill;
  out += text;
  for (std::int64_t i = left; i < missing; ++i) out += fill;
  return Value(std::move(out));
}

Value zero_filled(Interpreter&, const Value& self, Arguments& arguments) {
  const Bound bound("zfill", arguments, {"width"});
  bound.at(0);
  const std::string& text = text_of(self);
  const std::int64_t missing = bound.integer(0, 0) - static_cast<std::int64_t>(count_characters(text));
  if (missing <= 0) return self;
  spend_bytes(static_cast<std::size_t>(missing));
  const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  return Value(text.substr(0, sign) + std::string(static_cast<std::size_t>(missing), '0') +
               text.substr(sign));
}

struct Named {
  std::string_view name;
  Method method;
};

}  // namespace

Method find_text_method(std::string_view name) {
  static constexpr Named kMethods[] = {
      {"strip", stripped<true, true>},
      {"lstrip", stripped<true, false>},
      {"rstrip", stripped<false, true>},
      {"split", split_text<false>},
      {"rsplit", split_text<true>},
      {"splitlines", splitlines},
      {"startswith", has_affix<true>},
      {"endswith", has_affix<false>},
      {"replace", replaced},
      {"upper", changed<to_upper>},
      {"lower", changed<to_lower>},
      {"casefold", changed<to_lower>},
      {"title", changed<to_title>},
      {"capitalize", changed<capitalize>},
      {"swapcase", changed<swap_case>},
      {"find", find_text<false>},
      {"rfind", find_text<true>},
      {"index", index_text<false>},
      {"rindex", index_text<true>},
      {"count", count_text},
      {"join", joined},
      {"format", formatted},
      {"isdigit", all_characters<is_digit>},
      {"isdecimal", all_characters<is_digit>},
      {"isnumeric", all_characters<is_numeric>},
      {"isalpha", all_characters<is_letter>},
      {"isalnum", all_characters<is_letter_or_number>},
      {"isspace", all_characters<is_space>},
      {"isupper", has_case<true>},
      {"islower", has_case<false>},
      {"partition", partition<false>},
      {"rpartition", partition<true>},
      {"removeprefix", without_affix<true>},
      {"removesuffix", without_affix<false>},
      {"ljust", justified<Side::left>},
      {"rjust", justified<Side::right>},
      {"center", justified<Side::both>},
      {"zfill", zero_filled},
  };
  const auto* found = std::find_if(std::begin(kMethods), std::end(kMethods),
                                   [&](const Named& known) { return known.name == name; });
  return found == std::end(kMethods) ? nullptr : found->method;
}

}  // namespace reckon::engine::jinja
