// `reckon bench`.
#include "harness/options/command_options.h"
#include "harness/options/shared_options.h"

namespace reckon::harness {

void add_options(OptionSet& options, BenchCommand& command) {
  add_model(options, command.model, false);
  options.flag("--identify", command.identify,
               "Say which card this is, by its FP64 rate and a copy to its neighbour (needs a GPU)");
  options.flag("--layers", command.layers, "Time layers of each kind and estimate the whole model from them");
  options.add("--shapes", command.shapes,
              "Time these products instead: TYPE:INPUTSxOUTPUTS,... (bf16:4096x14336,fp8_e4m3:7168x2048)");
  options.add("--tokens", command.tokens, "Tokens at which kernels are timed (1,16,512)")
      .separated_by_commas()
      .between(1, 65536);
  options
      .add("--load-format", command.load_format,
           "dummy: random weights; --model may then be a published config (deepseek-v3, llama-3.1-8b, ...)")
      .one_of({"auto", "dummy"});
  options
      .add("--num-layers", command.num_layers,
           "With --load-format dummy: the first so many layers, of their true size; means --layers")
      .between(1, 1 << 16);
  options.add("--batch", command.batch, "Sequences that --layers decodes at once")
      .between(1, 4096)
      .shows_default();
  options.add("--context", command.context, "Tokens before the one that --layers decodes")
      .between(1, 1 << 20)
      .shows_default();
  options.add("--prompt", command.prompt, "Tokens of the prefill that --layers times")
      .between(1, 65536)
      .shows_default();
  options.flag("--communication", command.communication,
               "Time all-reduce, all-gather, reduce-scatter and all-to-all between ranks (no model)");
  options.add("--ranks", command.ranks, "Ranks of --communication: devices, or threads of the CPU")
      .between(2, 64)
      .shows_default();
  options.flag("--engine", command.engine,
               "Time the whole engine instead: prefill, one stream, many streams");
  options
      .add("--repetitions", command.repetitions,
           "Timings of each kernel, more while they are noisy; `reckon compare` needs 9")
      .between(1, 1000)
      .shows_default();
  options.add("-o,--output", command.output, "Write the JSON here");
  options.flag("--json", command.json, "JSON on stdout instead of the table");
}

}  // namespace reckon::harness
