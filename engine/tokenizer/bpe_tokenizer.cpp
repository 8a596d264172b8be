#include "engine/tokenizer/bpe_tokenizer.h"

#include <unordered_map>

#include "base/error.h"
#include "base/utf8.h"

namespace reckon::engine {
namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{1} << 27;

class BpeTokenizer : public Tokenizer {
 public:
  explicit BpeTokenizer(TokenizerParts parts) : parts_(std::move(parts)) {
    const std::size_t size = parts_.vocabulary->size();
    special_.assign(size, false);
    std::vector<AddedToken> raw;
    std::vector<AddedToken> normalized;
    for (AddedToken& token : parts_.added_tokens) {
      check(token.id, "added token");
      const auto index = static_cast<std::size_t>(token.id);
      special_[index] = special_[index] || token.special;
      if (token.normalized && parts_.normalizer) token.content = parts_.normalizer->apply(token.content);
      // Stored as plain text: Hugging Face's byte-level decoder would take an added "ü" for the byte 0xFC.
      if (parts_.decoder) added_pieces_[token.id] = parts_.decoder->piece_for(token.content);
      (token.normalized ? normalized : raw).push_back(token);
    }
    raw_finder_ = AddedTokenFinder(std::move(raw));
    normalized_finder_ = AddedTokenFinder(std::move(normalized));
    for (const TokenId id : parts_.prefix) check(id, "beginning token");
    for (const TokenId id : parts_.suffix) check(id, "end token");
    if (parts_.bos_token) check(*parts_.bos_token, "bos token");
    if (parts_.eos_token) check(*parts_.eos_token, "eos token");
    bytes_.reserve(size);
    for (std::size_t id = 0; id < size; ++id) {
      const std::string& piece = decoder_piece(static_cast<TokenId>(id));
      bytes_.push_back(parts_.decoder ? parts_.decoder->bytes_of(piece) : piece);
    }
  }

  std::vector<TokenId> encode(std::string_view text, const EncodeOptions& options) const override {
    if (text.size() > kMaxTextBytes) {
      fail_input("{}: text of {} bytes, more than the {} that can be encoded at once", parts_.source,
                 text.size(), kMaxTextBytes);
    }
    std::string clean;
    if (!utf8::is_valid(text)) {
      clean = utf8::replace_invalid(text);
      text = clean;
    }
    std::vector<TokenId> ids;
    ids.reserve(text.size() / 3 + 8);
    if (options.add_special_tokens) ids = parts_.prefix;
    BpeModel::Cache cache;
    for (const Section& section : raw_finder_.cut(text, options.parse_special_tokens)) {
      if (section.token >= 0) {
        ids.push_back(section.token);
      } else {
        const auto part = text.substr(section.begin, section.end - section.begin);
        encode_section(part, section.begin == 0, options, ids, cache);
      }
    }
    if (options.add_special_tokens) ids.insert(ids.end(), parts_.suffix.begin(), parts_.suffix.end());
    return ids;
  }

  std::string decode(std::span<const TokenId> tokens, bool skip_special_tokens) const override {
    std::vector<std::string> pieces;
    pieces.reserve(tokens.size());
    for (const TokenId token : tokens) {
      if (token_piece(token).empty() || (skip_special_tokens && is_special(token))) continue;
      pieces.push_back(decoder_piece(token));
    }
    if (parts_.decoder) parts_.decoder->apply(pieces);
    std::string text;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (i > 0 && !parts_.decoder) text += ' ';
      text += pieces[i];
    }
    return utf8::is_valid(text) ? text : utf8::replace_invalid(text);
  }

  const std::string& token_bytes(TokenId token) const override {
    require(token);
    return bytes_[static_cast<std::size_t>(token)];
  }

  bool is_special(TokenId token) const override {
    return parts_.vocabulary->contains(token) && special_[static_cast<std::size_t>(token)];
  }

  std::size_t vocab_size() const override { return parts_.vocabulary->size(); }
  std::optional<TokenId> bos_token() const override { return parts_.bos_token; }
  std::optional<TokenId> eos_token() const override { return parts_.eos_token; }
  std::optional<TokenId> token_id(std::string_view piece) const override {
    return parts_.vocabulary->find(piece);
  }

  const std::string& token_piece(TokenId token) const override {
    require(token);
    return parts_.vocabulary->piece(token);
  }

  bool spaces_between_tokens() const override { return !parts_.decoder; }

  std::size_t leading_spaces_added() const override {
    return parts_.decoder ? parts_.decoder->leading_spaces_dropped() : 0;
  }

 private:
  void check(TokenId id, const char* what) const {
    if (!parts_.vocabulary->contains(id)) {
      fail_input("{}: {} has id {}, outside the vocabulary of {} tokens", parts_.source, what, id,
                 parts_.vocabulary->size());
    }
  }

  void require(TokenId id) const {
    if (!parts_.vocabulary->contains(id)) {
      fail_input("{}: token id {} is outside the vocabulary of {} tokens", parts_.source, id,
                 parts_.vocabulary->size());
    }
  }

  const std::string& decoder_piece(TokenId id) const {
    const auto added = added_pieces_.find(id);
    return added != added_pieces_.end() ? added->second : parts_.vocabulary->piece(id);
  }

  void encode_section(std::string_view text, bool at_start, const EncodeOptions& options,
                      std::vector<TokenId>& ids, BpeModel::Cache& cache) const {
    const std::string normalized = parts_.normalizer ? parts_.normalizer->apply(text) : std::string(text);
    if (normalized_finder_.empty()) {
      encode_words(normalized, at_start, ids, cache);
      return;
    }
    for (const Section& section : normalized_finder_.cut(normalized, options.parse_special_tokens)) {
      if (section.token >= 0) {
        ids.push_back(section.token);
      } else {
        encode_words(normalized.substr(section.begin, section.end - section.begin),
                     at_start && section.begin == 0, ids, cache);
      }
    }
  }

  void encode_words(std::string text, bool at_start, std::vector<TokenId>& ids,
                    BpeModel::Cache& cache) const {
    if (text.empty()) return;
    Words words;
    words.ranges.push_back({0, text.size()});
    words.text = std::move(text);
    words.at_start = at_start;
    if (parts_.pre_tokenizer) parts_.pre_tokenizer->apply(words);
    const std::string_view all = words.text;
    for (const TextRange& word : words.ranges) {
      parts_.model->encode(all.substr(word.begin, word.end - word.begin), ids, cache);
    }
  }

  TokenizerParts parts_;
  AddedTokenFinder raw_finder_;
  AddedTokenFinder normalized_finder_;
  std::vector<bool> special_;                              // [vocab]
  std::unordered_map<TokenId, std::string> added_pieces_;  // what the decoder is given for added tokens
  std::vector<std::string> bytes_;                         // [vocab]
};

}  // namespace

std::unique_ptr<Tokenizer> make_bpe_tokenizer(TokenizerParts parts) {
  return std::make_unique<BpeTokenizer>(std::move(parts));
}

}  // namespace reckon::engine
