// The CPU back end as one of several ranks.
#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "kernels/cpu/backend.h"
#include "kernels/cpu/expert_handles.h"
#include "kernels/cpu/row_views.h"
#include "kernels/expert_dispatch.h"

namespace reckon::kernels::cpu {

void CpuBackend::all_reduce(const Tensor& inout) {
  const std::span<std::byte> bytes = memory_.bytes(inout, "all_reduce");
  float* sum = memory_.floats(inout, "all_reduce").data;
  if (ranks() == 1 || bytes.empty()) return;
  gathered_.reserve(bytes.size() * static_cast<std::uint64_t>(ranks()));
  options_.communicator->all_gather(gathered_.data(), bytes.data(), bytes.size(), nullptr);
  const std::int64_t elements = inout.elements();
  std::copy_n(gathered_.floats(), elements, sum);
  for (std::int64_t r = 1; r < ranks(); ++r) {
    const float* part = gathered_.floats() + r * elements;
    for (std::int64_t i = 0; i < elements; ++i) sum[i] += part[i];
  }
}

void CpuBackend::all_gather(const Tensor& output, const Tensor& input) {
  const std::span<std::byte> to = memory_.bytes(output, "all_gather output");
  const std::span<std::byte> from = memory_.bytes(input, "all_gather input");
  check_shapes(output.type == input.type && to.size() == from.size() * static_cast<std::size_t>(ranks()),
               "all_gather", {{"output", &output}, {"input", &input}});
  if (to.empty()) return;
  if (ranks() == 1)
    std::memmove(to.data(), from.data(), from.size());
  else
    options_.communicator->all_gather(to.data(), from.data(), from.size(), nullptr);
}

void CpuBackend::all_to_all(const Tensor& output, const Tensor& input) {
  const std::span<std::byte> to = memory_.bytes(output, "all_to_all output");
  const std::span<std::byte> from = memory_.bytes(input, "all_to_all input");
  check_shapes(output.type == input.type && to.size() == from.size() && output.elements() % ranks() == 0 &&
                   output.rank == input.rank && output.dim(0) == input.dim(0),
               "all_to_all", {{"output", &output}, {"input", &input}});
  if (to.empty()) return;
  if (ranks() == 1)
    std::memmove(to.data(), from.data(), from.size());
  else
    options_.communicator->all_to_all(to.data(), from.data(), from.size() / static_cast<std::size_t>(ranks()),
                                      nullptr);
}

void CpuBackend::dispatch(const ExpertDispatch& to, const Tensor& input, const Tensor& chosen,
                          std::int32_t experts) {
  const ConstRows in = as_rows<ConstRows>(memory_.floats(input, "dispatch input"), input, "dispatch input");
  const Rows rows = as_rows<Rows>(memory_.floats(to.rows, "dispatch rows"), to.rows, "dispatch rows");
  const View<std::int32_t> ids = memory_.integers(to.experts, "dispatch experts");
  const View<std::int32_t> places = memory_.integers(to.places, "dispatch places");
  const View<std::int32_t> choice = memory_.integers(chosen, "dispatch chosen");
  check_dispatch(to, input, chosen, experts, ranks());
  const std::int32_t held = experts / ranks();
  const auto capacity = static_cast<std::int32_t>(rows.rows / ranks());
  std::fill_n(ids.data, rows.rows, -1);
  std::vector<std::int32_t> used(static_cast<std::size_t>(ranks()), 0);
  for (std::int64_t pair = 0; pair < chosen.elements(); ++pair) {
    const std::int32_t expert = choice.data[pair];
    if (expert < 0 || expert >= experts)
      fail_input("dispatch: token {} chose expert {} of {}", pair / choice.dim(1), expert, experts);
    const std::int32_t owner = expert / held;
    const std::int32_t slot = used[static_cast<std::size_t>(owner)]++;
    if (slot >= capacity) fail_input("dispatch: rank {} has no room for more than {} rows", owner, capacity);
    const std::int32_t place = owner * capacity + slot;
    ids.data[place] = expert % held;
    places.data[pair] = place;
    std::copy_n(in.data + pair / choice.dim(1) * in.stride, in.columns,
                rows.data + std::int64_t{place} * rows.stride);
  }
}

CpuBackend::ExpertHandles CpuBackend::expert_tables(const ExpertWeights& experts,
                                                    const char* operation) const {
  if (experts.gate.empty() || experts.up.size() != experts.gate.size() ||
      experts.down.size() != experts.gate.size())
    fail_input("{}: {} gate, {} up and {} down weights", operation, experts.gate.size(), experts.up.size(),
               experts.down.size());
  ExpertHandles tables;
  for (std::size_t e = 0; e < experts.gate.size(); ++e) {
    tables.gate.push_back(&weight(experts.gate[e], operation));
    tables.up.push_back(&weight(experts.up[e], operation));
    tables.down.push_back(&weight(experts.down[e], operation));
  }
  return tables;
}

void CpuBackend::expert_rows(const Tensor& output, const Tensor& input, const Tensor& chosen,
                             const ExpertWeights& experts) {
  const ConstRows in =
      as_rows<ConstRows>(memory_.floats(input, "expert_rows input"), input, "expert_rows input");
  const Rows out = as_rows<Rows>(memory_.floats(output, "expert_rows output"), output, "expert_rows output");
  const View<std::int32_t> choice = memory_.integers(chosen, "expert_rows chosen");
  check_shapes(out.rows == in.rows && choice.rank == 1 && choice.dim(0) == in.rows, "expert_rows",
               {{"output", &output}, {"input", &input}, {"chosen", &chosen}});
  memory_.bytes(chosen, "expert_rows chosen");
  const ExpertHandles tables = expert_tables(experts, "expert_rows");
  runner_.expert_rows(out, in, choice.data, tables.spans());
}

void CpuBackend::combine(const Tensor& output, const Tensor& rows, const Tensor& places, const Tensor& chosen,
                         const Tensor& weights) {
  const Rows out = as_rows<Rows>(memory_.floats(output, "combine output"), output, "combine output");
  const ConstRows from = as_rows<ConstRows>(memory_.floats(rows, "combine rows"), rows, "combine rows");
  const View<std::int32_t> place = memory_.integers(places, "combine places");
  const View<std::int32_t> choice = memory_.integers(chosen, "combine chosen");
  const View<float> share = memory_.floats(weights, "combine weights");
  check_combine(output, rows, places, chosen, weights);
  for (std::int64_t i = 0; i < places.elements(); ++i) {
    if (place.data[i] < 0 || place.data[i] >= from.rows)
      fail_input("combine: place {} of rows {}", place.data[i], shape_text(rows));
  }
  runner_.combine(out, from.data, place.data, choice.data, share.data,
                  static_cast<std::int32_t>(choice.dim(1)));
}

}  // namespace reckon::kernels::cpu
