#include "suites/extraction/boxed.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/ascii.h"

namespace reckon::suites {
namespace {

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

std::vector<Box> all_boxed(std::string_view text) {
  struct Open {
    std::size_t begin;
    std::size_t content;  // npos for a brace that opens no box
  };
  constexpr std::size_t kPlain = std::string_view::npos;
  std::vector<Open> open;
  std::vector<Box> boxes;
  std::size_t i = 0;
  while (i < text.size()) {
    if (text[i] == '\\') {
      // "\\\\boxed" is one that went through an escape too many.
      const bool doubled = command_length(text, i) == 0 && i + 1 < text.size() && text[i + 1] == '\\';
      const std::size_t at = doubled ? i + 1 : i;
      const std::size_t length = command_length(text, at);
      if (length == 0) {
        i += 2;  // an escaped character, or the first letter of another command
        continue;
      }
      std::size_t after = at + length;
      while (after < text.size() && (text[after] == ' ' || text[after] == '\n' || text[after] == '\t')) {
        ++after;
      }
      if (after < text.size() && text[after] == '{') {
        open.push_back({i, after + 1});
        i = after + 1;
        continue;
      }
      if (after > at + length || (after < text.size() && !is_letter(text[after]))) {
        if (const std::optional<std::string_view> bare = without_braces(text, after)) {
          boxes.push_back({i, after + bare->size(), *bare});
        }
      }
      i = at + length;
      continue;
    }
    if (text[i] == '{') {
      open.push_back({i, kPlain});
    } else if (text[i] == '}' && !open.empty()) {
      const Open box = open.back();
      open.pop_back();
      if (box.content != kPlain) {
        boxes.push_back({box.begin, i + 1, text.substr(box.content, i - box.content)});
      }
    }
    ++i;
  }
  std::sort(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) { return a.begin < b.begin; });
  return boxes;
}

std::optional<std::string_view> last_boxed(std::string_view text) {
  const std::vector<Box> boxes = all_boxed(text);
  return boxes.empty() ? std::nullopt : std::optional<std::string_view>(boxes.back().content);
}

}  // namespace reckon::suites
