// The table of one instruction path; compiled once for each.
#include "kernels/cpu/linear/finish.h"
#include "kernels/cpu/linear/product_float.h"
#include "kernels/cpu/linear/product_fp8.h"
#include "kernels/cpu/linear/product_int8.h"
#include "kernels/cpu/linear/quantise.h"

namespace reckon::kernels::cpu {

#define RECKON_JOIN(a, b) a##b
#define RECKON_TABLE_NAME(path) RECKON_JOIN(path, _products)

const ProductTable& RECKON_TABLE_NAME(RECKON_SIMD_NS)() {
  using namespace RECKON_SIMD_NS;
  static constexpr ProductTable table = {
      .plain = {float_product<F32Rows>, float_product<F16Rows>, float_product<Bf16Rows>},
      .gguf = {int8_product<Q4_0>, int8_product<Q4_1>, int8_product<Q5_0>, int8_product<Q5_1>,
               int8_product<Q8_0>, int8_product<Q4_K>, int8_product<Q5_K>, int8_product<Q6_K>},
      .fp8 = fp8_product,
      .quantise_int8 = quantise_int8,
      .quantise_int8_for_others = quantise_int8_for_others,
      .quantise_fp8 = quantise_fp8,
      .finish = finish,
      .finish_gated = finish_gated,
      .add_scaled = add_scaled,
  };
  return table;
}

}  // namespace reckon::kernels::cpu
