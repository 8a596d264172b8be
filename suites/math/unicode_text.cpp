// Unicode signs as the LaTeX that they stand for.

#include <algorithm>

#include "base/utf8.h"
#include "suites/math/tokens.h"

namespace reckon::suites::math {

std::string latex_text(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    return std::string(text);
  }
  std::string latex;
  std::size_t script_end = 0;  // behind a superscript or subscript made here, so that the next digit joins it
  char script = ' ';
  for (std::size_t at = 0; at < text.size();) {
    const utf8::Decoded decoded = utf8::decode(text, at);
    if (decoded.length <= 1) {
      latex += text[at++];
      continue;
    }
    const std::string_view meaning = latex_of(decoded.code_point);
    if (meaning.empty() && decoded.code_point > 0x2060 && decoded.code_point < 0x2065) {
      at += static_cast<std::size_t>(decoded.length);
      continue;
    }
    if (meaning.empty()) {
      latex += text.substr(at, static_cast<std::size_t>(decoded.length));
    } else if (meaning.size() == 4 && (meaning[0] == '^' || meaning[0] == '_') &&
               script_end == latex.size() && script == meaning[0] && script_end > 0) {
      latex.insert(latex.size() - 1, 1, meaning[2]);
      script_end = latex.size();
    } else {
      latex += meaning;
      if (meaning.size() == 4 && (meaning[0] == '^' || meaning[0] == '_')) {
        script = meaning[0];
        script_end = latex.size();
      }
    }
    at += static_cast<std::size_t>(decoded.length);
  }
  return latex;
}

}  // namespace reckon::suites::math
