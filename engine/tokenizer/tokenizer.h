#pragma once
// Text to token ids and back: the interface that the rest of the engine uses, whatever file it came from.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reckon::engine {

using TokenId = std::int32_t;

struct EncodeOptions {
  /// Adds the beginning and end tokens that the tokenizer's post-processor (or GGUF add_bos/add_eos) asks
  /// for. Text rendered by a chat template already holds them: encode it with false.
  bool add_special_tokens = true;
  /// Reads the text of special tokens ("<|im_end|>") as those tokens. With false they are plain text, which
  /// is what untrusted text wants.
  bool parse_special_tokens = true;
};

/// Immutable after loading; every function may be called from several threads at once.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// Bytes that are not UTF-8 count as U+FFFD. Errors: text that needs more regular-expression steps than are
  /// allowed.
  virtual std::vector<TokenId> encode(std::string_view text, const EncodeOptions& options = {}) const = 0;

  /// Text of the tokens, always valid UTF-8: bytes that make no character become U+FFFD. Errors: an id
  /// outside the vocabulary.
  virtual std::string decode(std::span<const TokenId> tokens, bool skip_special_tokens) const = 0;

  /// The bytes that a token stands for inside a text (may be a part of a character). Error: id out of range.
  virtual const std::string& token_bytes(TokenId token) const = 0;

  /// True for tokens that are marks, not text (bos, eos, <|im_start|> ...). False for ids out of range.
  virtual bool is_special(TokenId token) const = 0;

  /// Ids are 0 .. vocab_size() - 1; some may be unused (their bytes are empty).
  virtual std::size_t vocab_size() const = 0;

  virtual std::optional<TokenId> bos_token() const = 0;
  virtual std::optional<TokenId> eos_token() const = 0;

  /// The id whose stored text (as in the vocabulary file: "Ġthe", "▁the", "<|im_end|>") is `piece`.
  virtual std::optional<TokenId> token_id(std::string_view piece) const = 0;

  /// The stored text of an id, as in the vocabulary file. Error: id out of range.
  virtual const std::string& token_piece(TokenId token) const = 0;

  /// How many spaces at the very start of a decoded text belong to the encoding, not to the text
  /// (SentencePiece puts one before the first word).
  virtual std::size_t leading_spaces_added() const = 0;

  /// True for the few word-level tokenizers without a decoder: their texts have a space between any two
  /// tokens.
  virtual bool spaces_between_tokens() const { return false; }
};

/// Yields text while tokens arrive, never a part of a character: bytes that may still become one are held
/// back until the next token or finish(). What all calls return, joined, is the decoded text.
class StreamDecoder {
 public:
  StreamDecoder(const Tokenizer& tokenizer, bool skip_special_tokens);

  /// Text that became certain with this token; may be empty.
  std::string push(TokenId token);
  /// The rest; an unfinished character becomes U+FFFD. The decoder is then as new.
  std::string finish();

 private:
  const Tokenizer* tokenizer_;
  bool skip_special_tokens_;
  bool at_start_ = true;
  std::string pending_;
};

/// Loads a Hugging Face tokenizer.json. `tokenizer_config_path` (may be empty) names bos/eos and
/// add_bos_token. Errors name the file, the field and, for a component that is not supported, its type.
std::unique_ptr<Tokenizer> load_tokenizer_json(const std::string& tokenizer_json_path,
                                               const std::string& tokenizer_config_path = "");

/// Values of tokenizer.ggml.token_type.
enum class GgufTokenType : std::int32_t {
  undefined = 0,
  normal = 1,
  unknown = 2,
  control = 3,
  user_defined = 4,
  unused = 5,
  byte = 6,
};

/// What the tokenizer.ggml.* keys of a GGUF file say, as plain data.
struct GgufVocabulary {
  std::string source;               ///< file name, starts every error message
  std::string model;                ///< "gpt2" (byte-level BPE) or "llama" (SentencePiece by scores)
  std::string pre;                  ///< pre-tokenizer's name; gpt2 only ("smollm", "qwen2", "llama-bpe" ...)
  std::vector<std::string> tokens;  ///< [vocab] stored text
  std::vector<float> scores;        ///< [vocab] or empty; "llama" needs them
  std::vector<std::int32_t> token_types;  ///< [vocab] GgufTokenType, or empty: all normal
  std::vector<std::string> merges;        ///< "left right", best first; "gpt2" needs them
  std::optional<TokenId> bos_token;
  std::optional<TokenId> eos_token;
  std::optional<TokenId> unknown_token;
  std::optional<bool> add_bos;           ///< absent: as usual for this model and pre
  std::optional<bool> add_eos;           ///< absent: no
  std::optional<bool> add_space_prefix;  ///< absent: yes for "llama", no for "gpt2"
};

std::unique_ptr<Tokenizer> make_tokenizer(GgufVocabulary vocabulary);

}  // namespace reckon::engine
