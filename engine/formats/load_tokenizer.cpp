#include "base/error.h"
#include "engine/model/model_source.h"

namespace reckon::engine {

std::unique_ptr<Tokenizer> ModelSource::load_tokenizer() const {
  if (vocabulary_) return make_tokenizer(*vocabulary_);
  if (tokenizer_json_.empty()) {
    fail_input("{}: has no tokenizer.json; put the one that belongs to the model there", path_);
  }
  return load_tokenizer_json(tokenizer_json_, tokenizer_config_);
}

}  // namespace reckon::engine
