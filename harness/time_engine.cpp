#include "harness/time_engine.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/model_summary.h"
#include "harness/open_model.h"

namespace reckon::harness {
namespace {

// Text that no two prompts share the beginning of: a shared one would be prefilled once.
std::string prompt_text(const engine::Tokenizer& tokenizer, int tokens, int number) {
  std::string text = "Question " + std::to_string(number) + ": ";
  std::uint64_t state = 0x9E3779B97F4A7C15ULL * static_cast<std::uint64_t>(number + 1);
  while (static_cast<int>(tokenizer.encode(text).size()) < tokens) {
    for (int word = 0; word < 8; ++word) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      text += std::to_string((state >> 33) % 1000) + (word % 2 == 0 ? " apples and " : " pears, ");
    }
  }
  return text;
}

struct Measured {
  double prefill_rate = 0.0;
  double decode_rate = 0.0;
  double tokens_per_step = 0.0;
  std::int64_t prefill_tokens = 0;
};

Measured measure(engine::Engine& engine, int streams, int prompt_tokens, int new_tokens, int& number) {
  const engine::SchedulerCounters before = engine.counters();
  for (int i = 0; i < streams; ++i) {
    engine::EngineRequest request;
    request.id = static_cast<std::uint64_t>(++number);
    request.prompt = prompt_text(engine.tokenizer(), prompt_tokens, number);
    request.parameters.max_tokens = new_tokens;
    request.parameters.ignore_end_tokens = true;
    engine.submit(request);
  }
  while (engine.in_flight() > 0) {
    for (const engine::EngineEvent& event : engine.step()) {
      if (event.kind == engine::EngineEvent::Kind::finished &&
          event.completion.finish == engine::EngineFinish::error) {
        fail_evaluation("bench: {}", event.completion.error);
      }
    }
  }
  const engine::SchedulerCounters& after = engine.counters();
  Measured measured;
  measured.prefill_tokens = after.prefill_tokens - before.prefill_tokens;
  const auto decoded = static_cast<double>(after.decode_tokens - before.decode_tokens);
  const double prefill_seconds = after.prefill_seconds - before.prefill_seconds;
  const double decode_seconds = after.decode_seconds - before.decode_seconds;
  if (prefill_seconds > 0.0)
    measured.prefill_rate = static_cast<double>(measured.prefill_tokens) / prefill_seconds;
  if (decode_seconds > 0.0) measured.decode_rate = decoded / decode_seconds;
  const auto steps = static_cast<double>(after.steps - before.steps);
  if (steps > 0.0) measured.tokens_per_step = decoded / steps;
  return measured;
}

/// Bytes per second of reading all weights over and over, for at least `seconds`; 0 where that is not
/// measured.
double weight_read_rate(engine::Engine& engine, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  double bytes = 0.0;
  double passed = 0.0;
  do {
    const std::uint64_t read = engine.read_weights();
    if (read == 0) return 0.0;
    bytes += static_cast<double>(read);
    passed = std::chrono::duration<double>(Clock::now() - start).count();
  } while (passed < seconds);
  return bytes / passed;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

/// Decode and plain reads of the same weights take turns, since a shared machine is another one every second.
void compare_with_reads(engine::Engine& engine, const EngineTimingOptions& options, int& number,
                        EngineTiming& timing) {
  constexpr double kSeconds = 0.05;
  std::vector<double> shares;
  std::vector<double> rates;
  double before = weight_read_rate(engine, kSeconds);
  if (before == 0.0) return;
  for (int round = 0; round < options.share_rounds; ++round) {
    const Measured decode = measure(engine, 1, options.stream_prompt_tokens, options.share_tokens, number);
    const double after = weight_read_rate(engine, kSeconds);
    rates.push_back(0.5 * (before + after));
    shares.push_back(decode.decode_rate * static_cast<double>(timing.weight_bytes_per_token) / rates.back());
    before = after;
  }
  timing.decode_share_of_reads = median(shares);
  timing.weight_read_bytes_per_second = median(rates);
}

}  // namespace

EngineTiming time_engine(const ModelArguments& model, const EngineTimingOptions& options) {
  const auto engine = engine::Engine::load(
      engine::parse_engine_options(resolve_model_path(model.model), model.model_args, model.device));
  const engine::ModelSummary summary = engine::summarise(engine->source());
  EngineTiming timing;
  timing.weight_bytes = static_cast<std::uint64_t>(summary.weight_bytes);
  timing.weight_bytes_per_token =
      summary.parameters > 0 ? static_cast<std::uint64_t>(static_cast<double>(summary.weight_bytes) *
                                                          static_cast<double>(summary.active_parameters) /
                                                          static_cast<double>(summary.parameters))
                             : 0;
  int number = 0;
  measure(*engine, 1, options.stream_prompt_tokens, 8, number);  // first touch of weights and buffers
  for (int round = 0; round < options.rounds; ++round) {
    const Measured prefill = measure(*engine, 1, options.prefill_tokens, 1, number);
    if (prefill.prefill_rate > timing.prefill_tokens_per_second) {
      timing.prefill_tokens_per_second = prefill.prefill_rate;
      timing.prefill_tokens = prefill.prefill_tokens;
    }
  }
  for (const int streams : options.streams) {
    EngineTiming::Streams best;
    best.streams = streams;
    for (int round = 0; round < options.rounds; ++round) {
      const Measured decode =
          measure(*engine, streams, options.stream_prompt_tokens, options.generated_tokens, number);
      if (decode.decode_rate > best.decode_tokens_per_second) {
        best.decode_tokens_per_second = decode.decode_rate;
        best.mean_tokens_per_step = decode.tokens_per_step;
      }
    }
    timing.streams.push_back(best);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  timing.resident_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  timing.kv_cache_bytes = engine->kv_cache_bytes();
  compare_with_reads(*engine, options, number, timing);
  return timing;
}

}  // namespace reckon::harness
