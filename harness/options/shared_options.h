#pragma once
// Options that several commands have, with the same words in each.

#include "harness/command_line.h"
#include "harness/options/option_set.h"

namespace reckon::harness {

void add_model(OptionSet& options, ModelArguments& model, bool required = true);

/// Where tasks and data lie; with `with_names` also -t,--tasks, which is then required.
void add_tasks(OptionSet& options, TaskArguments& tasks, bool with_names);

void add_sandbox(OptionSet& options, TaskArguments& tasks);
void add_price(OptionSet& options, PriceArguments& price);

}  // namespace reckon::harness
