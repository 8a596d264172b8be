#pragma once
// The tokens of an answer: LaTeX commands, Unicode signs and plain words in one alphabet.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "suites/math/rational.h"

namespace reckon::suites::math {

enum class TokenKind {
  number,    ///< digits with at most one point; `value`
  numeral,   ///< digits of a based number; `text`; its base in `value`
  letter,    ///< a variable: one letter, or the name of a Greek one
  command,   ///< a known word or \word without its backslash: frac, sqrt, sin, cup, ...
  symbol,    ///< one sign: + - * / ^ _ ( ) [ ] { } | ! , ; : % & '
  relation,  ///< one sign of kSigns (tree.h)
  text,      ///< words: \text{...} or a plain word
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;
  Rational value;
  bool space_before = false;
  bool decimal = false;           ///< a number with a point
  bool ambiguous_commas = false;  ///< "70,110": commas that may separate thousands or items
  bool is(char sign) const { return kind == TokenKind::symbol && text.size() == 1 && text.front() == sign; }
  bool is_command(std::string_view name) const { return kind == TokenKind::command && text == name; }
};

/// How the parser reads what can be read in two ways.
struct ReadingOptions {
  bool commas_group_digits = true;     ///< 70,110 is one number
  bool implicit_before_slash = false;  ///< 1/2x is 1/(2x)
  bool comma_is_point = false;         ///< 2,74 is 2.74
  bool mixed_numbers = true;           ///< 1\frac{4}{5} is a mixed number, not a product
};

/// Why a text is no mathematics, or a limit.
struct ParseFailure {
  std::string reason;
};

/// What a LaTeX command means to the lexer.
enum class Meaning {
  skip,
  skip_group,
  symbol,
  relation,
  command,
  letter,
  styled_text,
  variable_name,
  number_set
};
struct Command {
  Meaning meaning = Meaning::letter;
  std::string_view text;  ///< the token it becomes
};
/// `name` without its backslash. Unknown commands are letters of that name.
Command latex_command(std::string_view name);
/// A plain word that means the same without a backslash: sin, sqrt, pi, alpha, infinity; nullopt for others.
std::optional<Command> plain_word(std::string_view word);
/// cm, feet, dollars, degrees ...: words that follow a number without being factors.
bool is_unit_word(std::string_view word);
/// What a character outside ASCII stands for, as LaTeX; empty where it stands for itself.
std::string_view latex_of(char32_t character);
/// A text with its Unicode signs written as LaTeX; what is unknown stays.
std::string latex_text(std::string_view text);

/// Throws ParseFailure. At most kMaxTokens tokens; linear in the length of `text`.
std::vector<Token> tokens_of(std::string_view text, const ReadingOptions& options);

inline constexpr std::size_t kMaxTokens = 4'000;
inline constexpr std::size_t kMaxAnswerBytes = 32'768;

}  // namespace reckon::suites::math
