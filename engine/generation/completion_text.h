#pragma once
// From tokens to the text of a reply: thinking and answer told apart, stop strings found across token
// borders, and nothing shown that a stop string may still take back.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/generation/thinking.h"
#include "engine/tokenizer/tokenizer.h"

namespace reckon::engine {

class CompletionText {
 public:
  /// Stop strings are looked for in the answer only: never inside a trace. Empty ones are ignored.
  CompletionText(const Tokenizer& tokenizer, ThinkingMarkers markers, bool begins_inside_thinking,
                 std::vector<std::string> stop_strings);

  /// Adds a token; false: a stop string is complete, the text is cut before it and ends here.
  bool push(TokenId token);
  /// The trace was closed from outside, by the token that was pushed last: what follows is answer, whatever
  /// markers the model writes into it.
  void close_for_good() { closed_for_good_ = true; }
  /// Counts a token that ends the reply and has no text.
  void push_end_token() { ++tokens_; }
  /// No more tokens: what was held back becomes text.
  void finish();

  /// Text that has become certain since the last call: whole characters.
  std::string take_new();

  const std::string& text() const { return text_; }
  /// nullopt: no marker came up, neither in the prompt nor in the reply.
  std::optional<std::string> thinking() const;
  /// What follows the trace, without the white space before it; all of the text when there was no trace;
  /// empty when the trace never closed. After finish().
  std::string answer() const;
  bool is_inside_thinking() const { return state_ == State::thinking; }

  std::int64_t tokens() const { return tokens_; }
  std::int64_t reasoning_tokens() const { return is_inside_thinking() ? tokens_ : reasoning_tokens_; }
  std::int64_t answer_tokens() const { return tokens_ - reasoning_tokens(); }

 private:
  enum class State : std::uint8_t { undecided, thinking, answer };

  bool advance();
  bool decide();
  bool leave_thinking();
  bool search_answer();
  void close_thinking(std::size_t begin, std::size_t at);
  std::size_t certain_length() const;
  bool is_stop_string(std::string_view piece) const;

  const Tokenizer* tokenizer_;
  ThinkingMarkers markers_;
  std::vector<std::string> stops_;
  std::size_t longest_stop_ = 0;
  StreamDecoder decoder_;
  State state_ = State::undecided;
  std::string text_;
  std::size_t thinking_begin_ = 0;
  std::size_t thinking_end_ = 0;
  bool has_thinking_ = false;
  std::size_t answer_begin_ = 0;
  std::size_t searched_ = 0;  ///< text before this was searched already
  std::size_t shown_ = 0;
  std::int64_t tokens_ = 0;
  std::int64_t reasoning_tokens_ = 0;
  bool finished_ = false;
  bool closed_for_good_ = false;
};

}  // namespace reckon::engine
