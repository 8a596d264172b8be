// `reckon estimate`.
#include "harness/options/command_options.h"

namespace reckon::harness {
namespace {

// More than anybody has; figures stay printable.
constexpr double kMost = 1e15;
constexpr Bounds kPositive{1e-9, kMost, "more than 0"};
constexpr Bounds kNotNegative{0.0, kMost, "0 or more"};

}  // namespace

void add_options(OptionSet& options, EstimateCommand& command) {
  options.add("-m,--model", command.model,
              "config.json, a folder that holds one, a GGUF file, or a name: deepseek-v3, llama-3.1-405b, "
              "reckon-demo-moe, ...");
  options.add("--device", command.device, "A device that `reckon ls hardware` prints");
  options.add("--compare", command.compare, "Several, separated by commas: h800,h100,h200,h20,a100,b200");
  options.add("--count", command.count, "Devices").between(1, 1'000'000).shows_default();
  options.add("--tp", command.tensor_parallel, "Devices that share one batch (tensor parallel)")
      .between(1, 1024)
      .shows_default();
  options
      .add("--ep", command.expert_parallel, "Devices that the experts are spread over (1: cut like the rest)")
      .between(1, 100'000)
      .shows_default();
  options.add("--redundant-experts", command.redundant_experts, "Copies of busy experts").between(0, 100'000);
  options.add("--batch", command.batch, "Requests decoded at once, over all devices (default: 32 a device)")
      .between(kPositive);
  options.add("--context", command.context, "Tokens in the cache of a request, on average")
      .between(kPositive)
      .shows_default();
  options.add("--prompt", command.prompt, "Tokens of a prompt").between(kPositive).shows_default();
  options.add("--prefill-tokens", command.prefill_tokens, "Prompt tokens that a device works on at once")
      .between(kPositive)
      .shows_default();
  options
      .add("--precision", command.precision,
           "Weights: fp8 or bf16 (default: as published or stored, where the device can)")
      .one_of({"fp8", "bf16"});
  options.add("--kv", command.kv, "Cache: bf16 or fp8").one_of({"fp8", "bf16"}).shows_default();
  options.add("--mtp-acceptance", command.draft_acceptance, "Share of drafted tokens that are kept (MTP)")
      .between(0.0, 1.0);
  options.add("--mtp-tokens", command.draft_tokens, "Tokens drafted a step, with --mtp-acceptance")
      .between(1, 16)
      .shows_default();
  options.flag("--sequential", command.sequential, "No communication is overlapped with work");
  options.add("--profile", command.profile,
              "What `reckon bench --output` measured, in place of the catalogue's peaks");
  options.add("--hardware", command.hardware,
              "A catalogue of your own, over the one shipped (may be repeated)");
  options
      .add("--network-gb-per-s", command.network_gb_per_s,
           "A device's network interface, GB/s in one direction")
      .between(kPositive);
  options.add("--price-per-hour", command.price.price_per_hour, "USD for one device for one hour")
      .between(kPositive);
  options.add("--price-source", command.price.price_source, "Where that price comes from");
  options.add("--prices", command.price.prices, "A price book (default: the one shipped)");
  options.add("--run", command.run, "A run directory: its token counts are the workload");
  options.add("--input", command.input, "Input tokens of a request").between(kNotNegative);
  options.add("--output", command.output, "Output tokens of a request").between(kNotNegative);
  options.add("--requests", command.requests, "Requests").between(kPositive);
  options.flag("--explain", command.explain, "Every part of a step");
  options.flag("--constants", command.constants, "The constants with their ranges and sources");
  options.flag("--published", command.published, "The model held against published serving points");
  options.flag("--train", command.train,
               "Training: with --model and --device an estimate, else the published runs");
  options.add("--train-tokens", command.train_tokens, "Tokens to train on").between(kPositive);
  options.add("--parameters", command.parameters, "Parameters, in place of --model").between(kPositive);
  options.add("--active-parameters", command.active_parameters, "Of these, those that a token meets")
      .between(kPositive);
  options.add("--sequence", command.sequence, "Tokens of a training sequence")
      .between(kPositive)
      .shows_default();
  options.add("--mfu", command.mfu, "Model FLOPs as a share of the BF16 peak (default: a range)")
      .between(0.01, 1.0);
  options.add("--tflops", command.tflops, "TFLOPS a device that were measured, in place of --mfu")
      .between(kPositive);
  options.add("--days", command.days, "How many tokens could be trained on in that time").between(kPositive);
  options.flag("--json", command.json, "JSON instead of text");
}

}  // namespace reckon::harness
