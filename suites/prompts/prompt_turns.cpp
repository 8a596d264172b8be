#include "suites/prompts/prompt_turns.h"

namespace reckon::suites {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1C' && c <= '\x1F'); }

bool space_between(const std::string& prefix, const std::string& suffix) {
  return is_space(prefix.back()) || is_space(suffix.front());
}

}  // namespace

std::string join_delimited(const std::string& prefix, const std::string& suffix,
                           const std::string& delimiter) {
  if (prefix.empty() || suffix.empty()) {
    return prefix + suffix;
  }
  return prefix + (space_between(prefix, suffix) ? "" : delimiter) + suffix;
}

void append_question(std::vector<Turn>& turns, const QuestionTurn& turn) {
  const bool answered = turn.answer && !turn.answer->empty();
  std::string delimiter;
  if (!turn.gen_prefix.empty()) {
    const bool needed = !turn.question.empty() && !space_between(turn.question, turn.gen_prefix);
    delimiter = needed ? turn.target_delimiter : "";
  } else if (answered) {
    delimiter = turn.target_delimiter;
  }
  turns.push_back({{"user", turn.question}, delimiter});
  if (answered) {
    turns.push_back(
        {{"assistant", join_delimited(turn.gen_prefix, *turn.answer, " ")}, turn.fewshot_delimiter});
  } else if (turn.answer && !turn.gen_prefix.empty()) {
    turns.push_back({{"assistant", turn.gen_prefix}, ""});
  }
}

std::string as_text(const std::vector<Turn>& turns) {
  std::string text;
  for (const Turn& turn : turns) {
    text += turn.message.content + turn.delimiter;
  }
  return text;
}

std::vector<Message> as_messages(const std::vector<Turn>& turns) {
  std::vector<Message> messages;
  messages.reserve(turns.size());
  for (const Turn& turn : turns) {
    messages.push_back(turn.message);
  }
  return messages;
}

std::vector<Message> as_single_turn(std::vector<Turn> turns) {
  std::vector<Message> messages;
  if (!turns.empty() && turns.front().message.role == "system") {
    messages.push_back(turns.front().message);
    turns.erase(turns.begin());
  }
  if (!turns.empty()) {
    turns.back().delimiter.clear();
  }
  messages.push_back({"user", as_text(turns)});
  return messages;
}

}  // namespace reckon::suites
