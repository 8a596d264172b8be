#pragma once
// Tokens that are found in the text before anything else happens to it: "<|im_end|>", runs of spaces ...

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tokenizer/tokenizer.h"

namespace reckon::engine {

struct AddedToken {
  TokenId id = -1;
  std::string content;
  bool single_word = false;  ///< only where no word character touches it
  bool lstrip = false;       ///< swallows the white space before it
  bool rstrip = false;       ///< swallows the white space behind it
  bool normalized = false;   ///< looked for in the normalised text
  bool special = false;
};

/// A part of a text: a token, or text between tokens (token -1). Bytes [begin, end).
struct Section {
  TokenId token = -1;
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Finds a set of tokens in a text: leftmost first, of those the longest, never overlapping.
class AddedTokenFinder {
 public:
  explicit AddedTokenFinder(std::vector<AddedToken> tokens = {});

  /// Cuts `text` into sections; empty text between tokens is left out. With `parse_special` false, special
  /// tokens are text.
  std::vector<Section> cut(std::string_view text, bool parse_special) const;

  bool empty() const { return tokens_.empty(); }

 private:
  struct Node {
    std::map<unsigned char, int> children;
    int token = -1;  // index into tokens_
  };
  struct Found {
    int token;
    std::size_t length;
  };
  Found longest_at(std::string_view text, std::size_t at) const;

  std::vector<AddedToken> tokens_;
  std::vector<Node> nodes_;
  std::array<bool, 256> starts_{};  // bytes that some token starts with
};

}  // namespace reckon::engine
