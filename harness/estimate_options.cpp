#include "harness/estimate_options.h"

#include <CLI/CLI.hpp>

namespace reckon::harness {
namespace {

// More than anybody has; figures stay printable.
constexpr double kMost = 1e15;

CLI::Range positive() { return CLI::Range(1e-9, kMost, "more than 0"); }
CLI::Range not_negative() { return CLI::Range(0.0, kMost, "0 or more"); }

}  // namespace

void add_estimate_options(CLI::App& app, EstimateCommand& c) {
  app.add_option("-m,--model", c.model,
                 "config.json, a folder that holds one, a GGUF file, or a name: deepseek-v3, llama-3.1-405b, "
                 "reckon-demo-moe, ...");
  app.add_option("--device", c.device, "A device that `reckon ls hardware` prints");
  app.add_option("--compare", c.compare, "Several, separated by commas: h800,h100,h200,h20,a100,b200");
  app.add_option("--count", c.count, "Devices")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  app.add_option("--tp", c.tensor_parallel, "Devices that share one batch (tensor parallel)")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--ep", c.expert_parallel, "Devices that the experts are spread over (1: cut like the rest)")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--redundant-experts", c.redundant_experts, "Copies of busy experts")
      ->check(CLI::Range(0, 100'000));
  app.add_option("--batch", c.batch, "Requests decoded at once, over all devices (default: 32 a device)")
      ->check(positive());
  app.add_option("--context", c.context, "Tokens in the cache of a request, on average")
      ->check(positive())
      ->capture_default_str();
  app.add_option("--prompt", c.prompt, "Tokens of a prompt")->check(positive())->capture_default_str();
  app.add_option("--prefill-tokens", c.prefill_tokens, "Prompt tokens that a device works on at once")
      ->check(positive())
      ->capture_default_str();
  app.add_option("--precision", c.precision,
                 "Weights: fp8 or bf16 (default: as published or stored, where the device can)")
      ->check(CLI::IsMember({"fp8", "bf16"}));
  app.add_option("--kv", c.kv, "Cache: bf16 or fp8")
      ->check(CLI::IsMember({"fp8", "bf16"}))
      ->capture_default_str();
  app.add_option("--mtp-acceptance", c.draft_acceptance, "Share of drafted tokens that are kept (MTP)")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--mtp-tokens", c.draft_tokens, "Tokens drafted a step, with --mtp-acceptance")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  app.add_flag("--sequential", c.sequential, "No communication is overlapped with work");
  app.add_option("--profile", c.profile,
                 "What `reckon bench --output` measured, in place of the catalogue's peaks");
  app.add_option("--hardware", c.hardware, "A catalogue of your own, over the one shipped (may be repeated)");
  app.add_option("--network-gb-per-s", c.network_gb_per_s,
                 "A device's network interface, GB/s in one direction")
      ->check(positive());
  app.add_option("--price-per-hour", c.price.price_per_hour, "USD for one device for one hour")
      ->check(positive());
  app.add_option("--price-source", c.price.price_source, "Where that price comes from");
  app.add_option("--prices", c.price.prices, "A price book (default: the one shipped)");
  app.add_option("--run", c.run, "A run directory: its token counts are the workload");
  app.add_option("--input", c.input, "Input tokens of a request")->check(not_negative());
  app.add_option("--output", c.output, "Output tokens of a request")->check(not_negative());
  app.add_option("--requests", c.requests, "Requests")->check(positive());
  app.add_flag("--explain", c.explain, "Every part of a step");
  app.add_flag("--constants", c.constants, "The constants with their ranges and sources");
  app.add_flag("--published", c.published, "The model held against published serving points");
  app.add_flag("--train", c.train,
               "Training: with --model and --device an estimate, else the published runs");
  app.add_option("--train-tokens", c.train_tokens, "Tokens to train on")->check(positive());
  app.add_option("--parameters", c.parameters, "Parameters, in place of --model")->check(positive());
  app.add_option("--active-parameters", c.active_parameters, "Of these, those that a token meets")
      ->check(positive());
  app.add_option("--sequence", c.sequence, "Tokens of a training sequence")
      ->check(positive())
      ->capture_default_str();
  app.add_option("--mfu", c.mfu, "Model FLOPs as a share of the BF16 peak (default: a range)")
      ->check(CLI::Range(0.01, 1.0));
  app.add_option("--tflops", c.tflops, "TFLOPS a device that were measured, in place of --mfu")
      ->check(positive());
  app.add_option("--days", c.days, "How many tokens could be trained on in that time")->check(positive());
  app.add_flag("--json", c.json, "JSON instead of text");
}

}  // namespace reckon::harness
