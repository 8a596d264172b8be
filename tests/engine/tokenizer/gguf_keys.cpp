#include "tests/engine/tokenizer/gguf_keys.h"

#include <cstring>
#include <fstream>
#include <stdexcept>

namespace reckon::test {
namespace {

class Reader {
 public:
  explicit Reader(const std::string& path) : file_(path, std::ios::binary) {}

  template <typename T>
  T number() {
    T value;
    if (!file_.read(reinterpret_cast<char*>(&value), sizeof value))
      throw std::runtime_error("GGUF ends early");
    return value;
  }

  std::string text() {
    std::string value(number<std::uint64_t>(), '\0');
    if (!file_.read(value.data(), static_cast<std::streamsize>(value.size()))) {
      throw std::runtime_error("GGUF ends early");
    }
    return value;
  }

  std::int64_t integer(std::uint32_t type) {
    switch (type) {
      case 0:
        return number<std::uint8_t>();
      case 1:
        return number<std::int8_t>();
      case 2:
        return number<std::uint16_t>();
      case 3:
        return number<std::int16_t>();
      case 4:
        return number<std::uint32_t>();
      case 5:
        return number<std::int32_t>();
      case 6:
        return static_cast<std::int64_t>(number<float>());
      case 7:
        return number<std::uint8_t>();
      case 10:
      case 11:
        return number<std::int64_t>();
      case 12:
        return static_cast<std::int64_t>(number<double>());
      default:
        throw std::runtime_error("GGUF value type");
    }
  }

 private:
  std::ifstream file_;
};

constexpr std::uint32_t kText = 8;
constexpr std::uint32_t kArray = 9;

void read_array(Reader& reader, const std::string& key, engine::GgufVocabulary& vocabulary) {
  const auto type = reader.number<std::uint32_t>();
  const auto count = reader.number<std::uint64_t>();
  for (std::uint64_t i = 0; i < count; ++i) {
    if (type == kText) {
      std::string value = reader.text();
      if (key == "tokens")
        vocabulary.tokens.push_back(std::move(value));
      else if (key == "merges")
        vocabulary.merges.push_back(std::move(value));
    } else if (type == kArray) {
      read_array(reader, "", vocabulary);
    } else if (key == "scores") {
      vocabulary.scores.push_back(reader.number<float>());
    } else {
      const auto value = reader.integer(type);
      if (key == "token_type") vocabulary.token_types.push_back(static_cast<std::int32_t>(value));
    }
  }
}

}  // namespace

engine::GgufVocabulary read_gguf_vocabulary(const std::string& path) {
  Reader reader(path);
  if (reader.number<std::uint32_t>() != 0x46554747) throw std::runtime_error(path + ": not a GGUF file");
  reader.number<std::uint32_t>();
  reader.number<std::uint64_t>();
  const auto pairs = reader.number<std::uint64_t>();
  engine::GgufVocabulary vocabulary;
  vocabulary.source = path;
  constexpr std::string_view kPrefix = "tokenizer.ggml.";
  for (std::uint64_t i = 0; i < pairs; ++i) {
    std::string key = reader.text();
    key = key.starts_with(kPrefix) ? key.substr(kPrefix.size()) : "other " + key;
    const auto type = reader.number<std::uint32_t>();
    if (type == kText) {
      std::string value = reader.text();
      if (key == "model") vocabulary.model = value;
      if (key == "pre") vocabulary.pre = value;
    } else if (type == kArray) {
      read_array(reader, key, vocabulary);
    } else {
      const auto value = reader.integer(type);
      const auto id = static_cast<engine::TokenId>(value);
      if (key == "bos_token_id") vocabulary.bos_token = id;
      if (key == "eos_token_id") vocabulary.eos_token = id;
      if (key == "unknown_token_id") vocabulary.unknown_token = id;
      if (key == "add_bos_token") vocabulary.add_bos = value != 0;
      if (key == "add_eos_token") vocabulary.add_eos = value != 0;
      if (key == "add_space_prefix") vocabulary.add_space_prefix = value != 0;
    }
  }
  return vocabulary;
}

}  // namespace reckon::test
