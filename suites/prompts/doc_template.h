#pragma once
// doc_to_text, doc_to_target and their kin: a field of the row, a template over its fields, or fixed values.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace reckon::engine {
class ChatTemplate;
}

namespace reckon::suites {

/// What a row gives: text, a number that indexes the choices, or a list.
struct DocValue {
  std::string text;                   ///< the text; of a list: its first item
  std::optional<std::int64_t> index;  ///< when the value is an integer
  std::vector<std::string> list;
  std::vector<std::int64_t> indices;  ///< of a list, when all its items are integers
  bool is_list = false;
};

class DocTemplate {
 public:
  DocTemplate() = default;
  /// `value` is text (a field name or a template), an integer, a list of texts or a mapping (its values).
  /// Errors: anything else; a template that does not parse (`where` and the line in the template).
  DocTemplate(const json::Value& value, const std::string& where);
  /// What a built-in function makes of the row: text, an integer or a list of texts.
  DocTemplate(std::function<json::Document(const json::Value&)> function, const std::string& where);

  /// From now on a single word of two letters or more is the name of a field, never a text as it stands.
  void take_words_as_fields();

  bool defined() const { return kind_ != Kind::none; }
  /// Text that names a field of `doc` gives the field, other text is rendered with the fields as variables.
  /// (lm-evaluation-harness takes the name of a field that is not there for the text itself, "answer".)
  /// A list in Python notation ("['a', 'b']"), as templates print it, becomes a list when `lists` is true.
  /// Errors: a field that the row does not have, with `row` (file and line of the row).
  DocValue apply(const json::Value& doc, const std::string& row, bool lists = false) const;
  std::string text(const json::Value& doc, const std::string& row) const { return apply(doc, row).text; }

 private:
  enum class Kind { none, text, integer, list, function };
  struct Piece {
    std::string literal;
    std::string field;  ///< "" for a literal piece
  };

  DocValue of_value(const json::Value& value) const;
  std::string render(const json::Value& doc, const std::string& row) const;
  const json::Value& field(const json::Value& doc, const std::string& name, const std::string& row) const;

  Kind kind_ = Kind::none;
  std::string source_;
  std::string where_;
  bool is_field_name_ = false;
  std::int64_t integer_ = 0;
  std::vector<std::string> list_;
  std::function<json::Document(const json::Value&)> function_;
  std::vector<Piece> pieces_;                             ///< the simple form: text and {{field}} alone
  std::shared_ptr<const engine::ChatTemplate> template_;  ///< everything else
  std::vector<std::string> needed_;                       ///< fields that template_ cannot do without
};

}  // namespace reckon::suites
