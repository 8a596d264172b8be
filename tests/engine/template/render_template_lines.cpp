// Reads lines {"template": ..., "context": ...}, answers lines {"out": ...} or {"error": ...}. For
// compare_with_jinja2.py.

#include <iostream>
#include <string>

#include "base/json.h"
#include "engine/template/chat_template.h"

int main() {
  using namespace reckon;
  for (std::string line; std::getline(std::cin, line);) {
    json::Document answer;
    answer.SetObject();
    auto& allocator = answer.GetAllocator();
    try {
      const json::Document request = json::parse(line, "standard input");
      const json::ObjectReader reader(request, "standard input");
      const engine::ChatTemplate chat_template(reader.get_string("template"), "template");
      const json::Value& context = *reader.find("context");
      const std::string out = chat_template.render(context, {.now_unix_seconds = 1764000000});
      answer.AddMember("out", json::string(out, allocator), allocator);
    } catch (const std::exception& error) {
      answer.AddMember("error", json::string(error.what(), allocator), allocator);
    }
    std::cout << json::dump(answer) << '\n' << std::flush;
  }
}
