// The CPU back end's operations on activations.
#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "kernels/cpu/backend.h"
#include "kernels/cpu/expert_handles.h"
#include "kernels/cpu/row_views.h"
#include "kernels/cpu/step.h"
#include "kernels/shapes.h"

namespace reckon::kernels::cpu {
namespace {

const float* vector_of(const Memory& memory, const Tensor& tensor, std::int64_t n, const char* role) {
  const View<float> view = memory.floats(tensor, role);
  if (view.rank != 1 || view.dim(0) != n || (n > 1 && view.stride(0) != 1))
    fail_input("{}: {} where a vector of {} is needed", role, shape_text(tensor), n);
  return view.data;
}

}  // namespace

void CpuBackend::for_row_blocks(std::int64_t rows, std::int64_t row_elements,
                                const std::function<void(std::int64_t, std::int64_t, int)>& body) {
  constexpr std::int64_t kWorthwhile =
      16384;  // elements: some microseconds, well over the cost of handing it out
  const std::int64_t block = std::max<std::int64_t>(1, kWorthwhile / std::max<std::int64_t>(1, row_elements));
  const std::int64_t blocks = (rows + block - 1) / block;
  pool_.parallel_for(blocks, [&](std::int64_t item, int thread) {
    body(item * block, std::min(rows, (item + 1) * block), thread);
  });
}

StepTensors CpuBackend::begin_step(const RaggedBatch& batch) {
  check_batch(batch);
  // With one cache its limits are known already; with more, the operations check against theirs.
  const KvStore* only = nullptr;
  int stores = 0;
  for (const auto& store : kv_stores_) {
    if (store) only = store.get(), ++stores;
  }
  if (stores == 1) check_pages(batch, only->spec(), "begin_step");
  const auto tokens = static_cast<std::int64_t>(batch.token_ids.size());
  if (tokens > step_capacity_) {
    if (step_buffer_) memory_.release(std::exchange(step_buffer_, {}));
    step_capacity_ = 0;  // where memory is short it stays so, and the next step asks again
    const std::int64_t capacity = std::max<std::int64_t>(tokens, 64);
    step_buffer_ = memory_.allocate(static_cast<std::uint64_t>(capacity) * 2 * sizeof(std::int32_t));
    step_capacity_ = capacity;
  }
  StepTensors step;
  step.tokens = static_cast<std::int32_t>(tokens);
  step.token_ids = dense(step_buffer_, DataType::i32, {tokens});
  step.positions = dense(step_buffer_, DataType::i32, {tokens},
                         static_cast<std::uint64_t>(step_capacity_) * sizeof(std::int32_t));
  step.host = &batch;
  upload(step.token_ids, std::as_bytes(std::span(batch.token_ids)));
  upload(step.positions, std::as_bytes(std::span(batch.positions)));
  return step;
}

const RaggedBatch& CpuBackend::checked_batch(const StepTensors& step, const KvStore& store,
                                             const char* operation) const {
  if (step.host == nullptr || step.host->token_ids.size() != static_cast<std::size_t>(step.tokens))
    fail_input("{}: the step was not begun", operation);
  check_pages(*step.host, store.spec(), operation);
  return *step.host;
}

void CpuBackend::embed(const Tensor& output, WeightHandle table, const Tensor& token_ids) {
  const View<std::int32_t> ids = memory_.integers(token_ids, "embed token_ids");
  const Rows rows = as_rows<Rows>(memory_.floats(output, "embed output"), output, "embed output");
  check_shapes(ids.rank == 1 && ids.dim(0) == rows.rows && rows.rows > 0, "embed",
               {{"output", &output}, {"token_ids", &token_ids}});
  check_contiguous(token_ids, "embed token_ids");
  runner_.embed(rows, weight(table, "embed"), ids.data);
}

void CpuBackend::rms_norm(const Tensor& output, const Tensor& input, const Tensor& gain, float epsilon) {
  const View<float> in = memory_.floats(input, "rms_norm input");
  const View<float> out = memory_.floats(output, "rms_norm output");
  bool fits = (in.rank == 2 || in.rank == 3) && out.rank == in.rank;
  for (int i = 0; fits && i < in.rank; ++i) fits = in.dim(i) == out.dim(i) && in.dim(i) > 0;
  check_shapes(fits, "rms_norm", {{"output", &output}, {"input", &input}, {"gain", &gain}});
  check_contiguous(input, "rms_norm input");
  check_contiguous(output, "rms_norm output");
  const std::int64_t n = in.dim(in.rank - 1);
  const float* gains = vector_of(memory_, gain, n, "rms_norm gain");
  const std::int64_t inner = in.rank == 3 ? in.dim(1) : 1;
  const std::int64_t in_stride = in.rank == 3 ? in.stride(1) : 0;
  const std::int64_t out_stride = in.rank == 3 ? out.stride(1) : 0;
  for_row_blocks(in.dim(0) * inner, n, [&](std::int64_t first, std::int64_t last, int) {
    for (std::int64_t row = first; row < last; ++row)
      ops_.rms_norm(out.data + row / inner * out.stride(0) + row % inner * out_stride,
                    in.data + row / inner * in.stride(0) + row % inner * in_stride, gains, n, epsilon);
  });
}

void CpuBackend::add(const Tensor& output, const Tensor& left, const Tensor& right) {
  const Rows out = as_rows<Rows>(memory_.floats(output, "add output"), output, "add output");
  const ConstRows a = as_rows<ConstRows>(memory_.floats(left, "add left"), left, "add left");
  const ConstRows b = as_rows<ConstRows>(memory_.floats(right, "add right"), right, "add right");
  check_shapes(
      out.rows == a.rows && out.rows == b.rows && out.columns == a.columns && out.columns == b.columns, "add",
      {{"output", &output}, {"left", &left}, {"right", &right}});
  for_row_blocks(out.rows, out.columns, [&](std::int64_t first, std::int64_t last, int) {
    for (std::int64_t row = first; row < last; ++row)
      ops_.add(out.data + row * out.stride, a.data + row * a.stride, b.data + row * b.stride, out.columns);
  });
}

void CpuBackend::linear(std::span<const LinearOutput> outputs, const Tensor& input) {
  const ConstRows in = as_rows<ConstRows>(memory_.floats(input, "linear input"), input, "linear input");
  std::vector<LinearTask> tasks;
  tasks.reserve(outputs.size());
  for (const LinearOutput& output : outputs) {
    LinearTask task;
    task.weight = &weight(output.weight, "linear");
    task.output =
        as_rows<Rows>(memory_.floats(output.output, "linear output"), output.output, "linear output");
    check_shapes(task.output.rows == in.rows && in.rows > 0, "linear",
                 {{"output", &output.output}, {"input", &input}});
    if (output.bias) task.bias = vector_of(memory_, output.bias, task.weight->rows(), "linear bias");
    tasks.push_back(task);
  }
  runner_.linear(tasks, in);
}

void CpuBackend::gated_linear(const Tensor& output, const Tensor& input, WeightHandle gate, WeightHandle up,
                              Activation activation) {
  const ConstRows in =
      as_rows<ConstRows>(memory_.floats(input, "gated_linear input"), input, "gated_linear input");
  const Rows out =
      as_rows<Rows>(memory_.floats(output, "gated_linear output"), output, "gated_linear output");
  check_shapes(out.rows == in.rows && in.rows > 0, "gated_linear", {{"output", &output}, {"input", &input}});
  runner_.gated_linear(out, in, weight(gate, "gated_linear"), weight(up, "gated_linear"), activation);
}

void CpuBackend::experts(const Tensor& output, const Tensor& input, const Tensor& chosen,
                         const Tensor& weights, const ExpertWeights& experts) {
  const ConstRows in = as_rows<ConstRows>(memory_.floats(input, "experts input"), input, "experts input");
  const Rows out = as_rows<Rows>(memory_.floats(output, "experts output"), output, "experts output");
  const View<std::int32_t> choice = memory_.integers(chosen, "experts chosen");
  const View<float> share = memory_.floats(weights, "experts weights");
  check_shapes(out.rows == in.rows && in.rows > 0 && choice.rank == 2 && share.rank == 2 &&
                   choice.dim(0) == in.rows && share.dim(0) == in.rows && choice.dim(1) == share.dim(1),
               "experts",
               {{"output", &output}, {"input", &input}, {"chosen", &chosen}, {"weights", &weights}});
  memory_.bytes(chosen, "experts chosen");  // both must be dense
  memory_.bytes(weights, "experts weights");
  const ExpertHandles tables = expert_tables(experts, "experts");
  runner_.experts(out, in, choice.data, share.data, static_cast<std::int32_t>(choice.dim(1)), tables.spans());
}

void CpuBackend::rope(const Tensor& heads, const StepTensors& step, const RopeSpec& spec) {
  const View<float> view = memory_.floats(heads, "rope heads");
  const View<std::int32_t> positions = memory_.integers(step.positions, "rope positions");
  check_shapes(view.rank == 3 && positions.rank == 1 && view.dim(0) == positions.dim(0) && view.dim(1) > 0,
               "rope", {{"heads", &heads}, {"positions", &step.positions}});
  check_contiguous(heads, "rope heads");
  if (spec.rotary_dim < 2 || spec.rotary_dim % 2 != 0 || spec.rotary_dim > view.dim(2))
    fail_input("rope: rotary_dim {} of heads {}", spec.rotary_dim, shape_text(heads));
  const std::int64_t half = spec.rotary_dim / 2;
  const float* frequencies = vector_of(memory_, spec.inverse_frequencies, half, "rope inverse_frequencies");
  const auto rotate = spec.pairing == RopeSpec::Pairing::halves ? ops_.rope_halves : ops_.rope_adjacent;
  std::vector<float> angles(static_cast<std::size_t>(2 * half * pool_.size()));
  for_row_blocks(
      view.dim(0), view.dim(1) * spec.rotary_dim, [&](std::int64_t first, std::int64_t last, int thread) {
        float* cosines = angles.data() + 2 * half * thread;
        float* sines = cosines + half;
        for (std::int64_t token = first; token < last; ++token) {
          ops_.rope_angles(cosines, sines, frequencies, half, static_cast<float>(positions.data[token]),
                           spec.magnitude);
          for (std::int64_t head = 0; head < view.dim(1); ++head)
            rotate(view.data + token * view.stride(0) + head * view.stride(1), cosines, sines, half);
        }
      });
}

void CpuBackend::route(const Tensor& chosen, const Tensor& weights, const Tensor& logits,
                       const Tensor& correction_bias, const RouterSpec& spec) {
  check_router(spec);
  const View<float> in = memory_.floats(logits, "route logits");
  const View<std::int32_t> choice = memory_.integers(chosen, "route chosen");
  const View<float> share = memory_.floats(weights, "route weights");
  check_shapes(in.rank == 2 && choice.rank == 2 && share.rank == 2 && in.dim(1) == spec.experts &&
                   choice.dim(1) == spec.top_k && share.dim(1) == spec.top_k && choice.dim(0) == in.dim(0) &&
                   share.dim(0) == in.dim(0) && in.dim(0) > 0,
               "route", {{"chosen", &chosen}, {"weights", &weights}, {"logits", &logits}});
  check_contiguous(logits, "route logits");
  check_contiguous(chosen, "route chosen");
  check_contiguous(weights, "route weights");
  const float* bias =
      correction_bias ? vector_of(memory_, correction_bias, spec.experts, "route correction_bias") : nullptr;
  std::vector<RouterScratch> scratch(static_cast<std::size_t>(pool_.size()));
  for_row_blocks(in.dim(0), std::int64_t{spec.experts} * (2 + spec.top_k),
                 [&](std::int64_t first, std::int64_t last, int thread) {
                   for (std::int64_t token = first; token < last; ++token)
                     route_token(ops_, spec, in.data + token * in.stride(0), bias,
                                 choice.data + token * choice.stride(0), share.data + token * share.stride(0),
                                 scratch[static_cast<std::size_t>(thread)]);
                 });
}

void CpuBackend::gather_rows(const Tensor& output, const Tensor& input, const Tensor& rows) {
  const Rows out = as_rows<Rows>(memory_.floats(output, "gather_rows output"), output, "gather_rows output");
  const ConstRows in =
      as_rows<ConstRows>(memory_.floats(input, "gather_rows input"), input, "gather_rows input");
  const View<std::int32_t> wanted = memory_.integers(rows, "gather_rows rows");
  check_shapes(wanted.rank == 1 && wanted.dim(0) == out.rows && out.columns == in.columns, "gather_rows",
               {{"output", &output}, {"input", &input}, {"rows", &rows}});
  for (std::int64_t i = 0; i < out.rows; ++i) {
    const std::int32_t row = wanted.data[i * wanted.stride(0)];
    if (row < 0 || row >= in.rows) fail_input("gather_rows: row {} of input {}", row, shape_text(input));
    std::memmove(out.data + i * out.stride, in.data + row * in.stride,
                 static_cast<std::size_t>(out.columns) * sizeof(float));
  }
}

void CpuBackend::mark_non_finite(const Tensor& first_bad, const Tensor& input, std::int32_t tag) {
  const ConstRows in =
      as_rows<ConstRows>(memory_.floats(input, "mark_non_finite input"), input, "mark_non_finite input");
  const View<std::int32_t> bad = memory_.integers(first_bad, "mark_non_finite first_bad");
  check_shapes(bad.rank == 1 && bad.dim(0) == in.rows, "mark_non_finite",
               {{"first_bad", &first_bad}, {"input", &input}});
  for_row_blocks(in.rows, in.columns, [&](std::int64_t first, std::int64_t last, int) {
    for (std::int64_t row = first; row < last; ++row) {
      std::int32_t& mark = bad.data[row * bad.stride(0)];
      if (mark == -1 && !ops_.scan(in.data + row * in.stride, in.columns).finite) mark = tag;
    }
  });
}

}  // namespace reckon::kernels::cpu
