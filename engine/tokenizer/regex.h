#pragma once
// The regular expressions of tokenizer files, run by PCRE2. Those files are written for Oniguruma (Ruby
// syntax): the few spellings that mean something else in PCRE2 are translated when a pattern is compiled.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace reckon::engine {

struct TextRange {
  std::size_t begin = 0;  ///< bytes
  std::size_t end = 0;    ///< bytes, one past the last
};

class Regex {
 public:
  /// `where` starts the message of a pattern that does not compile or is longer than 64 KiB.
  Regex(std::string_view pattern, std::string where);
  ~Regex();
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  /// All matches from left to right; an empty match directly behind another match is not one.
  /// `text` must be valid UTF-8. Error: a match that takes more steps than allowed.
  void find_all(std::string_view text, std::vector<TextRange>& matches) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
  std::string where_;
};

/// The PCRE2 spelling of an Oniguruma pattern: Unicode white space and word characters as Oniguruma defines
/// them, \h as a hexadecimal digit, nested and intersected character classes.
std::string translate_oniguruma(std::string_view pattern, std::string_view where);

}  // namespace reckon::engine
