// Merging against the plainest possible reference, on words short and long.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/tokenizer/bpe_model.h"

namespace reckon::engine {
namespace {

struct Random {
  std::uint64_t state = 7;
  std::size_t below(std::size_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(state >> 33) % bound;
  }
};

struct Merges {
  std::vector<std::string> pieces = {"a", "b", "c", "d"};
  std::vector<std::pair<std::string, std::string>> order;
};

// A random table in which parts are pieces made before, as training gives it; `shuffle` breaks that order.
Merges random_merges(Random& random, bool shuffle) {
  Merges merges;
  while (merges.pieces.size() < 60) {
    const std::string left = merges.pieces[random.below(merges.pieces.size())];
    const std::string right = merges.pieces[random.below(merges.pieces.size())];
    if (std::find(merges.pieces.begin(), merges.pieces.end(), left + right) != merges.pieces.end()) continue;
    merges.pieces.push_back(left + right);
    merges.order.emplace_back(left, right);
  }
  for (std::size_t i = 0; shuffle && i < merges.order.size(); ++i) {
    std::swap(merges.order[i], merges.order[random.below(merges.order.size())]);
  }
  return merges;
}

// While any two neighbours merge: the pair of the lowest rank, the leftmost of these.
std::vector<std::string> reference(const Merges& merges, const std::string& word) {
  std::map<std::pair<std::string, std::string>, std::size_t> rank;
  for (std::size_t i = 0; i < merges.order.size(); ++i) rank[merges.order[i]] = i;
  std::vector<std::string> parts;
  for (const char c : word) parts.emplace_back(1, c);
  for (;;) {
    std::size_t best = parts.size();
    std::size_t best_rank = merges.order.size();
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto found = rank.find({parts[i], parts[i + 1]});
      if (found != rank.end() && found->second < best_rank) {
        best = i;
        best_rank = found->second;
      }
    }
    if (best == parts.size()) return parts;
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

class BpeReference : public testing::TestWithParam<bool> {};

TEST_P(BpeReference, merges_as_the_definition_says) {
  Random random;
  for (int table = 0; table < 20; ++table) {
    const Merges merges = random_merges(random, GetParam());
    const Vocabulary vocabulary(merges.pieces);
    MergeTable ranks;
    for (std::size_t i = 0; i < merges.order.size(); ++i) {
      const auto& [left, right] = merges.order[i];
      ranks.insert(vocabulary.id_of(left), vocabulary.id_of(right),
                   {static_cast<std::uint32_t>(i), vocabulary.id_of(left + right)});
    }
    const BpeModel model(vocabulary, std::move(ranks), {});
    BpeModel::Cache cache;
    for (const std::size_t length : {1u, 2u, 3u, 10u, 23u, 24u, 25u, 26u, 60u, 300u}) {
      std::string word;
      while (word.size() < length) word += "abcd"[random.below(random.below(2) == 0 ? 2 : 4)];
      std::vector<TokenId> ids;
      model.encode(word, ids, cache);
      std::vector<std::string> pieces;
      for (const TokenId id : ids) pieces.push_back(vocabulary.piece(id));
      EXPECT_THAT(pieces, testing::ElementsAreArray(reference(merges, word))) << word;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Orders, BpeReference, testing::Values(false, true));

TEST(BpeModel, a_megabyte_of_one_word_is_one_pass) {
  const Vocabulary vocabulary({"a", "aa", "aaaa"});
  MergeTable ranks;
  ranks.insert(0, 0, {0, 1});
  ranks.insert(1, 1, {1, 2});
  const BpeModel model(vocabulary, std::move(ranks), {});
  BpeModel::Cache cache;
  std::vector<TokenId> ids;
  model.encode(std::string(1'000'003, 'a'), ids, cache);
  ASSERT_EQ(ids.size(), 250'002u);
  EXPECT_EQ(ids[ids.size() - 3], 2);
  EXPECT_EQ(ids[ids.size() - 2], 1);
  EXPECT_EQ(ids.back(), 0);
}

}  // namespace
}  // namespace reckon::engine
