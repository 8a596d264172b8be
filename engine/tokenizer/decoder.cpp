#include "engine/tokenizer/decoder.h"

#include "base/error.h"
#include "base/utf8.h"
#include "engine/tokenizer/characters.h"
#include "engine/tokenizer/pattern.h"

namespace reckon::engine {
namespace {

std::string join(const std::vector<std::string>& pieces) {
  std::size_t size = 0;
  for (const auto& piece : pieces) size += piece.size();
  std::string text;
  text.reserve(size);
  for (const auto& piece : pieces) text += piece;
  return text;
}

class ByteLevel : public Decoder {
 public:
  void apply(std::vector<std::string>& pieces) const override {
    std::string bytes;
    for (const auto& piece : pieces) bytes += bytes_of(piece);
    pieces.assign(1, replace_invalid_parts(bytes));
  }
  std::string bytes_of(std::string_view piece) const override {
    auto bytes = unspell_bytes(piece);
    return bytes ? std::move(*bytes) : std::string(piece);
  }
  std::string piece_for(std::string_view text) const override { return spell_bytes(text); }
};

// A run of byte pieces becomes text if all of it is text, else one U+FFFD for each byte of the run.
class ByteFallback : public Decoder {
 public:
  void apply(std::vector<std::string>& pieces) const override {
    std::vector<std::string> result;
    std::string run;
    const auto flush = [&] {
      if (run.empty()) return;
      if (utf8::is_valid(run)) {
        result.push_back(run);
      } else {
        for (std::size_t i = 0; i < run.size(); ++i) result.push_back("\xEF\xBF\xBD");
      }
      run.clear();
    };
    for (auto& piece : pieces) {
      if (const auto byte = byte_of_fallback_piece(piece)) {
        run += static_cast<char>(*byte);
      } else {
        flush();
        result.push_back(std::move(piece));
      }
    }
    flush();
    pieces = std::move(result);
  }
  std::string bytes_of(std::string_view piece) const override {
    const auto byte = byte_of_fallback_piece(piece);
    return byte ? std::string(1, static_cast<char>(*byte)) : std::string(piece);
  }
};

class Replace : public Decoder {
 public:
  Replace(Pattern pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}
  void apply(std::vector<std::string>& pieces) const override {
    for (auto& piece : pieces) piece = bytes_of(piece);
  }
  std::string bytes_of(std::string_view piece) const override {
    // Only a whole text is matched by a regular expression; a single byte of a character is left alone.
    return utf8::is_valid(piece) ? pattern_.replace_all(piece, content_) : std::string(piece);
  }

 private:
  Pattern pattern_;
  std::string content_;
};

class Metaspace : public Decoder {
 public:
  Metaspace(std::string replacement, bool prefix) : replacement_(std::move(replacement)), prefix_(prefix) {}
  void apply(std::vector<std::string>& pieces) const override {
    const Pattern mark = Pattern::literal(replacement_);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      pieces[i] = mark.replace_all(pieces[i], i == 0 && prefix_ ? "" : " ");
    }
  }
  std::string bytes_of(std::string_view piece) const override {
    return Pattern::literal(replacement_).replace_all(piece, " ");
  }
  std::size_t leading_spaces_dropped() const override { return prefix_ ? 1 : 0; }

 private:
  std::string replacement_;
  bool prefix_;
};

class Fuse : public Decoder {
 public:
  void apply(std::vector<std::string>& pieces) const override { pieces.assign(1, join(pieces)); }
};

// Drops up to `start` times `content` from the start of each piece and up to `stop` times from its end.
class Strip : public Decoder {
 public:
  Strip(std::string content, std::size_t start, std::size_t stop)
      : content_(std::move(content)), start_(start), stop_(stop) {}
  void apply(std::vector<std::string>& pieces) const override {
    for (auto& piece : pieces) {
      std::string_view text = piece;
      for (std::size_t i = 0; i < start_ && text.starts_with(content_); ++i)
        text.remove_prefix(content_.size());
      for (std::size_t i = 0; i < stop_ && text.ends_with(content_); ++i) text.remove_suffix(content_.size());
      piece = std::string(text);
    }
  }
  std::size_t leading_spaces_dropped() const override { return content_ == " " ? start_ : 0; }

 private:
  std::string content_;
  std::size_t start_;
  std::size_t stop_;
};

class Sequence : public Decoder {
 public:
  void add(std::unique_ptr<Decoder> step) { steps_.push_back(std::move(step)); }
  void apply(std::vector<std::string>& pieces) const override {
    for (const auto& step : steps_) step->apply(pieces);
  }
  std::string bytes_of(std::string_view piece) const override {
    std::string bytes(piece);
    for (const auto& step : steps_) bytes = step->bytes_of(bytes);
    return bytes;
  }
  std::string piece_for(std::string_view text) const override {
    std::string piece(text);
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) piece = (*step)->piece_for(piece);
    return piece;
  }
  std::size_t leading_spaces_dropped() const override {
    std::size_t count = 0;
    for (const auto& step : steps_) count += step->leading_spaces_dropped();
    return count;
  }

 private:
  std::vector<std::unique_ptr<Decoder>> steps_;
};

}  // namespace

std::unique_ptr<Decoder> make_byte_level_decoder() { return std::make_unique<ByteLevel>(); }

std::unique_ptr<Decoder> make_sentencepiece_decoder(bool prefix) {
  auto sequence = std::make_unique<Sequence>();
  sequence->add(std::make_unique<Replace>(Pattern::literal("\u2581"), " "));
  sequence->add(std::make_unique<ByteFallback>());
  sequence->add(std::make_unique<Fuse>());
  if (prefix) sequence->add(std::make_unique<Strip>(" ", 1, 0));
  return sequence;
}

std::unique_ptr<Decoder> make_decoder(const json::Value& description, const std::string& where) {
  const json::ObjectReader reader(description, where);
  const std::string type = reader.get_string("type");
  if (type == "ByteLevel") return make_byte_level_decoder();
  if (type == "ByteFallback") return std::make_unique<ByteFallback>();
  if (type == "Fuse") return std::make_unique<Fuse>();
  if (type == "Replace") {
    return std::make_unique<Replace>(Pattern::from_json(reader, "pattern"), reader.get_string("content"));
  }
  if (type == "Metaspace") {
    const std::string scheme =
        reader.get_string("prepend_scheme", reader.get_bool("add_prefix_space", true) ? "always" : "never");
    const std::string replacement = reader.get_string("replacement", "\u2581");
    return std::make_unique<Metaspace>(replacement, scheme != "never");
  }
  if (type == "Strip") {
    const std::string content = reader.get_string("content");
    if (content.empty()) fail_input("{}: field 'content' is empty", where);
    return std::make_unique<Strip>(content, static_cast<std::size_t>(reader.get_int("start", 0, 1000)),
                                   static_cast<std::size_t>(reader.get_int("stop", 0, 1000)));
  }
  if (type == "Sequence") {
    auto sequence = std::make_unique<Sequence>();
    std::size_t index = 0;
    for (const auto& step : reader.get_array("decoders").GetArray()) {
      sequence->add(make_decoder(step, fmt::format("{}: decoders[{}]", where, index++)));
    }
    return sequence;
  }
  fail_input(
      "{}: decoder type '{}' is not supported (known: ByteLevel, ByteFallback, Fuse, Replace, Metaspace, "
      "Strip, "
      "Sequence)",
      where, type);
}

}  // namespace reckon::engine
