#pragma once
// The one interface of operations. It names no device: cpu/ and cuda/ implement it.
//
// Operations are queued in order and may run later; results are read after wait(). Shapes: T tokens of the
// step, D model width, H query heads, G key/value heads, E experts, K experts a token, V vocabulary. All
// activations are f32 unless said. An operation whose shapes do not fit throws Error naming the operation and
// the shapes: that is a defect of the caller, found before anything runs.
//
// Invariance: the result for a token depends only on the operation's inputs for that token and the weights;
// never on T, on the other tokens, on threads or on how weights are held.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/batch.h"
#include "kernels/communicator.h"
#include "kernels/kv_cache.h"
#include "kernels/sampling.h"
#include "kernels/tensor.h"
#include "kernels/weights.h"

namespace reckon::kernels {

struct BackendOptions {
  std::int32_t threads = 0;  ///< 0: all that this process may use
  ActivationPrecision activations = ActivationPrecision::by_weight;
  bool repack = true;          ///< false keeps every weight as mapped (same results, slower)
  std::int32_t device = 0;     ///< CUDA: which of the visible devices
  bool dense_library = false;  ///< CUDA: dense products by cuBLASLt where it has one that is invariant
  bool warp_groups = false;    ///< CUDA: tensor-core products by wgmma (compute capability 9.0)
  /// With one, this back end is one of several ranks; none: it works alone.
  std::shared_ptr<Communicator> communicator;
};

struct DeviceInfo {
  std::string backend;  ///< "cpu" or "cuda"
  std::string name;     ///< "AMD EPYC ...", as the system names it
  std::string path;     ///< instruction path in use: "avx512", "avx2", "portable"
  std::vector<std::string> features;
  std::int32_t threads = 1;
  std::int32_t index = 0;               ///< which of the visible devices; the CPU is one
  std::int32_t count = 1;               ///< devices like this one that work together
  std::uint64_t memory_bytes = 0;       ///< of the device
  std::uint64_t free_memory_bytes = 0;  ///< now
};

/// Rotary embedding of the first `rotary_dim` elements of each head.
struct RopeSpec {
  enum class Pairing : std::uint8_t {
    adjacent,  ///< (0,1), (2,3), ...: GGUF llama, DeepSeek checkpoints
    halves,    ///< (0, d/2), (1, d/2+1), ...: Hugging Face layout
  } pairing = Pairing::halves;
  std::int32_t rotary_dim = 0;  ///< even
  /// f32 [rotary_dim / 2]: inverse frequencies after any YaRN or llama3 scaling. angle = float(position) *
  /// inv_freq.
  Tensor inverse_frequencies;
  float magnitude = 1.0F;  ///< multiplies cos and sin (YaRN's attention factor)
};

/// What heads go through before they are attended with or stored: an RMS norm, then rotation.
struct HeadPreparation {
  Tensor gain;                  ///< f32 [norm_dim]; none: no norm
  std::int32_t norm_dim = 0;    ///< the first elements of each head, normed together
  float epsilon = 0.0F;         ///< of the norm
  std::int32_t rope_first = 0;  ///< the element of each head at which the rotated ones begin
  RopeSpec rope;
};

/// Expert choice of one MoE layer. DeepSeek-V3 inference/model.py (class Gate), transformers deepseek_v3,
/// mixtral, qwen.
struct RouterSpec {
  enum class Score : std::uint8_t { softmax, sigmoid } score = Score::sigmoid;
  enum class GroupScore : std::uint8_t { top2_sum, maximum } group_score = GroupScore::top2_sum;
  std::int32_t experts = 0;
  std::int32_t top_k = 0;
  std::int32_t groups = 1;
  std::int32_t kept_groups = 1;  ///< the rest are masked with -inf
  bool normalise = false;        ///< divide by (sum of the chosen + 1e-20)
  float scaling = 1.0F;          ///< multiplies the weights last
};

enum class Activation : std::uint8_t { silu, gelu_tanh };

/// One product of a group that shares its input.
struct LinearOutput {
  WeightHandle weight;  ///< [N, columns]
  Tensor output;        ///< f32 [T, N], rows may be strided
  Tensor bias;          ///< f32 [N] or none
};

/// Prepared weights of the routed experts of one layer: index e is expert e.
struct ExpertWeights {
  std::vector<WeightHandle> gate;  ///< E of [F, D]
  std::vector<WeightHandle> up;    ///< E of [F, D]
  std::vector<WeightHandle> down;  ///< E of [D, F]
};

/// What dispatch() fills.
struct ExpertDispatch {
  Tensor rows;     ///< f32 [R * C, D]: C rows for each rank
  Tensor experts;  ///< i32 [R * C]: the row's expert, counted among those of its rank; -1: no row here
  Tensor places;   ///< i32 [T, K]: the row of each choice of each token
};

/// kv_b_proj of one MLA layer: per head qk_nope rows of keys, then v_head rows of values.
struct MlaSpec {
  std::int32_t heads = 0;
  std::int32_t nope_dim = 0;
  std::int32_t rope_dim = 0;
  std::int32_t value_dim = 0;
  std::int32_t latent_dim = 0;  ///< kv_lora_rank
  float scale = 1.0F;           ///< of the scores, mscale^2 included
};

struct MlaWeightHandle {
  std::uint32_t id = 0;
};

struct MemoryUse {
  std::uint64_t weight_bytes_in_place = 0;  ///< mapped from files
  std::uint64_t weight_bytes_repacked = 0;  ///< copies owned by the back end
  std::uint64_t buffer_bytes = 0;
  std::uint64_t kv_bytes = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual DeviceInfo device() const = 0;
  virtual MemoryUse memory_use() const = 0;
  /// Reads every weight once, as fast as the device can, and throws it away: what a decode step, which has to
  /// read them too, is measured against. Returns the bytes read; 0 where a back end has no such loop.
  virtual std::uint64_t read_weights() { return 0; }

  // --- Memory
  // ---------------------------------------------------------------------------------------------------
  virtual BufferHandle allocate(std::uint64_t bytes) = 0;  ///< zeroed
  virtual void release(BufferHandle buffer) = 0;
  virtual void upload(const Tensor& to,
                      std::span<const std::byte> from) = 0;  ///< copies `from` before it returns
  virtual void download(std::span<std::byte> to,
                        const Tensor& from) = 0;                ///< valid after wait(); dense tensors
  virtual void copy(const Tensor& to, const Tensor& from) = 0;  ///< same shape, any strides, f32/i32
  virtual void wait() = 0;                                      ///< until everything queued is done

  // --- Weights
  // --------------------------------------------------------------------------------------------------
  /// Prepares a matrix for linear(), embed() or experts(). Keeps it in place or repacks it (freeing the
  /// original's pages); either way every product is the same to the last bit. Errors: a type or shape that it
  /// cannot multiply, by name.
  virtual WeightHandle load_weight(const StoredTensor& stored, const Shard& shard = {}) = 0;
  /// kv_b_proj [heads * (nope_dim + value_dim), latent_dim] for both forms; dequantised per head for the
  /// absorbed one. With a shard (of rows), `spec` has the heads of this rank and `kv_b` those of all.
  virtual MlaWeightHandle load_mla_weight(const StoredTensor& kv_b, const MlaSpec& spec,
                                          const Shard& shard = {}) = 0;
  /// Bytes of its matrices that mla_attention() reads for tokens of that role: those of the form that it
  /// takes for them, as this back end holds them. Known once mla_attention() was called for such tokens.
  virtual std::uint64_t mla_weight_bytes(MlaWeightHandle weight, TokenRole role) = 0;
  /// A small vector (norm gain, bias, router correction) as an f32 tensor on the device; a shard cuts
  /// columns.
  virtual Tensor load_vector(const StoredTensor& stored, const Shard& shard = {}) = 0;

  // --- KV cache
  // -------------------------------------------------------------------------------------------------
  virtual KvCacheHandle create_kv_cache(const KvCacheSpec& spec) = 0;
  virtual void release_kv_cache(KvCacheHandle cache) = 0;
  /// Copies a whole page (all groups and layers): for a sequence that goes on from a shared, partly filled
  /// page.
  virtual void copy_kv_page(KvCacheHandle cache, std::int32_t to, std::int32_t from) = 0;
  /// keys f32 [T, G, key_dim]; values f32 [T, G, value_dim] (none for latent): stored at the tokens'
  /// positions.
  virtual void write_kv(const KvLayer& layer, const StepTensors& step, const Tensor& keys,
                        const Tensor& values) = 0;

  // --- One step
  // -------------------------------------------------------------------------------------------------
  /// Brings the batch to the device. `batch` must live until wait(). Results of an earlier step that were not
  /// waited for (it threw) are not filled any more. Errors: a page or position out of range.
  virtual StepTensors begin_step(const RaggedBatch& batch) = 0;

  virtual void embed(const Tensor& output, WeightHandle table, const Tensor& token_ids) = 0;  ///< [T, D]
  /// output = input / sqrt(mean(input^2) + eps) * gain over the last dimension; rank 2 or 3, strided rows
  /// allowed.
  virtual void rms_norm(const Tensor& output, const Tensor& input, const Tensor& gain, float epsilon) = 0;
  virtual void add(const Tensor& output, const Tensor& left, const Tensor& right) = 0;
  /// Each output = input [T, columns] times its weight transposed (+ bias).
  virtual void linear(std::span<const LinearOutput> outputs, const Tensor& input) = 0;
  /// output [T, F] = activation(input gate^T) * (input up^T).
  virtual void gated_linear(const Tensor& output, const Tensor& input, WeightHandle gate, WeightHandle up,
                            Activation activation) = 0;
  /// In place on heads [T, H, d] (strided rows and heads allowed); rotates the first rotary_dim elements.
  virtual void rope(const Tensor& heads, const StepTensors& step, const RopeSpec& spec) = 0;
  /// In place on heads [T, H, d]: rms_norm() of their first elements, then rope(), to the last bit.
  virtual void prepare_heads(const Tensor& heads, const StepTensors& step,
                             const HeadPreparation& preparation);
  /// prepare_heads() of the keys, then write_kv(), to the last bit; what `keys` holds afterwards means
  /// nothing.
  virtual void write_prepared_kv(const KvLayer& layer, const StepTensors& step, const Tensor& keys,
                                 const Tensor& values, const HeadPreparation& preparation);
  /// queries [T, H, key_dim] over the layer's pages, causal; output [T, H, value_dim]. H is a multiple of
  /// kv_heads.
  virtual void attention(const Tensor& output, const Tensor& queries, const KvLayer& layer,
                         const StepTensors& step, float scale) = 0;
  /// queries [T, H, nope_dim + rope_dim] (rope part rotated) over latent pages; output [T, H, value_dim].
  /// Prompt tokens in the expanded form (keys and values of every position through kv_b), generated ones in
  /// the absorbed form.
  virtual void mla_attention(const Tensor& output, const Tensor& queries, const KvLayer& layer,
                             const StepTensors& step, MlaWeightHandle weight) = 0;
  /// logits [T, E] -> chosen i32 [T, K] in descending order of biased score (ties to the lowest index),
  /// weights f32 [T, K]. correction_bias f32 [E] or none: enters the choice, not the weights.
  virtual void route(const Tensor& chosen, const Tensor& weights, const Tensor& logits,
                     const Tensor& correction_bias, const RouterSpec& spec) = 0;
  /// output [T, D] += sum over the chosen experts of weight * down(silu(gate x) * up x), added in ascending
  /// expert order.
  virtual void experts(const Tensor& output, const Tensor& input, const Tensor& chosen, const Tensor& weights,
                       const ExpertWeights& experts) = 0;
  /// output [R, D] = rows[i]-th row of input; rows i32 [R].
  virtual void gather_rows(const Tensor& output, const Tensor& input, const Tensor& rows) = 0;
  /// first_bad i32 [T], initialised to -1 by the caller: where it is -1 and row t of input holds a NaN or
  /// infinity, set to tag.
  virtual void mark_non_finite(const Tensor& first_bad, const Tensor& input, std::int32_t tag) = 0;

  // --- Logits
  // ---------------------------------------------------------------------------------------------------
  /// In place: logits [R, V] to log-probabilities.
  virtual void log_softmax(const Tensor& logits) = 0;
  /// One SamplingRow a row of logits [R, V]; `results` is filled after wait(). See sampling.h for the
  /// algorithm.
  virtual void sample(std::vector<SampledRow>& results, const Tensor& logits,
                      std::span<const SamplingRow> rows) = 0;
  /// The raw log-probability of targets[r] in row r, with top_n others; filled after wait().
  virtual void score(std::vector<ScoredRow>& results, const Tensor& logits,
                     std::span<const std::int32_t> targets, std::int32_t top_n) = 0;

  // --- Between ranks
  // ------------------------------------------------------------------------
  // Every rank makes the same calls in the same order, with tensors of the same shapes, all of them dense.
  // Alone (R = 1) they are identities.
  virtual std::int32_t ranks() const { return 1; }  ///< R
  virtual std::int32_t rank() const { return 0; }
  /// The ranks' tensors, gathered and added in rank order: rank 0's plus rank 1's, plus rank 2's ...
  virtual void all_reduce(const Tensor& inout) = 0;
  /// output [R * n ...] = the ranks' inputs [n ...] in rank order.
  virtual void all_gather(const Tensor& output, const Tensor& input) = 0;
  /// Part r of input [R * n ...] goes to rank r; output [R * n ...] holds what came, by sender.
  virtual void all_to_all(const Tensor& output, const Tensor& input) = 0;
  /// Benchmarks only, float32: the ranks' inputs added by the communicator's own sums
  /// (Communicator::own_sum): all of them where output is as long as input, this rank's part where it has 1/R
  /// of its elements. false: it has none.
  virtual bool library_sum(const Tensor& /*output*/, const Tensor& /*input*/) { return false; }

  // Expert parallelism: rank r holds experts [r * E / R, (r + 1) * E / R). Rows of tokens go to the ranks of
  // their experts by an all_to_all of fixed capacity C for each pair of ranks, and come back by another; how
  // many of them are in use is known on the device alone.
  /// Fills `to` for all_to_all: the pairs (token, choice) of each rank in their order. input [T, D],
  /// chosen i32 [T, K], T may be 0. Errors: experts is no multiple of R; more than C pairs for one rank.
  virtual void dispatch(const ExpertDispatch& to, const Tensor& input, const Tensor& chosen,
                        std::int32_t experts) = 0;
  /// Row i of output [N, D] = down(silu(gate x) * up x) of expert chosen[i] (i32 [N]) for row i of input
  /// [N, D]; -1: no row here, output row i means nothing.
  virtual void expert_rows(const Tensor& output, const Tensor& input, const Tensor& chosen,
                           const ExpertWeights& experts) = 0;
  /// output [T, D] += sum of weights [T, K] times row places[t, k] of rows [R * C, D], added in ascending
  /// expert order: the sum that experts() makes, to the last bit.
  virtual void combine(const Tensor& output, const Tensor& rows, const Tensor& places, const Tensor& chosen,
                       const Tensor& weights) = 0;
};

/// The CPU back end. Picks AVX-512 VNNI, AVX2 or portable code when it starts;
/// RECKON_CPU=portable|avx2|avx512 forces one.
std::unique_ptr<Backend> make_cpu_backend(const BackendOptions& options = {});

/// Whether this program was built with the CUDA back end (RECKON_CUDA).
bool cuda_backend_built();
/// The CUDA back end on a visible device (BackendOptions::device). Errors: evaluation error with the remedy
/// when the program was built without it, or there is no device that it can use.
std::unique_ptr<Backend> make_cuda_backend(const BackendOptions& options = {});
/// Communicators over NCCL for `ranks` devices, rank r on the r-th visible one. Errors: evaluation error with
/// the remedy when the program was built without it, fewer devices are visible, or libnccl.so.2 is missing.
std::vector<std::shared_ptr<Communicator>> make_cuda_communicators(std::int32_t ranks);

}  // namespace reckon::kernels
