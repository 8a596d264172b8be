#include "suites/math/tokens.h"

#include <algorithm>
#include <cctype>

#include "base/ascii.h"
#include "suites/math/digits.h"

namespace reckon::suites::math {
namespace {

class Lexer {
 public:
  Lexer(std::string_view text, const ReadingOptions& options) : text_(text), options_(options) {}

  std::vector<Token> run() {
    while (at_ < text_.size()) step();
    push(TokenKind::end, "");
    return std::move(tokens_);
  }

 private:
  Token& push(TokenKind kind, std::string_view text) {
    if (tokens_.size() >= kMaxTokens) throw ParseFailure{"more than 4,000 signs (limit)"};
    Token token;
    token.kind = kind;
    token.text = text;
    token.space_before = space_;
    space_ = false;
    tokens_.push_back(std::move(token));
    return tokens_.back();
  }

  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  void step() {
    const char c = peek();
    if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == '~') {
      space_ = true;
      ++at_;
    } else if (c == '\\') {
      command();
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      number();
    } else if (is_letter(c)) {
      word();
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      foreign_text();
    } else {
      sign();
    }
  }

  void sign() {
    static constexpr std::pair<std::string_view, std::string_view> kWritten[] = {
        {"<=", "l"}, {">=", "g"}, {"!=", "n"}, {"=<", "l"}, {"==", "="}, {"=", "="}, {"<", "<"}, {">", ">"}};
    for (const auto& [written, relation] : kWritten) {
      if (take(written)) {
        push(TokenKind::relation, relation);
        return;
      }
    }
    if (take("->") || take("=>")) {
      push(TokenKind::command, "arrow");
    } else if (take("+/-") || take("+-")) {
      push(TokenKind::command, "pm");
    } else if (take("...")) {
      push(TokenKind::command, "dots");
    } else if (const std::optional<DigitRun> based =
                   peek() == '(' ? based_digits(text_.substr(at_)) : std::nullopt) {
      push_based(*based);
    } else if (take("**")) {
      push(TokenKind::symbol, "^");
    } else if (peek() == '$' || peek() == '"' || peek() == '`') {
      ++at_;
    } else if (std::string_view("+-*/^_()[]{}|!,;:%&'").find(peek()) != std::string_view::npos) {
      if (peek() == '(' || peek() == '[') ++brackets_;
      if ((peek() == ')' || peek() == ']') && brackets_ > 0) --brackets_;
      push(TokenKind::symbol, text_.substr(at_++, 1));
    } else if (peek() == '.') {
      ++at_;
      // A full stop ends a text; within one it is no mathematics.
      if (text_.find_first_not_of(" \t\r\n$}.", at_) != std::string_view::npos)
        throw ParseFailure{"a full stop"};
    } else {
      throw ParseFailure{std::string("the sign ") + peek()};
    }
  }

  void number() {
    if (const std::optional<DigitRun> based = based_digits(text_.substr(at_))) {
      push_based(*based);
      return;
    }
    // Within brackets a comma separates entries; behind a currency sign it groups digits.
    ReadingOptions options = options_;
    options.commas_group_digits = currency_ || (options_.commas_group_digits && brackets_ == 0);
    options.comma_is_point = options_.comma_is_point && brackets_ == 0;
    DigitRun run = digit_run(text_.substr(at_), options);
    if (currency_) run.ambiguous_commas = false;
    currency_ = false;
    at_ += run.length;
    if (run.exponent) {
      push(TokenKind::symbol, "(");
      push_number(run);
      push(TokenKind::symbol, "*");
      push(TokenKind::number, "10").value = Rational(10);
      push(TokenKind::symbol, "^");
      push(TokenKind::symbol, "{");
      if (*run.exponent < 0) push(TokenKind::symbol, "-");
      push(TokenKind::number, "exponent").value = Rational(std::abs(*run.exponent));
      push(TokenKind::symbol, "}");
      push(TokenKind::symbol, ")");
      return;
    }
    push_number(run);
  }

  void push_based(const DigitRun& run) {
    at_ += run.length;
    push(TokenKind::numeral, run.digits).value = Rational(run.base);
  }

  void push_number(const DigitRun& run) {
    Token& token = push(TokenKind::number, run.digits);
    token.value = run.value;
    token.decimal = run.decimal;
    token.ambiguous_commas = run.ambiguous_commas;
  }

  void foreign_text() {
    const std::size_t start = at_;
    while (at_ < text_.size() && static_cast<unsigned char>(text_[at_]) >= 0x80) ++at_;
    push(TokenKind::text, text_.substr(start, at_ - start));
  }

  void word() {
    const std::size_t start = at_;
    while (is_letter(peek())) ++at_;
    std::string_view run = text_.substr(start, at_ - start);
    // a.m. and p.m.
    if ((run == "a" || run == "p") && (take(".m.") || take(".m"))) {
      push(TokenKind::text, run == "a" ? "am" : "pm");
      return;
    }
    split_word(run);
  }

  void split_word(std::string_view run) {
    if (run.empty()) return;
    if (run.size() == 1) {
      letter(run);
    } else if (const std::optional<Command> known = plain_word(run);
               known && !(run == "min" && peek() != '(')) {
      push(known->meaning == Meaning::letter ? TokenKind::letter : TokenKind::command, known->text);
    } else if (is_unit_word(run)) {
      push(TokenKind::text, run);
    } else if (const std::size_t prefix = function_prefix(run); prefix > 0) {
      push(TokenKind::command, plain_word(run.substr(0, prefix))->text);
      split_word(run.substr(prefix));
    } else if (looks_like_word(run)) {
      push(TokenKind::text, run);
    } else {
      for (std::size_t i = 0; i < run.size(); ++i) letter(run.substr(i, 1));
    }
  }

  /// sinx, sqrtx, pir: a known name and at most two letters behind it.
  static std::size_t function_prefix(std::string_view run) {
    for (const std::string_view name : {"sqrt", "sin", "cos", "tan", "log", "ln", "pi"}) {
      if (run.size() > name.size() && run.size() <= name.size() + 2 && run.substr(0, name.size()) == name) {
        return name.size();
      }
    }
    return 0;
  }

  /// Variables side by side are short and of one case; anything else is a word.
  static bool looks_like_word(std::string_view run) {
    if (run.size() >= 4) return true;
    return run.size() == 3 && std::isupper(static_cast<unsigned char>(run[0])) != 0 &&
           std::islower(static_cast<unsigned char>(run[1])) != 0;
  }

  void letter(std::string_view name) {
    if (name == "e" || name == "i" || name == "I") {
      push(TokenKind::command, name);
    } else {
      push(TokenKind::letter, name);
    }
  }

  void command() {
    ++at_;
    std::size_t length = 0;
    while (is_letter(peek(length))) ++length;
    if (length == 0) length = at_ < text_.size() ? 1 : 0;
    const std::string_view name = text_.substr(at_, length);
    at_ += length;
    // A control space, or what trimming has left of one.
    if (name.empty() || name == " ") {
      space_ = true;
      return;
    }
    const Command known = latex_command(name);
    switch (known.meaning) {
      case Meaning::skip:
        delimiter(name);
        break;
      case Meaning::skip_group:
        raw_group();
        break;
      case Meaning::symbol:
        push(TokenKind::symbol, known.text);
        break;
      case Meaning::relation:
        push(TokenKind::relation, known.text);
        break;
      case Meaning::command:
        if (known.text == "begin" || known.text == "end") {
          environment(known.text);
        } else {
          if (known.text == "set_open") ++brackets_;
          if (known.text == "set_close" && brackets_ > 0) --brackets_;
          push(TokenKind::command, known.text);
        }
        break;
      case Meaning::letter:
        push(TokenKind::letter, known.text);
        break;
      case Meaning::styled_text:
        styled_text(name);
        break;
      case Meaning::variable_name:
        push(TokenKind::letter, trimmed(raw_group()));
        break;
      case Meaning::number_set:
        push(TokenKind::command, "number_set:" + trimmed(raw_group()));
        break;
    }
  }

  /// \left and \right say which of two equal signs opens; "\left." is nothing.
  void delimiter(std::string_view name) {
    currency_ = currency_ || name == "$";
    if (name == "quad" || name == "qquad" || name == "," || name == ";") space_ = true;
    const bool opens = name == "left" || name == "bigl" || name == "Bigl";
    if (!opens && name != "right" && name != "bigr" && name != "Bigr") return;
    while (peek() == ' ') ++at_;
    if (peek() == '.') {
      ++at_;
    } else if (peek() == '|') {
      ++at_;
      push(TokenKind::command, opens ? "abs_open" : "abs_close");
    }
  }

  /// The text of a {group} that follows, or one character; nested braces are kept.
  std::string raw_group() {
    while (std::isspace(static_cast<unsigned char>(peek())) != 0) ++at_;
    if (peek() != '{') return at_ < text_.size() ? std::string(1, text_[at_++]) : std::string();
    const std::size_t start = ++at_;
    int depth = 1;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '{') {
        ++depth;
      } else if (text_[at_] == '}' && --depth == 0) {
        break;
      }
    }
    const std::size_t end = std::min(at_, text_.size());
    if (at_ < text_.size()) ++at_;
    return std::string(text_.substr(start, end - start));
  }

  static std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
  }

  /// \text{cm}: words; \text{13}, \mathrm{e}, \text{(C)}, \mathbf{x + 1}: mathematics in another font.
  void styled_text(std::string_view name) {
    if (++styles_ > 200) throw ParseFailure{"more than 200 changes of font (limit)"};
    const std::string content = trimmed(raw_group());
    if (content.empty()) return;
    std::size_t letters = 0;
    bool words = false;
    for (const char c : content) {
      letters = is_letter(c) ? letters + 1 : 0;
      words = words || letters >= 2 || c == '\\';
    }
    if (words && name != "text" && content.find('\\') != std::string::npos) words = false;
    const std::optional<Command> known = plain_word(content);
    if (known) {
      push(known->meaning == Meaning::letter ? TokenKind::letter : TokenKind::command, known->text);
    } else if (words || (content.size() == 1 && !is_letter(content[0]) && !is_digit(content[0]))) {
      if (content.size() == 1) return;
      push(TokenKind::text, content);
    } else if (is_unit_letter(content, name)) {
      push(TokenKind::text, content);
    } else {
      Lexer inner(content, options_);
      inner.styles_ = styles_;
      std::vector<Token> tokens = inner.run();
      tokens.pop_back();
      styles_ = inner.styles_;
      for (Token& token : tokens) {
        const bool space = space_ || token.space_before;
        push(token.kind, token.text) = std::move(token);
        tokens_.back().space_before = space;
      }
    }
  }

  /// \text{m} behind a number is metres; \text{m} alone, \mathbf{m} and \text{e} are letters.
  bool is_unit_letter(std::string_view content, std::string_view font) const {
    if (content.size() != 1 || std::string_view("mgshL").find(content[0]) == std::string_view::npos)
      return false;
    if (font != "text" && font != "mbox" && font != "textrm" && font != "mathrm") return false;
    if (tokens_.empty()) return false;
    const Token& before = tokens_.back();
    return before.kind == TokenKind::number || before.is('}') || before.is(')');
  }

  void environment(std::string_view begin_or_end) {
    std::string name = raw_group();
    if (!name.empty() && name.back() == '*') name.pop_back();
    if (name == "array" || name == "tabular") {
      if (begin_or_end == "begin") raw_group();
      name = "matrix";
    }
    if (name.size() > 6 && name.substr(name.size() - 6) == "matrix" && name != "vmatrix") name = "matrix";
    if (name == "align" || name == "aligned" || name == "gathered" || name == "equation") return;
    if (name != "matrix" && name != "vmatrix") throw ParseFailure{"the environment " + name.substr(0, 40)};
    push(TokenKind::command, std::string(begin_or_end) + "_" + name);
  }

  std::string_view text_;
  const ReadingOptions& options_;
  std::size_t at_ = 0;
  bool space_ = false;
  bool currency_ = false;  ///< a currency sign stands before what follows
  int brackets_ = 0;
  int styles_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view text, const ReadingOptions& options) {
  if (text.size() > kMaxAnswerBytes) throw ParseFailure{"more than 32,768 bytes (limit)"};
  const std::string latex = latex_text(text);
  return Lexer(latex, options).run();
}

}  // namespace reckon::suites::math
