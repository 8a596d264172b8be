#include "suites/extraction/boxed.h"

#include <algorithm>
#include <array>
#include <vector>

namespace reckon::suites {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Length of a box command at `i` (which holds a backslash), 0 when there is none.
std::size_t command_length(std::string_view text, std::size_t i) {
  for (const std::string_view name : {std::string_view("\\boxed"), std::string_view("\\fbox")}) {
    if (text.substr(i, name.size()) == name &&
        (i + name.size() == text.size() || !is_letter(text[i + name.size()]))) {
      return name.size();
    }
  }
  return 0;
}

std::optional<std::string_view> without_braces(std::string_view text, std::size_t begin) {
  if (begin >= text.size()) {
    return std::nullopt;
  }
  const char first = text[begin];
  if (!((first >= '0' && first <= '9') || first == '-' || first == '+' || first == '.' || first == '\\')) {
    return std::nullopt;
  }
  std::size_t end = begin;
  while (end < text.size() && text[end] != ' ' && text[end] != '\n' && text[end] != '\t' &&
         text[end] != '\r' && text[end] != '$') {
    ++end;
  }
  return text.substr(begin, end - begin);
}

}  // namespace

std::optional<std::string_view> last_boxed(std::string_view text) {
  struct Open {
    std::size_t content;  // where the content begins, or npos for a brace that opens no box
  };
  constexpr std::size_t kPlain = std::string_view::npos;
  std::vector<Open> open;
  std::optional<std::string_view> last;
  std::size_t last_content = 0;
  const auto take = [&](std::size_t content, std::string_view found) {
    // An outer box ends after the one inside it, but the one that begins last is the last.
    if (!last || content >= last_content) {
      last = found;
      last_content = content;
    }
  };
  std::size_t i = 0;
  while (i < text.size()) {
    if (text[i] == '\\') {
      const std::size_t length = command_length(text, i);
      if (length == 0) {
        i += 2;  // an escaped character, or the first letter of another command
        continue;
      }
      std::size_t after = i + length;
      while (after < text.size() && (text[after] == ' ' || text[after] == '\n' || text[after] == '\t')) {
        ++after;
      }
      if (after < text.size() && text[after] == '{') {
        open.push_back({after + 1});
        i = after + 1;
        continue;
      }
      if (after > i + length || (after < text.size() && !is_letter(text[after]))) {
        if (const std::optional<std::string_view> bare = without_braces(text, after)) {
          take(after, *bare);
        }
      }
      i += length;
      continue;
    }
    if (text[i] == '{') {
      open.push_back({kPlain});
    } else if (text[i] == '}' && !open.empty()) {
      const std::size_t content = open.back().content;
      open.pop_back();
      if (content != kPlain) {
        take(content, text.substr(content, i - content));
      }
    }
    ++i;
  }
  return last;
}

}  // namespace reckon::suites
