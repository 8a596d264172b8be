// What cuts of attention that no token sees cost: launches, few of them, and no access to memory.
#include <set>

#include "kernels/cuda/backend.h"
#include "kernels/cuda/cuts.h"
#include "tests/gpu/both_backends.h"

namespace reckon::kernels::test {
namespace {

using cuda_on_host::Attention;
using cuda_on_host::CudaBackend;
using cuda_on_host::QueryTile;

TEST(Cuts, OfADecodeStepAreCountedInFewNumbersAndFewOfThemAreEmpty) {
  std::set<std::int32_t> numbers;
  for (std::int64_t positions = 1; positions <= 131'072; ++positions) {
    const std::int32_t needed = cuda_on_host::cuts_of(positions);
    const std::int32_t counted = cuda_on_host::decode_cuts(positions);
    ASSERT_GE(counted, needed) << positions;
    ASSERT_LE(4 * (counted - needed), needed) << positions;
    numbers.insert(counted);
  }
  EXPECT_LE(numbers.size(), 32U);
}

TEST(Cuts, ThatATokenDoesNotSeeAreJoinedWithoutAccessToMemory) {
  CudaBackend cuda({});
  const auto& runtime = cuda.runtime();
  const auto memory = cuda.runtime().allocate("tiles", sizeof(QueryTile));
  const QueryTile tile{0, 1, 700, 0};  // sees cuts 0 to 2, and with the window 1 and 2
  cuda.runtime().upload(memory, &tile, sizeof tile);
  Attention attention;
  attention.tiles = cuda_on_host::pointer_cast<QueryTile>(memory);
  attention.tile_count = 1;
  attention.heads = attention.kv_heads = 1;
  attention.key_dim = attention.value_dim = 8;
  attention.rows = 1;
  attention.first_cut = 3;
  attention.cuts = 5;
  join_cuts(runtime.stream(), attention, {});
  attention.window = 300;
  attention.first_cut = 0;
  attention.cuts = 1;
  join_cuts(runtime.stream(), attention, {});
  EXPECT_NO_THROW(cuda.wait());
  attention.first_cut = 1;
  EXPECT_ANY_THROW({
    join_cuts(runtime.stream(), attention, {});
    cuda.wait();
  }) << "a cut that it sees, and there is nothing to read";
}

}  // namespace
}  // namespace reckon::kernels::test
