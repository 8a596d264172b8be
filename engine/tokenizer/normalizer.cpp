#include "engine/tokenizer/normalizer.h"

#include <cstdlib>
#include <optional>
#include <vector>

#include <utf8proc.h>

#include "base/error.h"
#include "base/utf8.h"
#include "engine/tokenizer/characters.h"
#include "engine/tokenizer/pattern.h"

namespace reckon::engine {
namespace {

class UnicodeForm : public Normalizer {
 public:
  explicit UnicodeForm(int options) : options_(options) {}

  std::string apply(std::string_view text) const override {
    bool ascii = true;
    for (const char c : text) ascii = ascii && static_cast<unsigned char>(c) < 0x80;
    if (ascii) return std::string(text);
    utf8proc_uint8_t* mapped = nullptr;
    const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                                     static_cast<utf8proc_option_t>(options_ | UTF8PROC_STABLE));
    if (length < 0) {
      std::free(mapped);
      fail_input("Unicode normalisation of a text of {} bytes: {}", text.size(), utf8proc_errmsg(length));
    }
    std::string result(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length));
    std::free(mapped);
    return result;
  }

 private:
  int options_;
};

class Lowercase : public Normalizer {
 public:
  std::string apply(std::string_view text) const override {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
      const auto decoded = utf8::decode(text, i);
      i += static_cast<std::size_t>(decoded.length);
      if (decoded.code_point == 0x130) {
        result += "i\xCC\x87";  // the one character whose lower case is two (SpecialCasing.txt)
      } else {
        const auto lower = utf8proc_tolower(static_cast<utf8proc_int32_t>(decoded.code_point));
        utf8::append(result, static_cast<std::uint32_t>(lower));
      }
    }
    return result;
  }
};

class Strip : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}

  std::string apply(std::string_view text) const override {
    std::size_t begin = text.size();
    std::size_t end = 0;
    for (std::size_t i = 0; i < text.size();) {
      const auto decoded = utf8::decode(text, i);
      const std::size_t next = i + static_cast<std::size_t>(decoded.length);
      if (!is_white_space(decoded.code_point)) {
        begin = std::min(begin, i);
        end = next;
      }
      i = next;
    }
    if (!left_) begin = 0;
    if (!right_) end = text.size();
    return begin < end ? std::string(text.substr(begin, end - begin)) : std::string();
  }

 private:
  bool left_;
  bool right_;
};

class StripAccents : public Normalizer {
 public:
  std::string apply(std::string_view text) const override {
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
      const auto decoded = utf8::decode(text, i);
      const auto length = static_cast<std::size_t>(decoded.length);
      if (!is_mark(decoded.code_point)) result += text.substr(i, length);
      i += length;
    }
    return result;
  }
};

class Prepend : public Normalizer {
 public:
  explicit Prepend(std::string prefix) : prefix_(std::move(prefix)) {}
  std::string apply(std::string_view text) const override {
    return text.empty() ? std::string() : prefix_ + std::string(text);
  }

 private:
  std::string prefix_;
};

class Replace : public Normalizer {
 public:
  Replace(Pattern pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}
  std::string apply(std::string_view text) const override { return pattern_.replace_all(text, content_); }

 private:
  Pattern pattern_;
  std::string content_;
};

class SpellBytes : public Normalizer {
 public:
  std::string apply(std::string_view text) const override { return spell_bytes(text); }
};

class Sequence : public Normalizer {
 public:
  void add(std::unique_ptr<Normalizer> step) { steps_.push_back(std::move(step)); }
  std::string apply(std::string_view text) const override {
    std::string result(text);
    for (const auto& step : steps_) result = step->apply(result);
    return result;
  }

 private:
  std::vector<std::unique_ptr<Normalizer>> steps_;
};

std::optional<int> form_options(std::string_view type) {
  constexpr int kCompose = UTF8PROC_COMPOSE;
  constexpr int kDecompose = UTF8PROC_DECOMPOSE;
  if (type == "NFC") return kCompose;
  if (type == "NFD") return kDecompose;
  if (type == "NFKC") return kCompose | UTF8PROC_COMPAT;
  if (type == "NFKD") return kDecompose | UTF8PROC_COMPAT;
  return std::nullopt;
}

}  // namespace

std::unique_ptr<Normalizer> make_normalizer(const json::Value& description, const std::string& where) {
  const json::ObjectReader reader(description, where);
  const std::string type = reader.get_string("type");
  if (const auto options = form_options(type)) return std::make_unique<UnicodeForm>(*options);
  if (type == "Lowercase") return std::make_unique<Lowercase>();
  if (type == "StripAccents") return std::make_unique<StripAccents>();
  if (type == "ByteLevel") return std::make_unique<SpellBytes>();
  if (type == "Strip") {
    return std::make_unique<Strip>(reader.get_bool("strip_left", true), reader.get_bool("strip_right", true));
  }
  if (type == "Prepend") return std::make_unique<Prepend>(reader.get_string("prepend"));
  if (type == "Replace") {
    return std::make_unique<Replace>(Pattern::from_json(reader, "pattern"), reader.get_string("content"));
  }
  if (type == "Sequence") {
    auto sequence = std::make_unique<Sequence>();
    std::size_t index = 0;
    for (const auto& step : reader.get_array("normalizers").GetArray()) {
      sequence->add(make_normalizer(step, fmt::format("{}: normalizers[{}]", where, index++)));
    }
    return sequence;
  }
  fail_input(
      "{}: normalizer type '{}' is not supported (known: NFC, NFD, NFKC, NFKD, Lowercase, Strip, "
      "StripAccents, Prepend, Replace, ByteLevel, Sequence)",
      where, type);
}

std::unique_ptr<Normalizer> make_space_escaper(bool prefix) {
  auto sequence = std::make_unique<Sequence>();
  if (prefix) sequence->add(std::make_unique<Prepend>("\u2581"));
  sequence->add(std::make_unique<Replace>(Pattern::literal(" "), "\u2581"));
  return sequence;
}

}  // namespace reckon::engine
