// The back end's operations at the shapes of published models.
#include "kernels/cuda/benchmarks/device_cases.h"

namespace reckon::kernels::RECKON_CUDA_NS {

RouterSpec router_of(std::int32_t experts, std::int32_t top_k, std::int32_t groups) {
  RouterSpec spec;
  spec.experts = experts;
  spec.top_k = top_k;
  spec.groups = groups;
  spec.kept_groups = (groups + 1) / 2;
  spec.normalise = true;
  return spec;
}

std::vector<DeviceCase> operation_cases(bool tiny) {
  if (tiny)
    return {norm_case(2, 40),
            linear_case(DataType::bf16, 6, 32, 3),
            linear_case(DataType::fp8_e4m3, 6, 130, 3),
            experts_case(DataType::q8_0, 32, 32, router_of(3, 2, 1), 3, 2),
            attention_case({2, 1, 8, 8}, DataType::f16, {2, 1, 5}),
            attention_case({2, 1, 8, 8}, DataType::f16, {1, 4, 0}),
            latent_case({2, 8, 4, 8, 16, 0.1F}, DataType::f16, {1, 1, 5}),
            latent_case({2, 8, 4, 8, 16, 0.1F}, DataType::f16, {1, 4, 2}),
            router_case(router_of(8, 2, 2), 3),
            log_softmax_case(2, 30),
            sampling_case(2, 30, false)};
  std::vector<DeviceCase> cases = {norm_case(1, 7168), norm_case(512, 7168)};
  for (const std::int32_t tokens : {1, 16, 128, 4096}) {
    cases.emplace_back(linear_case(DataType::bf16, 4096, 14336, tokens));
    for (const DataType type : {DataType::f32, DataType::q4_k, DataType::q8_0}) {
      if (tokens < 4096) cases.emplace_back(linear_case(type, 4096, 14336, tokens));
    }
    cases.emplace_back(linear_case(DataType::fp8_e4m3, 7168, 16384, tokens));
    cases.emplace_back(experts_case(DataType::fp8_e4m3, 7168, 2048, router_of(32, 8, 1), 32, tokens));
    cases.emplace_back(router_case(router_of(256, 8, 8), tokens));
  }
  for (const AttentionShape& at : {AttentionShape{1, 1, 8192}, AttentionShape{32, 1, 2048},
                                   AttentionShape{1, 512, 0}, AttentionShape{1, 4096, 0}})
    cases.emplace_back(attention_case({32, 8, 128, 128}, DataType::f16, at));
  for (const std::int32_t heads : {16, 32, 128})
    cases.emplace_back(latent_case({heads, 128, 64, 128, 512, 0.1352F}, DataType::bf16, {128, 1, 8192}));
  cases.emplace_back(latent_case({128, 128, 64, 128, 512, 0.1352F}, DataType::bf16, {1, 2048, 0}));
  cases.emplace_back(log_softmax_case(16, 129280));
  cases.emplace_back(sampling_case(16, 129280, false));
  return cases;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
