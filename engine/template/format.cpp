#include "engine/template/format.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "engine/template/access.h"
#include "engine/template/operators.h"
#include "engine/template/text.h"
#include "engine/template/value_text.h"

namespace reckon::engine::jinja {
namespace {

constexpr int kMaxWidth = 100'000;

int read_number(std::string_view text, std::size_t& at) {
  int number = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    number = number * 10 + (text[at++] - '0');
    if (number > kMaxWidth) throw Failure("a width or precision too large");
  }
  return number;
}

struct Style {
  std::string fill = " ";
  char align = '\0';  // < > ^ =
  char sign = '\0';   // + or space
  bool alternate = false;
  int width = 0;
  bool thousands = false;
  int precision = -1;
  char kind = '\0';
};

std::string with_thousands(const std::string& digits) {
  std::string out;
  const std::size_t whole = std::min(digits.find_first_not_of("0123456789"), digits.size());
  for (std::size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out + digits.substr(whole);
}

std::string real_digits(double number, char kind, int precision) {
  const double size = std::fabs(number);
  if (std::isnan(size)) return "nan";
  if (std::isinf(size)) return "inf";
  const int digits = precision < 0 ? 6 : precision;
  if (digits > 1000) throw Failure("a precision too large");
  switch (kind) {
    case 'f':
    case 'F':
      return fmt::format("{:.{}f}", size, digits);
    case '%':
      return fmt::format("{:.{}f}%", size * 100, digits);
    case 'e':
    case 'E':
      return fmt::format("{:.{}e}", size, digits);
    default:
      return fmt::format("{:.{}g}", size, std::max(1, digits));
  }
}

std::string integer_digits(std::int64_t number, char kind, bool alternate) {
  const std::uint64_t size =
      number < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
  switch (kind) {
    case 'x':
      return (alternate ? "0x" : "") + fmt::format("{:x}", size);
    case 'X':
      return (alternate ? "0X" : "") + fmt::format("{:X}", size);
    case 'o':
      return (alternate ? "0o" : "") + fmt::format("{:o}", size);
    case 'b':
      return (alternate ? "0b" : "") + fmt::format("{:b}", size);
    default:
      return fmt::format("{}", size);
  }
}

std::string padded(const std::string& sign, const std::string& body, const Style& style, char default_align) {
  const auto length = static_cast<int>(count_characters(sign) + count_characters(body));
  const int missing = std::max(0, style.width - length);
  const char align = style.align != '\0' ? style.align : default_align;
  const int left = align == '<' ? 0 : align == '^' ? missing / 2 : missing;
  std::string before;
  std::string after;
  for (int i = 0; i < missing; ++i) (i < left ? before : after) += style.fill;
  spend_bytes(before.size() + after.size());
  return align == '=' ? sign + before + body : before + sign + body + after;
}

std::string render(const Value& value, const Style& style) {
  const bool real_kind =
      style.kind != '\0' && std::string_view("fFeEgG%").find(style.kind) != std::string_view::npos;
  if (value.is_number() && (style.kind != 's') && !(value.is_bool() && style.kind == '\0')) {
    const bool real = value.is_real() || real_kind;
    const bool negative = value.as_real() < 0 || (value.is_real() && std::signbit(value.as_real()));
    std::string body;
    if (!real) {
      if (style.precision >= 0) throw Failure("Precision not allowed in integer format specifier");
      body = integer_digits(value.as_int(), style.kind, style.alternate);
    } else if (style.kind == '\0' && style.precision < 0) {
      body = real_text(std::fabs(value.as_real()));
    } else {
      if (!real_kind && style.kind != '\0') {
        throw Failure(fmt::format("unknown format code '{}' for a float", style.kind));
      }
      body = real_digits(value.as_real(), style.kind == '\0' ? 'g' : style.kind, style.precision);
    }
    if (style.thousands) body = with_thousands(body);
    const std::string sign = negative ? "-" : style.sign != '\0' ? std::string(1, style.sign) : "";
    return padded(sign, body, style, '>');
  }
  if (style.kind != '\0' && style.kind != 's') {
    throw Failure(fmt::format("unknown format code '{}' for a {}", style.kind, value.type_name()));
  }
  std::string text = to_text(value);
  if (style.precision >= 0) text = slice_characters(text, 0, static_cast<std::size_t>(style.precision));
  return padded("", text, style, '<');
}

}  // namespace

std::string format_value(const Value& value, std::string_view format) {
  if (format.empty()) return to_text(value);
  Style style;
  std::size_t at = 0;
  const auto parts = characters(format);
  const auto is_align = [](std::string_view c) { return c == "<" || c == ">" || c == "^" || c == "="; };
  if (parts.size() > 1 && is_align(parts[1])) {
    style.fill = parts[0];
    style.align = parts[1][0];
    at = parts[0].size() + 1;
  } else if (is_align(parts[0])) {
    style.align = parts[0][0];
    at = 1;
  }
  const auto take = [&](char c) { return at < format.size() && format[at] == c ? (++at, true) : false; };
  if (take('+')) style.sign = '+';
  if (take(' ')) style.sign = ' ';
  if (take('-')) style.sign = '\0';
  style.alternate = take('#');
  if (take('0') && style.align == '\0') {
    style.fill = "0";
    style.align = value.is_number() ? '=' : '<';
  }
  style.width = read_number(format, at);
  style.thousands = take(',');
  if (take('.')) style.precision = read_number(format, at);
  if (at < format.size()) style.kind = format[at++];
  if (at != format.size() ||
      std::string_view("\0sdfFeEgGxXob%", 14).find(style.kind) == std::string_view::npos) {
    throw Failure(fmt::format("invalid format specifier '{}'", format));
  }
  return render(value, style);
}

namespace {

// How the fields of one format say which argument they mean.
struct Numbering {
  enum class Style { none, automatic, manual };
  Style style = Style::none;
  std::size_t next = 0;
};

// One replacement field without its braces: "0.name[key]!r:>8".
std::string format_field(std::string_view field, const Arguments& arguments, Numbering& numbering) {
  const std::size_t colon = field.find(':');
  std::string_view name = field.substr(0, colon);
  const std::string_view format = colon == std::string_view::npos ? "" : field.substr(colon + 1);
  char conversion = '\0';
  if (const std::size_t mark = name.find('!'); mark != std::string_view::npos) {
    if (mark + 2 != name.size()) throw Failure("a wrong conversion in a format");
    conversion = name[mark + 1];
    name = name.substr(0, mark);
  }
  const std::size_t head = std::min(name.find_first_of(".["), name.size());
  const std::string_view key = name.substr(0, head);
  std::string_view rest = name.substr(head);
  Value value;
  std::size_t index = 0;
  const auto number = std::from_chars(key.data(), key.data() + key.size(), index);
  if (key.empty() || (number.ec == std::errc{} && number.ptr == key.data() + key.size())) {
    const auto style = key.empty() ? Numbering::Style::automatic : Numbering::Style::manual;
    if (numbering.style != Numbering::Style::none && numbering.style != style) {
      throw Failure("a format cannot mix '{}' and '{0}'");
    }
    numbering.style = style;
    if (key.empty()) index = numbering.next++;
    if (index >= arguments.positional.size()) {
      throw Failure(fmt::format("format(): no argument for place {}", index));
    }
    value = arguments.positional[index];
  } else {
    const auto& named = arguments.named;
    const auto found =
        std::find_if(named.begin(), named.end(), [&](const auto& pair) { return pair.first == key; });
    if (found == named.end()) throw Failure(fmt::format("format(): no argument '{}'", key));
    value = found->second;
  }
  while (!rest.empty()) {
    if (rest[0] == '.') {
      const std::size_t end = std::min(rest.find_first_of(".[", 1), rest.size());
      value = attribute_of(value, rest.substr(1, end - 1));
      rest = rest.substr(end);
    } else {
      const std::size_t end = rest.find(']');
      if (end == std::string_view::npos) throw Failure("expected ']' in a format");
      const std::string_view item = rest.substr(1, end - 1);
      std::int64_t place = 0;
      const auto parsed = std::from_chars(item.data(), item.data() + item.size(), place);
      const bool integral = parsed.ec == std::errc{} && parsed.ptr == item.data() + item.size();
      value = item_of(value, integral ? Value(place) : Value(std::string(item)));
      rest = rest.substr(end + 1);
    }
    value.require_defined();
  }
  if (conversion == 'r') value = Value(to_repr(value));
  if (conversion == 's') value = Value(to_text(value));
  return format_value(value, format);
}

}  // namespace

std::string format_braces(std::string_view format, const Arguments& arguments) {
  std::string out;
  Numbering numbering;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const char c = format[i];
    const bool doubled = i + 1 < format.size() && format[i + 1] == c;
    if ((c == '{' || c == '}') && doubled) {
      out += c;
      ++i;
    } else if (c == '{') {
      const std::size_t end = format.find('}', i);
      if (end == std::string_view::npos) throw Failure("single '{' encountered in format string");
      const std::string part = format_field(format.substr(i + 1, end - i - 1), arguments, numbering);
      spend_bytes(part.size());
      out += part;
      i = end;
    } else if (c == '}') {
      throw Failure("single '}' encountered in format string");
    } else {
      out += c;
    }
  }
  return out;
}

std::string format_percent(std::string_view format, const Value& values) {
  std::string out;
  std::size_t used = 0;
  const bool is_tuple = values.is_list() && values.as_list().flavor == List::Flavor::tuple;
  const auto next = [&]() -> Value {
    if (is_tuple) {
      if (used >= values.as_list().items.size()) throw Failure("not enough arguments for format string");
      return values.as_list().items[used++];
    }
    if (used++ > 0) throw Failure("not enough arguments for format string");
    return values;
  };
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      out += format[i];
      continue;
    }
    if (++i >= format.size()) throw Failure("incomplete format");
    if (format[i] == '%') {
      out += '%';
      continue;
    }
    Value value;
    bool named = false;
    if (format[i] == '(') {
      const std::size_t end = format.find(')', i);
      if (end == std::string_view::npos || !values.is_dict()) throw Failure("format requires a mapping");
      value = item_of(values, Value(std::string(format.substr(i + 1, end - i - 1))));
      value.require_defined();
      named = true;
      i = end + 1;
    }
    Style style;
    for (; i < format.size() && std::string_view("-+ #0").find(format[i]) != std::string_view::npos; ++i) {
      if (format[i] == '-') style.align = '<';
      if (format[i] == '+' || format[i] == ' ') style.sign = format[i];
      if (format[i] == '#') style.alternate = true;
      if (format[i] == '0' && style.align == '\0') {
        style.fill = "0";
        style.align = '=';
      }
    }
    style.width = read_number(format, i);
    if (i < format.size() && format[i] == '.') style.precision = read_number(format, ++i);
    if (i >= format.size()) throw Failure("incomplete format");
    const char kind = format[i];
    if (!named) value = next();
    if (kind == 's' || kind == 'r') {
      style.kind = 's';
      if (style.align == '\0' || style.align == '=') style.align = '>';
      if (style.fill == "0") style.fill = " ";
      out += render(Value(kind == 'r' ? to_repr(value) : to_text(value)), style);
    } else if (kind == 'd' || kind == 'i' || kind == 'u' || kind == 'x' || kind == 'X' || kind == 'o') {
      value.require_defined();
      if (!value.is_number()) {
        throw Failure(fmt::format("%{} format: a number is required, not {}", kind, value.type_name()));
      }
      style.kind = kind == 'i' || kind == 'u' ? 'd' : kind;
      style.precision = -1;
      const double whole = std::trunc(value.as_real());
      if (value.is_real() && !(std::fabs(whole) < 9e18)) throw Failure("a float out of the integer range");
      out += render(value.is_real() ? Value(static_cast<std::int64_t>(whole)) : Value(value.as_int()), style);
    } else if (std::string_view("fFeEgG").find(kind) != std::string_view::npos) {
      value.require_defined();
      if (!value.is_number()) throw Failure(fmt::format("must be real number, not {}", value.type_name()));
      style.kind = kind;
      out += render(Value(value.as_real()), style);
    } else {
      throw Failure(fmt::format("unsupported format character '{}'", kind));
    }
    spend_bytes(static_cast<std::size_t>(style.width) + 8);
  }
  if (is_tuple ? used < values.as_list().items.size() : used == 0 && !values.is_dict()) {
    throw Failure("not all arguments converted during string formatting");
  }
  return out;
}

void check_replacement(std::string_view text, std::string_view from, std::string_view to) {
  std::size_t count = text.size() + 1;
  if (!from.empty()) {
    count = 0;
    for (std::size_t at = text.find(from); at != std::string_view::npos;
         at = text.find(from, at + from.size())) {
      ++count;
    }
  }
  spend_bytes(text.size() + count * to.size());
}

}  // namespace reckon::engine::jinja
