#include "suites/generators/knights.h"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "suites/generators/item_stream.h"

namespace reckon::suites {
namespace {

using World = std::map<std::string, bool>;  // name -> is a knight

// Reads the English of the prompts back, sharing nothing with the generator. `kinds` collects what was met.
bool truth_of(std::string said, const std::string& speaker, const World& world,
              std::set<std::string>& kinds) {
  said = std::regex_replace(said, std::regex(R"(\bI\b)"), speaker);
  said = std::regex_replace(said, std::regex(R"(\bam\b)"), "is");
  int knights = 0;
  for (const auto& [name, knight] : world) knights += knight ? 1 : 0;
  const int people = static_cast<int>(world.size());
  const auto is = [&](const std::string& name, const std::string& kind) {
    return world.at(name) == (kind == "knight");
  };
  const auto met = [&](const std::string& kind, bool truth) {
    kinds.insert(kind);
    return truth;
  };
  std::smatch m;
  if (std::regex_match(said, m, std::regex(R"((\w+) is a (\w+)\.)"))) return met("is", is(m[1], m[2]));
  if (std::regex_match(said, m, std::regex(R"((\w+) is a (\w+) and (\w+) is a (\w+)\.)")))
    return met("and", is(m[1], m[2]) && is(m[3], m[4]));
  if (std::regex_match(said, m, std::regex(R"((\w+) is a (\w+) or (\w+) is a (\w+)\.)")))
    return met("or", is(m[1], m[2]) || is(m[3], m[4]));
  if (std::regex_match(said, m, std::regex(R"(If (\w+) is a (\w+), then (\w+) is a (\w+)\.)")))
    return met("if", !is(m[1], m[2]) || is(m[3], m[4]));
  if (std::regex_match(said, m, std::regex(R"((\w+) and (\w+) are the same kind\.)")))
    return met("same", world.at(m[1]) == world.at(m[2]));
  if (std::regex_match(said, m, std::regex(R"((\w+) and (\w+) are different kinds\.)")))
    return met("different", world.at(m[1]) != world.at(m[2]));
  if (std::regex_match(said, m, std::regex(R"(Neither (\w+) nor (\w+) is a (\w+)\.)")))
    return met("neither", !is(m[1], m[3]) && !is(m[2], m[3]));
  if (std::regex_match(said, m, std::regex(R"((\w+) is the only (\w+)\.)")))
    return met("only", is(m[1], m[2]) && (m[2] == "knight" ? knights : people - knights) == 1);
  if (std::regex_match(said, m, std::regex(R"(Exactly (\d) of us (?:are knights|is a knight)\.)")))
    return met("count", knights == std::stoi(m[1]));
  if (std::regex_match(said, m, std::regex(R"(At least one of us is a (\w+)\.)")))
    return met("one", (m[1] == "knight" ? knights : people - knights) >= 1);
  ADD_FAILURE() << "cannot read: " << said;
  return false;
}

struct Said {
  std::string speaker;
  std::string text;
};

std::vector<Said> statements(const std::string& prompt) {
  std::vector<Said> all;
  std::istringstream lines(prompt);
  const std::regex pattern(R"re((\w+) says: "(.*)")re");
  std::smatch m;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, m, pattern)) all.push_back({m[1], m[2]});
  }
  return all;
}

std::string answer_text(const std::vector<Said>& said, const World& world) {
  std::string text;
  for (const Said& one : said) {
    text += (text.empty() ? "" : ", ") + one.speaker + (world.at(one.speaker) ? ": knight" : ": knave");
  }
  return text;
}

TEST(Knights, TheAnswerIsTheOnlySolutionOfTheEnglishText) {
  ItemStream stream(Family::kLogic, Split::kTrain, 21, Level::kFull);
  std::set<std::string> kinds;
  int two = 0;
  for (int i = 0; i < 250; ++i) {
    const Item item = stream.next();
    const std::vector<Said> said = statements(item.prompt);
    ASSERT_TRUE(said.size() == 2 || said.size() == 3) << item.prompt;
    two += said.size() == 2 ? 1 : 0;
    std::vector<std::string> found;
    for (unsigned bits = 0; bits < (1U << said.size()); ++bits) {
      World world;
      for (std::size_t p = 0; p < said.size(); ++p) world[said[p].speaker] = ((bits >> p) & 1U) != 0;
      ASSERT_EQ(world.size(), said.size()) << "two people of one name: " << item.prompt;
      bool fits = true;
      for (const Said& one : said) {
        fits = truth_of(one.text, one.speaker, world, kinds) == world[one.speaker] && fits;
      }
      if (fits) found.push_back(answer_text(said, world));
    }
    ASSERT_EQ(found.size(), 1U) << item.prompt;
    EXPECT_EQ(found[0], item.answer) << item.prompt;
  }
  EXPECT_EQ(kinds.size(), 10U);
  EXPECT_GT(two, 10);
}

TEST(Knights, ThinkingEndsWithTheRowThatFits) {
  ItemStream stream(Family::kLogic, Split::kTrain, 22, Level::kFull);
  for (int i = 0; i < 500; ++i) {
    const Item item = stream.next();
    const std::string last = item.thinking.substr(item.thinking.rfind('\n') + 1);
    const std::string row = std::regex_replace(item.answer, std::regex(": |, "), " ") + ":";
    EXPECT_EQ(last.rfind(row, 0), 0U) << item.thinking;
    EXPECT_EQ(last.substr(last.size() - 3), " ok") << item.thinking;
    EXPECT_FALSE(std::regex_search(last, std::regex("(true|false) no"))) << item.thinking;
    const std::string before = item.thinking.substr(0, item.thinking.size() - last.size());
    std::istringstream rows(before);
    for (std::string line; std::getline(rows, line);) {
      EXPECT_EQ(line.substr(line.size() - 3), " no") << item.thinking;
    }
  }
}

TEST(Knights, EasyPuzzlesHaveTwoPeople) {
  ItemStream stream(Family::kLogic, Split::kTrain, 23, Level::kEasy);
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(statements(stream.next().prompt).size(), 2U);
  }
}

// Items of one canonical form are one puzzle under other names and in another order: as many people, and the
// same number of knights.
TEST(Knights, CanonicalFormForgetsNamesAndOrder) {
  ItemStream stream(Family::kLogic, Split::kTrain, 24, Level::kEasy);
  std::map<std::string, std::string> answer_of;
  std::map<std::string, std::set<std::string>> prompts_of;
  const auto knights = [](const std::string& answer) {
    const std::regex pattern("knight");
    return std::to_string(std::distance(std::sregex_iterator(answer.begin(), answer.end(), pattern), {}));
  };
  std::size_t most = 0;
  for (int i = 0; i < 2000; ++i) {
    const Item item = stream.next();
    const auto [at, fresh] = answer_of.emplace(item.canonical_form, knights(item.answer));
    EXPECT_EQ(at->second, knights(item.answer)) << item.canonical_form;
    prompts_of[item.canonical_form].insert(item.prompt);
    most = std::max(most, prompts_of[item.canonical_form].size());
  }
  EXPECT_GT(most, 3U);
}

}  // namespace
}  // namespace reckon::suites
