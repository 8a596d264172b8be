// Extraction rules for structured replies: a field of a JSON object, a fenced code block.

#include <algorithm>

#include "base/error.h"
#include "suites/config/option_reader.h"
#include "suites/extraction/extraction_rules.h"
#include "suites/prompts/python_values.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

// A brace in prose makes a scan start again behind it; a hostile text has many.
constexpr std::size_t kMaxScannedBytes = std::size_t{256} << 20;

/// End of the balanced {...} that begins at `begin`, npos when it never closes. Quotes are minded.
std::size_t balanced_end(std::string_view text, std::size_t begin) {
  json::Nesting nesting;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (nesting.take(text[i]) == 0) return i + 1;
  }
  return std::string_view::npos;
}

class JsonField : public ExtractionRule {
 public:
  explicit JsonField(const std::string& path) {
    std::size_t begin = 0;
    for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', begin)) {
      keys_.push_back(path.substr(begin, dot - begin));
      begin = dot + 1;
    }
    keys_.push_back(path.substr(begin));
  }

  std::optional<std::string> apply(std::string_view text, std::string& limit) const override {
    std::optional<std::string> last;
    std::size_t scanned = 0;
    std::size_t at = text.find('{');
    while (at != std::string_view::npos) {
      const std::size_t end = balanced_end(text, at);
      scanned += std::min(end, text.size()) - at;
      std::optional<std::string> found;
      if (end != std::string_view::npos) {
        found = field_of(text.substr(at, end - at));
      }
      if (found) {
        last = std::move(found);
        at = text.find('{', end);
      } else {
        if (scanned > kMaxScannedBytes) {
          limit = "too many braces that are no JSON";
          return std::nullopt;
        }
        at = text.find('{', at + 1);
      }
    }
    return last;
  }
  std::string name() const override { return "json_field"; }

 private:
  std::optional<std::string> field_of(std::string_view object) const {
    try {
      const json::Document document = json::parse(object, "reply");
      const json::Value* value = &document;
      for (const std::string& key : keys_) {
        if (!value->IsObject()) {
          return std::nullopt;
        }
        const auto member = value->FindMember(key.c_str());
        if (member == value->MemberEnd()) {
          return std::nullopt;
        }
        value = &member->value;
      }
      if (value->IsNull()) {
        return std::nullopt;
      }
      return value->IsObject() || value->IsArray() || value->IsBool() ? json::dump(*value)
                                                                      : python_text(*value);
    } catch (const Error&) {
      return std::nullopt;  // braces that hold no JSON
    }
  }

  std::vector<std::string> keys_;
};

class CodeBlock : public ExtractionRule {
 public:
  CodeBlock(std::string language, bool first) : language_(std::move(language)), first_(first) {}

  std::optional<std::string> apply(std::string_view text, std::string&) const override {
    std::optional<std::string_view> found;
    std::size_t at = text.find("```");
    while (at != std::string_view::npos) {
      const std::size_t line_end = text.find('\n', at);
      if (line_end == std::string_view::npos) {
        break;
      }
      const std::string_view language = trim(text.substr(at + 3, line_end - at - 3));
      const std::size_t close = text.find("```", line_end);
      if (close == std::string_view::npos) {
        break;
      }
      if (language_.empty() || lower_case(language) == lower_case(language_)) {
        found = text.substr(line_end + 1, std::max(close, line_end + 1) - line_end - 1);
        if (first_) {
          break;
        }
      }
      at = text.find("```", close + 3);
    }
    return found ? std::optional<std::string>(std::string(*found)) : std::nullopt;
  }
  std::string name() const override { return "code_block"; }

 private:
  std::string language_;
  bool first_;
};

}  // namespace

std::unique_ptr<ExtractionRule> make_json_field(const json::Value& options, const std::string& where) {
  const OptionReader reader(options, where, {"field"});
  return std::make_unique<JsonField>(reader.get_string("field", "answer"));
}

std::unique_ptr<ExtractionRule> make_code_block(const json::Value& options, const std::string& where) {
  const OptionReader reader(options, where, {"language", "select"});
  return std::make_unique<CodeBlock>(reader.get_string("language", ""),
                                     reader.get_choice("select", {"first", "last"}, "last") == "first");
}

}  // namespace reckon::suites
