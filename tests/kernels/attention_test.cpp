#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/kernels/attention_harness.h"

namespace reckon::kernels::test {
namespace {

/// Softmax attention in double precision for one token and head.
std::vector<double> reference(const AttentionShape& shape, const AttentionSequence& sequence,
                              std::int32_t token, std::int32_t head, float scale) {
  const std::int32_t kv_head = head / (shape.heads / shape.kv_heads);
  const std::int32_t from = shape.window > 0 ? std::max(0, token - shape.window + 1) : 0;
  std::vector<double> scores;
  double maximum = -1e300;
  for (std::int32_t j = from; j <= token; ++j) {
    double score = 0;
    for (std::int32_t d = 0; d < shape.key_dim; ++d)
      score +=
          static_cast<double>(
              sequence.queries[static_cast<std::size_t>((token * shape.heads + head) * shape.key_dim + d)]) *
          static_cast<double>(
              sequence.keys[static_cast<std::size_t>((j * shape.kv_heads + kv_head) * shape.key_dim + d)]);
    scores.push_back(score * static_cast<double>(scale));
    maximum = std::max(maximum, scores.back());
  }
  double total = 0;
  std::vector<double> result(static_cast<std::size_t>(shape.value_dim), 0.0);
  for (std::int32_t j = from; j <= token; ++j) {
    const double weight = std::exp(scores[static_cast<std::size_t>(j - from)] - maximum);
    total += weight;
    for (std::int32_t v = 0; v < shape.value_dim; ++v)
      result[static_cast<std::size_t>(v)] +=
          weight * static_cast<double>(sequence.values[static_cast<std::size_t>(
                       (j * shape.kv_heads + kv_head) * shape.value_dim + v)]);
  }
  for (double& value : result) value /= total;
  return result;
}

struct NamedShape {
  const char* name;
  AttentionShape shape;
};

const NamedShape kShapes[] = {
    {"gqa 9:3", {9, 3, 64, 64, 0, DataType::f32, 32}},
    {"mha", {4, 4, 32, 32, 0, DataType::f32, 32}},
    {"mqa", {5, 1, 16, 16, 0, DataType::f32, 32}},
    {"odd sizes", {2, 2, 7, 5, 0, DataType::f32, 32}},
    {"one number", {1, 1, 1, 1, 0, DataType::f32, 1}},
    {"values wider than keys", {2, 1, 24, 40, 0, DataType::f32, 64}},
    {"many heads", {112, 1, 16, 16, 0, DataType::f32, 16}},
    {"window 100", {6, 2, 32, 32, 100, DataType::f32, 32}},
    {"window 1", {2, 1, 16, 16, 1, DataType::f32, 8}},
    {"window over cuts", {2, 2, 16, 16, 300, DataType::f32, 128}},
};

void expect_near_reference(const NamedShape& named, const std::vector<AttentionSequence>& sequences,
                           const std::vector<std::vector<float>>& outputs, float scale, double tolerance) {
  const AttentionShape& shape = named.shape;
  for (std::size_t s = 0; s < sequences.size(); ++s) {
    for (const std::int32_t token : {0, 1, 31, 32, 254, 255, 256, 257, 300, 512, 513, 519}) {
      if (token >= sequences[s].length) continue;
      for (std::int32_t head = 0; head < shape.heads; head += 3) {
        const auto wanted = reference(shape, sequences[s], token, head, scale);
        for (std::int32_t v = 0; v < shape.value_dim; ++v) {
          const float got =
              outputs[s][static_cast<std::size_t>((token * shape.heads + head) * shape.value_dim + v)];
          ASSERT_NEAR(got, wanted[static_cast<std::size_t>(v)], tolerance)
              << named.name << ", sequence " << s << ", token " << token << ", head " << head;
        }
      }
    }
  }
}

TEST(Attention, AgreesWithDoublePrecision) {
  for (const NamedShape& named : kShapes) {
    const AttentionShape& shape = named.shape;
    const float scale = 1.0F / std::sqrt(static_cast<float>(shape.key_dim));
    const std::vector<AttentionSequence> sequences = {
        make_sequence(shape, 1, 30), make_sequence(shape, 33, 40), make_sequence(shape, 520, 50)};
    AttentionRun run;
    run.chunk = 97;
    expect_near_reference(named, sequences, run_attention(shape, sequences, run, scale), scale, 2e-6);
  }
}

/// What an F16 cache keeps of a sequence.
AttentionSequence rounded_to_f16(AttentionSequence sequence) {
  for (auto* values : {&sequence.keys, &sequence.values}) {
    for (float& value : *values) value = static_cast<float>(static_cast<_Float16>(value));
  }
  return sequence;
}

TEST(Attention, PromptsOverHalvesAgreeWithDoublePrecision) {
  // The arithmetic is 16-bit fixed point there; the tolerance is a tenth of what rounding to F16 itself does.
  for (NamedShape named : kShapes) {
    named.shape.type = DataType::f16;
    const float scale = 1.0F / std::sqrt(static_cast<float>(named.shape.key_dim));
    std::vector<AttentionSequence> sequences = {make_sequence(named.shape, 1, 30),
                                                make_sequence(named.shape, 33, 40),
                                                make_sequence(named.shape, 520, 50)};
    AttentionRun run;
    run.chunk = 97;
    const auto outputs = run_attention(named.shape, sequences, run, scale);
    for (AttentionSequence& sequence : sequences) sequence = rounded_to_f16(sequence);
    expect_near_reference(named, sequences, outputs, scale, 3e-4);
  }
}

TEST(Attention, OneLoudKeyDoesNotDrownTheOthersOfAPrompt) {
  // A key that takes nearly all the weight, with small values of its own, as first tokens of texts have them:
  // the rest, each weight a ten-thousandth, still counts.
  const NamedShape named{"sink", {2, 1, 32, 32, 0, DataType::f16, 32}};
  AttentionSequence sequence = make_sequence(named.shape, 300, 80);
  for (std::size_t d = 0; d < 32; ++d) {
    for (std::size_t token = 0; token < 300; ++token) {
      for (std::size_t head = 0; head < 2; ++head)
        sequence.queries[(token * 2 + head) * 32 + d] =
            1.0F + 0.1F * sequence.queries[(token * 2 + head) * 32 + d];
      sequence.keys[token * 32 + d] *= 0.02F;
      sequence.values[token * 32 + d] = 2.0F + 0.5F * sequence.values[token * 32 + d];
    }
    sequence.keys[d] = 0.3F;  // a score of 9.6
    sequence.values[d] = 0.01F;
  }
  sequence = rounded_to_f16(sequence);
  expect_near_reference(named, {sequence}, run_attention(named.shape, {sequence}, {}, 1.0F), 1.0F, 3e-4);
}

TEST(Attention, ZerosAreNoDivisionByZero) {
  const AttentionShape shape{2, 1, 16, 16, 0, DataType::f16, 32};
  AttentionSequence sequence = make_sequence(shape, 40, 70);
  std::fill(sequence.queries.begin(), sequence.queries.end(), 0.0F);
  std::fill(sequence.keys.begin(), sequence.keys.begin() + 16, 0.0F);
  std::fill(sequence.values.begin(), sequence.values.begin() + 16, 0.0F);
  const auto outputs = run_attention(shape, {rounded_to_f16(sequence)}, {}, 0.25F);
  expect_near_reference({"zeros", shape}, {rounded_to_f16(sequence)}, outputs, 0.25F, 3e-4);
  for (std::size_t i = 0; i < 32; ++i) EXPECT_EQ(outputs[0][i], 0.0F);
}

TEST(Attention, WhatIsNotFiniteReachesEveryTokenThatSeesItAndNoOther) {
  const AttentionShape shape{3, 1, 32, 32, 0, DataType::f16, 32};
  const AttentionSequence sound = make_sequence(shape, 70, 60);
  const float bad[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 1e6F};
  for (const TokenRole role : {TokenRole::prompt, TokenRole::generated}) {
    AttentionRun run;
    run.role = role;
    const auto wanted = run_attention(shape, {sound}, run, 0.2F);
    for (const float value : bad) {
      for (const auto member : {&AttentionSequence::keys, &AttentionSequence::values}) {
        // In float an infinite key is no more than a score of minus infinity to half of the queries.
        if (role == TokenRole::generated && member == &AttentionSequence::keys && !std::isnan(value))
          continue;
        AttentionSequence sequence = sound;
        (sequence.*member)[40 * 32 + 5] = value;  // of token 40
        const auto outputs = run_attention(shape, {sequence}, run, 0.2F);
        for (std::size_t token = 0; token < 70; ++token) {
          bool finite = true;
          for (std::size_t i = token * 96; i < (token + 1) * 96; ++i) {
            if (token < 40) {
              ASSERT_EQ(outputs[0][i], wanted[0][i]) << token;
            }
            finite = finite && std::isfinite(outputs[0][i]);
          }
          ASSERT_EQ(finite, token < 40) << token << " with " << value
                                        << (member == &AttentionSequence::keys ? " in a key" : " in a value")
                                        << ", role " << static_cast<int>(role);
        }
      }
    }
  }
}

TEST(Attention, StorageTypesRoundKeysAndValues) {
  // With half-precision pages the result of a generated token is that of the rounded keys and values.
  AttentionShape shape{4, 2, 32, 32, 0, DataType::f16, 32};
  const AttentionSequence exact = make_sequence(shape, 70, 60);
  AttentionRun run;
  run.role = TokenRole::generated;
  const auto full = run_attention(shape, {exact}, run, 0.2F);
  shape.type = DataType::f32;
  EXPECT_EQ(run_attention(shape, {rounded_to_f16(exact)}, run, 0.2F), full);
  // So it is of a prompt's where activations are to be left exact.
  shape.type = DataType::f16;
  AttentionRun prompt;
  EXPECT_NE(run_attention(shape, {exact}, prompt, 0.2F), full);
  prompt.exact = true;
  EXPECT_EQ(run_attention(shape, {exact}, prompt, 0.2F), full);
  // bfloat16 keeps 8 bits: near, but not the same.
  shape.type = DataType::bf16;
  const auto coarse = run_attention(shape, {exact}, run, 0.2F);
  double worst = 0;
  for (std::size_t i = 0; i < coarse[0].size(); ++i)
    worst = std::max(worst, static_cast<double>(std::abs(coarse[0][i] - full[0][i])));
  EXPECT_GT(worst, 1e-5);
  EXPECT_LT(worst, 2e-2);
}

TEST(Attention, SameBitsWhateverChunkBatchThreadsPagesAndPath) {
  const AttentionShape shapes[] = {{9, 3, 64, 64, 0, DataType::f16, 32},
                                   {4, 1, 24, 20, 0, DataType::bf16, 16},
                                   {6, 2, 32, 32, 90, DataType::f16, 32},
                                   {2, 2, 16, 16, 0, DataType::f32, 4}};
  for (const AttentionShape& shape : shapes) {
    std::vector<AttentionSequence> sequences;
    for (std::uint32_t s = 0; s < 16; ++s)
      sequences.push_back(
          make_sequence(shape, s == 0 ? 530 : 3 + 17 * static_cast<std::int32_t>(s), 100 + 3 * s));
    const auto first = run_attention(shape, sequences, {}, 0.125F);
    const auto check = [&](const AttentionRun& run, std::size_t count, const char* what) {
      const std::vector<AttentionSequence> some(sequences.begin(),
                                                sequences.begin() + static_cast<std::ptrdiff_t>(count));
      const auto outputs = run_attention(shape, some, run, 0.125F);
      for (std::size_t s = 0; s < count; ++s) ASSERT_EQ(outputs[s], first[s]) << what << ", sequence " << s;
    };
    AttentionRun run;
    check(run, 1, "one sequence");
    check(run, 3, "three sequences");
    run.together = false;
    check(run, 16, "one after the other");
    run = {};
    run.chunk = 1;
    check(run, 2, "token by token");
    run.chunk = 7;
    run.permuted_pages = true;
    check(run, 16, "chunks of 7 on shuffled pages");
    run = {};
    for (const int threads : {2, 3}) {
      run.threads = threads;
      check(run, 16, "more threads");
      run.chunk = 1;  // few short items: the threads share the cuts of one
      check(run, 1, "more threads, token by token");
      run.chunk = 512;
    }
    for (const cpu::CpuPath path : available_paths()) {
      run = {};
      run.path = path;
      check(run, 2, cpu::path_name(path));
      run.chunk = 1;
      check({1, path, 1, true, false}, 1, cpu::path_name(path));
    }
    // Generated tokens: other bits perhaps, but the same in any company.
    AttentionRun generated;
    generated.role = TokenRole::generated;
    const auto answer = run_attention(shape, {sequences[1]}, generated, 0.125F);
    generated.chunk = 1;
    generated.threads = 2;
    ASSERT_EQ(run_attention(shape, {sequences[1], sequences[3]}, generated, 0.125F)[0], answer[0]);
  }
}

TEST(Attention, CopiedPageServesAnotherSequence) {
  const AttentionShape shape{2, 1, 16, 16, 0, DataType::f16, 32};
  const AttentionSequence sequence = make_sequence(shape, 40, 70);
  const auto whole = run_attention(shape, {sequence}, {}, 0.25F);

  const Device device(1, available_paths().back(), false);
  KvCacheSpec spec;
  KvGroupSpec group;
  group.layers = 2;
  group.kv_heads = 1;
  group.key_dim = group.value_dim = 16;
  spec.groups = {group};
  spec.pages = 4;
  const KvLayer layer{device->create_kv_cache(spec), 0, 1};
  const auto step_through = [&](std::int32_t first, std::int32_t count,
                                const std::vector<std::int32_t>& pages) {
    const std::vector<StepPart> parts = {{0, first, count}};
    const RaggedBatch batch =
        make_batch(parts, {pages}, [](std::size_t, std::int32_t) { return TokenRole::prompt; });
    const StepTensors step = device->begin_step(batch);
    const auto part = [&](const std::vector<float>& data, std::int32_t heads) {
      return device.floats(gather_parts(parts, static_cast<std::size_t>(heads * 16),
                                        [&](std::size_t) -> const std::vector<float>& { return data; }),
                           {count, heads, 16});
    };
    device->write_kv(layer, step, part(sequence.keys, 1), part(sequence.values, 1));
    const Tensor output = device.empty({count, 2, 16});
    device->attention(output, part(sequence.queries, 2), layer, step, 0.25F);
    return device.read(output);
  };
  step_through(0, 37, {3, 0});
  device->copy_kv_page(layer.cache, 2, 0);  // positions 32..36 go on from a copy
  const auto rest = step_through(37, 3, {3, 2});
  EXPECT_EQ(rest, std::vector<float>(whole[0].end() - 3 * 32, whole[0].end()));
  EXPECT_THROW(device->copy_kv_page(layer.cache, 4, 0), Error);
  EXPECT_THROW(device->copy_kv_page(layer.cache, 0, -1), Error);
}

}  // namespace
}  // namespace reckon::kernels::test
