#pragma once
// A minimal reader of a GGUF file's tokenizer keys, so that these tests do not depend on engine/formats.

#include <string>

#include "engine/tokenizer/tokenizer.h"

namespace reckon::test {

/// Throws std::runtime_error when the file is no GGUF v2/v3 or ends early.
engine::GgufVocabulary read_gguf_vocabulary(const std::string& path);

}  // namespace reckon::test
