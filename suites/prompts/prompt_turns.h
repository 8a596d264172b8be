#pragma once
// Turns of a prompt and how they join, with the delimiters of lm-evaluation-harness 0.4.13.

#include <optional>
#include <string>
#include <vector>

#include "suites/task.h"

namespace reckon::suites {

/// One message and what follows it when the prompt is plain text.
struct Turn {
  Message message;
  std::string delimiter;
};

/// `prefix` and `suffix` joined, with `delimiter` between them unless white space stands there; an empty part
/// adds nothing.
std::string join_delimited(const std::string& prefix, const std::string& suffix,
                           const std::string& delimiter);

/// A question, and its answer when there is one.
struct QuestionTurn {
  std::string question;
  std::optional<std::string> answer;  ///< of an example
  std::string gen_prefix;             ///< "" : none
  std::string target_delimiter;
  std::string fewshot_delimiter;  ///< after the answer of an example
};
/// Appends the user turn, and the assistant turn of an example. The gen_prefix of the question that is put to
/// the model is not appended (Prompt::gen_prefix has it), only the delimiter before it.
void append_question(std::vector<Turn>& turns, const QuestionTurn& turn);

std::string as_text(const std::vector<Turn>& turns);
std::vector<Message> as_messages(const std::vector<Turn>& turns);
/// A system message, if any, and everything else in one user message.
std::vector<Message> as_single_turn(std::vector<Turn> turns);

}  // namespace reckon::suites
