// Router, log-probabilities and sampling against the CPU back end, bit for bit.
#include <algorithm>
#include <limits>

#include "tests/gpu/both_backends.h"

namespace reckon::kernels::test {
namespace {

void expect_same_routing(const RouterSpec& spec, const std::vector<float>& logits, bool bias) {
  const auto tokens = static_cast<std::int64_t>(logits.size()) / spec.experts;
  expect_same_on_both([&](const Bench& b) {
    const Tensor chosen = b.empty({tokens, spec.top_k}, DataType::i32);
    const Tensor weights = b.empty({tokens, spec.top_k});
    b->route(chosen, weights, b.put(logits, {tokens, spec.experts}),
             bias ? b.noise_of({spec.experts}, 8, 0.5F) : Tensor{}, spec);
    Values values = as_values(b.get<std::int32_t>(chosen));
    append(values, b.get(weights));
    return values;
  });
}

std::vector<float> router_logits(std::int32_t experts) {
  std::vector<float> logits = noise(static_cast<std::size_t>(experts) * 6, 3, 4.0F);
  const auto row = [&](std::int32_t i) { return logits.begin() + std::ptrdiff_t{i} * experts; };
  std::fill(row(2), row(3), 0.25F);                                    // ties everywhere
  std::fill(row(3), row(4), std::numeric_limits<float>::quiet_NaN());  // nothing to choose by
  *row(4) = std::numeric_limits<float>::quiet_NaN();                   // one to pass over
  return logits;
}

class CudaRouter : public DeviceTest {};

TEST_F(CudaRouter, ScoresGroupsAndTies) {
  RouterSpec spec;
  for (const auto score : {RouterSpec::Score::sigmoid, RouterSpec::Score::softmax}) {
    for (const auto group_score : {RouterSpec::GroupScore::top2_sum, RouterSpec::GroupScore::maximum}) {
      spec.score = score;
      spec.group_score = group_score;
      spec.experts = 40;
      spec.top_k = 6;
      spec.groups = 8;
      spec.kept_groups = 3;
      spec.normalise = score == RouterSpec::Score::sigmoid;
      spec.scaling = 2.5F;
      expect_same_routing(spec, router_logits(40), true);
      spec.groups = spec.kept_groups = 1;
      expect_same_routing(spec, router_logits(40), false);
    }
  }
  spec.experts = spec.top_k = 1;
  expect_same_routing(spec, {0.5F, -3.0F}, false);
}

std::vector<float> varied_logits(std::int64_t rows, std::int64_t columns) {
  std::vector<float> logits = noise(static_cast<std::size_t>(rows * columns), 4, 8.0F);
  for (std::int64_t i = 0; i + 5 < columns; i += 9)  // ties
    logits[static_cast<std::size_t>(i + 5)] = logits[static_cast<std::size_t>(i)];
  return logits;
}

class CudaLogits : public DeviceTest {};

TEST_F(CudaLogits, LogSoftmaxOfEveryWidth) {
  for (const std::int64_t columns : {1, 17, 1024, 1025, 2500}) {
    std::vector<float> logits = varied_logits(3, columns);
    logits[static_cast<std::size_t>(columns)] = std::numeric_limits<float>::infinity();
    expect_same_on_both([&](const Bench& b) {
      const Tensor rows = b.put(logits, {3, columns});
      b->log_softmax(rows);
      return b.get(rows);
    });
  }
}

Values values_of(const std::vector<TokenLogprob>& top) {
  Values values;
  for (const TokenLogprob& entry : top) {
    values.push_back(static_cast<float>(entry.token));
    values.push_back(entry.logprob);
  }
  return values;
}

TEST_F(CudaLogits, ScoresWithTheLargestFew) {
  std::vector<float> logits = varied_logits(4, 70);
  logits[75] = std::numeric_limits<float>::quiet_NaN();
  logits[std::size_t{2} * 70 + 9] = 50.0F;  // the target is what arg-max chooses
  expect_same_on_both([&](const Bench& b) {
    std::vector<ScoredRow> results;
    const std::int32_t targets[] = {0, 5, 9, 69};
    Values values;
    for (const std::int32_t top_n : {0, 7, 70, 100}) {
      const Tensor rows = b.put(logits, {4, 70});
      b->score(results, rows, targets, top_n);
      b->wait();
      for (const ScoredRow& row : results) {
        values.push_back(row.finite ? 1.0F : 0.0F);
        values.push_back(row.is_greedy ? 1.0F : 0.0F);
        values.push_back(row.logprob);
        append(values, values_of(row.top));
      }
    }
    return values;
  });
}

std::vector<SamplingRow> sampling_rows() {
  std::vector<SamplingRow> rows;
  for (std::uint64_t i = 0; i < 24; ++i) {
    SamplingRow row;
    row.seed = i * 77;
    row.position = static_cast<std::int32_t>(i);
    row.top_n = static_cast<std::int32_t>(i % 3);
    row.temperature = i % 6 == 0 ? 0.0F : 0.3F * static_cast<float>(i % 6);
    if (i % 4 == 1) row.top_k = i % 8 == 1 ? 5 : 1;
    if (i % 5 == 2) row.top_p = 0.9F;
    if (i % 7 == 3) row.min_p = 0.05F;
    if (i % 3 == 1) {
      row.repetition_penalty = 1.3F;
      row.presence_penalty = 0.5F;
      row.frequency_penalty = 0.25F;
      row.seen = {{1, 2}, {4, 0}, {9, 1}};
    }
    if (i == 20) row.temperature = 1e-30F;
    if (i == 21) row.temperature = 1e30F;  // everything equally likely: deeper than the first sorting
    if (i == 22) row.top_k = 100000;
    rows.push_back(row);
  }
  return rows;
}

class CudaSampling : public DeviceTest {};

TEST_F(CudaSampling, DrawsWhatTheCpuDraws) {
  for (const std::int64_t columns : {12, 300, 1100}) {
    const std::vector<SamplingRow> rows = sampling_rows();
    std::vector<float> logits = varied_logits(static_cast<std::int64_t>(rows.size()), columns);
    for (std::int64_t i = 0; i < columns; ++i) logits[static_cast<std::size_t>(2 * columns + i)] *= 12.0F;
    logits[static_cast<std::size_t>(7 * columns + 3)] = -std::numeric_limits<float>::infinity();
    expect_same_on_both([&](const Bench& b) {
      std::vector<SampledRow> results;
      b->sample(results, b.put(logits, {static_cast<std::int64_t>(rows.size()), columns}), rows);
      b->wait();
      Values values;
      for (const SampledRow& row : results) {
        values.push_back(row.finite ? 1.0F : 0.0F);
        values.push_back(static_cast<float>(row.token));
        values.push_back(row.logprob);
        append(values, values_of(row.top));
      }
      return values;
    });
  }
}

TEST_F(CudaSampling, ManyDrawsOfOneRowSpreadAsOnTheCpu) {
  constexpr std::int64_t kRows = 64;
  const std::vector<float> one = noise(40, 5, 3.0F);
  std::vector<float> logits;
  std::vector<SamplingRow> rows(kRows);
  for (std::int64_t i = 0; i < kRows; ++i) {
    logits.insert(logits.end(), one.begin(), one.end());
    rows[static_cast<std::size_t>(i)].temperature = 1.0F;
    rows[static_cast<std::size_t>(i)].seed = static_cast<std::uint64_t>(i) << 33;
  }
  expect_same_on_both([&](const Bench& b) {
    std::vector<SampledRow> results;
    b->sample(results, b.put(logits, {kRows, 40}), rows);
    b->wait();
    Values values;
    for (const SampledRow& row : results) values.push_back(static_cast<float>(row.token));
    return values;
  });
}

}  // namespace
}  // namespace reckon::kernels::test
