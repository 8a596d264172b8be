#include "engine/generation/completion_text.h"

#include <algorithm>
#include <utility>

namespace reckon::engine {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

/// How many of the last characters of `text` could be the beginning of `wanted`, all of it excluded.
std::size_t overlap(std::string_view text, std::string_view wanted) {
  for (std::size_t length = std::min(text.size(), wanted.size() - 1); length > 0; --length) {
    if (wanted.starts_with(text.substr(text.size() - length))) return length;
  }
  return 0;
}

}  // namespace

CompletionText::CompletionText(const Tokenizer& tokenizer, ThinkingMarkers markers,
                               bool begins_inside_thinking, std::vector<std::string> stop_strings)
    : tokenizer_(&tokenizer),
      markers_(std::move(markers)),
      stops_(std::move(stop_strings)),
      decoder_(tokenizer, false) {
  std::erase(stops_, std::string());
  for (const std::string& stop : stops_) longest_stop_ = std::max(longest_stop_, stop.size());
  longest_stop_ = std::max(longest_stop_, markers_.close.size());
  if (begins_inside_thinking) {
    state_ = State::thinking;
    has_thinking_ = true;
  }
}

bool CompletionText::is_stop_string(std::string_view piece) const {
  return std::find(stops_.begin(), stops_.end(), piece) != stops_.end();
}

bool CompletionText::push(TokenId token) {
  ++tokens_;
  if (tokenizer_->is_special(token)) {
    // Marks have no text, unless they are the marks of thinking; as stop strings they are known by their
    // name.
    const std::string& piece = tokenizer_->token_piece(token);
    if (piece != markers_.open && piece != markers_.close) {
      return state_ == State::thinking || !is_stop_string(piece);
    }
  }
  text_ += decoder_.push(token);
  return advance();
}

void CompletionText::finish() {
  if (finished_) return;
  finished_ = true;
  text_ += decoder_.finish();
  advance();
  if (state_ == State::undecided) state_ = State::answer;
}

/// Works through the text that is new; false: a stop string was found.
bool CompletionText::advance() {
  for (;;) {
    switch (state_) {
      case State::undecided:
        if (!decide()) return true;
        break;
      case State::thinking:
        if (!leave_thinking()) return true;
        break;
      case State::answer:
        return search_answer();
    }
  }
}

/// A trace is opened by the first thing that the model says, or not at all. False: cannot be said yet.
bool CompletionText::decide() {
  const std::size_t begin = text_.find_first_not_of(kSpace);
  if (begin == std::string::npos) return false;
  const std::string_view head = std::string_view(text_).substr(begin);
  if (head.starts_with(markers_.open)) {
    state_ = State::thinking;
    has_thinking_ = true;
    thinking_begin_ = searched_ = begin + markers_.open.size();
    return true;
  }
  if (!finished_ && std::string_view(markers_.open).starts_with(head)) return false;
  state_ = State::answer;
  return true;
}

bool CompletionText::leave_thinking() {
  const std::size_t at = text_.find(markers_.close, searched_);
  if (at == std::string::npos) {
    const std::size_t keep = markers_.close.size() - 1;
    searched_ = std::max(searched_, text_.size() > keep ? text_.size() - keep : 0);
    return false;
  }
  close_thinking(thinking_begin_, at);
  return true;
}

void CompletionText::close_thinking(std::size_t begin, std::size_t at) {
  state_ = State::answer;
  has_thinking_ = true;
  thinking_begin_ = begin;
  thinking_end_ = at;
  answer_begin_ = searched_ = at + markers_.close.size();
  reasoning_tokens_ = tokens_;
}

/// True: no stop string so far. A closing marker without (or after) another makes all before it thinking.
bool CompletionText::search_answer() {
  if (has_thinking_ && answer_begin_ == searched_) {
    answer_begin_ = std::min(text_.find_first_not_of(kSpace, answer_begin_), text_.size());
    searched_ = answer_begin_;
    if (answer_begin_ == text_.size()) return true;
  }
  for (;;) {
    std::size_t stop = std::string::npos;
    for (const std::string& wanted : stops_) stop = std::min(stop, text_.find(wanted, searched_));
    const std::size_t close = text_.find(markers_.close, searched_);
    if (!closed_for_good_ && close != std::string::npos && close < stop) {
      close_thinking(thinking_begin_, close);
      return search_answer();
    }
    if (stop != std::string::npos) {
      text_.resize(stop);
      finished_ = true;
      return false;
    }
    const std::size_t keep = longest_stop_ - 1;
    if (text_.size() > searched_ + keep) searched_ = text_.size() - keep;
    return true;
  }
}

/// Text up to here can no longer be taken back by a stop string.
std::size_t CompletionText::certain_length() const {
  if (finished_ || state_ == State::thinking) return text_.size();
  if (state_ == State::undecided) return 0;
  const std::string_view answer = std::string_view(text_).substr(answer_begin_);
  std::size_t held = 0;
  for (const std::string& stop : stops_) held = std::max(held, overlap(answer, stop));
  return text_.size() - held;
}

std::string CompletionText::take_new() {
  const std::size_t certain = certain_length();
  if (certain <= shown_) return {};
  std::string fresh = text_.substr(shown_, certain - shown_);
  shown_ = certain;
  return fresh;
}

std::optional<std::string> CompletionText::thinking() const {
  if (!has_thinking_) return std::nullopt;
  const std::size_t end = is_inside_thinking() ? text_.size() : thinking_end_;
  return text_.substr(thinking_begin_, end - thinking_begin_);
}

std::string CompletionText::answer() const {
  return is_inside_thinking() ? std::string() : text_.substr(std::min(answer_begin_, text_.size()));
}

}  // namespace reckon::engine
