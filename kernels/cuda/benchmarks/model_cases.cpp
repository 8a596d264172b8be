// The back end's operations at the shapes of one model.
#include <algorithm>

#include "kernels/cuda/benchmarks/device_cases.h"

namespace reckon::kernels::RECKON_CUDA_NS {

std::vector<DeviceCase> model_cases(const BenchmarkShapes& shapes) {
  // Of very large layers only so many experts are held as fit into this; what one token costs stays the same.
  constexpr double kExpertBytes = 4e9;
  std::vector<DeviceCase> cases;
  for (const std::int32_t tokens : shapes.token_counts) {
    if (shapes.hidden > 0) cases.push_back(norm_case(tokens, shapes.hidden));
    for (const LinearShape& linear : shapes.linears)
      cases.push_back(linear_case(linear.type, linear.rows, linear.columns, tokens));
    if (!shapes.router) continue;
    cases.push_back(router_case(*shapes.router, tokens));
    if (shapes.expert_intermediate == 0) continue;
    const double expert_bytes =
        3.0 * static_cast<double>(bytes_of(shapes.expert_type, shapes.hidden * shapes.expert_intermediate));
    const auto held =
        static_cast<std::int32_t>(std::clamp<double>(kExpertBytes / expert_bytes, shapes.router->top_k,
                                                     std::max(shapes.router->experts, shapes.router->top_k)));
    cases.push_back(experts_case(shapes.expert_type, shapes.hidden, shapes.expert_intermediate, held,
                                 shapes.router->top_k, tokens));
  }
  for (const AttentionShape& at : {AttentionShape{1, shapes.context, 0}, AttentionShape{1, 1, shapes.context},
                                   AttentionShape{32, 1, shapes.context}}) {
    if (shapes.attention) cases.push_back(attention_case(*shapes.attention, shapes.kv_type, at));
    if (shapes.latent_attention) cases.push_back(latent_case(*shapes.latent_attention, shapes.kv_type, at));
  }
  if (shapes.vocabulary > 0) cases.push_back(sampling_case(16, shapes.vocabulary));
  return cases;
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
