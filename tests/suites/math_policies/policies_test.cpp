// Each policy against its own file of expected verdicts (make_policies.py says where they come from).

#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "base/files.h"
#include "base/json.h"
#include "suites/math/judge.h"
#include "tests/support/shared_data.h"

namespace reckon::suites::math {
namespace {

struct Pair {
  std::string gold;
  std::string answer;
  bool equal = false;
  std::string policy;  // of differences.jsonl
  std::string why;
};

std::vector<Pair> read_pairs(const std::string& name) {
  const std::string path = reckon::test::source_file("tests/suites/math_policies/" + name);
  const std::string text = read_file(path);
  std::vector<Pair> pairs;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    const json::Document line = json::parse(text.substr(begin, end - begin), path);
    const json::ObjectReader reader(line, path);
    pairs.push_back({reader.get_string("gold"), reader.get_string("answer"), reader.get_bool("equal"),
                     reader.get_string("policy", ""), reader.get_string("why", "")});
    begin = end + 1;
  }
  return pairs;
}

using Differences = std::map<std::pair<std::string, std::string>, Pair>;

Differences differences_of(const std::string& policy) {
  Differences differences;
  for (const Pair& pair : read_pairs("differences.jsonl")) {
    if (pair.policy == policy) differences[{pair.gold, pair.answer}] = pair;
  }
  return differences;
}

class PolicyFiles : public testing::TestWithParam<const char*> {};

// What a policy does otherwise than its oracle on purpose is a pair of its file, and has a reason.
TEST_P(PolicyFiles, DifferencesAreOfTheirPairs) {
  const Differences differences = differences_of(GetParam());
  std::size_t used = 0;
  for (const Pair& pair : read_pairs(std::string(GetParam()) + ".jsonl")) {
    const auto other = differences.find({pair.gold, pair.answer});
    if (other == differences.end()) continue;
    ++used;
    EXPECT_NE(other->second.equal, pair.equal) << pair.gold << " | " << pair.answer << ": no difference";
    EXPECT_NE(other->second.why, "") << pair.gold;
  }
  EXPECT_EQ(used, differences.size());
}

INSTANTIATE_TEST_SUITE_P(Each, PolicyFiles, testing::Values("strict", "math_verify", "minerva"));

class Policies : public testing::TestWithParam<const char*> {};

TEST_P(Policies, VerdictsAreTheExpectedOnes) {
  const std::string policy = GetParam();
  const Differences differences = differences_of(policy);
  for (const Pair& pair : read_pairs(policy + ".jsonl")) {
    const auto other = differences.find({pair.gold, pair.answer});
    const bool expected = other != differences.end() ? other->second.equal : pair.equal;
    const Judgement judgement = judge(pair.gold, pair.answer, policy_named(policy));
    EXPECT_EQ(judgement.equal, expected)
        << policy << ": gold " << pair.gold << ", answer " << pair.answer << ": " << judgement.detail;
    if (policy == "strict") {
      EXPECT_NE(judgement.evidence, Evidence::not_decided) << pair.gold << " | " << pair.answer;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Policies, testing::Values("strict", "math_verify", "minerva"));

// Pairs of answers of MATH on which Math-Verify and SymPy disagree, or with which ours did, decided by hand.
TEST(Adjudicated, RandomPairsAreJudgedAsDecidedByHand) {
  for (const Pair& pair : read_pairs("adjudicated.jsonl")) {
    EXPECT_NE(pair.why, "") << pair.gold;
    const Judgement judgement = judge(pair.gold, pair.answer, {});
    EXPECT_EQ(judgement.equal, pair.equal) << pair.gold << " | " << pair.answer << ": " << judgement.detail;
  }
}

}  // namespace
}  // namespace reckon::suites::math
