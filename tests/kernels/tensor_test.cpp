#include "kernels/tensor.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "kernels/kv_page_layout.h"

namespace reckon::kernels {
namespace {

TEST(Tensor, BytesOfBlocks) {
  EXPECT_EQ(bytes_of(DataType::f16, 7), 14U);
  EXPECT_EQ(bytes_of(DataType::q4_0, 64), 36U);
  EXPECT_EQ(bytes_of(DataType::q6_k, 512), 420U);
  EXPECT_THROW(bytes_of(DataType::q8_0, 33), Error);
  EXPECT_STREQ(type_info(DataType::q4_k).name, "q4_k");
  EXPECT_STREQ(type_info(DataType::fp8_e4m3).name, "fp8_e4m3");
}

TEST(Tensor, NarrowMovesTheStart) {
  const Tensor whole = dense({3}, DataType::f32, {4, 6, 8}, 64);
  const Tensor part = narrow(whole, 1, 2, 3);
  EXPECT_EQ(part.offset_bytes, 64U + 2 * 8 * 4);
  EXPECT_EQ(part.dim(1), 3);
  EXPECT_EQ(part.stride(0), 48);
  EXPECT_THROW(narrow(whole, 1, 4, 3), Error);
  EXPECT_THROW(narrow(whole, 3, 0, 1), Error);
  EXPECT_THROW(narrow(whole, 0, -1, 1), Error);
  EXPECT_THROW(narrow(dense({1}, DataType::q8_0, {32}), 0, 0, 1), Error);
}

TEST(Tensor, ReshapeNeedsDenseMemory) {
  const Tensor whole = dense({1}, DataType::f32, {4, 6});
  EXPECT_EQ(reshape(whole, {2, 12}).stride(0), 12);
  EXPECT_THROW(reshape(whole, {5, 5}), Error);
  EXPECT_THROW(reshape(narrow(whole, 1, 0, 3), {12}), Error);
  EXPECT_EQ(reshape(narrow(whole, 0, 1, 1), {6}).dim(0), 6);
}

TEST(Tensor, SplitLastWorksOnViews) {
  const Tensor view = narrow(dense({1}, DataType::f32, {5, 20}), 1, 4, 12);
  const Tensor heads = split_last(view, 4);
  EXPECT_EQ(heads.rank, 3);
  EXPECT_EQ(heads.dim(1), 3);
  EXPECT_EQ(heads.stride(0), 20);
  EXPECT_EQ(heads.stride(1), 4);
  EXPECT_EQ(heads.stride(2), 1);
  EXPECT_THROW(split_last(view, 5), Error);
  EXPECT_THROW(split_last(view, 0), Error);
}

KvCacheSpec one_group(KvLayout layout, std::int32_t heads, std::int32_t key_dim, std::int32_t value_dim) {
  KvCacheSpec spec;
  KvGroupSpec group;
  group.layout = layout;
  group.layers = 2;
  group.kv_heads = heads;
  group.key_dim = key_dim;
  group.value_dim = value_dim;
  group.window = 4;
  spec.groups = {group};
  spec.pages = 3;
  return spec;
}

TEST(KvPageLayout, CountsEveryHeadAndLayer) {
  // 32 tokens, f16: 64 keys and 64 values a head.
  EXPECT_EQ(kv_page_bytes(one_group(KvLayout::full, 3, 64, 64)), 2U * 3 * (32 * 64 * 2 + 32 * 64 * 2));
  // DeepSeek-V3: 576 numbers a token and layer.
  EXPECT_EQ(kv_page_bytes(one_group(KvLayout::latent, 1, 576, 0)), 2U * 32 * 576 * 2);
}

TEST(KvPageLayout, RefusesWhatItCannotHold) {
  KvCacheSpec spec = one_group(KvLayout::full, 1, 64, 64);
  spec.page_tokens = 48;
  EXPECT_THROW(kv_page_bytes(spec), Error);
  spec.page_tokens = 0;
  EXPECT_THROW(kv_page_bytes(spec), Error);
  spec = one_group(KvLayout::full, 1, 64, 64);
  spec.groups[0].type = DataType::q8_0;
  EXPECT_THROW(kv_page_bytes(spec), Error);
  EXPECT_THROW(kv_page_bytes(one_group(KvLayout::full, 0, 64, 64)), Error);
  EXPECT_THROW(kv_page_bytes(one_group(KvLayout::full, 1, 64, 0)), Error);
  EXPECT_THROW(kv_page_bytes(one_group(KvLayout::latent, 1, 64, 64)), Error);
  EXPECT_THROW(kv_page_bytes(one_group(KvLayout::full, 1, INT32_MAX, 64)), Error);
  spec.groups.clear();
  EXPECT_THROW(kv_page_bytes(spec), Error);
}

}  // namespace
}  // namespace reckon::kernels
