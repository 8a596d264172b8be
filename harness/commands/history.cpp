// reckon history: a series of runs, and where their level changed.

#include "reports/history/history.h"

#include <cstdio>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "harness/commands.h"
#include "reports/report.h"

namespace reckon::harness {

int history(const HistoryCommand& command) {
  std::vector<reports::RunData> runs;
  for (const std::string& directory : command.runs) runs.push_back(reports::load_run(directory));
  const reports::History history = reports::make_history(runs, command.alpha);
  fmt::print("{}", command.json ? reports::history_json(history) : reports::history_text(history));
  if (!command.output.empty()) {
    write_file_atomically(command.output, reports::history_html(history));
    std::fflush(stdout);  // one log of both keeps the order
    fmt::print(stderr, "wrote {}\n", command.output);
  }
  return static_cast<int>(ExitCode::done);
}

}  // namespace reckon::harness
