// The CUDA back end's operations on activations.
#include <algorithm>

#include "base/error.h"
#include "kernels/cpu/router.h"
#include "kernels/cuda/backend.h"
#include "kernels/cuda/tensor_products.h"
#include "kernels/cuda/warp_group_products.h"
#include "kernels/shapes.h"

namespace reckon::kernels::RECKON_CUDA_NS {

void CudaBackend::embed(const Tensor& output, WeightHandle table, const Tensor& token_ids) {
  const RowsOf<float> rows = buffers_.rows(output, "embed output");
  const Global<const std::int32_t> ids = buffers_.integers(token_ids, "embed token_ids");
  check_shapes(token_ids.rank == 1 && token_ids.dim(0) == rows.rows && rows.rows > 0, "embed",
               {{"output", &output}, {"token_ids", &token_ids}});
  check_contiguous(token_ids, "embed token_ids");
  const Weight& held = weight(table, "embed");
  if (rows.columns != held.view.columns)
    fail_input("embed: output {} does not take rows of {} [{}, {}]", shape_text(output), held.name,
               held.view.rows, held.view.columns);
  RECKON_CUDA_NS::embed(runtime_.stream(), rows, held.view, ids, pointer_cast<int>(faults_));
}

void CudaBackend::rms_norm(const Tensor& output, const Tensor& input, const Tensor& gain, float epsilon) {
  const RowsOf<float> in = buffers_.inner_rows(input, "rms_norm input");
  const RowsOf<float> out = buffers_.inner_rows(output, "rms_norm output");
  bool fits = output.rank == input.rank;
  for (int i = 0; fits && i < input.rank; ++i) fits = input.dim(i) == output.dim(i) && input.dim(i) > 0;
  check_shapes(fits, "rms_norm", {{"output", &output}, {"input", &input}, {"gain", &gain}});
  RECKON_CUDA_NS::rms_norm(runtime_.stream(), out, as_input(in),
                           buffers_.vector(gain, in.columns, "rms_norm gain"), epsilon);
}

void CudaBackend::add(const Tensor& output, const Tensor& left, const Tensor& right) {
  const RowsOf<float> out = buffers_.rows(output, "add output");
  const RowsOf<float> a = buffers_.rows(left, "add left");
  const RowsOf<float> b = buffers_.rows(right, "add right");
  check_shapes(
      out.rows == a.rows && out.rows == b.rows && out.columns == a.columns && out.columns == b.columns, "add",
      {{"output", &output}, {"left", &left}, {"right", &right}});
  RECKON_CUDA_NS::add(runtime_.stream(), out, as_input(a), as_input(b));
}

Activations CudaBackend::prepare(ProductForm form, const RowsOf<const float>& input) {
  Activations activations;
  activations.floats = input;
  // A library reads whole multiples of tokens.
  const std::int64_t held_rows = library_ ? library_tokens(input.rows) : input.rows;
  if (form == ProductForm::int8) {
    activations.scales_per_row = input.columns / kInt8Block;
    const std::int64_t scales = input.rows * activations.scales_per_row;
    activations.int8 = scratch("int8 activations").get<std::int8_t>(input.rows * input.columns);
    activations.scales = scratch("int8 scales").get<float>(2 * scales);
    activations.scaled_sums = activations.scales + scales;
    quantise_int8(runtime_.stream(), activations);
  } else if (form == ProductForm::fp8 || form == ProductForm::fp8_power_of_two) {
    activations.power_of_two = form == ProductForm::fp8_power_of_two;
    activations.scales_per_row = (input.columns + kFp8Block - 1) / kFp8Block;
    activations.fp8 = scratch(activations.power_of_two ? "fp8 activations, ue8m0" : "fp8 activations")
                          .get<std::uint8_t>(held_rows * input.columns);
    activations.scales = scratch(activations.power_of_two ? "fp8 scales, ue8m0" : "fp8 scales")
                             .get<float>(input.rows * activations.scales_per_row);
    quantise_fp8(runtime_.stream(), activations);
  } else if (form == ProductForm::bf16 || form == ProductForm::f16) {
    const bool bf16 = form == ProductForm::bf16;
    activations.halves =
        scratch(bf16 ? "bf16 activations" : "f16 activations").get<std::uint16_t>(held_rows * input.columns);
    round_activations(runtime_.stream(), activations, bf16 ? DataType::bf16 : DataType::f16);
  }
  return activations;
}

/// Products of one input: it is brought into each form once.
class CudaBackend::SharedInput {
 public:
  SharedInput(CudaBackend& backend, const char* operation, const RowsOf<const float>& input)
      : backend_(backend), operation_(operation), input_(input) {}

  void multiply(const Weight& held, const RowsOf<float>& output, Global<const float> bias = nullptr) {
    if (output.rows != input_.rows || input_.rows == 0 || output.columns != held.view.rows ||
        input_.columns != held.view.columns || output.outer_stride < output.columns)
      fail_input("{}: input [{}, {}] times {} [{}, {}] does not give output [{}, {}]", operation_,
                 input_.rows, input_.columns, held.name, held.view.rows, held.view.columns, output.rows,
                 output.columns);
    const auto form = static_cast<std::size_t>(held.form);
    if (!is_ready_[form]) ready_[form] = backend_.prepare(held.form, input_);
    is_ready_[form] = true;
    if (held.by_library) return backend_.multiply_by_library(held, ready_[form], output, bias);
    Product product;
    product.weight = held.view;
    product.form = held.form;
    product.on_tensor_cores = held.on_tensor_cores;
    if (held.by_warp_groups)
      product.group_tile =
          group_tile_tokens(input_.rows, held.view.rows, backend_.runtime_.facts().multiprocessors);
    product.input = ready_[form];
    product.tokens = input_.rows;
    product.output = output.data;
    product.output_stride = output.outer_stride;
    product.bias = bias;
    RECKON_CUDA_NS::multiply(backend_.runtime_.stream(), operation_, product);
  }

 private:
  CudaBackend& backend_;
  const char* operation_;
  RowsOf<const float> input_;
  Activations ready_[kProductForms];
  bool is_ready_[kProductForms] = {};
};

void CudaBackend::run_product(const char* operation, const Weight& held, const RowsOf<float>& output,
                              const RowsOf<const float>& input) {
  SharedInput(*this, operation, input).multiply(held, output);
}

void CudaBackend::linear(std::span<const LinearOutput> outputs, const Tensor& input) {
  SharedInput shared(*this, "linear", as_input(buffers_.rows(input, "linear input")));
  for (const LinearOutput& output : outputs) {
    const Weight& held = weight(output.weight, "linear");
    Global<const float> bias = nullptr;
    if (output.bias) bias = buffers_.vector(output.bias, held.view.rows, "linear bias");
    shared.multiply(held, buffers_.rows(output.output, "linear output"), bias);
  }
}

RowsOf<float> CudaBackend::scratch_rows(const char* purpose, std::int64_t rows, std::int64_t columns) {
  RowsOf<float> result;
  result.data = scratch(purpose).get<float>(rows * columns);
  result.rows = rows;
  result.columns = columns;
  result.outer_stride = columns;
  return result;
}

void CudaBackend::gated_linear(const Tensor& output, const Tensor& input, WeightHandle gate, WeightHandle up,
                               Activation activation) {
  SharedInput shared(*this, "gated_linear", as_input(buffers_.rows(input, "gated_linear input")));
  const RowsOf<float> out = buffers_.rows(output, "gated_linear output");
  const RowsOf<float> gates = scratch_rows("gate", out.rows, out.columns);
  const RowsOf<float> ups = scratch_rows("up", out.rows, out.columns);
  shared.multiply(weight(gate, "gated_linear"), gates);
  shared.multiply(weight(up, "gated_linear"), ups);
  activate(runtime_.stream(), out, as_input(gates), as_input(ups), activation == Activation::gelu_tanh);
}

const CudaBackend::ExpertPart& CudaBackend::expert_part(const std::vector<WeightHandle>& handles) {
  std::vector<std::uint32_t> ids;
  ids.reserve(handles.size());
  for (const WeightHandle handle : handles) ids.push_back(handle.id);
  const auto known = expert_parts_.find(ids.front());
  if (known != expert_parts_.end() && known->second.handles == ids) return known->second;
  std::vector<WeightView> views;
  const Weight& first = weight(handles.front(), "experts");
  for (const WeightHandle handle : handles) {
    const Weight& held = weight(handle, "experts");
    if (held.view.type != first.view.type || held.view.rows != first.view.rows ||
        held.view.columns != first.view.columns)
      fail_input("experts: {} ({} [{}, {}]) is not of the type and shape of {} ({} [{}, {}])", held.name,
                 type_info(held.view.type).name, held.view.rows, held.view.columns, first.name,
                 type_info(first.view.type).name, first.view.rows, first.view.columns);
    views.push_back(held.view);
  }
  ExpertPart part;
  part.handles = std::move(ids);
  part.common = first.view;
  part.form = first.form;
  part.on_tensor_cores = first.on_tensor_cores;
  part.by_warp_groups = first.by_warp_groups;
  const Global<std::uint8_t> memory = runtime_.allocate("expert tables", views.size() * sizeof(WeightView));
  runtime_.upload(memory, views.data(), views.size() * sizeof(WeightView));
  part.views = pointer_cast<const WeightView>(memory);
  return expert_parts_[handles.front().id] = std::move(part);
}

void CudaBackend::experts(const Tensor& output, const Tensor& input, const Tensor& chosen,
                          const Tensor& weights, const ExpertWeights& experts) {
  const RowsOf<const float> in = as_input(buffers_.rows(input, "experts input"));
  const RowsOf<float> out = buffers_.rows(output, "experts output");
  check_shapes(out.rows == in.rows && in.rows > 0 && chosen.rank == 2 && weights.rank == 2 &&
                   chosen.dim(0) == in.rows && weights.dim(0) == in.rows && chosen.dim(1) == weights.dim(1) &&
                   chosen.stride(0) == chosen.dim(1) && weights.stride(0) == weights.dim(1),
               "experts",
               {{"output", &output}, {"input", &input}, {"chosen", &chosen}, {"weights", &weights}});
  check_contiguous(chosen, "experts chosen");
  check_contiguous(weights, "experts weights");
  const std::int64_t pairs = in.rows * chosen.dim(1);
  if (pairs == 0) return;
  const RowsOf<float> partial = scratch_rows("expert outputs", pairs, out.columns);
  ExpertSum sum;
  sum.output = out;
  sum.partial = partial.data;
  sum.chosen = buffers_.integers(chosen, "experts chosen");
  sum.weights = buffers_.floats(weights, "experts weights");
  sum.top_k = static_cast<std::int32_t>(chosen.dim(1));
  run_experts("experts", partial, in, sum.chosen, sum.top_k, experts);
  add_experts(runtime_.stream(), sum);
}

void CudaBackend::run_experts(const char* operation, const RowsOf<float>& output,
                              const RowsOf<const float>& input, Global<const std::int32_t> chosen,
                              std::int32_t top_k, const ExpertWeights& experts) {
  if (experts.gate.empty() || experts.up.size() != experts.gate.size() ||
      experts.down.size() != experts.gate.size())
    fail_input("{}: {} gate, {} up and {} down weights", operation, experts.gate.size(), experts.up.size(),
               experts.down.size());
  const ExpertPart& gate = expert_part(experts.gate);
  const ExpertPart& up = expert_part(experts.up);
  const ExpertPart& down = expert_part(experts.down);
  const std::int64_t inner = gate.common.rows;
  if (gate.common.columns != input.columns || up.common.columns != input.columns || up.common.rows != inner ||
      down.common.columns != inner || down.common.rows != output.columns)
    fail_input("{}: gate [{}, {}], up [{}, {}] and down [{}, {}] do not fit rows of {}", operation, inner,
               gate.common.columns, up.common.rows, up.common.columns, down.common.rows, down.common.columns,
               input.columns);

  ExpertGrouping grouping;
  grouping.chosen = chosen;
  grouping.tokens = input.rows;
  grouping.top_k = top_k;
  grouping.experts = static_cast<std::int32_t>(experts.gate.size());
  const std::int64_t pairs = grouping.tokens * grouping.top_k;
  grouping.tile_tokens = grouping.tokens == 1 ? 1 : kTileTokens;
  // Tiles of tensor cores are as long as experts have tokens on average; those of the other kernels are
  // fixed.
  if (gate.on_tensor_cores && up.on_tensor_cores && down.on_tensor_cores)
    grouping.tile_tokens = expert_tile_tokens(pairs, grouping.experts);
  if (gate.by_warp_groups && up.by_warp_groups && down.by_warp_groups)
    grouping.tile_tokens = group_tile_tokens(pairs / grouping.experts, inner * grouping.experts,
                                             runtime_.facts().multiprocessors);
  const std::int64_t borders = std::int64_t{grouping.experts} + 1;
  const Global<std::int32_t> numbers = scratch("expert groups").get<std::int32_t>(pairs + 2 * borders);
  grouping.pairs = numbers;
  grouping.first_pair = numbers + pairs;
  grouping.first_tile = numbers + (pairs + borders);
  grouping.tiles = scratch("expert tiles").get<ExpertTile>(grouping.most_tiles());
  grouping.faults = pointer_cast<int>(faults_);
  group_by_expert(runtime_.stream(), grouping);

  const auto run = [&](const ExpertPart& part, const Activations& from, std::int32_t divisor,
                       const RowsOf<float>& to) {
    Product product;
    product.weight = part.common;
    product.form = part.form;
    product.on_tensor_cores = part.on_tensor_cores;
    if (part.by_warp_groups) product.group_tile = grouping.tile_tokens;
    product.input = from;
    product.tokens = pairs;
    product.output = to.data;
    product.output_stride = to.outer_stride;
    product.experts = work_of(grouping, part.views, divisor);
    multiply(runtime_.stream(), operation, product);
  };
  const RowsOf<float> hidden = scratch_rows("gate", pairs, inner);
  const RowsOf<float> ups = scratch_rows("up", pairs, inner);
  const Activations shared = prepare(gate.form, input);
  run(gate, shared, grouping.top_k, hidden);
  run(up, up.form == gate.form ? shared : prepare(up.form, input), grouping.top_k, ups);
  activate(runtime_.stream(), hidden, as_input(hidden), as_input(ups), false);
  run(down, prepare(down.form, as_input(hidden)), 1, output);
}

void CudaBackend::route(const Tensor& chosen, const Tensor& weights, const Tensor& logits,
                        const Tensor& correction_bias, const RouterSpec& spec) {
  cpu::check_router(spec);
  if (spec.experts > kMostExperts || spec.groups > kMostGroups)
    fail_input("route: {} experts in {} groups; this back end takes {} in {}", spec.experts, spec.groups,
               kMostExperts, kMostGroups);
  Routing routing;
  routing.logits = as_input(buffers_.rows(logits, "route logits"));
  routing.chosen = buffers_.integers(chosen, "route chosen");
  routing.weights = buffers_.floats(weights, "route weights");
  check_shapes(logits.rank == 2 && chosen.rank == 2 && weights.rank == 2 && logits.dim(1) == spec.experts &&
                   chosen.dim(1) == spec.top_k && weights.dim(1) == spec.top_k &&
                   chosen.dim(0) == logits.dim(0) && weights.dim(0) == logits.dim(0) && logits.dim(0) > 0,
               "route", {{"chosen", &chosen}, {"weights", &weights}, {"logits", &logits}});
  check_contiguous(chosen, "route chosen");
  check_contiguous(weights, "route weights");
  routing.chosen_stride = chosen.stride(0);
  routing.weights_stride = weights.stride(0);
  if (correction_bias) routing.bias = buffers_.vector(correction_bias, spec.experts, "route correction_bias");
  routing.sigmoid = spec.score == RouterSpec::Score::sigmoid;
  routing.top2_sum = spec.group_score == RouterSpec::GroupScore::top2_sum;
  routing.experts = spec.experts;
  routing.top_k = spec.top_k;
  routing.groups = spec.groups;
  routing.kept_groups = spec.kept_groups;
  routing.normalise = spec.normalise;
  routing.scaling = spec.scaling;
  RECKON_CUDA_NS::route(runtime_.stream(), routing);
}

void CudaBackend::gather_rows(const Tensor& output, const Tensor& input, const Tensor& rows) {
  const RowsOf<float> out = buffers_.rows(output, "gather_rows output");
  const RowsOf<float> in = buffers_.rows(input, "gather_rows input");
  const Global<const std::int32_t> wanted = buffers_.integers(rows, "gather_rows rows");
  check_shapes(rows.rank == 1 && rows.dim(0) == out.rows && out.columns == in.columns, "gather_rows",
               {{"output", &output}, {"input", &input}, {"rows", &rows}});
  RECKON_CUDA_NS::gather_rows(runtime_.stream(), out, as_input(in), wanted, rows.stride(0),
                              pointer_cast<int>(faults_));
}

void CudaBackend::mark_non_finite(const Tensor& first_bad, const Tensor& input, std::int32_t tag) {
  const RowsOf<float> in = buffers_.rows(input, "mark_non_finite input");
  const Global<std::int32_t> bad = buffers_.integers(first_bad, "mark_non_finite first_bad");
  check_shapes(first_bad.rank == 1 && first_bad.dim(0) == in.rows, "mark_non_finite",
               {{"first_bad", &first_bad}, {"input", &input}});
  RECKON_CUDA_NS::mark_non_finite(runtime_.stream(), bad, first_bad.stride(0), as_input(in), tag);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
