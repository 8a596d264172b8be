// The operations at the shapes of one model.
#include <algorithm>
#include <set>
#include <tuple>

#include "base/error.h"
#include "kernels/benchmarks/cases.h"

namespace reckon::kernels {
namespace {

void add_rows(std::vector<KernelCase>& cases, const BenchmarkShapes& shapes, std::int32_t tokens) {
  if (shapes.hidden > 0) cases.push_back(norm_case(tokens, shapes.hidden));
  const std::int32_t heads = shapes.attention          ? shapes.attention->heads
                             : shapes.latent_attention ? shapes.latent_attention->heads
                                                       : 0;
  if (shapes.rotary_dim > 0 && heads > 0) cases.push_back(rope_case(tokens, heads, shapes.rotary_dim));
  if (shapes.router) cases.push_back(router_case(*shapes.router, tokens));
  constexpr std::int32_t kMostSampledRows = 64;
  if (shapes.vocabulary > 0 && tokens <= kMostSampledRows) {
    for (const bool greedy : {true, false}) cases.push_back(sampling_case(tokens, shapes.vocabulary, greedy));
  }
  if (shapes.router && shapes.hidden > 0) {
    for (const bool back : {false, true})
      cases.push_back(permute_case(back, *shapes.router, shapes.hidden, tokens));
  }
  if (shapes.attention && shapes.rotary_dim > 0)
    cases.push_back(cache_write_case(*shapes.attention, shapes.rotary_dim, shapes.kv_type, tokens));
}

}  // namespace

std::vector<KernelCase> model_cases(const BenchmarkShapes& shapes, double expert_bytes) {
  std::vector<KernelCase> cases;
  std::set<std::tuple<DataType, std::int64_t, std::int64_t>> seen;
  for (const LinearShape& linear : shapes.linears) {
    if (linear.rows < 1 || linear.columns < 1)
      fail_input("bench: {} of [{}, {}]", linear.name, linear.rows, linear.columns);
    if (!seen.insert({linear.type, linear.rows, linear.columns}).second) continue;
    for (const std::int32_t tokens : shapes.token_counts)
      cases.push_back(linear_case(linear.type, linear.rows, linear.columns, tokens));
  }
  if (shapes.router && shapes.expert_intermediate > 0) {
    const double expert =
        3.0 * static_cast<double>(bytes_of(shapes.expert_type, shapes.hidden * shapes.expert_intermediate));
    const RouterSpec& router = *shapes.router;
    const auto held = static_cast<std::int32_t>(
        std::min<double>(router.experts, std::max<double>(router.top_k, expert_bytes / expert)));
    for (const std::int32_t tokens : shapes.token_counts)
      cases.push_back(
          experts_case(shapes.expert_type, shapes.hidden, shapes.expert_intermediate, router, held, tokens));
  }
  for (const AttentionShape& at : {AttentionShape{1, shapes.context, 0}, AttentionShape{1, 1, shapes.context},
                                   AttentionShape{16, 1, shapes.context}}) {
    if (shapes.attention) cases.push_back(attention_case(*shapes.attention, shapes.kv_type, at));
    if (shapes.latent_attention) cases.push_back(latent_case(*shapes.latent_attention, shapes.kv_type, at));
  }
  for (const std::int32_t tokens : shapes.token_counts) add_rows(cases, shapes, tokens);
  return cases;
}

}  // namespace reckon::kernels
