// Routed experts: the tokens of the whole batch are grouped by expert, each expert's weights are used once
// for all of its tokens.

#include <algorithm>

#include "base/error.h"
#include "kernels/cpu/linear/runner_scratch.h"

namespace reckon::kernels::cpu {
namespace {

const PreparedWeight& prepared(const LinearWeight* weight) {
  return static_cast<const PreparedWeight&>(*weight);
}

void check_tables(const ExpertTables& tables, const Rows& output, const ConstRows& input) {
  const std::size_t experts = tables.gate.size();
  if (experts == 0 || tables.up.size() != experts || tables.down.size() != experts)
    fail_input("experts: {} gate, {} up and {} down weights do not make a layer", experts, tables.up.size(),
               tables.down.size());
  const std::int64_t inner = tables.gate[0]->rows();
  for (std::size_t e = 0; e < experts; ++e) {
    const LinearWeight& down = *tables.down[e];
    if (tables.gate[e]->rows() != inner || tables.up[e]->rows() != inner || down.columns() != inner ||
        down.rows() != output.columns)
      fail_input("experts: weights of expert {} do not fit: {} [{}, {}], {} [{}, {}], {} [{}, {}]", e,
                 tables.gate[e]->name(), tables.gate[e]->rows(), tables.gate[e]->columns(),
                 tables.up[e]->name(), tables.up[e]->rows(), tables.up[e]->columns(), down.name(),
                 down.rows(), down.columns());
  }
  if (output.rows != input.rows || output.stride < output.columns)
    fail_input("experts: output [{}, {}] for {} tokens", output.rows, output.columns, input.rows);
}

}  // namespace

// Pairs (token, choice) in ascending expert order; within an expert in token order. `may_miss`: a choice of
// -1 makes no pair.
void LinearRunner::group_by_expert(const std::int32_t* chosen, std::int64_t tokens, std::int32_t top_k,
                                   std::int64_t experts, bool may_miss) {
  Scratch& s = *scratch_;
  const std::int64_t choices = tokens * top_k;
  if (choices > INT32_MAX) fail_input("experts: {} tokens with {} choices each in one step", tokens, top_k);
  s.expert_first.assign(static_cast<std::size_t>(experts) + 1, 0);
  for (std::int64_t i = 0; i < choices; ++i) {
    if (may_miss && chosen[i] == -1) continue;
    if (chosen[i] < 0 || chosen[i] >= experts)
      fail_input("experts: choice {} of token {} is expert {} of {}", i % top_k, i / top_k, chosen[i],
                 experts);
    ++s.expert_first[static_cast<std::size_t>(chosen[i]) + 1];
  }
  for (std::size_t e = 1; e < s.expert_first.size(); ++e) s.expert_first[e] += s.expert_first[e - 1];
  s.pair_of.resize(static_cast<std::size_t>(choices));
  s.pair_token.resize(static_cast<std::size_t>(s.expert_first.back()));
  std::vector<std::int64_t> next(s.expert_first.begin(), s.expert_first.end() - 1);
  for (std::int64_t i = 0; i < choices; ++i) {
    const std::int64_t pair = chosen[i] < 0 ? -1 : next[static_cast<std::size_t>(chosen[i])]++;
    s.pair_of[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(pair);
    if (pair >= 0) s.pair_token[static_cast<std::size_t>(pair)] = static_cast<std::int32_t>(i / top_k);
  }
}

// Outputs of all pairs, by pair, into Scratch::partial.
void LinearRunner::run_experts(const Rows& output, const ConstRows& input, const std::int32_t* chosen,
                               std::int32_t top_k, const ExpertTables& tables, bool may_miss) {
  check_tables(tables, output, input);
  group_by_expert(chosen, input.rows, top_k, static_cast<std::int64_t>(tables.gate.size()), may_miss);
  const std::int64_t pairs = scratch_->expert_first.back();
  if (pairs == 0) return;
  Scratch& s = *scratch_;
  const std::int64_t inner = tables.gate[0]->rows();
  s.gathered.reserve(static_cast<std::uint64_t>(pairs * input.columns) * sizeof(float));
  s.hidden.reserve(static_cast<std::uint64_t>(pairs * inner) * sizeof(float));
  s.partial.reserve(static_cast<std::uint64_t>(pairs * output.columns) * sizeof(float));
  constexpr std::int64_t kPairsAtOnce = 16;
  pool_.parallel_for((pairs + kPairsAtOnce - 1) / kPairsAtOnce, [&](std::int64_t item, int) {
    const std::int64_t end = std::min(pairs, (item + 1) * kPairsAtOnce);
    for (std::int64_t pair = item * kPairsAtOnce; pair < end; ++pair) {
      const float* from = input.data + s.pair_token[static_cast<std::size_t>(pair)] * input.stride;
      std::copy_n(from, input.columns, s.gathered.floats() + pair * input.columns);
    }
  });

  const auto run_layer = [&](bool first_half) {
    s.sets.clear();
    s.jobs.clear();
    for (std::size_t e = 0; e < tables.gate.size(); ++e) {
      const std::int64_t first = s.expert_first[e];
      const std::int64_t count = s.expert_first[e + 1] - first;
      if (count == 0) continue;
      TokenSet set;
      ProductJob job;
      job.set = s.sets.size();
      if (first_half) {
        set.rows = {s.gathered.floats() + first * input.columns, count, input.columns, input.columns};
        job.weight = &prepared(tables.gate[e]);
        job.up = &prepared(tables.up[e]);
        job.output = s.hidden.floats() + first * inner;
        job.stride = inner;
        require_form(set, *job.up);
      } else {
        set.rows = {s.hidden.floats() + first * inner, count, inner, inner};
        job.weight = &prepared(tables.down[e]);
        job.output = s.partial.floats() + first * output.columns;
        job.stride = output.columns;
      }
      require_form(set, *job.weight);
      s.sets.push_back(set);
      s.jobs.push_back(job);
    }
    run_jobs();
  };
  run_layer(true);
  run_layer(false);
}

void LinearRunner::experts(const Rows& output, const ConstRows& input, const std::int32_t* chosen,
                           const float* weights, std::int32_t top_k, const ExpertTables& tables) {
  run_experts(output, input, chosen, top_k, tables, false);
  combine(output, scratch_->partial.floats(), scratch_->pair_of.data(), chosen, weights, top_k);
}

void LinearRunner::expert_rows(const Rows& output, const ConstRows& input, const std::int32_t* chosen,
                               const ExpertTables& tables) {
  run_experts(output, input, chosen, 1, tables, true);
  const Scratch& s = *scratch_;
  for (std::int64_t i = 0; i < output.rows; ++i) {
    const std::int64_t pair = s.pair_of[static_cast<std::size_t>(i)];
    if (pair >= 0)
      std::copy_n(s.partial.floats() + pair * output.columns, output.columns,
                  output.data + i * output.stride);
  }
}

void LinearRunner::combine(const Rows& output, const float* rows, const std::int32_t* places,
                           const std::int32_t* chosen, const float* weights, std::int32_t top_k) {
  pool_.parallel_for(output.rows, [&](std::int64_t t, int) {
    std::int32_t last_expert = -1;
    std::int32_t last_choice = -1;
    for (std::int32_t n = 0; n < top_k; ++n) {
      // The next by expert; the same expert twice: by choice. A token has few choices.
      std::int32_t best = -1;
      for (std::int32_t j = 0; j < top_k; ++j) {
        const std::int32_t expert = chosen[t * top_k + j];
        const bool after = expert > last_expert || (expert == last_expert && j > last_choice);
        if (after && (best < 0 || expert < chosen[t * top_k + best])) best = j;
      }
      last_expert = chosen[t * top_k + best];
      last_choice = best;
      table_.add_scaled(output.data + t * output.stride,
                        rows + std::int64_t{places[t * top_k + best]} * output.columns,
                        weights[t * top_k + best], output.columns);
    }
  });
}

}  // namespace reckon::kernels::cpu
