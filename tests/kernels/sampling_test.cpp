// The draw of kernels/sampling.h against a plain double-precision reading of its text.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/philox.h"
#include "tests/kernels/device.h"

namespace reckon::kernels::test {
namespace {

TEST(Philox, KnownAnswers) {
  // kat_vectors of Random123 1.09: philox4x32 10.
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, UniformTakesTheFirstWordsHighBits) {
  EXPECT_EQ(uniform_of(0, 0), static_cast<float>(0x6627e8) * 0x1p-24F);
  EXPECT_NE(uniform_of(1, 0), uniform_of(std::uint64_t{1} << 32, 0));
  EXPECT_NE(uniform_of(1, 0), uniform_of(1, 1));
}

std::int32_t reference_token(const std::vector<float>& raw, const SamplingRow& row) {
  std::vector<double> logits(raw.begin(), raw.end());
  for (const auto& [token, count] : row.seen) {
    double& l = logits[static_cast<std::size_t>(token)];
    l = l > 0 ? l / static_cast<double>(row.repetition_penalty)
              : l * static_cast<double>(row.repetition_penalty);
    if (count > 0)
      l -= static_cast<double>(row.frequency_penalty) * count + static_cast<double>(row.presence_penalty);
  }
  std::vector<std::size_t> order(logits.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
  if (row.temperature == 0.0F) return static_cast<std::int32_t>(order[0]);
  std::size_t kept = order.size();
  if (row.top_k > 0) kept = std::min(kept, static_cast<std::size_t>(row.top_k));
  std::vector<double> p(kept);
  double total = 0;
  for (std::size_t i = 0; i < kept; ++i) {
    p[i] = std::exp((logits[order[i]] - logits[order[0]]) / static_cast<double>(row.temperature));
    total += p[i];
  }
  for (double& x : p) x /= total;
  if (row.top_p < 1.0F) {
    double sum = 0;
    for (std::size_t i = 0; i < kept; ++i) {
      sum += p[i];
      if (sum >= static_cast<double>(row.top_p)) {
        kept = i + 1;
        break;
      }
    }
  }
  while (kept > 1 && p[kept - 1] < static_cast<double>(row.min_p) * p[0]) --kept;
  double left = 0;
  for (std::size_t i = 0; i < kept; ++i) left += p[i];
  const double threshold = static_cast<double>(uniform_of(row.seed, row.position)) * left;
  double running = 0;
  for (std::size_t i = 0; i < kept; ++i) {
    running += p[i];
    if (running > threshold) return static_cast<std::int32_t>(order[i]);
  }
  return static_cast<std::int32_t>(order[kept - 1]);
}

std::vector<SampledRow> sample(const std::vector<float>& logits, const std::vector<SamplingRow>& rows,
                               int threads = 1, cpu::CpuPath path = available_paths().back()) {
  const Device device(threads, path);
  const auto count = static_cast<std::int64_t>(rows.size());
  std::vector<SampledRow> results;
  device->sample(results, device.floats(logits, {count, static_cast<std::int64_t>(logits.size()) / count}),
                 rows);
  device->wait();
  return results;
}

std::vector<SamplingRow> many_rows(std::size_t count, std::int32_t vocabulary) {
  std::vector<SamplingRow> rows(count);
  std::mt19937 engine(7);
  const float temperatures[] = {0.0F, 0.1F, 0.6F, 1.0F, 1.7F, 50.0F};
  const std::int32_t top_ks[] = {0, 0, 1, 5, 40, 700};
  const float top_ps[] = {1.0F, 0.95F, 0.5F, 0.01F};
  const float min_ps[] = {0.0F, 0.0F, 0.05F, 0.5F};
  for (std::size_t i = 0; i < count; ++i) {
    SamplingRow& row = rows[i];
    row.temperature = temperatures[engine() % 6];
    row.top_k = top_ks[engine() % 6];
    row.top_p = top_ps[engine() % 4];
    row.min_p = min_ps[engine() % 4];
    row.seed = (std::uint64_t{engine()} << 32) | engine();
    row.position = static_cast<std::int32_t>(engine() % 5000);
    row.top_n = static_cast<std::int32_t>(engine() % 6);
    if (engine() % 2 == 0) {
      row.repetition_penalty = 1.3F;
      row.presence_penalty = 0.4F;
      row.frequency_penalty = 0.2F;
      for (int n = 0; n < 8; ++n) {
        const auto token = static_cast<std::int32_t>(engine() % static_cast<std::uint32_t>(vocabulary));
        row.seen.emplace_back(token, static_cast<std::int32_t>(engine() % 3));
      }
      std::sort(row.seen.begin(), row.seen.end());
      row.seen.erase(std::unique(row.seen.begin(), row.seen.end(),
                                 [](const auto& a, const auto& b) { return a.first == b.first; }),
                     row.seen.end());
    }
  }
  return rows;
}

TEST(Sampling, DrawsWhatTheTextSays) {
  for (const std::int32_t vocabulary : {1, 17, 1000, 4097}) {
    const std::size_t count = 200;
    const auto rows = many_rows(count, vocabulary);
    const auto logits = noise(count * static_cast<std::size_t>(vocabulary), 51, 8.0F);
    const auto results = sample(logits, rows);
    for (std::size_t r = 0; r < count; ++r) {
      const std::vector<float> row(
          logits.begin() + static_cast<std::ptrdiff_t>(r * static_cast<std::size_t>(vocabulary)),
          logits.begin() + static_cast<std::ptrdiff_t>((r + 1) * static_cast<std::size_t>(vocabulary)));
      ASSERT_TRUE(results[r].finite);
      ASSERT_EQ(results[r].token, reference_token(row, rows[r]))
          << "row " << r << " of vocabulary " << vocabulary;
      // Log-probabilities are of the raw logits.
      const double maximum = static_cast<double>(*std::max_element(row.begin(), row.end()));
      double sum = 0;
      for (const float l : row) sum += std::exp(static_cast<double>(l) - maximum);
      const auto logprob = [&](std::int32_t token) {
        return static_cast<double>(row[static_cast<std::size_t>(token)]) - maximum - std::log(sum);
      };
      ASSERT_NEAR(results[r].logprob, logprob(results[r].token), 4e-6);
      const auto wanted = static_cast<std::size_t>(std::min(rows[r].top_n, vocabulary));
      ASSERT_EQ(results[r].top.size(), wanted);
      for (std::size_t i = 0; i < wanted; ++i) {
        ASSERT_NEAR(results[r].top[i].logprob, logprob(results[r].top[i].token), 4e-6);
        if (i > 0) {
          ASSERT_GE(results[r].top[i - 1].logprob, results[r].top[i].logprob);
        }
      }
      if (wanted > 0) {
        ASSERT_EQ(results[r].top[0].token, std::max_element(row.begin(), row.end()) - row.begin());
      }
    }
  }
}

TEST(Sampling, FrequenciesFollowTheProbabilities) {
  const std::vector<float> logits = {0.0F, 1.0F, 2.0F, -1.0F};
  std::vector<SamplingRow> rows(20000);
  std::vector<float> all;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].temperature = 1.0F;
    rows[i].seed = 12345;
    rows[i].position = static_cast<std::int32_t>(i);
    all.insert(all.end(), logits.begin(), logits.end());
  }
  std::vector<double> counts(4, 0.0);
  for (const SampledRow& row : sample(all, rows)) counts[static_cast<std::size_t>(row.token)] += 1;
  const double sum = 1 + std::exp(1.0) + std::exp(2.0) + std::exp(-1.0);
  double chi_square = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const double expected = 20000 * std::exp(static_cast<double>(logits[i])) / sum;
    chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  EXPECT_LT(chi_square, 16.27);  // 3 degrees of freedom, p = 0.001; the seed is fixed
}

TEST(Sampling, TiesGoToTheLowestIndex) {
  std::vector<float> logits(300, 1.0F);
  logits[0] = 0.0F;
  SamplingRow row;
  row.top_n = 3;
  const SampledRow greedy = sample(logits, {row})[0];
  EXPECT_EQ(greedy.token, 1);
  ASSERT_EQ(greedy.top.size(), 3U);
  for (std::int32_t i = 0; i < 3; ++i) EXPECT_EQ(greedy.top[static_cast<std::size_t>(i)].token, i + 1);
  row.temperature = 1.0F;
  row.top_k = 1;
  EXPECT_EQ(sample(logits, {row})[0].token, 1);
}

TEST(Sampling, FlatAndExtremeRows) {
  // A flat row needs the whole order; tiny temperatures and huge spreads must not overflow.
  SamplingRow row;
  row.temperature = 1.0F;
  row.seed = 3;
  const std::vector<float> flat(5000, -3.0F);
  EXPECT_EQ(sample(flat, {row})[0].token, reference_token(flat, row));
  std::vector<float> steep = {-3e38F, 3e38F, 1.0F};
  row.temperature = 1e-30F;
  EXPECT_EQ(sample(steep, {row})[0].token, 1);
  // Everything but one token lies beyond the first depth that is sorted.
  std::vector<float> deep(2000, -20.0F);
  deep[1234] = 0.0F;
  row.temperature = 1.0F;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    row.seed = seed;
    row.top_p = 1.0F;
    EXPECT_EQ(sample(deep, {row})[0].token, reference_token(deep, row));
  }
}

TEST(Sampling, LongOrdersWithTies) {
  // Top-p near 1 over a nearly flat row walks through most of the vocabulary, ties and deep values with it.
  std::vector<float> logits = noise(20000, 57, 2.0F);
  for (float& logit : logits) logit = std::round(logit * 16.0F) / 16.0F;
  for (std::size_t i = 0; i < logits.size(); i += 5) logits[i] -= 25.0F;
  SamplingRow row;
  row.temperature = 1.0F;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    row.seed = seed;
    row.top_p = seed % 2 == 0 ? 0.999F : 1.0F;
    EXPECT_EQ(sample(logits, {row})[0].token, reference_token(logits, row)) << "seed " << seed;
  }
}

TEST(Sampling, NonFiniteRowsAreMarked) {
  const float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> logits = noise(3 * 50, 52);
  logits[49] = std::numeric_limits<float>::quiet_NaN();
  logits[50 + 7] = -infinity;
  const auto results = sample(logits, std::vector<SamplingRow>(3));
  EXPECT_FALSE(results[0].finite);
  EXPECT_EQ(results[0].token, -1);
  EXPECT_FALSE(results[1].finite);
  EXPECT_TRUE(results[2].finite);
}

TEST(Sampling, ParametersOutOfRangeAreNamed) {
  const std::vector<float> logits(8, 0.0F);
  const auto message = [&](void (*change)(SamplingRow&)) {
    SamplingRow row;
    change(row);
    return error_of([&] { sample(logits, {row}); });
  };
  EXPECT_NE(message([](SamplingRow& row) { row.temperature = -1.0F; }).find("temperature"),
            std::string::npos);
  EXPECT_NE(message([](SamplingRow& row) { row.temperature = std::nanf(""); }).find("temperature"),
            std::string::npos);
  EXPECT_NE(message([](SamplingRow& row) { row.top_p = 0.0F; }).find("top_p"), std::string::npos);
  EXPECT_NE(message([](SamplingRow& row) { row.min_p = 1.5F; }).find("min_p"), std::string::npos);
  EXPECT_NE(message([](SamplingRow& row) { row.repetition_penalty = 0.0F; }).find("repetition_penalty"),
            std::string::npos);
  EXPECT_NE(message([](SamplingRow& row) { row.top_k = -1; }).find("top_k"), std::string::npos);
  EXPECT_NE(message([](SamplingRow& row) { row.seen = {{8, 1}}; }).find("token 8"), std::string::npos);
  const Device device;
  std::vector<SampledRow> results;
  EXPECT_THROW(device->sample(results, device.floats(logits, {2, 4}), std::vector<SamplingRow>(1)), Error);
}

TEST(Sampling, SameEverywhere) {
  const std::int32_t vocabulary = 3001;
  const auto rows = many_rows(24, vocabulary);
  const auto logits = noise(24 * 3001, 53, 6.0F);
  const auto first = sample(logits, rows);
  for (const cpu::CpuPath path : available_paths()) {
    for (const int threads : {1, 3}) {
      const auto results = sample(logits, rows, threads, path);
      for (std::size_t r = 0; r < rows.size(); ++r) {
        ASSERT_EQ(results[r].token, first[r].token);
        ASSERT_EQ(results[r].logprob, first[r].logprob);
        for (std::size_t i = 0; i < first[r].top.size(); ++i) {
          ASSERT_EQ(results[r].top[i].token, first[r].top[i].token);
          ASSERT_EQ(results[r].top[i].logprob, first[r].top[i].logprob);
        }
      }
    }
  }
}

TEST(LogSoftmax, AgreesWithDoublePrecisionAndScore) {
  for (const std::int64_t vocabulary : {1, 31, 1024, 1025, 49153}) {
    const Device device(2);
    const auto logits = noise(static_cast<std::size_t>(3 * vocabulary), 54, 20.0F);
    const Tensor tensor = device.floats(logits, {3, vocabulary});
    std::vector<std::int32_t> targets;
    for (std::int64_t r = 0; r < 3; ++r)
      targets.push_back(static_cast<std::int32_t>((r * 7919) % vocabulary));
    std::vector<ScoredRow> scores;
    device->score(scores, tensor, targets, 2);
    device->log_softmax(tensor);
    const auto result = device.read(tensor);
    for (std::size_t r = 0; r < 3; ++r) {
      const auto n = static_cast<std::size_t>(vocabulary);
      const auto begin = logits.begin() + static_cast<std::ptrdiff_t>(r * n);
      const auto end = begin + static_cast<std::ptrdiff_t>(n);
      const double maximum = static_cast<double>(*std::max_element(begin, end));
      double sum = 0;
      for (auto it = begin; it != end; ++it) sum += std::exp(static_cast<double>(*it) - maximum);
      for (std::size_t i = 0; i < n; i += 1 + n / 50)
        EXPECT_NEAR(result[r * n + i], static_cast<double>(logits[r * n + i]) - maximum - std::log(sum),
                    1e-5);
      const auto target = static_cast<std::size_t>(targets[r]);
      EXPECT_EQ(scores[r].logprob, result[r * n + target]);
      EXPECT_EQ(scores[r].is_greedy, std::max_element(begin, end) - begin == targets[r]);
      EXPECT_EQ(scores[r].top.size(), std::min<std::size_t>(2, n));
    }
    EXPECT_THROW(device->score(scores, tensor, std::vector<std::int32_t>{0, 0}, 0), Error);
    EXPECT_THROW(device->score(scores, tensor,
                               std::vector<std::int32_t>{0, 0, static_cast<std::int32_t>(vocabulary)}, 0),
                 Error);
  }
}

TEST(LogSoftmax, NonFiniteRowBecomesNaN) {
  const Device device;
  std::vector<float> logits(20, 1.0F);
  logits[3] = std::numeric_limits<float>::infinity();
  const Tensor tensor = device.floats(logits, {2, 10});
  std::vector<ScoredRow> scores;
  device->score(scores, tensor, std::vector<std::int32_t>{0, 0}, 1);
  EXPECT_FALSE(scores[0].finite);
  EXPECT_TRUE(scores[1].finite);
  device->log_softmax(tensor);
  const auto result = device.read(tensor);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_TRUE(std::isnan(result[i]));
  for (std::size_t i = 10; i < 20; ++i) EXPECT_NEAR(result[i], -std::log(10.0), 1e-6);
}

}  // namespace
}  // namespace reckon::kernels::test
