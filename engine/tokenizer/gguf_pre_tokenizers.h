#pragma once
// The pre-tokenizers that GGUF files only name (tokenizer.ggml.pre).

#include <string>
#include <string_view>
#include <vector>

namespace reckon::engine {

struct GgufPreTokenizer {
  std::vector<std::string> expressions;  ///< applied in turn; matches and what lies between become words
  bool ignore_merges = false;            ///< a word that is a piece is taken whole
  bool add_bos = false;                  ///< when the file has no add_bos_token
};

/// `source` starts the error for an unknown name, which lists the nearest known one. An empty name is
/// "default".
GgufPreTokenizer find_gguf_pre_tokenizer(std::string_view name, const std::string& source);

}  // namespace reckon::engine
