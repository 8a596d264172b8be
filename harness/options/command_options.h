#pragma once
// The options of each command. Those of commands that belong together share a file.

#include "harness/command_line.h"
#include "harness/options/option_set.h"

namespace reckon::harness {

void add_options(OptionSet& options, RunCommand& command);
void add_options(OptionSet& options, ScoreCommand& command);
void add_options(OptionSet& options, GradeCommand& command);
void add_options(OptionSet& options, ReportCommand& command);
void add_options(OptionSet& options, CompareCommand& command);
void add_options(OptionSet& options, GateCommand& command);
void add_options(OptionSet& options, HistoryCommand& command);
void add_options(OptionSet& options, ListCommand& command);
void add_options(OptionSet& options, InspectCommand& command);
void add_options(OptionSet& options, BenchCommand& command);
void add_options(OptionSet& options, EstimateCommand& command);
void add_options(OptionSet& options, FetchCommand& command);
void add_options(OptionSet& options, TokenizeCommand& command);
void add_options(OptionSet& options, TemplateCommand& command);
void add_options(OptionSet& options, LogitsCommand& command);
void add_options(OptionSet& options, GenerateCommand& command);
void add_options(OptionSet& options, SandboxCommand& command);
void add_options(OptionSet& options, DoctorCommand& command);

}  // namespace reckon::harness
