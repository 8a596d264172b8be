// Hostile batches: every one is an Error before anything is read or written.
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <numeric>

#include <gtest/gtest.h>

#include "tests/kernels/attention_harness.h"

namespace reckon::kernels::test {
namespace {

RaggedBatch good_batch() {
  return make_batch({{0, 0, 3}, {1, 40, 1}}, {{0}, {1, 2}},
                    [](std::size_t, std::int32_t) { return TokenRole::prompt; });
}

KvCacheSpec small_cache() {
  KvCacheSpec spec;
  KvGroupSpec group;
  group.layers = 1;
  group.kv_heads = 1;
  group.key_dim = group.value_dim = 8;
  spec.groups = {group};
  spec.pages = 3;
  return spec;
}

TEST(Batch, GoodOneReachesTheDevice) {
  const Device device;
  const RaggedBatch batch = good_batch();
  const StepTensors step = device->begin_step(batch);
  EXPECT_EQ(step.tokens, 4);
  EXPECT_EQ(device.read_integers(step.positions), (std::vector<std::int32_t>{0, 1, 2, 40}));
}

/// While it lives this process gets no more than `room` bytes of memory.
class LittleMemory {
 public:
  explicit LittleMemory(rlim_t room) {
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    getrlimit(RLIMIT_AS, &before_);
    const rlimit now = {pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + room, before_.rlim_max};
    setrlimit(RLIMIT_AS, &now);
  }
  ~LittleMemory() { setrlimit(RLIMIT_AS, &before_); }
  LittleMemory(const LittleMemory&) = delete;
  LittleMemory& operator=(const LittleMemory&) = delete;

 private:
  rlimit before_{};
};

/// A prompt on one long page.
RaggedBatch prompt_of(std::int32_t tokens) {
  RaggedBatch batch;
  batch.token_ids.resize(static_cast<std::size_t>(tokens));
  std::iota(batch.token_ids.begin(), batch.token_ids.end(), 0);
  batch.positions = batch.token_ids;
  batch.roles.assign(static_cast<std::size_t>(tokens), TokenRole::prompt);
  batch.sequences = {{0, tokens, 0, {0}}};
  return batch;
}

TEST(Batch, StepsGoOnAfterOneThatMemoryWasTooShortFor) {
  const Device device;
  const RaggedBatch few = prompt_of(4);
  const RaggedBatch many = prompt_of(4 << 20);
  device->begin_step(few);
  {
    const LittleMemory no_room(rlim_t{1} << 20);
    EXPECT_NE(error_of([&] { device->begin_step(many); }).find("out of memory"), std::string::npos);
  }
  for (const RaggedBatch* batch : {&few, &many}) {
    const StepTensors step = device->begin_step(*batch);
    EXPECT_EQ(device.read_integers(step.token_ids), batch->token_ids);
    EXPECT_EQ(device.read_integers(step.positions), batch->positions);
  }
}

TEST(Batch, BadOnesAreRefusedByName) {
  struct Case {
    const char* wanted;
    std::function<void(RaggedBatch&)> spoil;
  };
  const Case cases[] = {
      {"no tokens", [](RaggedBatch& batch) { batch = {}; }},
      {"no tokens", [](RaggedBatch& batch) { batch.sequences.clear(); }},
      {"positions", [](RaggedBatch& batch) { batch.positions.pop_back(); }},
      {"roles", [](RaggedBatch& batch) { batch.roles.push_back(TokenRole::prompt); }},
      {"position 5", [](RaggedBatch& batch) { batch.positions[1] = 5; }},
      {"0 tokens", [](RaggedBatch& batch) { batch.sequences[1].token_count = 0; }},
      {"sequence 1", [](RaggedBatch& batch) { batch.sequences[1].first_token = 2; }},
      {"sequence 1", [](RaggedBatch& batch) { batch.sequences[1].token_count = INT32_MAX; }},
      {"cover 3 of 4", [](RaggedBatch& batch) { batch.sequences.pop_back(); }},
      {"position", [](RaggedBatch& batch) { batch.sequences[1].first_position = -1; }},
      {"position", [](RaggedBatch& batch) { batch.sequences[1].first_position = INT32_MAX; }},
      {"number -7", [](RaggedBatch& batch) { batch.sequences[0].pages[0] = -7; }},
  };
  for (const Case& test : cases) {
    const Device device;
    RaggedBatch batch = good_batch();
    test.spoil(batch);
    const std::string message = error_of([&] { device->begin_step(batch); });
    EXPECT_NE(message.find(test.wanted), std::string::npos) << test.wanted << ": '" << message << "'";
  }
}

TEST(Batch, PagesAreCheckedAgainstTheCache) {
  const Device device;
  const KvLayer layer{device->create_kv_cache(small_cache()), 0, 0};
  RaggedBatch batch = good_batch();
  device->begin_step(batch);
  batch.sequences[1].pages[1] = 3;
  EXPECT_NE(error_of([&] { device->begin_step(batch); }).find("number 3; the cache has 3"),
            std::string::npos);
  batch.sequences[1].pages = {1};  // position 40 lies on a second page
  EXPECT_NE(error_of([&] { device->begin_step(batch); }).find("2 are needed"), std::string::npos);

  // With two caches only the operation knows which one is meant.
  KvCacheSpec larger = small_cache();
  larger.pages = 10;
  device->create_kv_cache(larger);
  batch = good_batch();
  batch.sequences[1].pages[1] = 9;
  const StepTensors step = device->begin_step(batch);
  const Tensor rows = device.empty({4, 1, 8});
  EXPECT_NE(error_of([&] { device->write_kv(layer, step, rows, rows); }).find("write_kv: page 1"),
            std::string::npos);
  EXPECT_THROW(device->attention(rows, rows, layer, step, 1.0F), Error);
}

TEST(Batch, CacheOperationsCheckHandlesAndShapes) {
  const Device device;
  const KvCacheHandle cache = device->create_kv_cache(small_cache());
  const RaggedBatch batch = good_batch();
  const StepTensors step = device->begin_step(batch);
  const Tensor rows = device.empty({4, 1, 8});
  EXPECT_THROW(device->write_kv({cache, 1, 0}, step, rows, rows), Error);
  EXPECT_THROW(device->write_kv({cache, 0, 1}, step, rows, rows), Error);
  EXPECT_THROW(device->write_kv({cache, 0, -1}, step, rows, rows), Error);
  EXPECT_THROW(device->write_kv({{77}, 0, 0}, step, rows, rows), Error);
  EXPECT_THROW(device->write_kv({cache, 0, 0}, step, device.empty({3, 1, 8}), rows), Error);
  EXPECT_THROW(device->write_kv({cache, 0, 0}, step, rows, Tensor{}), Error);
  EXPECT_THROW(device->attention(rows, device.empty({4, 1, 9}), {cache, 0, 0}, step, 1.0F), Error);
  EXPECT_THROW(device->attention(rows, rows, {cache, 0, 0}, StepTensors{}, 1.0F), Error);
  device->release_kv_cache(cache);
  EXPECT_THROW(device->write_kv({cache, 0, 0}, step, rows, rows), Error);
  EXPECT_THROW(device->release_kv_cache(cache), Error);
  KvCacheSpec none = small_cache();
  none.pages = 0;
  EXPECT_THROW(device->create_kv_cache(none), Error);
  none.pages = INT32_MAX;
  none.groups[0].kv_heads = 1 << 19;
  none.groups[0].key_dim = 1 << 19;
  EXPECT_THROW(device->create_kv_cache(none), Error);
}

}  // namespace
}  // namespace reckon::kernels::test
