#pragma once
// Pieces back to text: the steps of tokenizer.json's "decoder".

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace reckon::engine {

class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Rewrites the pieces of a whole text; joined, the last step's pieces are the text.
  virtual void apply(std::vector<std::string>& pieces) const = 0;
  /// What this step makes of one piece inside a text, as bytes.
  virtual std::string bytes_of(std::string_view piece) const { return std::string(piece); }
  /// The piece that this step turns into exactly `text`: how an added token, stored as plain text, is handed
  /// in.
  virtual std::string piece_for(std::string_view text) const { return std::string(text); }
  /// Spaces that this step drops from the start of a text.
  virtual std::size_t leading_spaces_dropped() const { return 0; }
};

/// From tokenizer.json's "decoder". Error: an unknown type, named.
std::unique_ptr<Decoder> make_decoder(const json::Value& description, const std::string& where);

/// GPT-2's byte spelling.
std::unique_ptr<Decoder> make_byte_level_decoder();
/// SentencePiece: "▁" is a space, "<0xNN>" a byte; drops one space at the start if `prefix`.
std::unique_ptr<Decoder> make_sentencepiece_decoder(bool prefix);

}  // namespace reckon::engine
