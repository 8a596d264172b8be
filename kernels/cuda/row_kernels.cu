#include "kernels/cuda/row_kernels.h"

#include "kernels/cuda/elements.h"
#include "kernels/cuda/faults.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/math.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

RECKON_DEVICE void note_fault(Global<int> faults, Fault fault, int value) {
  if (atomic_exchange_if(faults, 0, static_cast<int>(fault)) == 0) atomic_exchange_if(faults + 1, 0, value);
}

/// A row is the work of 16 lanes: lane l takes elements l, l + 16, ...
struct RmsNorm {
  static constexpr int kThreads = 128;
  static constexpr int kRows = kThreads / 16;
  RowsOf<float> output;
  RowsOf<const float> input;
  Global<const float> gain;
  float epsilon;

  RECKON_DEVICE void operator()() const {
    const std::int64_t row = std::int64_t{block_x()} * kRows + thread_index() / 16;
    const int first = thread_index() % 16;
    const bool exists = row < input.rows;
    const Global<const float> in = input.row(row);
    float squares = 0.0F;
    for (std::int64_t i = first; exists && i < input.columns; i += 16) {
      const float x = in[i];
      squares = fused(x, x, squares);
    }
    const float mean = sum_of_16(squares) / static_cast<float>(input.columns);
    const float scale = 1.0F / square_root(mean + epsilon);
    if (!exists) return;
    const Global<float> out = output.row(row);
    for (std::int64_t i = first; i < input.columns; i += 16) out[i] = in[i] * scale * gain[i];
  }
};

struct Add {
  static constexpr int kThreads = 256;
  RowsOf<float> output;
  RowsOf<const float> left, right;

  RECKON_DEVICE void operator()() const {
    const std::int64_t row = block_x();
    const std::int64_t column = std::int64_t{block_y()} * kThreads + thread_index();
    if (column < output.columns) output.row(row)[column] = left.row(row)[column] + right.row(row)[column];
  }
};

struct Activate {
  static constexpr int kThreads = 256;
  RowsOf<float> output;
  RowsOf<const float> gate, up;
  bool gelu;

  RECKON_DEVICE void operator()() const {
    const std::int64_t row = block_x();
    const std::int64_t column = std::int64_t{block_y()} * kThreads + thread_index();
    if (column >= output.columns) return;
    const float g = gate.row(row)[column];
    output.row(row)[column] = (gelu ? gelu_tanh(g) : silu(g)) * up.row(row)[column];
  }
};

struct Copy {
  static constexpr int kThreads = 256;
  StridedCopy a;
  std::int64_t elements;

  RECKON_DEVICE void operator()() const {
    std::int64_t rest = std::int64_t{block_x()} * kThreads + thread_index();
    if (rest >= elements) return;
    std::int64_t to = 0;
    std::int64_t from = 0;
    for (int i = kMaxRank - 1; i >= 0; --i) {
      const std::int64_t index = rest % a.shape[i];
      rest /= a.shape[i];
      to += index * a.to_strides[i];
      from += index * a.from_strides[i];
    }
    a.to[to] = a.from[from];
  }
};

struct GatherRows {
  static constexpr int kThreads = 256;
  RowsOf<float> output;
  RowsOf<const float> input;
  Global<const std::int32_t> rows;
  std::int64_t rows_stride;
  Global<int> faults;

  RECKON_DEVICE void operator()() const {
    const std::int64_t i = block_x();
    const std::int64_t column = std::int64_t{block_y()} * kThreads + thread_index();
    const std::int32_t row = rows[i * rows_stride];
    if (row < 0 || row >= input.rows) {
      if (column == 0) note_fault(faults, Fault::row_index, row);
      return;
    }
    if (column < output.columns) output.row(i)[column] = input.row(row)[column];
  }
};

struct MarkNonFinite {
  static constexpr int kThreads = 128;
  static constexpr int kRows = kThreads / kWarpThreads;
  Global<std::int32_t> first_bad;
  std::int64_t stride;
  RowsOf<const float> input;
  std::int32_t tag;

  RECKON_DEVICE void operator()() const {
    const std::int64_t row = std::int64_t{block_x()} * kRows + thread_index() / kWarpThreads;
    if (row >= input.rows) return;  // whole warps
    const Global<const float> in = input.row(row);
    bool finite = true;
    for (std::int64_t i = lane(); i < input.columns; i += kWarpThreads) finite = finite && is_finite(in[i]);
    const bool bad = ballot(!finite) != 0;
    if (lane() == 0 && bad && first_bad[row * stride] == -1) first_bad[row * stride] = tag;
  }
};

struct Embed {
  static constexpr int kThreads = 128;
  RowsOf<float> output;
  WeightView table;
  Global<const std::int32_t> ids;
  Global<int> faults;

  RECKON_DEVICE void operator()() const {
    const std::int64_t token = block_x();
    const std::int64_t column = std::int64_t{block_y()} * kThreads + thread_index();
    const std::int32_t id = ids[token];
    if (id < 0 || id >= table.rows) {
      if (column == 0) note_fault(faults, Fault::token_id, id);
      return;
    }
    if (column < output.columns) output.row(token)[column] = element_at(table, id, column);
  }
};

}  // namespace

void rms_norm(const Stream& stream, const RowsOf<float>& output, const RowsOf<const float>& input,
              Global<const float> gain, float epsilon) {
  launch(stream, "rms_norm", RmsNorm{output, input, gain, epsilon}, {blocks_for(input.rows, RmsNorm::kRows)});
}

void add(const Stream& stream, const RowsOf<float>& output, const RowsOf<const float>& left,
         const RowsOf<const float>& right) {
  launch(stream, "add", Add{output, left, right}, {output.rows, blocks_for(output.columns, Add::kThreads)});
}

void activate(const Stream& stream, const RowsOf<float>& output, const RowsOf<const float>& gate,
              const RowsOf<const float>& up, bool gelu) {
  launch(stream, "gated_linear", Activate{output, gate, up, gelu},
         {output.rows, blocks_for(output.columns, Activate::kThreads)});
}

void copy(const Stream& stream, const StridedCopy& arguments) {
  std::int64_t elements = 1;
  for (const std::int64_t extent : arguments.shape) elements *= extent;
  launch(stream, "copy", Copy{arguments, elements}, {blocks_for(elements, Copy::kThreads)});
}

void gather_rows(const Stream& stream, const RowsOf<float>& output, const RowsOf<const float>& input,
                 Global<const std::int32_t> rows, std::int64_t rows_stride, Global<int> faults) {
  launch(stream, "gather_rows", GatherRows{output, input, rows, rows_stride, faults},
         {output.rows, blocks_for(output.columns, GatherRows::kThreads)});
}

void mark_non_finite(const Stream& stream, Global<std::int32_t> first_bad, std::int64_t stride,
                     const RowsOf<const float>& input, std::int32_t tag) {
  launch(stream, "mark_non_finite", MarkNonFinite{first_bad, stride, input, tag},
         {blocks_for(input.rows, MarkNonFinite::kRows)});
}

void embed(const Stream& stream, const RowsOf<float>& output, const WeightView& table,
           Global<const std::int32_t> ids, Global<int> faults) {
  launch(stream, "embed", Embed{output, table, ids, faults},
         {output.rows, blocks_for(output.columns, Embed::kThreads)});
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
