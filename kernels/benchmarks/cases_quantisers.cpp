// The quantisers of the CPU's products, which have no operation of their own.
#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "kernels/benchmarks/cases.h"
#include "kernels/cpu/linear/product_table.h"
#include "kernels/cpu/simd/dispatch.h"

namespace reckon::kernels {
namespace {

constexpr std::int32_t kTile = 16;  ///< tokens that are quantised to bytes together

KernelCase quantiser_case(bool fp8, std::int64_t width, std::int32_t tokens) {
  const auto numbers = static_cast<double>(tokens) * static_cast<double>(width);
  KernelCase item = kernel_case(
      fp8 ? "quantise fp8_e4m3" : "quantise int8",
      fmt::format("{}, {}, 1 thread", width, tokens_text(tokens)), numbers * (fp8 ? 8.0 : 5.0), 3.0 * numbers,
      [=](BenchmarkDevice& device) -> PreparedCall {
        const auto& table = cpu::pick<cpu::ProductTable>(
            cpu::path_from(device.backend->device().path), &cpu::portable_products(),
            RECKON_X86_TABLE(cpu::avx2_products()), RECKON_X86_TABLE(cpu::avx512_products()));
        const auto input = std::make_shared<StoredTensor>(random_weight(DataType::f32, tokens, width, 3));
        const auto out =
            std::make_shared<std::vector<float>>(static_cast<std::size_t>(16 * (width + width / 8 + 64)));
        return {[=, &table] {
                  const auto* rows = reinterpret_cast<const float*>(input->data.data());
                  float* scales = out->data() + width + 64;
                  for (std::int32_t t = 0; t < tokens; t += fp8 ? 1 : kTile) {
                    const float* from = rows + t * width;
                    if (fp8)
                      table.quantise_fp8(out->data(), scales, from, width, false);
                    else
                      table.quantise_int8(reinterpret_cast<std::uint8_t*>(out->data()), from, width,
                                          std::min(kTile, tokens - t), width);
                  }
                },
                {},
                {},
                [out] {  // FNV-1a over what the last tile left
                  std::uint64_t hash = 0xcbf29ce484222325U;
                  for (const std::byte byte : std::as_bytes(std::span(*out)))
                    hash = (hash ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3U;
                  return fmt::format("codes and scales with hash {:016x}", hash);
                }};
      });
  if (tokens > kTile) item.smaller = [=] { return quantiser_case(fp8, width, kTile); };
  return item;
}

}  // namespace

std::vector<KernelCase> cpu_quantiser_cases(const BenchmarkShapes& shapes) {
  std::vector<KernelCase> cases;
  for (const std::int32_t tokens : shapes.token_counts) {
    for (const bool fp8 : {false, true}) {
      if (shapes.hidden > 0 && shapes.hidden % (fp8 ? 128 : 32) == 0)
        cases.push_back(quantiser_case(fp8, shapes.hidden, tokens));
    }
  }
  return cases;
}

}  // namespace reckon::kernels
