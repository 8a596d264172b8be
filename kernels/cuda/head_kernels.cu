#include "kernels/cuda/head_kernels.h"

#include "kernels/cuda/kv_pages.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/math.h"

namespace reckon::kernels::RECKON_CUDA_NS {
namespace {

RECKON_DEVICE void put_cached(Global<std::uint8_t> block, std::int64_t element, DataType type, float value) {
  if (type == DataType::f32)
    pointer_cast<float>(block + element * 4)[0] = value;
  else
    pointer_cast<std::uint16_t>(block + element * 2)[0] =
        type == DataType::f16 ? float_to_half(value) : float_to_bf16(value);
}

/// A head is the work of `head_threads` threads: 16 where a block has enough heads, else more.
template <bool stores>
struct Heads {
  static constexpr int kThreads = 128;
  HeadWork a;
  KvWrite write;
  int head_threads;

  RECKON_DEVICE void operator()() const {
    const std::int64_t token = block_x();
    const int head = block_y() * (kThreads / head_threads) + thread_index() / head_threads;
    const bool exists = head < a.head_count;
    const int own = thread_index() % head_threads;
    const Global<float> in =
        a.heads.data + (token * a.heads.token_stride + (exists ? head : 0) * a.heads.head_stride);
    const float scale = a.gain != nullptr ? norm_scale(in, exists) : 1.0F;
    if constexpr (!stores) sync_block();  // every thread has read what others now overwrite
    if (!exists) return;

    Global<std::uint8_t> keys = nullptr;
    std::int64_t slot = 0;
    if constexpr (stores) {
      const PagePlace page =
          find_page(write.place, write.table, write.sequences[token], a.positions[token], head);
      keys = page.keys;
      slot = page.slot;
    }
    const auto normed = [&](std::int64_t i) {
      const float x = in[i];
      return a.gain != nullptr && i < a.norm_dim ? x * scale * a.gain[i] : x;
    };
    const auto put = [&](std::int64_t i, float value) {
      if constexpr (stores)
        put_cached(keys,
                   write.latent ? slot * write.place.row_stride + i : i * write.place.page_tokens + slot,
                   write.place.type, value);
      else
        in[i] = value;
    };
    const std::int32_t rope_end = a.rope_first + 2 * a.half;
    const std::int32_t changed = a.gain != nullptr ? a.norm_dim : 0;
    for (std::int32_t i = own; i < (stores ? a.dim : changed); i += head_threads) {
      if (i < a.rope_first || i >= rope_end) put(i, normed(i));
    }
    const auto position = static_cast<float>(a.half > 0 ? a.positions[token] : 0);
    for (std::int32_t i = own; i < a.half; i += head_threads) {
      const SinCos angle = sin_cos(position * a.inverse_frequencies[i]);
      const float cosine = angle.cos * a.magnitude;
      const float sine = angle.sin * a.magnitude;
      const std::int64_t left = a.rope_first + (a.adjacent ? 2 * i : i);
      const std::int64_t right = a.adjacent ? left + 1 : left + a.half;
      const float first = normed(left);
      const float second = normed(right);
      put(left, first * cosine - second * sine);
      put(right, second * cosine + first * sine);
    }
    if constexpr (stores) {
      if (write.latent) return;
      const Global<std::uint8_t> values = keys + static_cast<std::int64_t>(write.place.value_offset);
      const Global<const float> value =
          write.values.data + (token * write.values.token_stride + head * write.values.head_stride);
      for (std::int32_t i = own; i < write.value_dim; i += head_threads)
        put_cached(values, slot * write.place.row_stride + i, write.place.type, value[i]);
    }
  }

 private:
  /// Every sixteen threads sum the whole head up, in the order of rms_norm.
  RECKON_DEVICE float norm_scale(Global<const float> in, bool exists) const {
    float squares = 0.0F;
    for (std::int32_t i = thread_index() % 16; exists && i < a.norm_dim; i += 16) {
      const float x = in[i];
      squares = fused(x, x, squares);
    }
    const float mean = sum_of_16(squares) / static_cast<float>(a.norm_dim);
    return 1.0F / square_root(mean + a.epsilon);
  }
};

template <bool stores>
void start(const Stream& stream, const char* operation, const HeadWork& work, const KvWrite& write) {
  using Kernel = Heads<stores>;
  int head_threads = 16;
  while (head_threads * 2 * work.head_count <= Kernel::kThreads) head_threads *= 2;
  launch(stream, operation, Kernel{work, write, head_threads},
         {work.tokens, blocks_for(work.head_count, Kernel::kThreads / head_threads)});
}

}  // namespace

void prepare_heads(const Stream& stream, const char* operation, const HeadWork& work) {
  start<false>(stream, operation, work, {});
}

void store_heads(const Stream& stream, const char* operation, const HeadWork& work, const KvWrite& write) {
  start<true>(stream, operation, work, write);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
