#include "engine/loaded_model.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/thread_pool.h"
#include "engine/generation/parallel_runner.h"
#include "engine/generation/rank_threads.h"
#include "engine/generation/transformer_runner.h"
#include "engine/model/memory_need.h"
#include "engine/model/transformer.h"
#include "engine/model_summary.h"

namespace reckon::engine {
namespace {

/// Positions of the default KV cache for each of the sequences that may run at once.
constexpr std::int64_t kUsefulPositions = 1024;

/// Least bytes of a rank's KV cache: what was asked for, or a page.
std::uint64_t least_cache_bytes(const EngineOptions& options, const ModelSource& source) {
  if (options.kv_cache_bytes > 0)
    return options.kv_cache_bytes / static_cast<std::uint64_t>(options.parallel.ranks());
  return kv_bytes_per_token(source.config(), options.kv_cache_type) *
         static_cast<std::uint64_t>(options.page_tokens) /
         static_cast<std::uint64_t>(options.parallel.tensor);
}

MemoryNeed need_of_rank(const EngineOptions& options, const ModelSource& source,
                        const kernels::DeviceInfo& device) {
  return memory_need(source, options.parallel, least_cache_bytes(options, source),
                     latent_element_bytes(device, options.activations, options.kv_cache_type));
}

/// One rank: its back end, its part of the weights, its cache.
struct Rank {
  std::unique_ptr<kernels::Backend> backend;
  std::unique_ptr<Transformer> model;
  std::unique_ptr<TransformerRunner> runner;
};

void load_weights_of(Rank& rank, const EngineOptions& options, const ModelSource& source,
                     const std::function<void(std::int32_t, std::int32_t)>& progress) {
  LoadOptions load;
  load.max_step_tokens = options.chunk_tokens + options.max_sequences;
  load.parallel = options.parallel;
  if (rank.backend->rank() == 0) load.progress = progress;
  rank.model = Transformer::load(source, *rank.backend, load);
}

/// Pages that fit on every rank, since all of them number their pages alike.
kernels::KvCacheSpec cache_spec(const EngineOptions& options, const std::vector<Rank>& ranks,
                                std::int64_t context) {
  kernels::KvCacheSpec spec = ranks.front().model->kv_spec(options.kv_cache_type, options.page_tokens);
  spec.pages = 1;
  const std::uint64_t page_bytes = kernels::kv_page_bytes(spec);
  const auto page_tokens = static_cast<std::uint64_t>(options.page_tokens);
  std::uint64_t pages = options.kv_cache_bytes / ranks.size() / page_bytes;
  if (options.kv_cache_bytes == 0) {
    const auto positions = static_cast<std::uint64_t>(kUsefulPositions * options.max_sequences + context);
    pages = (positions + page_tokens - 1) / page_tokens;
    for (const Rank& rank : ranks) {
      const kernels::DeviceInfo device = rank.backend->device();
      // Ranks on the CPU, or on one device, share its memory.
      const std::uint64_t sharers = device.backend == "cpu" || options.thread_communicator ? ranks.size() : 1;
      pages = std::min(pages, device.free_memory_bytes / 2 / sharers / page_bytes);
    }
  }
  if (pages == 0 && options.kv_cache_bytes > 0)
    fail_input("the KV cache has no room for a page of {} tokens ({} bytes): raise kv_cache_bytes",
               options.page_tokens, page_bytes);
  if (pages == 0)
    fail_evaluation(
        "the KV cache has no room for a page of {} tokens ({} bytes): too little memory is free beside the "
        "weights; another program may hold the rest, a quantised model or num_layers with load_format=dummy "
        "needs less",
        options.page_tokens, page_bytes);
  constexpr std::uint64_t kMostPages = std::uint64_t{1} << 26;
  spec.pages = static_cast<std::int32_t>(std::min(pages, kMostPages));
  return spec;
}

/// Another program may have taken memory since it was counted; what was asked for in bytes is not changed.
std::int32_t least_pages(const EngineOptions& options, const kernels::KvCacheSpec& cache) {
  return options.kv_cache_bytes > 0 ? cache.pages : 1;
}

std::uint64_t cache_bytes(const kernels::KvCacheSpec& spec) {
  return kernels::kv_page_bytes(spec) * static_cast<std::uint64_t>(spec.pages);
}

class WholeModel final : public LoadedModel {
 public:
  WholeModel(const EngineOptions& options, const ModelSource& source, std::int64_t context,
             const std::function<void(std::int32_t, std::int32_t)>& progress)
      : ranks_(1) {
    Rank& rank = ranks_.front();
    rank.backend = make_backend(options, nullptr);
    const kernels::DeviceInfo device = rank.backend->device();
    check_fits(need_of_rank(options, source, device), source, device);
    load_weights_of(rank, options, source, progress);
    kernels::KvCacheSpec cache = cache_spec(options, ranks_, context);
    rank.runner = TransformerRunner::make_fitting(*rank.model, cache, context, least_pages(options, cache));
    cache.pages = rank.runner->limits().pages;
    kv_bytes_ = cache_bytes(cache);
  }

  StepRunner& runner() override { return *ranks_.front().runner; }
  kernels::DeviceInfo device() const override { return ranks_.front().backend->device(); }
  kernels::MemoryUse memory_use() const override { return ranks_.front().backend->memory_use(); }
  std::uint64_t read_weights() override { return ranks_.front().backend->read_weights(); }
  std::uint64_t kv_cache_bytes() const override { return kv_bytes_; }

 private:
  std::vector<Rank> ranks_;
  std::uint64_t kv_bytes_ = 0;
};

class DividedModel final : public LoadedModel {
 public:
  DividedModel(const EngineOptions& options, const ModelSource& source, std::int64_t context,
               const std::function<void(std::int32_t, std::int32_t)>& progress)
      : communicators_(make_communicators(options)),
        ranks_(communicators_.size()),
        threads_(static_cast<std::int32_t>(ranks_.size()), [this] {
          for (const auto& communicator : communicators_) communicator->abort();
        }) {
    try {
      on_every_rank([&](std::size_t r) { ranks_[r].backend = make_backend(options, communicators_[r]); });
      check_devices_alike();
      check_memory(options, source);
      on_every_rank([&](std::size_t r) { load_weights_of(ranks_[r], options, source, progress); });
      make_runners(options, context);
    } catch (...) {
      release();
      throw;
    }
    std::vector<StepRunner*> runners;
    for (const Rank& rank : ranks_) runners.push_back(rank.runner.get());
    runner_ = std::make_unique<ParallelRunner>(threads_, std::move(runners));
  }
  ~DividedModel() override { release(); }

  StepRunner& runner() override { return *runner_; }
  kernels::DeviceInfo device() const override {
    kernels::DeviceInfo device = ranks_.front().backend->device();
    std::set<std::int32_t> devices;  // ranks may share one
    for (const Rank& rank : ranks_) devices.insert(rank.backend->device().index);
    device.count = static_cast<std::int32_t>(devices.size());
    return device;
  }
  kernels::MemoryUse memory_use() const override {
    kernels::MemoryUse sum;
    for (const Rank& rank : ranks_) {
      const kernels::MemoryUse use = rank.backend->memory_use();
      sum.weight_bytes_in_place += use.weight_bytes_in_place;
      sum.weight_bytes_repacked += use.weight_bytes_repacked;
      sum.buffer_bytes += use.buffer_bytes;
      sum.kv_bytes += use.kv_bytes;
    }
    return sum;
  }
  std::uint64_t read_weights() override {
    std::vector<std::uint64_t> bytes(ranks_.size());
    on_every_rank([&](std::size_t r) { bytes[r] = ranks_[r].backend->read_weights(); });
    return std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0});
  }
  std::uint64_t kv_cache_bytes() const override { return kv_bytes_; }

 private:
  static std::vector<std::shared_ptr<kernels::Communicator>> make_communicators(
      const EngineOptions& options) {
    const std::int32_t ranks = options.parallel.ranks();
    if (options.device == "cuda" && !options.thread_communicator)
      return kernels::make_cuda_communicators(ranks);
    return kernels::make_thread_communicators(ranks);
  }

  void on_every_rank(const std::function<void(std::size_t)>& work) {
    threads_.run([&](std::int32_t rank) { work(static_cast<std::size_t>(rank)); });
  }

  void check_devices_alike() const {
    const kernels::DeviceInfo first = ranks_.front().backend->device();
    for (const Rank& rank : ranks_) {
      const kernels::DeviceInfo other = rank.backend->device();
      if (other.name != first.name || other.path != first.path)
        fail_evaluation(
            "rank {} is on {} ({}) and rank 0 on {} ({}): a divided model needs equal devices; choose some "
            "with "
            "CUDA_VISIBLE_DEVICES",
            rank.backend->rank(), other.name, other.path, first.name, first.path);
    }
  }

  void check_memory(const EngineOptions& options, const ModelSource& source) const {
    const MemoryNeed need = need_of_rank(options, source, ranks_.front().backend->device());
    for (const Rank& rank : ranks_) {
      const kernels::DeviceInfo own = rank.backend->device();
      const auto sharers = std::count_if(ranks_.begin(), ranks_.end(), [&](const Rank& other) {
        return other.backend->device().index == own.index;
      });
      check_fits(need, source, own, static_cast<std::int32_t>(sharers));
    }
  }

  void make_runners(const EngineOptions& options, std::int64_t context) {
    kernels::KvCacheSpec cache = cache_spec(options, ranks_, context);
    const std::int32_t least = least_pages(options, cache);
    on_every_rank([&](std::size_t r) {
      ranks_[r].runner = TransformerRunner::make_fitting(*ranks_[r].model, cache, context, least);
    });
    // Pages are numbered alike everywhere: the fewest of them on every rank.
    for (const Rank& rank : ranks_) cache.pages = std::min(cache.pages, rank.runner->limits().pages);
    on_every_rank([&](std::size_t r) { ranks_[r].runner->keep_pages(cache); });
    kv_bytes_ = cache_bytes(cache) * ranks_.size();
  }

  void release() noexcept {
    try {
      on_every_rank([&](std::size_t r) {  // what holds on to something goes before it
        ranks_[r].runner.reset();
        ranks_[r].model.reset();
        ranks_[r].backend.reset();
      });
    } catch (...) {  // a device that was lost cannot be given back
    }
  }

  std::vector<std::shared_ptr<kernels::Communicator>> communicators_;
  std::vector<Rank> ranks_;
  RankThreads threads_;
  std::unique_ptr<ParallelRunner> runner_;
  std::uint64_t kv_bytes_ = 0;
};

}  // namespace

std::unique_ptr<kernels::Backend> make_backend(const EngineOptions& options,
                                               const std::shared_ptr<kernels::Communicator>& communicator) {
  kernels::BackendOptions backend;
  backend.threads = options.threads;
  backend.activations = options.activations;
  backend.repack = options.repack;
  backend.dense_library = options.dense_library;
  backend.warp_groups = options.warp_groups;
  backend.communicator = communicator;
  if (communicator) {
    backend.device = communicator->rank();
    const std::int32_t threads = options.threads > 0 ? options.threads : available_threads();
    backend.threads = std::max(1, threads / communicator->ranks());
  }
  if (options.device == "cpu" && options.dense_library)
    fail_input("dense=cublaslt: --device cuda multiplies by it; --device cpu has kernels of its own alone");
  if (options.device == "cpu" && options.warp_groups)
    fail_input("tensor_cores=wgmma: --device cuda has tensor cores; leave it out with --device cpu");
  if (options.device == "cpu") return kernels::make_cpu_backend(backend);
  if (options.device == "cuda") return kernels::make_cuda_backend(backend);
  fail_input("--device {}: expected cpu or cuda", options.device);
}

std::unique_ptr<LoadedModel> LoadedModel::load(
    const EngineOptions& options, const ModelSource& source, std::int64_t context,
    const std::function<void(std::int32_t, std::int32_t)>& progress) {
  if (options.parallel.ranks() == 1) return std::make_unique<WholeModel>(options, source, context, progress);
  for (std::int32_t rank = 0; rank < options.parallel.ranks(); ++rank)
    RankPart(source.config(), options.parallel,
             rank);  // what cannot be divided is said before anything is loaded
  return std::make_unique<DividedModel>(options, source, context, progress);
}

}  // namespace reckon::engine
