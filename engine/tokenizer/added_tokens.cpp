#include "engine/tokenizer/added_tokens.h"

#include <algorithm>

#include "base/utf8.h"
#include "engine/tokenizer/characters.h"

namespace reckon::engine {
namespace {

// Start of the last character before `at` (> 0) of valid UTF-8.
std::size_t character_before(std::string_view text, std::size_t at) {
  do {
    --at;
  } while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  return at;
}

bool word_before(std::string_view text, std::size_t at) {
  return at > 0 && is_word_character(utf8::decode(text, character_before(text, at)).code_point);
}

bool word_at(std::string_view text, std::size_t at) {
  return at < text.size() && is_word_character(utf8::decode(text, at).code_point);
}

std::size_t without_space_before(std::string_view text, std::size_t at) {
  while (at > 0) {
    const std::size_t before = character_before(text, at);
    if (!is_white_space(utf8::decode(text, before).code_point)) break;
    at = before;
  }
  return at;
}

std::size_t behind_space(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const auto decoded = utf8::decode(text, at);
    if (decoded.length == 0 || !is_white_space(decoded.code_point)) break;
    at += static_cast<std::size_t>(decoded.length);
  }
  return at;
}

}  // namespace

AddedTokenFinder::AddedTokenFinder(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)), nodes_(1) {
  for (std::size_t index = 0; index < tokens_.size(); ++index) {
    const std::string& content = tokens_[index].content;
    if (content.empty()) continue;
    starts_[static_cast<unsigned char>(content[0])] = true;
    int node = 0;
    for (const char c : content) {
      const auto byte = static_cast<unsigned char>(c);
      const auto known = nodes_[static_cast<std::size_t>(node)].children.find(byte);
      if (known != nodes_[static_cast<std::size_t>(node)].children.end()) {
        node = known->second;
      } else {
        const int fresh = static_cast<int>(nodes_.size());
        nodes_[static_cast<std::size_t>(node)].children.emplace(byte, fresh);
        nodes_.emplace_back();
        node = fresh;
      }
    }
    nodes_[static_cast<std::size_t>(node)].token = static_cast<int>(index);
  }
}

AddedTokenFinder::Found AddedTokenFinder::longest_at(std::string_view text, std::size_t at) const {
  Found found{-1, 0};
  int node = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    const auto& children = nodes_[static_cast<std::size_t>(node)].children;
    const auto child = children.find(static_cast<unsigned char>(text[i]));
    if (child == children.end()) break;
    node = child->second;
    const int token = nodes_[static_cast<std::size_t>(node)].token;
    if (token >= 0) found = {token, i + 1 - at};
  }
  return found;
}

std::vector<Section> AddedTokenFinder::cut(std::string_view text, bool parse_special) const {
  std::vector<Section> sections;
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size() && !tokens_.empty();) {
    if (!starts_[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    const Found found = longest_at(text, at);
    if (found.token < 0) {
      ++at;
      continue;
    }
    const AddedToken& token = tokens_[static_cast<std::size_t>(found.token)];
    std::size_t begin = at;
    std::size_t end = at + found.length;
    at = end;
    if (token.special && !parse_special) continue;
    if (token.single_word && (word_before(text, begin) || word_at(text, end))) continue;
    if (token.lstrip) begin = std::max(without_space_before(text, begin), done);
    if (token.rstrip) end = behind_space(text, end);
    if (begin > done) sections.push_back({-1, done, begin});
    sections.push_back({token.id, begin, end});
    done = end;
  }
  if (done < text.size()) sections.push_back({-1, done, text.size()});
  return sections;
}

}  // namespace reckon::engine
