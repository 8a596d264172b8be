#pragma once
// Router, log-probabilities and sampling on the device: kernels/cpu/router.cpp, logits.cpp and sampling.cpp,
// bit for bit.

#include <cstdint>

#include "kernels/cuda/row_kernels.h"
#include "kernels/cuda/stream.h"

namespace reckon::kernels::RECKON_CUDA_NS {

struct Routing {
  Global<std::int32_t> chosen = nullptr;
  std::int64_t chosen_stride = 0;
  Global<float> weights = nullptr;
  std::int64_t weights_stride = 0;
  RowsOf<const float> logits;          ///< [tokens, experts]
  Global<const float> bias = nullptr;  ///< [experts] or none
  bool sigmoid = true;                 ///< else softmax
  bool top2_sum = true;                ///< else the maximum of a group
  std::int32_t experts = 0, top_k = 0, groups = 1, kept_groups = 1;
  bool normalise = false;
  float scaling = 1.0F;
};
void route(const Stream& stream, const Routing& routing);
/// Most experts that route() takes: its scores lie in shared memory.
constexpr std::int32_t kMostExperts = 4096;
constexpr std::int32_t kMostGroups = 1024;

/// log softmax(l)[i] = (l[i] - maximum) - log_sum.
struct Normaliser {
  float maximum = 0.0F;
  float log_sum = 0.0F;
  std::int32_t finite = 1;  ///< 0: a logit is NaN or infinite; the rest says nothing then
  std::int32_t arg_max = 0;
};

/// Logits [rows, columns] and what is computed of them.
struct LogitRows {
  Global<float> data = nullptr;
  std::int64_t rows = 0, columns = 0, stride = 0;
  Global<Normaliser> normalisers = nullptr;  ///< [rows]
  Global<float> chunk_sums = nullptr;        ///< [rows, chunks()]
  static constexpr std::int64_t kChunk = 1024;
  RECKON_HOST_DEVICE static std::int64_t chunks_of(std::int64_t columns) {
    return (columns + kChunk - 1) / kChunk;
  }
  RECKON_HOST_DEVICE std::int64_t chunks() const { return chunks_of(columns); }
};
void normalise(const Stream& stream, const LogitRows& logits);
/// In place; rows that are not finite become NaN. After normalise().
void log_softmax(const Stream& stream, const LogitRows& logits);

/// One entry of the largest few.
struct TopEntry {
  std::int32_t token = -1;
  float logprob = 0.0F;
};
/// The n[r] largest of each row, descending, ties to the lowest index, from top[first[r]] on. After
/// normalise().
struct TopRows {
  LogitRows logits;
  Global<const std::int32_t> counts = nullptr;  ///< [rows]
  Global<const std::int32_t> first = nullptr;   ///< [rows]
  Global<TopEntry> top = nullptr;
};
void find_top(const Stream& stream, const TopRows& rows);

/// The numbers of kernels/sampling.h for one row.
struct DrawParameters {
  float temperature = 0.0F;
  std::int32_t top_k = 0;
  float top_p = 1.0F;
  float min_p = 0.0F;
  float repetition_penalty = 1.0F;
  float presence_penalty = 0.0F;
  float frequency_penalty = 0.0F;
  float uniform = 0.0F;         ///< of seed and position
  std::int32_t first_seen = 0;  ///< in `seen`
  std::int32_t seen_count = 0;
};
struct SeenToken {
  std::int32_t token = 0;
  std::int32_t count = 0;
};
struct Chosen {
  std::int32_t token = -1;
  float logprob = 0.0F;
};
/// Draws a token for each row. After normalise().
struct Draw {
  LogitRows logits;
  Global<const DrawParameters> parameters = nullptr;  ///< [rows]
  Global<const SeenToken> seen = nullptr;
  Global<Chosen> chosen = nullptr;        ///< [rows]
  Global<float> work = nullptr;           ///< [rows, columns] logits after penalties and temperature
  Global<std::uint64_t> order = nullptr;  ///< [rows, order_size]
  std::int64_t order_size = 0;            ///< columns rounded up to a power of two
};
void draw(const Stream& stream, const Draw& draw);

/// Log-probability of a target in each row. After normalise().
void score(const Stream& stream, const LogitRows& logits, Global<const std::int32_t> targets,
           Global<Chosen> scored);

}  // namespace reckon::kernels::RECKON_CUDA_NS
