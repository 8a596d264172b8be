// Writes items of a generated family as JSON lines: the training stream for tools/train_demo_models.py, or
// the held-out test sets in suites/data. Usage: generate_items FAMILY SPLIT SEED COUNT [LEVEL]
#include <charconv>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "suites/generators/item_file.h"
#include "suites/generators/item_stream.h"

namespace {

using reckon::suites::Family;
using reckon::suites::Level;
using reckon::suites::Split;

std::uint64_t to_number(std::string_view text, std::string_view what, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most) {
    throw std::invalid_argument(std::string(what) + " '" + std::string(text) + "' is no number from 0 to " +
                                std::to_string(most));
  }
  return value;
}

Family to_family(std::string_view text) {
  for (const Family family : reckon::suites::kFamilies) {
    if (reckon::suites::family_name(family) == text) {
      return family;
    }
  }
  throw std::invalid_argument("no family '" + std::string(text) + "': give arithmetic, logic or code");
}

Split to_split(std::string_view text) {
  if (text == "train" || text == "test") {
    return text == "train" ? Split::kTrain : Split::kTest;
  }
  throw std::invalid_argument("no split '" + std::string(text) + "': give train or test");
}

int run(const std::vector<std::string_view>& arguments) {
  if (arguments.size() < 4 || arguments.size() > 5) {
    throw std::invalid_argument(
        "usage: generate_items arithmetic|logic|code train|test SEED COUNT [LEVEL 1..3]");
  }
  const Family family = to_family(arguments[0]);
  const Split split = to_split(arguments[1]);
  const std::uint64_t seed = to_number(arguments[2], "seed", UINT64_MAX);
  const std::uint64_t count = to_number(arguments[3], "count", 100'000'000);
  const std::uint64_t level = arguments.size() == 5 ? to_number(arguments[4], "level", 3) : 3;
  if (level == 0) {
    throw std::invalid_argument("level '0': give 1, 2 or 3");
  }
  if (split == Split::kTest) {
    for (const auto& item : reckon::suites::distinct_test_items(family, seed, count)) {
      std::puts(reckon::suites::to_json_line(item).c_str());
    }
    return 0;
  }
  reckon::suites::ItemStream stream(family, split, seed, static_cast<Level>(level));
  for (std::uint64_t made = 0; made < count; ++made) {
    std::puts(reckon::suites::to_json_line(stream.next()).c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "generate_items: %s\n", error.what());
    return 2;
  }
}
