#include "kernels/benchmarks/communication.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <span>

#include "base/error.h"
#include "kernels/run_ranks.h"

namespace reckon::kernels {
namespace {

enum class Operation : std::uint8_t {
  all_reduce,
  all_gather,
  reduce_scatter,
  all_to_all,
  library_all_reduce,
  library_reduce_scatter
};
constexpr Operation kOperations[] = {Operation::all_reduce,         Operation::all_gather,
                                     Operation::reduce_scatter,     Operation::all_to_all,
                                     Operation::library_all_reduce, Operation::library_reduce_scatter};

bool by_library(Operation operation) {
  return operation == Operation::library_all_reduce || operation == Operation::library_reduce_scatter;
}
bool reduces_all(Operation operation) {
  return operation == Operation::all_reduce || operation == Operation::library_all_reduce;
}

const char* name_of(Operation operation) {
  switch (operation) {
    case Operation::all_reduce:
      return "all_reduce";
    case Operation::all_gather:
      return "all_gather";
    case Operation::reduce_scatter:
      return "reduce_scatter";
    case Operation::all_to_all:
      return "all_to_all";
    case Operation::library_all_reduce:
      return "nccl all_reduce";
    case Operation::library_reduce_scatter:
      return "nccl reduce_scatter";
  }
  return "";
}

double bus_factor(Operation operation, double ranks) {
  return (reduces_all(operation) ? 2.0 : 1.0) * (ranks - 1.0) / ranks;
}

/// Small whole numbers, so that sums are exact in any order.
float value_of(std::int32_t rank, std::int64_t element) {
  return static_cast<float>((element * 7 + std::int64_t{rank} * 13) % 61 - 30);
}

/// One operation on one rank: `whole` elements in the larger of its buffers, a multiple of the ranks.
class Exchange {
 public:
  Exchange(Backend& backend, Operation operation, std::int64_t whole)
      : backend_(backend), operation_(operation), whole_(whole), part_(whole / backend.ranks()) {
    const bool sends_part = operation == Operation::all_gather;
    in_ = tensor(sends_part ? part_ : whole_);
    if (!reduces_all(operation))
      out_ = tensor(operation == Operation::library_reduce_scatter ? part_ : whole_);
  }
  ~Exchange() {
    backend_.release(in_.buffer);
    if (out_.buffer) backend_.release(out_.buffer);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void fill() {
    std::vector<float> values(static_cast<std::size_t>(in_.elements()));
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = value_of(backend_.rank(), static_cast<std::int64_t>(i));
    backend_.upload(in_, std::as_bytes(std::span(values)));
    backend_.wait();
  }

  void call() {
    switch (operation_) {
      case Operation::all_reduce:
        backend_.all_reduce(in_);
        return;
      case Operation::all_gather:
        backend_.all_gather(out_, in_);
        return;
      case Operation::all_to_all:
        backend_.all_to_all(out_, in_);
        return;
      case Operation::library_all_reduce:
        sum_by_library(in_);
        return;
      case Operation::library_reduce_scatter:
        sum_by_library(out_);
        return;
      case Operation::reduce_scatter: {
        backend_.all_to_all(out_, in_);
        for (std::int32_t r = 1; r < backend_.ranks(); ++r) backend_.add(part(0), part(0), part(r));
        return;
      }
    }
  }

  /// Elements of the result of one call after fill() that are wrong.
  std::int64_t errors() {
    const Tensor& result = reduces_all(operation_) ? in_ : out_;
    std::vector<float> values(
        static_cast<std::size_t>(operation_ == Operation::reduce_scatter ? part_ : result.elements()));
    backend_.download(std::as_writable_bytes(std::span(values)),
                      narrow(result, 0, 0, static_cast<std::int64_t>(values.size())));
    backend_.wait();
    std::int64_t wrong = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      wrong += values[i] == expected(static_cast<std::int64_t>(i)) ? 0 : 1;
    return wrong;
  }

 private:
  void sum_by_library(const Tensor& output) {
    if (!backend_.library_sum(output, in_))
      fail_evaluation("bench --communication: {}: the back end {} does not make the communicator's own sums",
                      name_of(operation_), backend_.device().backend);
  }
  Tensor tensor(std::int64_t elements) {
    return dense(backend_.allocate(static_cast<std::uint64_t>(elements) * sizeof(float)), DataType::f32,
                 {elements});
  }
  /// What came from rank r, as rows that are long but not too few.
  Tensor part(std::int32_t r) const {
    std::int64_t columns = 1;
    while (columns < 4096 && part_ % (2 * columns) == 0) columns *= 2;
    return dense(out_.buffer, DataType::f32, {part_ / columns, columns},
                 static_cast<std::uint64_t>(r * part_) * sizeof(float));
  }
  float expected(std::int64_t i) const {
    const auto sender = static_cast<std::int32_t>(i / part_);
    const std::int64_t own = backend_.rank() * part_;
    float sum = 0.0F;
    switch (operation_) {
      case Operation::all_gather:
        return value_of(sender, i % part_);
      case Operation::all_to_all:
        return value_of(sender, own + i % part_);
      case Operation::all_reduce:
      case Operation::reduce_scatter:
      case Operation::library_all_reduce:
      case Operation::library_reduce_scatter:
        for (std::int32_t r = 0; r < backend_.ranks(); ++r)
          sum += value_of(r, reduces_all(operation_) ? i : own + i);
    }
    return sum;
  }

  Backend& backend_;
  Operation operation_;
  std::int64_t whole_, part_;
  Tensor in_, out_;
};

/// Returns on no rank before all have called it.
class Start {
 public:
  explicit Start(Backend& backend)
      : backend_(backend),
        in_(dense(backend.allocate(4), DataType::f32, {1})),
        out_(dense(backend.allocate(4 * static_cast<std::uint64_t>(backend.ranks())), DataType::f32,
                   {std::int64_t{backend.ranks()}})) {
    const float zero = 0.0F;
    backend.upload(in_, std::as_bytes(std::span(&zero, 1)));
  }
  void together() {
    backend_.all_gather(out_, in_);
    backend_.wait();
  }

 private:
  Backend& backend_;
  Tensor in_, out_;
};

std::int64_t checked_call(Exchange& exchange) {
  exchange.fill();
  exchange.call();
  return exchange.errors();
}

std::unique_ptr<Backend> backend_of(const CommunicationOptions& options,
                                    const std::shared_ptr<Communicator>& communicator) {
  BackendOptions own;
  own.communicator = options.wrap ? options.wrap(communicator) : communicator;
  if (options.make_backend) return options.make_backend(own);
  if (options.device != "cuda") {
    own.threads = 1;
    return make_cpu_backend(own);
  }
  own.device = options.thread_communicator ? 0 : communicator->rank();
  return make_cuda_backend(own);
}

}  // namespace

CommunicationReport run_communication_benchmarks(const CommunicationOptions& options) {
  if (options.ranks < 2)
    fail_input("bench --communication: {} rank has nobody to exchange data with; --ranks takes 2 or more",
               options.ranks);
  using Clock = std::chrono::steady_clock;
  const bool nccl = options.device == "cuda" && !options.thread_communicator;
  const std::vector<std::shared_ptr<Communicator>> communicators =
      nccl ? make_cuda_communicators(options.ranks) : make_thread_communicators(options.ranks);
  CommunicationReport report;
  report.communicator = nccl ? "nccl" : "threads";
  report.ranks = options.ranks;
  const bool with_library =
      (options.wrap ? options.wrap(communicators.front()) : communicators.front())->has_own_sums();
  for (const Operation operation : kOperations) {
    if (by_library(operation) && !with_library) continue;
    for (std::uint64_t bytes = options.least_bytes; bytes <= options.most_bytes; bytes *= 8) {
      CommunicationTiming timing;
      timing.operation = name_of(operation);
      const auto step = static_cast<std::uint64_t>(options.ranks) * sizeof(float);
      timing.bytes = std::max<std::uint64_t>(1, bytes / step) * step;
      timing.repetition_seconds.assign(static_cast<std::size_t>(options.repetitions), 0.0);
      report.timings.push_back(std::move(timing));
    }
  }
  std::mutex mutex;
  run_ranks(communicators, [&](const std::shared_ptr<Communicator>& communicator) {
    const std::unique_ptr<Backend> backend = backend_of(options, communicator);
    Start start(*backend);
    std::size_t next = 0;
    for (const Operation operation : kOperations) {
      for (; next < report.timings.size() && report.timings[next].operation == name_of(operation); ++next) {
        CommunicationTiming& timing = report.timings[next];
        if (backend->rank() == 0 && options.progress)
          options.progress(fmt::format("{} {} bytes", timing.operation, timing.bytes));
        Exchange exchange(*backend, operation, static_cast<std::int64_t>(timing.bytes / sizeof(float)));
        std::int64_t errors = checked_call(exchange);
        for (int repetition = 0; repetition < options.repetitions; ++repetition) {
          exchange.fill();
          start.together();
          const auto begin = Clock::now();
          for (int call = 0; call < options.calls; ++call) exchange.call();
          backend->wait();
          const double seconds = std::chrono::duration<double>(Clock::now() - begin).count() / options.calls;
          const std::lock_guard<std::mutex> lock(mutex);
          double& slowest = timing.repetition_seconds[static_cast<std::size_t>(repetition)];
          slowest = std::max(slowest, seconds);
        }
        errors += checked_call(exchange);
        const std::lock_guard<std::mutex> lock(mutex);
        timing.errors += errors;
        if (backend->rank() == 0) report.device = backend->device();
      }
    }
  });
  if (options.link) report.link_bytes_per_second = options.link(report.device.name);
  for (CommunicationTiming& timing : report.timings) {
    std::vector<double> sorted = timing.repetition_seconds;
    std::sort(sorted.begin(), sorted.end());
    timing.seconds = sorted[sorted.size() / 2];
    timing.algorithm_bytes_per_second = static_cast<double>(timing.bytes) / timing.seconds;
    const auto* operation = std::find_if(std::begin(kOperations), std::end(kOperations),
                                         [&](Operation o) { return timing.operation == name_of(o); });
    timing.bus_bytes_per_second = timing.algorithm_bytes_per_second * bus_factor(*operation, options.ranks);
  }
  return report;
}

}  // namespace reckon::kernels
