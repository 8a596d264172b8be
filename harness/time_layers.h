#pragma once
// How long one layer of each kind takes, and what the whole model would take by that: for models of which a
// machine holds only a few layers (load_format=dummy,num_layers=N). What `reckon bench --layers` prints.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/command_line.h"

namespace reckon::harness {

struct LayerTimingOptions {
  int prompt_tokens = 4096;   ///< of the prefill, in one step
  int decode_sequences = 32;  ///< one new token each
  int context_tokens = 4096;  ///< in the cache of each of them
  int repetitions = 9;        ///< the median counts
};

/// Layers of one shape.
struct LayerTiming {
  std::string kind;            ///< "latent attention, 256 experts of 2048"
  std::int64_t in_model = 0;   ///< layers of the whole model
  std::int64_t timed = 0;      ///< consecutive layers that were timed together
  double prefill_seconds = 0;  ///< of one layer
  double decode_seconds = 0;
};

/// What others published of the whole model, on one device of many.
struct PublishedRate {
  bool prefill = false;
  std::string device;
  double tokens_per_second = 0;
  std::string what, source;
};

struct LayersTiming {
  LayerTimingOptions options;
  std::string device;
  std::vector<LayerTiming> layers;
  /// Embedding, final norm and output matrix; drawing tokens is no part of it.
  double other_prefill_seconds = 0;
  double other_decode_seconds = 0;
  /// Weights and cache that a decode step of the whole model reads; absent with experts, of which a step
  /// reads some, or with layers left out.
  std::optional<double> decode_bytes;
  std::vector<PublishedRate> published;
  double copy_bytes_per_second = 0;  ///< of a copy in the device's memory, reads and writes counted

  // Of the whole model, if this device held it all.
  double prefill_seconds() const;
  double decode_seconds() const;  ///< of a step
  double prefill_tokens_per_second() const { return options.prompt_tokens / prefill_seconds(); }
  double decode_tokens_per_second() const { return options.decode_sequences / decode_seconds(); }
  /// Of the speed at which the copy reads and writes: 1 is a step that only reads, as fast as memory gives.
  std::optional<double> decode_share_of_copy() const;
};

/// Errors: a kind of layer of which num_layers keeps none; what loading a model may say.
LayersTiming time_layers(const ModelArguments& model, const LayerTimingOptions& options);

std::string layers_text(const LayersTiming& timing);
std::string layers_json(const LayersTiming& timing);

}  // namespace reckon::harness
