#pragma once
// What the kernel benchmarks run, over the interface of operations: each case makes its inputs on a back end
// and gives back one call. The same cases are timed on the CPU and on cards, and repeated elsewhere to check
// them.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/benchmarks/kernel_benchmarks.h"

namespace reckon::kernels {

/// A back end with random tensors: the same ones wherever a case is prepared.
struct BenchmarkDevice {
  std::unique_ptr<Backend> backend;
  std::uint64_t seed = 1;
  /// Weights and caches are held in copies that make this much together, so that a pass over them cannot be
  /// served by a cache; 0: one of each.
  double cold_bytes = 0;
  /// Each call takes the next copy; false: the first.
  bool rotates = false;
  /// Of a case whose tokens have nothing to do with each other only these are taken; empty: all.
  std::vector<std::int64_t> sampled_tokens;

  explicit BenchmarkDevice(std::unique_ptr<Backend> own) : backend(std::move(own)) {}

  Tensor floats(std::initializer_list<std::int64_t> shape);  ///< uniform in (-1, 1)
  Tensor empty(std::initializer_list<std::int64_t> shape, DataType type = DataType::f32);
  std::int64_t tokens(std::int64_t all) const;                ///< how many of `all` are taken
  Tensor token_floats(std::int64_t all, std::int64_t width);  ///< floats() of the tokens that are taken
  /// The same of i32 rows of `values` [all, width].
  Tensor token_integers(const std::vector<std::int32_t>& values, std::int64_t all);

  /// Copies of something of `bytes` in all, at most 256.
  std::int64_t copies(double bytes);
  bool has_copies() const { return most_copies_ > 1; }
  /// Which of so many copies the call that is made now takes.
  std::size_t turn(std::size_t copies);
  /// Copies of one matrix of random blocks of `type` with finite scales.
  std::vector<WeightHandle> weights(DataType type, std::int64_t rows, std::int64_t columns,
                                    std::int64_t copies);
  /// The same of a BF16 kv_b_proj.
  std::vector<MlaWeightHandle> mla_weights(const MlaSpec& spec, std::int64_t copies);

 private:
  std::size_t next_ = 0;
  std::int64_t most_copies_ = 1;
};

/// One call of an operation, and what it leaves behind.
struct PreparedCall {
  std::function<void()> call;
  std::vector<Tensor> results;  ///< f32 or i32
  /// Fills the results out of what the call left elsewhere, to check it.
  std::function<void()> show = {};
  /// What else came out, after wait(): to be the same everywhere.
  std::function<std::string()> answer = {};
  /// After the call: what it had to read and write, where only the back end knows; else KernelCase::bytes.
  std::function<double()> bytes = {};
};

struct KernelCase {
  std::string name;   ///< "linear bf16"
  std::string shape;  ///< "4096x14336, 16 tokens"
  double bytes = 0;   ///< that a call has to read and write; see PreparedCall::bytes
  double flops = 0;   ///< products and sums of a call
  enum class Unit : std::uint8_t {
    fma,
    int16,
    int8
  } unit = Unit::fma;  ///< what its products run on, on a CPU
  /// The type of the weight or cache that its products go through.
  std::optional<DataType> operand = {};
  bool multiplies_weight = false;
  bool cached = false;  ///< in a model its data is in the caches: no limit to hold it against
  /// Of products: one matrix with all tokens, which a library may have too.
  struct Product {
    DataType type = DataType::bf16;
    std::int64_t rows = 0, columns = 0, tokens = 0;
  };
  std::optional<Product> product = {};
  /// The same device seed gives the same data.
  std::function<PreparedCall(BenchmarkDevice& device)> prepare;
  /// Not 0: so many tokens have nothing to do with each other, so that some of them can be repeated alone,
  /// with `weight_bytes` of weights.
  std::int64_t separate_tokens = 0;
  double weight_bytes = 0;
  /// A smaller problem of the same kernels, for what is too large to be repeated on a slower back end;
  /// nothing where there is none. May be empty.
  std::function<std::optional<KernelCase>()> smaller = {};
};

/// That the call, which was made, has to read and write.
double bytes_of(const KernelCase& item, const PreparedCall& prepared);

KernelCase kernel_case(std::string name, std::string shape, double bytes, double flops,
                       std::function<PreparedCall(BenchmarkDevice&)> prepare);

KernelCase linear_case(DataType type, std::int64_t rows, std::int64_t columns, std::int64_t tokens);
/// Experts chosen in turn, so that all have the same work; of `router.experts` only `held` are there.
KernelCase experts_case(DataType type, std::int64_t width, std::int64_t inner, const RouterSpec& router,
                        std::int32_t held, std::int32_t tokens);

/// Decode of `sequences` at `context` positions, or with `tokens` > 1 a prompt behind them.
struct AttentionShape {
  std::int32_t sequences, tokens, context;

  TokenRole role() const { return tokens == 1 ? TokenRole::generated : TokenRole::prompt; }
};
KernelCase attention_case(const GroupedAttentionShape& shape, DataType cache, const AttentionShape& at);
KernelCase latent_case(const MlaSpec& spec, DataType cache, const AttentionShape& at);

KernelCase norm_case(std::int64_t tokens, std::int64_t width);
KernelCase rope_case(std::int32_t tokens, std::int32_t heads, std::int32_t rotary_dim);
KernelCase router_case(const RouterSpec& spec, std::int64_t tokens);
KernelCase sampling_case(std::int64_t rows, std::int64_t vocabulary, bool greedy);
KernelCase log_softmax_case(std::int64_t rows, std::int64_t vocabulary);

/// Rows of tokens to the places of their experts; `back`: their results back and added up.
KernelCase permute_case(bool back, const RouterSpec& router, std::int64_t width, std::int64_t tokens);
KernelCase gather_case(std::int64_t rows, std::int64_t width);
/// Norm and rotation of heads in place.
KernelCase prepare_heads_case(std::int32_t tokens, std::int32_t heads, std::int32_t dim);
/// The same of keys on their way into a cache of pages.
KernelCase cache_write_case(const GroupedAttentionShape& shape, std::int32_t rotary_dim, DataType cache,
                            std::int32_t tokens);

/// The operations at the shapes of a model. Of very large layers only so many experts are held as fit into
/// `expert_bytes`; what one token costs stays the same. Errors: shapes that no model has.
std::vector<KernelCase> model_cases(const BenchmarkShapes& shapes, double expert_bytes);
/// One thread's quantisers of the CPU, as its products call them.
std::vector<KernelCase> cpu_quantiser_cases(const BenchmarkShapes& shapes);

std::string tokens_text(std::int64_t tokens);  ///< "1 token", "16 tokens"

/// Random elements of any weight type, scales finite and small.
StoredTensor random_weight(DataType type, std::int64_t rows, std::int64_t columns, std::uint64_t seed);

/// `sequences` sequences of `tokens` new tokens after `position` earlier ones, on pages of their own.
RaggedBatch even_batch(std::int32_t sequences, std::int32_t tokens, std::int32_t position,
                       std::int32_t page_tokens, TokenRole role);

}  // namespace reckon::kernels
