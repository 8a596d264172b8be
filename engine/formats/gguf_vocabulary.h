#pragma once
// The tokenizer.ggml.* keys as plain data.

#include "engine/formats/gguf.h"
#include "engine/tokenizer/tokenizer.h"

namespace reckon::engine {

/// Errors: keys missing or of another type, arrays of different lengths, token ids outside the vocabulary.
GgufVocabulary read_gguf_vocabulary(const GgufFile& file);

/// eos/eot/eom ids, bos, padding.
GenerationDefaults read_gguf_generation(const GgufFile& file);

}  // namespace reckon::engine
