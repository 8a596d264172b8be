// The CUDA back end as one of several ranks.
#include "kernels/cuda/backend.h"
#include "kernels/expert_dispatch.h"
#include "kernels/shapes.h"

namespace reckon::kernels::RECKON_CUDA_NS {

void CudaBackend::communicate(Global<std::uint8_t> to, std::uint64_t received_bytes,
                              Global<const std::uint8_t> from, std::uint64_t sent_bytes,
                              const CommunicatorCall& call) {
#if !defined(RECKON_CUDA_ON_HOST)
  // No graph holds an exchange: NCCL wants all ranks to capture it or none, and gives a communicator back
  // only when the graphs that hold it are gone, so that a rank could not give up while another is stuck in
  // one.
  if (options_.communicator->takes_device_memory())
    return runtime_.queue_between([&] { call(to, from, runtime_.stream().handle); });
#endif
  // Through the host: for ranks that share a device, and for tests.
  std::vector<std::byte> sent(sent_bytes);
  std::vector<std::byte> received(received_bytes);
  const bool writes = runtime_.writes_list();
  runtime_.download(sent.data(), from, sent.size());
  runtime_.wait();
  call(received.data(), sent.data(), nullptr);
  if (writes) runtime_.begin_list();
  runtime_.upload(to, received.data(), received.size());
}

void CudaBackend::exchange(Exchange kind, Global<std::uint8_t> to, Global<const std::uint8_t> from,
                           std::uint64_t bytes) {
  const auto ranks_bytes = bytes * static_cast<std::uint64_t>(ranks());
  const bool gathers = kind == Exchange::all_gather;
  communicate(to, ranks_bytes, from, gathers ? bytes : ranks_bytes,
              [&](void* receive, const void* send, void* stream) {
                if (gathers)
                  options_.communicator->all_gather(receive, send, bytes, stream);
                else
                  options_.communicator->all_to_all(receive, send, bytes, stream);
              });
}

void CudaBackend::all_reduce(const Tensor& inout) {
  const Global<float> data = buffers_.floats(inout, "all_reduce");
  check_shapes(is_dense(inout), "all_reduce (dense tensors)", {{"inout", &inout}});
  const std::int64_t count = inout.elements();
  if (ranks() == 1 || count == 0) return;
  const Global<float> parts = scratch("partial sums of the ranks").get<float>(count * ranks());
  exchange(Exchange::all_gather, pointer_cast<std::uint8_t>(parts), pointer_cast<const std::uint8_t>(data),
           static_cast<std::uint64_t>(count) * sizeof(float));
  add_ranks(runtime_.stream(), data, parts, count, ranks());
}

void CudaBackend::all_gather(const Tensor& output, const Tensor& input) {
  const Global<std::uint8_t> to = buffers_.start(output, "all_gather output", input.type);
  const Global<std::uint8_t> from = buffers_.start(input, "all_gather input", input.type);
  check_shapes(is_dense(output) && is_dense(input) && output.elements() == input.elements() * ranks(),
               "all_gather", {{"output", &output}, {"input", &input}});
  const std::uint64_t bytes = bytes_of(input.type, input.elements());
  if (bytes == 0) return;
  if (ranks() == 1)
    runtime_.copy(to, from, bytes);
  else
    exchange(Exchange::all_gather, to, from, bytes);
}

void CudaBackend::all_to_all(const Tensor& output, const Tensor& input) {
  const Global<std::uint8_t> to = buffers_.start(output, "all_to_all output", input.type);
  const Global<std::uint8_t> from = buffers_.start(input, "all_to_all input", input.type);
  check_shapes(is_dense(output) && is_dense(input) && output.rank == input.rank &&
                   output.dim(0) == input.dim(0) && output.elements() == input.elements() &&
                   output.elements() % ranks() == 0,
               "all_to_all", {{"output", &output}, {"input", &input}});
  const std::uint64_t bytes = bytes_of(input.type, input.elements());
  if (bytes == 0) return;
  if (ranks() == 1)
    runtime_.copy(to, from, bytes);
  else
    exchange(Exchange::all_to_all, to, from, bytes / static_cast<std::uint64_t>(ranks()));
}

bool CudaBackend::library_sum(const Tensor& output, const Tensor& input) {
  if (ranks() == 1 || !options_.communicator->has_own_sums()) return false;
  const Global<float> to = buffers_.floats(output, "library_sum output");
  const Global<float> from = buffers_.floats(input, "library_sum input");
  const bool scatters = input.elements() == output.elements() * ranks();
  check_shapes(is_dense(output) && is_dense(input) && (scatters || input.elements() == output.elements()),
               "library_sum", {{"output", &output}, {"input", &input}});
  const auto kind = scatters ? Communicator::OwnSum::reduce_scatter : Communicator::OwnSum::all_reduce;
  const auto count = static_cast<std::uint64_t>(output.elements());
  communicate(pointer_cast<std::uint8_t>(to), count * sizeof(float), pointer_cast<const std::uint8_t>(from),
              static_cast<std::uint64_t>(input.elements()) * sizeof(float),
              [&](void* receive, const void* send, void* stream) {
                options_.communicator->own_sum(kind, receive, send, count, stream);
              });
  return true;
}

void CudaBackend::dispatch(const ExpertDispatch& to, const Tensor& input, const Tensor& chosen,
                           std::int32_t experts) {
  const RowsOf<const float> in = as_input(buffers_.rows(input, "dispatch input"));
  const RowsOf<float> rows = buffers_.rows(to.rows, "dispatch rows");
  check_dispatch(to, input, chosen, experts, ranks());
  RankPlaces places;
  places.chosen = buffers_.integers(chosen, "dispatch chosen");
  places.pairs = chosen.elements();
  places.ranks = ranks();
  places.experts_per_rank = experts / ranks();
  places.capacity = static_cast<std::int32_t>(rows.rows / ranks());
  places.places = buffers_.integers(to.places, "dispatch places");
  places.experts = buffers_.integers(to.experts, "dispatch experts");
  places.faults = pointer_cast<int>(faults_);
  place_by_rank(runtime_.stream(), places);
  send_rows(runtime_.stream(), rows.data, in, places.places, static_cast<std::int32_t>(chosen.dim(1)));
}

void CudaBackend::expert_rows(const Tensor& output, const Tensor& input, const Tensor& chosen,
                              const ExpertWeights& experts) {
  const RowsOf<const float> in = as_input(buffers_.rows(input, "expert_rows input"));
  const RowsOf<float> out = buffers_.rows(output, "expert_rows output");
  check_shapes(out.rows == in.rows && chosen.rank == 1 && chosen.dim(0) == in.rows && is_dense(chosen),
               "expert_rows", {{"output", &output}, {"input", &input}, {"chosen", &chosen}});
  if (in.rows == 0) return;
  run_experts("expert_rows", out, in, buffers_.integers(chosen, "expert_rows chosen"), 1, experts);
}

void CudaBackend::combine(const Tensor& output, const Tensor& rows, const Tensor& places,
                          const Tensor& chosen, const Tensor& weights) {
  ExpertSum sum;
  sum.output = buffers_.rows(output, "combine output");
  sum.partial = buffers_.floats(rows, "combine rows");
  sum.partial_rows = rows.dim(0);
  sum.places = buffers_.integers(places, "combine places");
  sum.chosen = buffers_.integers(chosen, "combine chosen");
  sum.weights = buffers_.floats(weights, "combine weights");
  check_combine(output, rows, places, chosen, weights);
  sum.top_k = static_cast<std::int32_t>(chosen.dim(1));
  add_experts(runtime_.stream(), sum);
}

}  // namespace reckon::kernels::RECKON_CUDA_NS
