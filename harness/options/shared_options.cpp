#include "harness/options/shared_options.h"

#include <fmt/format.h>

namespace reckon::harness {
namespace {

std::string no_price(const std::string& text, std::optional<double> usd) {
  if (usd && *usd > 0 && *usd < 1e9) return {};
  return fmt::format("'{}' is no price; a price is more than 0, and is left out where it is not known", text);
}

}  // namespace

void add_model(OptionSet& options, ModelArguments& model, bool required) {
  const Option option = options.add(
      "-m,--model", model.model,
      "Model: a Hugging Face folder, a GGUF file, a name that `reckon ls models` prints, or 'scripted'");
  if (required) option.required();
  options.add(
      "--model-args", model.model_args,
      "key=value,...: activations, kv_cache_type, kv_cache_bytes, threads, max_sequences, chunk_tokens, ...");
  options.add("--device", model.device, "Back end").shows_default();
}

void add_tasks(OptionSet& options, TaskArguments& tasks, bool with_names) {
  if (with_names) {
    options.add("-t,--tasks", tasks.tasks, "Tasks, tags or suite files, separated by commas").required();
  }
  options.add("--include-path", tasks.include_path, "A folder of more suite files (may be repeated)");
  options.add("--data-dir", tasks.data_dir, "Folder of datasets (default: RECKON_DATA)");
  options.add("--task-args", tasks.task_args, "Of generated tasks: n=200,seed=7,difficulty=3 (1 to 5)");
}

void add_sandbox(OptionSet& options, TaskArguments& tasks) {
  options.add("--sandbox", tasks.sandbox, "What holds the code that code suites run: bubblewrap or none")
      .one_of({"bubblewrap", "none"})
      .shows_default();
  options.flag("--confirm-run-unsafe-code", tasks.confirm_run_unsafe_code,
               "Needed with --sandbox none: the code can then do here all that an ordinary user can");
}

void add_price(OptionSet& options, PriceArguments& price) {
  options.add("--prices", price.prices, "A price book to look devices up in");
  options
      .add("--price-per-hour", price.price_per_hour, "USD for one device for one hour (not given: not known)")
      .check(no_price, "USD");
  options.add("--price-source", price.price_source, "Where that price comes from; printed beside every cost");
}

}  // namespace reckon::harness
