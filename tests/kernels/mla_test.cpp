// Multi-head latent attention: both forms against double precision, and their bits over chunks and batches.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/attention_harness.h"

namespace reckon::kernels::test {
namespace {

struct MlaCase {
  MlaSpec spec;
  std::vector<float> kv_b;  ///< [heads * (nope + value)][latent]

  explicit MlaCase(std::int32_t heads, std::int32_t nope, std::int32_t rope, std::int32_t value,
                   std::int32_t latent) {
    spec.heads = heads;
    spec.nope_dim = nope;
    spec.rope_dim = rope;
    spec.value_dim = value;
    spec.latent_dim = latent;
    spec.scale = 1.0F / std::sqrt(static_cast<float>(nope + rope));
    kv_b = noise(static_cast<std::size_t>(heads * (nope + value) * latent), 81,
                 1.7F / std::sqrt(static_cast<float>(latent)));
  }
  std::int32_t query_dim() const { return spec.nope_dim + spec.rope_dim; }
  std::int32_t cache_dim() const { return spec.latent_dim + spec.rope_dim; }
  StoredTensor stored() const {
    StoredTensor tensor;
    tensor.name = "kv_b_proj";
    tensor.rows = spec.heads * (spec.nope_dim + spec.value_dim);
    tensor.columns = spec.latent_dim;
    tensor.data = std::as_bytes(std::span(kv_b));
    return tensor;
  }
};

struct MlaSequence {
  std::int32_t length = 0;
  std::int32_t prompt = 0;     ///< tokens before it are prompt, the rest generated
  std::vector<float> queries;  ///< [n][H][nope + rope]
  std::vector<float> rows;     ///< [n][latent + rope]
};

MlaSequence make_mla_sequence(const MlaCase& mla, std::int32_t length, std::int32_t prompt,
                              std::uint32_t seed) {
  MlaSequence sequence;
  sequence.length = length;
  sequence.prompt = prompt;
  sequence.queries = noise(static_cast<std::size_t>(length * mla.spec.heads * mla.query_dim()), seed, 2.0F);
  sequence.rows = noise(static_cast<std::size_t>(length * mla.cache_dim()), seed + 1, 1.5F);
  return sequence;
}

std::vector<std::vector<float>> run_mla(const MlaCase& mla, const std::vector<MlaSequence>& sequences,
                                        const AttentionRun& run, DataType type = DataType::f32,
                                        std::int32_t page_tokens = 32) {
  const Device device(run.threads, run.path);
  const MlaWeightHandle weight = device->load_mla_weight(mla.stored(), mla.spec);
  std::vector<std::int32_t> lengths;
  for (const MlaSequence& sequence : sequences) lengths.push_back(sequence.length);
  KvGroupSpec group;
  group.layout = KvLayout::latent;
  group.layers = 2;
  group.kv_heads = 1;
  group.key_dim = mla.cache_dim();
  group.type = type;
  KvCacheSpec spec;
  spec.groups = {group};
  spec.page_tokens = page_tokens;
  const auto pages = hand_out_pages(lengths, page_tokens, run.permuted_pages, spec.pages);
  const KvLayer layer{device->create_kv_cache(spec), 0, 1};
  std::vector<std::vector<float>> outputs(sequences.size());
  for (const auto& parts : plan_steps(lengths, run.chunk, run.together)) {
    const RaggedBatch batch = make_batch(parts, pages, [&](std::size_t s, std::int32_t position) {
      return position < sequences[s].prompt ? TokenRole::prompt : TokenRole::generated;
    });
    const StepTensors step = device->begin_step(batch);
    const auto part = [&](const std::vector<float> MlaSequence::*member, std::int32_t heads,
                          std::int32_t dim) {
      return device.floats(
          gather_parts(parts, static_cast<std::size_t>(heads * dim),
                       [&](std::size_t s) -> const std::vector<float>& { return sequences[s].*member; }),
          {step.tokens, heads, dim});
    };
    const Tensor queries = part(&MlaSequence::queries, mla.spec.heads, mla.query_dim());
    const Tensor rows = part(&MlaSequence::rows, 1, mla.cache_dim());
    const Tensor output = device.empty({step.tokens, mla.spec.heads, mla.spec.value_dim});
    device->write_kv(layer, step, rows, Tensor{});
    device->mla_attention(output, queries, layer, step, weight);
    const auto result = device.read(output);
    const auto row = static_cast<std::size_t>(mla.spec.heads * mla.spec.value_dim);
    std::size_t token = 0;
    for (const StepPart& piece : parts) {
      const auto begin = result.begin() + static_cast<std::ptrdiff_t>(token * row);
      const auto count = static_cast<std::size_t>(piece.count);
      outputs[piece.sequence].insert(outputs[piece.sequence].end(), begin,
                                     begin + static_cast<std::ptrdiff_t>(count * row));
      token += count;
    }
    for (const Tensor& tensor : {queries, rows, output}) device->release(tensor.buffer);
  }
  return outputs;
}

/// The expanded definition in double precision.
std::vector<double> reference(const MlaCase& mla, const MlaSequence& sequence, std::int32_t token,
                              std::int32_t head) {
  const MlaSpec& spec = mla.spec;
  const auto weight = [&](std::int32_t row, std::int32_t column) {
    const std::int32_t at = (head * (spec.nope_dim + spec.value_dim) + row) * spec.latent_dim + column;
    return static_cast<double>(mla.kv_b[static_cast<std::size_t>(at)]);
  };
  const float* query = sequence.queries.data() + (token * spec.heads + head) * mla.query_dim();
  std::vector<double> scores;
  double maximum = -1e300;
  for (std::int32_t j = 0; j <= token; ++j) {
    const float* row = sequence.rows.data() + j * mla.cache_dim();
    double score = 0;
    for (std::int32_t n = 0; n < spec.nope_dim; ++n) {
      double key = 0;
      for (std::int32_t l = 0; l < spec.latent_dim; ++l) key += weight(n, l) * static_cast<double>(row[l]);
      score += key * static_cast<double>(query[n]);
    }
    for (std::int32_t r = 0; r < spec.rope_dim; ++r)
      score += static_cast<double>(row[spec.latent_dim + r]) * static_cast<double>(query[spec.nope_dim + r]);
    scores.push_back(score * static_cast<double>(spec.scale));
    maximum = std::max(maximum, scores.back());
  }
  double total = 0;
  std::vector<double> mixed(static_cast<std::size_t>(spec.latent_dim), 0.0);
  for (std::int32_t j = 0; j <= token; ++j) {
    const double share = std::exp(scores[static_cast<std::size_t>(j)] - maximum);
    total += share;
    for (std::int32_t l = 0; l < spec.latent_dim; ++l)
      mixed[static_cast<std::size_t>(l)] +=
          share * static_cast<double>(sequence.rows[static_cast<std::size_t>(j * mla.cache_dim() + l)]);
  }
  std::vector<double> result;
  for (std::int32_t v = 0; v < spec.value_dim; ++v) {
    double value = 0;
    for (std::int32_t l = 0; l < spec.latent_dim; ++l)
      value += weight(spec.nope_dim + v, l) * mixed[static_cast<std::size_t>(l)] / total;
    result.push_back(value);
  }
  return result;
}

TEST(Mla, BothFormsAgreeWithDoublePrecision) {
  const MlaCase cases[] = {MlaCase(4, 32, 16, 32, 64), MlaCase(3, 7, 2, 5, 11), MlaCase(1, 16, 8, 24, 40),
                           MlaCase(100, 8, 4, 8, 16)};
  for (const MlaCase& mla : cases) {
    const std::int32_t length = mla.spec.heads > 50 ? 40 : 515;
    for (const std::int32_t prompt : {0, length}) {  // all generated: absorbed; all prompt: expanded
      const MlaSequence sequence = make_mla_sequence(mla, length, prompt, 90);
      AttentionRun run;
      run.chunk = 200;
      const auto outputs = run_mla(mla, {sequence}, run);
      for (const std::int32_t token : {0, 1, 31, 32, 199, 200, 255, 256, 257, 512, 513, 514}) {
        if (token >= length) continue;
        for (std::int32_t head = 0; head < mla.spec.heads; head += 1 + mla.spec.heads / 4) {
          const auto wanted = reference(mla, sequence, token, head);
          for (std::int32_t v = 0; v < mla.spec.value_dim; ++v)
            ASSERT_NEAR(outputs[0][static_cast<std::size_t>(
                            (token * mla.spec.heads + head) * mla.spec.value_dim + v)],
                        wanted[static_cast<std::size_t>(v)], 6e-6)
                << (prompt > 0 ? "expanded" : "absorbed") << ", token " << token << ", head " << head;
        }
      }
    }
  }
}

TEST(Mla, SameBitsWhateverChunkBatchThreadsPagesAndPath) {
  const MlaCase mla(4, 16, 8, 16, 40);
  for (const DataType type : {DataType::f16, DataType::f32}) {
    std::vector<MlaSequence> sequences;
    for (std::uint32_t s = 0; s < 16; ++s) {
      const std::int32_t length = s == 0 ? 300 : 5 + 9 * static_cast<std::int32_t>(s);
      sequences.push_back(
          make_mla_sequence(mla, length, length - 4 - static_cast<std::int32_t>(s % 3), 200 + 2 * s));
    }
    sequences[0].prompt = 250;
    const std::int32_t page_tokens = type == DataType::f16 ? 32 : 8;
    const auto first = run_mla(mla, sequences, {}, type, page_tokens);
    const auto check = [&](const AttentionRun& run, std::size_t count, const char* what) {
      const std::vector<MlaSequence> some(sequences.begin(),
                                          sequences.begin() + static_cast<std::ptrdiff_t>(count));
      const auto outputs = run_mla(mla, some, run, type, page_tokens);
      for (std::size_t s = 0; s < count; ++s) ASSERT_EQ(outputs[s], first[s]) << what << ", sequence " << s;
    };
    AttentionRun run;
    check(run, 1, "one sequence");
    check(run, 3, "three sequences");
    run.together = false;
    check(run, 16, "one after the other");
    run = {};
    run.chunk = 1;
    check(run, 3, "token by token");
    run.chunk = 7;
    run.permuted_pages = true;
    check(run, 16, "chunks of 7 on shuffled pages");
    run = {};
    for (const int threads : {2, 3}) {
      run.threads = threads;
      check(run, 16, "more threads");
    }
    for (const cpu::CpuPath path : available_paths()) {
      run = {};
      run.path = path;
      check(run, 2, cpu::path_name(path));
      run.chunk = 1;
      check(run, 1, cpu::path_name(path));
    }
  }
}

TEST(Mla, QuantisedWeightServesBothForms) {
  // Q8_0 by hand: blocks of 32 with a half-precision scale. With exact activations both forms agree with the
  // dequantised matrix; the expanded one by default rounds its inputs to int8 and lies near.
  MlaCase mla(2, 16, 8, 16, 64);
  std::vector<std::byte> blocks;
  for (std::size_t b = 0; b < mla.kv_b.size() / 32; ++b) {
    const auto scale = static_cast<_Float16>(0.002F);
    const auto* raw = reinterpret_cast<const std::byte*>(&scale);
    blocks.insert(blocks.end(), raw, raw + 2);
    for (std::size_t i = 0; i < 32; ++i) {
      float& value = mla.kv_b[b * 32 + i];
      const auto code = static_cast<std::int8_t>(std::lround(std::clamp(value / 0.002F, -127.0F, 127.0F)));
      value = static_cast<float>(scale) * static_cast<float>(code);
      blocks.push_back(static_cast<std::byte>(code));
    }
  }
  StoredTensor stored = mla.stored();
  stored.type = DataType::q8_0;
  stored.data = blocks;
  const MlaSequence sequence = make_mla_sequence(mla, 20, 20, 95);
  for (const bool exact : {true, false}) {
    for (const TokenRole role : {TokenRole::prompt, TokenRole::generated}) {
      const Device device(1, available_paths().back(), exact);
      const MlaWeightHandle weight = device->load_mla_weight(stored, mla.spec);
      KvCacheSpec spec;
      KvGroupSpec group;
      group.layout = KvLayout::latent;
      group.layers = 1;
      group.kv_heads = 1;
      group.key_dim = mla.cache_dim();
      group.type = DataType::f32;
      spec.groups = {group};
      spec.pages = 1;
      const KvLayer layer{device->create_kv_cache(spec), 0, 0};
      const RaggedBatch batch =
          make_batch({{0, 0, 20}}, {{0}}, [&](std::size_t, std::int32_t) { return role; });
      const StepTensors step = device->begin_step(batch);
      device->write_kv(layer, step, device.floats(sequence.rows, {20, 1, mla.cache_dim()}), Tensor{});
      const Tensor output = device.empty({20, 2, 16});
      device->mla_attention(output, device.floats(sequence.queries, {20, 2, mla.query_dim()}), layer, step,
                            weight);
      const auto result = device.read(output);
      const bool rounded = !exact && role == TokenRole::prompt;
      double worst = 0;
      for (std::int32_t token = 0; token < 20; ++token) {
        for (std::int32_t head = 0; head < 2; ++head) {
          const auto wanted = reference(mla, sequence, token, head);
          for (std::int32_t v = 0; v < 16; ++v)
            worst = std::max(
                worst,
                std::abs(static_cast<double>(result[static_cast<std::size_t>((token * 2 + head) * 16 + v)]) -
                         wanted[static_cast<std::size_t>(v)]));
        }
      }
      EXPECT_LT(worst, rounded ? 5e-2 : 6e-6);
      if (rounded) {
        EXPECT_GT(worst, 1e-4);
      }
    }
  }
}

TEST(Mla, RefusesShapesThatDoNotFit) {
  const Device device;
  const MlaCase mla(2, 16, 8, 16, 32);
  MlaSpec wrong = mla.spec;
  wrong.heads = 3;
  EXPECT_NE(error_of([&] { device->load_mla_weight(mla.stored(), wrong); }).find("kv_b_proj"),
            std::string::npos);
  wrong = mla.spec;
  wrong.latent_dim = 0;
  EXPECT_THROW(device->load_mla_weight(mla.stored(), wrong), Error);
  const MlaWeightHandle weight = device->load_mla_weight(mla.stored(), mla.spec);
  KvCacheSpec spec;
  KvGroupSpec latent;
  latent.layout = KvLayout::latent;
  latent.layers = 1;
  latent.kv_heads = 1;
  latent.key_dim = 44;
  KvGroupSpec full;
  full.layers = 1;
  full.kv_heads = 2;
  full.key_dim = full.value_dim = 24;
  spec.groups = {latent, full};
  spec.pages = 1;
  const KvCacheHandle cache = device->create_kv_cache(spec);
  const RaggedBatch batch =
      make_batch({{0, 0, 1}}, {{0}}, [](std::size_t, std::int32_t) { return TokenRole::prompt; });
  const StepTensors step = device->begin_step(batch);
  const Tensor queries = device.empty({1, 2, 24});
  const Tensor output = device.empty({1, 2, 16});
  EXPECT_NE(error_of([&] {
              device->mla_attention(output, queries, {cache, 0, 0}, step, weight);
            }).find("44"),
            std::string::npos);
  EXPECT_THROW(device->mla_attention(output, queries, {cache, 1, 0}, step, weight), Error);
  EXPECT_THROW(device->attention(queries, queries, {cache, 0, 0}, step, 1.0F), Error);
  EXPECT_THROW(device->mla_attention(output, queries, {cache, 0, 0}, step, {9}), Error);
}

}  // namespace
}  // namespace reckon::kernels::test
