#include "suites/generators/item_file.h"

#include <map>
#include <set>
#include <string_view>

#include "suites/generators/item_stream.h"

namespace reckon::suites {

namespace {

std::string json_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char byte : text) {
    if (byte == '\n') {
      quoted += "\\n";
    } else {
      if (byte == '"' || byte == '\\') {
        quoted += '\\';
      }
      quoted += byte;
    }
  }
  return quoted + "\"";
}

}  // namespace

std::string to_json_line(const Item& item) {
  return "{\"id\": " + json_string(item.id) + ", \"question\": " + json_string(item.prompt) +
         ", \"thinking\": " + json_string(item.thinking) + ", \"answer\": " + json_string(item.answer) + "}";
}

std::vector<Item> distinct_test_items(Family family, std::uint64_t seed, std::uint64_t count) {
  ItemStream stream(family, Split::kTest, seed, Level::kFull);
  std::set<std::string> asked;
  std::map<std::string, int> uses;  // of each canonical form
  std::vector<Item> items;
  while (items.size() < count) {
    Item item = stream.next();
    if (uses[item.canonical_form] < kMostItemsOfAForm && asked.insert(item.prompt).second) {
      ++uses[item.canonical_form];
      items.push_back(std::move(item));
    }
  }
  return items;
}

}  // namespace reckon::suites
