#include "engine/tokenizer/pre_tokenizer.h"

#include <functional>

#include "base/error.h"
#include "base/utf8.h"
#include "engine/tokenizer/characters.h"
#include "engine/tokenizer/pattern.h"

namespace reckon::engine {
namespace {

constexpr std::string_view kGpt2Words =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

enum class Behavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };

Behavior parse_behavior(const std::string& name, const std::string& where) {
  if (name == "Removed") return Behavior::removed;
  if (name == "Isolated") return Behavior::isolated;
  if (name == "MergedWithPrevious") return Behavior::merged_with_previous;
  if (name == "MergedWithNext") return Behavior::merged_with_next;
  if (name == "Contiguous") return Behavior::contiguous;
  fail_input(
      "{}: field 'behavior' is '{}' (known: Removed, Isolated, MergedWithPrevious, MergedWithNext, "
      "Contiguous)",
      where, name);
}

struct Part {
  TextRange range;
  bool is_match;
};

// Appends the words that `parts` (which cover one old word without gaps) make under `behavior`.
void join_parts(const std::vector<Part>& parts, Behavior behavior, std::vector<TextRange>& out) {
  const auto push = [&](TextRange range) {
    if (range.begin < range.end) out.push_back(range);
  };
  if (behavior == Behavior::removed || behavior == Behavior::isolated) {
    for (const Part& part : parts) {
      if (behavior == Behavior::isolated || !part.is_match) push(part.range);
    }
    return;
  }
  std::vector<TextRange> joined;
  bool previous_match = false;
  if (behavior == Behavior::merged_with_next) {
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
      if (part->is_match && !previous_match && !joined.empty()) {
        joined.back().begin = part->range.begin;
      } else {
        joined.push_back(part->range);
      }
      previous_match = part->is_match;
    }
    for (auto range = joined.rbegin(); range != joined.rend(); ++range) push(*range);
    return;
  }
  for (const Part& part : parts) {
    const bool join =
        behavior == Behavior::contiguous ? part.is_match == previous_match : part.is_match && !previous_match;
    if (join && !joined.empty()) {
      joined.back().end = part.range.end;
    } else {
      joined.push_back(part.range);
    }
    previous_match = part.is_match;
  }
  for (const TextRange& range : joined) push(range);
}

// Splits every word at the matches that `find` gives for it.
using Finder = std::function<void(std::string_view, std::vector<TextRange>&)>;

void split_words(Words& words, const Finder& find, Behavior behavior, bool invert) {
  std::vector<TextRange> cut;
  cut.reserve(words.ranges.size() * 2);
  std::vector<TextRange> matches;
  std::vector<Part> parts;
  for (const TextRange& word : words.ranges) {
    find(std::string_view(words.text).substr(word.begin, word.end - word.begin), matches);
    if (behavior == Behavior::isolated) {  // the common case, without the intermediate list
      std::size_t done = word.begin;
      for (const TextRange& match : matches) {
        if (word.begin + match.begin > done) cut.push_back({done, word.begin + match.begin});
        if (match.end > match.begin) cut.push_back({word.begin + match.begin, word.begin + match.end});
        done = word.begin + match.end;
      }
      if (done < word.end) cut.push_back({done, word.end});
      continue;
    }
    parts.clear();
    std::size_t done = word.begin;
    for (const TextRange& match : matches) {
      const TextRange range{word.begin + match.begin, word.begin + match.end};
      if (range.begin > done) parts.push_back({{done, range.begin}, invert});
      parts.push_back({range, !invert});
      done = range.end;
    }
    if (done < word.end) parts.push_back({{done, word.end}, invert});
    join_parts(parts, behavior, cut);
  }
  words.ranges = std::move(cut);
}

// Builds the text anew, word by word.
template <typename Rewrite>
void rewrite_words(Words& words, Rewrite rewrite) {
  std::string text;
  text.reserve(words.text.size() + words.text.size() / 2);
  for (TextRange& word : words.ranges) {
    const std::size_t begin = text.size();
    rewrite(std::string_view(words.text).substr(word.begin, word.end - word.begin), word.begin, text);
    word = {begin, text.size()};
  }
  words.text = std::move(text);
}

class Split : public PreTokenizer {
 public:
  Split(Pattern pattern, Behavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}

  void apply(Words& words) const override {
    split_words(
        words, [&](std::string_view word, auto& matches) { pattern_.find_all(word, matches); }, behavior_,
        invert_);
  }

 private:
  Pattern pattern_;
  Behavior behavior_;
  bool invert_;
};

// Splits at characters of a class; each one is a match of its own.
class SplitAtCharacters : public PreTokenizer {
 public:
  using Test = std::function<bool(std::uint32_t)>;
  SplitAtCharacters(Test test, Behavior behavior) : test_(std::move(test)), behavior_(behavior) {}

  void apply(Words& words) const override {
    const auto find = [&](std::string_view word, std::vector<TextRange>& matches) {
      matches.clear();
      for (std::size_t i = 0; i < word.size();) {
        const auto decoded = utf8::decode(word, i);
        const std::size_t next = i + static_cast<std::size_t>(decoded.length);
        if (test_(decoded.code_point)) matches.push_back({i, next});
        i = next;
      }
    };
    split_words(words, find, behavior_, false);
  }

 private:
  Test test_;
  Behavior behavior_;
};

class ByteLevel : public PreTokenizer {
 public:
  ByteLevel(bool add_prefix_space, bool use_regex, const std::string& where)
      : add_prefix_space_(add_prefix_space) {
    if (use_regex) regex_.emplace(kGpt2Words, where);
  }

  void apply(Words& words) const override {
    if (add_prefix_space_) {
      rewrite_words(words, [](std::string_view word, std::size_t, std::string& text) {
        if (!word.starts_with(' ')) text += ' ';
        text += word;
      });
    }
    if (regex_) {
      split_words(
          words, [&](std::string_view word, auto& matches) { regex_->find_all(word, matches); },
          Behavior::isolated, false);
    }
    const auto& spellings = byte_spellings();
    rewrite_words(words, [&](std::string_view word, std::size_t, std::string& text) {
      for (const char c : word) {
        if (c > 0x20 && c < 0x7F) {
          text += c;
        } else {
          text += spellings[static_cast<unsigned char>(c)];
        }
      }
    });
  }

 private:
  bool add_prefix_space_;
  std::optional<Regex> regex_;
};

class Metaspace : public PreTokenizer {
 public:
  enum class Prepend { always, first, never };
  Metaspace(std::string replacement, Prepend prepend, bool split)
      : replacement_(std::move(replacement)), prepend_(prepend), split_(split) {}

  void apply(Words& words) const override {
    const Pattern space = Pattern::literal(" ");
    rewrite_words(words, [&](std::string_view word, std::size_t begin, std::string& text) {
      const std::string replaced = space.replace_all(word, replacement_);
      const bool wanted =
          prepend_ == Prepend::always || (prepend_ == Prepend::first && words.at_start && begin == 0);
      if (wanted && !replaced.starts_with(replacement_)) text += replacement_;
      text += replaced;
    });
    if (!split_) return;
    const Pattern mark = Pattern::literal(replacement_);
    split_words(
        words, [&](std::string_view word, auto& matches) { mark.find_all(word, matches); },
        Behavior::merged_with_next, false);
  }

 private:
  std::string replacement_;
  Prepend prepend_;
  bool split_;
};

class Sequence : public PreTokenizer {
 public:
  void add(std::unique_ptr<PreTokenizer> step) { steps_.push_back(std::move(step)); }
  void apply(Words& words) const override {
    for (const auto& step : steps_) step->apply(words);
  }

 private:
  std::vector<std::unique_ptr<PreTokenizer>> steps_;
};

std::unique_ptr<PreTokenizer> make_metaspace(const json::ObjectReader& reader) {
  // Older files say add_prefix_space, newer ones prepend_scheme.
  const std::string scheme =
      reader.get_string("prepend_scheme", reader.get_bool("add_prefix_space", true) ? "always" : "never");
  Metaspace::Prepend prepend;
  if (scheme == "always") {
    prepend = Metaspace::Prepend::always;
  } else if (scheme == "first") {
    prepend = Metaspace::Prepend::first;
  } else if (scheme == "never") {
    prepend = Metaspace::Prepend::never;
  } else {
    fail_input("{}: field 'prepend_scheme' is '{}' (known: always, first, never)", reader.where(), scheme);
  }
  const std::string replacement = reader.get_string("replacement", "\u2581");
  if (replacement.empty()) fail_input("{}: field 'replacement' is empty", reader.where());
  return std::make_unique<Metaspace>(replacement, prepend, reader.get_bool("split", true));
}

std::uint32_t only_character(const json::ObjectReader& reader, const char* key) {
  const std::string text = reader.get_string(key);
  const auto decoded = utf8::decode(text, 0);
  if (decoded.length == 0 || static_cast<std::size_t>(decoded.length) != text.size()) {
    fail_input("{}: field '{}' should be one character", reader.where(), key);
  }
  return decoded.code_point;
}

}  // namespace

std::unique_ptr<PreTokenizer> make_pre_tokenizer(const json::Value& description, const std::string& where) {
  const json::ObjectReader reader(description, where);
  const std::string type = reader.get_string("type");
  if (type == "Split") {
    return std::make_unique<Split>(Pattern::from_json(reader, "pattern"),
                                   parse_behavior(reader.get_string("behavior"), where),
                                   reader.get_bool("invert", false));
  }
  if (type == "ByteLevel") {
    return std::make_unique<ByteLevel>(reader.get_bool("add_prefix_space", true),
                                       reader.get_bool("use_regex", true), where);
  }
  if (type == "Metaspace") return make_metaspace(reader);
  if (type == "Digits") {
    const bool single = reader.get_bool("individual_digits", false);
    return std::make_unique<SplitAtCharacters>(is_numeric,
                                               single ? Behavior::isolated : Behavior::contiguous);
  }
  if (type == "Punctuation") {
    return std::make_unique<SplitAtCharacters>(
        is_punctuation, parse_behavior(reader.get_string("behavior", "Isolated"), where));
  }
  if (type == "Whitespace") {
    return std::make_unique<Split>(Pattern::regex(R"(\w+|[^\w\s]+)", where), Behavior::removed, true);
  }
  if (type == "WhitespaceSplit") {
    return std::make_unique<SplitAtCharacters>(is_white_space, Behavior::removed);
  }
  if (type == "CharDelimiterSplit") {
    const std::uint32_t delimiter = only_character(reader, "delimiter");
    return std::make_unique<SplitAtCharacters>([delimiter](std::uint32_t c) { return c == delimiter; },
                                               Behavior::removed);
  }
  if (type == "Sequence") {
    auto sequence = std::make_unique<Sequence>();
    std::size_t index = 0;
    for (const auto& step : reader.get_array("pretokenizers").GetArray()) {
      sequence->add(make_pre_tokenizer(step, fmt::format("{}: pretokenizers[{}]", where, index++)));
    }
    return sequence;
  }
  fail_input(
      "{}: pre-tokenizer type '{}' is not supported (known: Split, ByteLevel, Metaspace, Digits, "
      "Punctuation, "
      "Whitespace, WhitespaceSplit, CharDelimiterSplit, Sequence)",
      where, type);
}

std::unique_ptr<PreTokenizer> make_regex_pre_tokenizer(const std::vector<std::string>& expressions,
                                                       bool byte_level, const std::string& where) {
  auto sequence = std::make_unique<Sequence>();
  for (const std::string& expression : expressions) {
    sequence->add(std::make_unique<Split>(Pattern::regex(expression, where), Behavior::isolated, false));
  }
  if (byte_level) sequence->add(std::make_unique<ByteLevel>(false, false, where));
  return sequence;
}

}  // namespace reckon::engine
