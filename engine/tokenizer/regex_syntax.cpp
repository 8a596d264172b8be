#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/utf8.h"
#include "engine/tokenizer/regex.h"

namespace reckon::engine {
namespace {

// Members of a character class, without brackets. Oniguruma: \s is White_Space, \w is
// Alphabetic | Mark | Decimal_Number | Connector_Punctuation (its doc/RE); PCRE2's own sets differ.
constexpr std::string_view kSpace =
    R"(\x{9}-\x{d} \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
constexpr std::string_view kNotSpace =
    R"(\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027})"
    R"(\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff})";
constexpr std::string_view kWord =
    R"(\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189})";
constexpr std::string_view kHex = "0-9A-Fa-f";
constexpr int kMaxClassDepth = 20;

class Translator {
 public:
  Translator(std::string_view pattern, std::string_view where) : pattern_(pattern), where_(where) {}

  std::string run() {
    std::string out;
    while (at_ < pattern_.size()) {
      const char c = pattern_[at_];
      if (c == '\\') {
        out += escape_outside();
      } else if (c == '[') {
        out += character_class(0);
      } else {
        out += c;
        ++at_;
      }
    }
    return out;
  }

 private:
  std::string_view rest() const { return pattern_.substr(at_); }

  [[noreturn]] void fail(std::string_view what) const {
    fail_input("{}: regular expression, byte {}: {}", where_, at_, what);
  }

  // At a backslash; consumes it and what belongs to it.
  std::string copy_escape() {
    if (at_ + 1 >= pattern_.size()) fail("a backslash at the end");
    std::size_t length = 2;
    const char kind = pattern_[at_ + 1];
    if ((kind == 'p' || kind == 'P' || kind == 'x' || kind == 'k' || kind == 'g') &&
        at_ + 2 < pattern_.size() && (pattern_[at_ + 2] == '{' || pattern_[at_ + 2] == '<')) {
      const char close = pattern_[at_ + 2] == '{' ? '}' : '>';
      const std::size_t end = pattern_.find(close, at_ + 3);
      if (end == std::string_view::npos) fail("an escape without its closing bracket");
      length = end + 1 - at_;
    } else if (kind == 'u') {
      // \uHHHH is no PCRE2 escape.
      if (at_ + 6 > pattern_.size()) fail("\\u needs four hexadecimal digits");
      std::string hex(pattern_.substr(at_ + 2, 4));
      at_ += 6;
      return "\\x{" + hex + "}";
    } else if (static_cast<unsigned char>(kind) >= 0x80) {
      const int bytes = utf8::decode(pattern_, at_ + 1).length;
      length = 1 + static_cast<std::size_t>(bytes > 0 ? bytes : 1);
    }
    std::string text(pattern_.substr(at_, length));
    at_ += length;
    return text;
  }

  std::string escape_outside() {
    const char kind = at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : '\0';
    const auto set = [&](std::string_view open, std::string_view members) {
      at_ += 2;
      return std::string(open) + std::string(members) + "]";
    };
    switch (kind) {
      case 's':
        return set("[", kSpace);
      case 'S':
        return set("[^", kSpace);
      case 'w':
        return set("[", kWord);
      case 'W':
        return set("[^", kWord);
      case 'h':
        return set("[", kHex);
      case 'H':
        return set("[^", kHex);
      default:
        return copy_escape();
    }
  }

  struct Union {
    std::string flat;                 // members that PCRE2 can hold in one class
    std::vector<std::string> nested;  // expressions that match one character each

    std::string expression(const Translator& owner) const {
      if (nested.empty()) {
        if (flat.empty()) owner.fail("an empty character class");
        return "[" + flat + "]";
      }
      std::string text = "(?:";
      if (!flat.empty()) text += "[" + flat + "]|";
      for (std::size_t i = 0; i < nested.size(); ++i) text += (i > 0 ? "|" : "") + nested[i];
      return text + ")";
    }
  };

  void class_escape(Union& members) {
    const char kind = at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : '\0';
    const auto add = [&](std::string_view text) {
      members.flat += text;
      at_ += 2;
    };
    switch (kind) {
      case 's':
        return add(kSpace);
      case 'S':
        return add(kNotSpace);
      case 'w':
        return add(kWord);
      case 'W':
        members.nested.push_back("[^" + std::string(kWord) + "]");
        at_ += 2;
        return;
      case 'h':
        return add(kHex);
      default:
        members.flat += copy_escape();
    }
  }

  // At '['. Returns an expression that matches one character.
  std::string character_class(int depth) {
    if (depth > kMaxClassDepth) fail("character classes nested too deeply");
    ++at_;
    const bool negated = rest().starts_with('^');
    if (negated) ++at_;
    std::vector<Union> parts(1);
    bool first = true;
    for (;; first = false) {
      if (at_ >= pattern_.size()) fail("a character class without ']'");
      const char c = pattern_[at_];
      Union& members = parts.back();
      if (c == ']' && !first) break;
      if (c == '\\') {
        class_escape(members);
      } else if (rest().starts_with("[:")) {
        const std::size_t end = pattern_.find(":]", at_);
        if (end == std::string_view::npos) fail("'[:' without ':]'");
        members.flat += pattern_.substr(at_, end + 2 - at_);
        at_ = end + 2;
      } else if (c == '[') {
        members.nested.push_back(character_class(depth + 1));
      } else if (rest().starts_with("&&")) {
        at_ += 2;
        parts.emplace_back();
      } else {
        if (c == ']') members.flat += '\\';  // first in a class: itself
        members.flat += c;
        ++at_;
      }
    }
    ++at_;
    if (parts.size() == 1 && parts[0].nested.empty()) {
      return (negated ? "[^" : "[") + parts[0].flat + "]";
    }
    std::string inner;
    for (std::size_t i = 1; i < parts.size(); ++i) inner += "(?=" + parts[i].expression(*this) + ")";
    inner += parts[0].expression(*this);
    return negated ? "(?:(?!" + inner + ")(?s:.))" : "(?:" + inner + ")";
  }

  std::string_view pattern_;
  std::string_view where_;
  std::size_t at_ = 0;
};

}  // namespace

std::string translate_oniguruma(std::string_view pattern, std::string_view where) {
  return Translator(pattern, where).run();
}

}  // namespace reckon::engine
