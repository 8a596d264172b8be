// Logits of given token ids under llama.cpp, as raw float32, for agreement.py.
//   llama_logits MODEL.gguf IDS.txt OUT.f32
// IDS.txt: one sequence a line, ids separated by spaces. Built against llama.cpp's own headers and library.

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "llama.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  llama_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
  llama_backend_init();
  llama_model* model = llama_model_load_from_file(argv[1], llama_model_default_params());
  if (model == nullptr) return 3;
  const int width = llama_vocab_n_tokens(llama_model_get_vocab(model));
  llama_context_params params = llama_context_default_params();
  params.n_ctx = params.n_batch = params.n_ubatch = 1024;
  params.n_threads = params.n_threads_batch = 2;
  llama_context* context = llama_init_from_model(model, params);
  std::ifstream ids(argv[2]);
  std::ofstream out(argv[3], std::ios::binary);
  for (std::string line; std::getline(ids, line);) {
    std::istringstream words(line);
    std::vector<llama_token> tokens;
    for (llama_token token; words >> token;) tokens.push_back(token);
    llama_memory_clear(llama_get_memory(context), true);
    llama_batch batch = llama_batch_init(static_cast<int>(tokens.size()), 0, 1);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      batch.token[i] = tokens[i];
      batch.pos[i] = static_cast<llama_pos>(i);
      batch.n_seq_id[i] = 1;
      batch.seq_id[i][0] = 0;
      batch.logits[i] = 1;
    }
    batch.n_tokens = static_cast<int>(tokens.size());
    if (llama_decode(context, batch) != 0) return 3;
    for (int i = 0; i < batch.n_tokens; ++i) {
      out.write(reinterpret_cast<const char*>(llama_get_logits_ith(context, i)),
                static_cast<std::streamsize>(sizeof(float)) * width);
    }
    llama_batch_free(batch);
  }
  return out.flush() ? 0 : 3;
}
