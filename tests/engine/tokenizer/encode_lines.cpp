// encode_lines FILE.json|FILE.gguf: reads lines {"text": ...}, answers lines {"ids": [...], "with_special":
// [...], "decoded": ..., "decoded_skipping": ...}. `encode_lines FILE --time` reads one text and prints the
// speed. For compare_with_hugging_face.py.

#include <algorithm>
#include <chrono>
#include <iostream>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "base/json.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/engine/tokenizer/gguf_keys.h"

namespace {

using namespace reckon;

json::Value array_of(const std::vector<engine::TokenId>& ids, json::Allocator& allocator) {
  json::Value array(rapidjson::kArrayType);
  for (const auto id : ids) array.PushBack(id, allocator);
  return array;
}

void answer_line(const engine::Tokenizer& tokenizer, const std::string& line) {
  const json::Document request = json::parse(line, "standard input");
  const std::string text = json::ObjectReader(request, "standard input").get_string("text");
  const auto ids = tokenizer.encode(text, {.add_special_tokens = false});
  json::Document answer;
  answer.SetObject();
  auto& allocator = answer.GetAllocator();
  answer.AddMember("ids", array_of(ids, allocator), allocator);
  answer.AddMember("with_special", array_of(tokenizer.encode(text), allocator), allocator);
  answer.AddMember("decoded", json::string(tokenizer.decode(ids, false), allocator), allocator);
  answer.AddMember("decoded_skipping", json::string(tokenizer.decode(ids, true), allocator), allocator);
  std::cout << json::dump(answer) << '\n';
}

void time_text(const engine::Tokenizer& tokenizer, const std::string& text) {
  double best = 1e9;
  std::size_t count = 0;
  for (int round = 0; round < 5; ++round) {
    const auto start = std::chrono::steady_clock::now();
    count = tokenizer.encode(text, {.add_special_tokens = false}).size();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  fmt::print("{} bytes, {} tokens, {:.4f} s, {:.2f} MB/s\n", text.size(), count, best,
             static_cast<double>(text.size()) / 1e6 / best);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count < 2) throw std::runtime_error("usage: encode_lines FILE [--time]");
    const std::string path = arguments[1];
    const auto tokenizer = path.ends_with(".gguf") ? engine::make_tokenizer(test::read_gguf_vocabulary(path))
                                                   : engine::load_tokenizer_json(path);
    if (count > 2) {
      time_text(*tokenizer, {std::istreambuf_iterator<char>(std::cin), {}});
      return 0;
    }
    for (std::string line; std::getline(std::cin, line);) answer_line(*tokenizer, line);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
