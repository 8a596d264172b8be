#include "kernels/cuda/head_products.h"

#include "kernels/cuda/elements.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/ptx.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

/// A block computes sixteen tokens by kColumns columns of one head: a warp sixteen of the columns.
template <MmaType type>
struct MultiplyHeadMatrices {
  static constexpr int kThreads = 128;
  static constexpr int kTokens = 16;
  static constexpr int kColumns = 64;
  static constexpr int kInner = 32;  // rows of the matrix a stage
  static constexpr int kStages = 4;
  static constexpr int kPitch = kColumns + 8;  // rows of a matrix load then lie in different banks
  HeadProduct a;
  Global<const std::uint16_t> matrix;

  // Shared memory: inputs [kTokens][inner], then the stages.
  RECKON_HOST_DEVICE static int padded(int inner) { return (inner + kInner - 1) / kInner * kInner; }
  RECKON_HOST_DEVICE static int input_pitch(int inner) { return padded(inner) + 8; }
  RECKON_HOST_DEVICE static int stage_at(int inner, int stage) {
    return kTokens * input_pitch(inner) * 2 + stage * kInner * kPitch * 2;
  }
  RECKON_HOST_DEVICE static int shared_bytes(int inner) { return stage_at(inner, kStages); }

  RECKON_DEVICE void operator()() const {
    const int head = block_y();
    const std::int64_t first = std::int64_t{block_x()} * kTokens;
    const int tokens = a.tokens - first < kTokens ? static_cast<int>(a.tokens - first) : kTokens;
    const int first_column = block_z() * kColumns;
    const int stages = padded(a.inner) / kInner;
    for (int s = 0; s < kStages - 1; ++s) {
      if (s < stages) load_stage(head, first_column, s);
      commit_copies();
    }
    load_inputs(head, first, tokens);

    const int l = lane();
    const int own = thread_index() / kWarpThreads * 16;
    const Shared<std::uint16_t> inputs = shared_at<std::uint16_t>(0, kTokens * input_pitch(a.inner));
    float sums[2][4] = {};
    for (int s = 0; s < stages; ++s) {
      wait_copies<kStages - 2>();
      sync_block();  // stage s and the inputs are there, and nobody reads stage s - 1 any more
      if (s + kStages - 1 < stages) load_stage(head, first_column, s + kStages - 1);
      commit_copies();
      const Shared<std::uint16_t> from = stage(s);
      RECKON_UNROLLED
      for (int step = 0; step < kInner; step += 16) {
        std::uint32_t rows[4];
        std::uint32_t columns[4];
        load_matrices<std::uint16_t>(
            rows, inputs + (l % 16 * input_pitch(a.inner) + s * kInner + step + l / 16 * 8));
        load_matrices_transposed<std::uint16_t>(columns,
                                                from + ((step + l % 16) * kPitch + own + l / 16 * 8));
        multiply_matrices<type>(sums[0], rows, columns[0], columns[1]);
        multiply_matrices<type>(sums[1], rows, columns[2], columns[3]);
      }
    }
    wait_copies<0>();
    store(sums, head, first, tokens, first_column + own);
    if (block_z() == 0) carry(head, first, tokens);
  }

 private:
  RECKON_DEVICE Shared<std::uint16_t> stage(int s) const {
    return shared_at<std::uint16_t>(stage_at(a.inner, s % kStages), kInner * kPitch);
  }
  RECKON_DEVICE Global<const float> input(int head, std::int64_t token) const {
    const std::int64_t row = a.input_rows != nullptr ? std::int64_t{a.input_rows[token]} : token;
    return a.input.data + (row * a.input.token_stride + head * a.input.head_stride);
  }
  RECKON_DEVICE Global<float> output(int head, std::int64_t token) const {
    const std::int64_t row = a.output_rows != nullptr ? std::int64_t{a.output_rows[token]} : token;
    return a.output.data + (row * a.output.token_stride + head * a.output.head_stride);
  }

  RECKON_DEVICE void load_inputs(int head, std::int64_t first, int tokens) const {
    const Shared<std::uint16_t> to = shared_at<std::uint16_t>(0, kTokens * input_pitch(a.inner));
    const int width = padded(a.inner);
    for (int t = 0; t < kTokens; ++t) {
      const Global<const float> from = input(head, first + (t < tokens ? t : 0));
      for (int k = thread_index(); k < width; k += kThreads) {
        const bool exists = t < tokens && k < a.inner;
        to[t * input_pitch(a.inner) + k] = rounded<type>(exists ? static_cast<float>(from[k]) : 0.0F);
      }
    }
  }

  /// Queues the copies of rows [s * kInner, ...) of the matrix; zeros beyond its end.
  RECKON_DEVICE void load_stage(int head, int first_column, int s) const {
    constexpr int kParts = kColumns / 8;  // of 16 bytes
    const Shared<std::uint16_t> to = stage(s);
    for (int i = thread_index(); i < kInner * kParts; i += kThreads) {
      const std::int64_t row = s * kInner + i / kParts;
      const int column = first_column + i % kParts * 8;
      const bool exists = row < a.inner && column < a.width;
      const Global<const std::uint16_t> from =
          matrix + (exists ? (head * std::int64_t{a.inner} + row) * a.width + column : 0);
      copy_async16<std::uint16_t>(to + (i / kParts * kPitch + i % kParts * 8), from, exists ? 16 : 0);
    }
  }

  RECKON_DEVICE void store(const float (&sums)[2][4], int head, std::int64_t first, int tokens,
                           int first_column) const {
    const int l = lane();
    RECKON_UNROLLED
    for (int half = 0; half < 2; ++half) {
      const int token = l / 4 + 8 * half;
      if (token >= tokens) continue;
      const Global<float> to = output(head, first + token);
      RECKON_UNROLLED
      for (int t = 0; t < 2; ++t) {
        RECKON_UNROLLED
        for (int i = 0; i < 2; ++i) {
          const int column = first_column + 8 * t + 2 * (l % 4) + i;
          if (column < a.columns) to[column] = sums[t][2 * half + i];
        }
      }
    }
  }

  RECKON_DEVICE void carry(int head, std::int64_t first, int tokens) const {
    for (int t = 0; t < tokens; ++t) {
      const Global<const float> from = input(head, first + t);
      const Global<float> to = output(head, first + t);
      for (int c = thread_index(); c < a.carried; c += kThreads) to[a.columns + c] = from[a.inner + c];
    }
  }
};

/// `Form` makes an element of a float.
template <class Element, class Form>
struct MakeHeadMatrix {
  static constexpr int kThreads = 128;
  HeadMatrix a;
  Global<Element> to;

  RECKON_DEVICE void operator()() const {
    const std::int64_t row = block_x();  // of all heads
    const std::int64_t column = std::int64_t{block_y()} * kThreads + thread_index();
    if (column >= a.width) return;
    const std::int64_t first = row / a.inner * a.head_rows + a.first_row;
    const std::int64_t i = row % a.inner;
    float value = 0.0F;
    if (column < a.columns)
      value =
          a.transposed ? element_at(a.weight, first + column, i) : element_at(a.weight, first + i, column);
    to[row * a.width + column] = Form::of(value);
  }
};

struct AsFloat {
  RECKON_DEVICE static float of(float value) { return value; }
};
template <MmaType type>
struct AsRounded {
  RECKON_DEVICE static std::uint16_t of(float value) { return rounded<type>(value); }
};

template <class Form, class Element>
void start_making(const Stream& stream, const HeadMatrix& matrix, Global<Element> to) {
  using Kernel = MakeHeadMatrix<Element, Form>;
  launch(stream, "mla_attention (a matrix of the latent space)", Kernel{matrix, to},
         {std::int64_t{matrix.heads} * matrix.inner, blocks_for(matrix.width, Kernel::kThreads)});
}

template <MmaType type>
void start(const Stream& stream, const HeadProduct& product, Global<const std::uint16_t> matrix) {
  using Kernel = MultiplyHeadMatrices<type>;
  launch(stream, "mla_attention (latent space)", Kernel{product, matrix},
         {blocks_for(product.tokens, Kernel::kTokens), product.heads,
          blocks_for(product.columns, Kernel::kColumns)},
         Kernel::shared_bytes(product.inner));
}

}  // namespace

bool fits_head_tensor_cores(const HeadMatrix& matrix, DataType type) {
  constexpr int kMostInner = 1024;
  return (type == DataType::f16 || type == DataType::bf16) && matrix.width % 8 == 0 &&
         matrix.inner <= kMostInner;
}

void make_head_matrix(const Stream& stream, const HeadMatrix& matrix, Global<float> to) {
  start_making<AsFloat>(stream, matrix, to);
}

void make_head_matrix(const Stream& stream, const HeadMatrix& matrix, Global<std::uint16_t> to,
                      DataType type) {
  if (type == DataType::f16)
    start_making<AsRounded<MmaType::f16>>(stream, matrix, to);
  else
    start_making<AsRounded<MmaType::bf16>>(stream, matrix, to);
}

void multiply_heads_on_tensor_cores(const Stream& stream, const HeadProduct& product,
                                    Global<const std::uint16_t> matrix, DataType type) {
  if (type == DataType::f16)
    start<MmaType::f16>(stream, product, matrix);
  else
    start<MmaType::bf16>(stream, product, matrix);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
