#pragma once
// Ctrl-C and SIGTERM ask the run to stop; the run loop looks and finishes the line that it is writing.

namespace reckon::harness {

/// Installs handlers for SIGINT and SIGTERM. A second signal ends the process at once.
void catch_interrupts();
bool interrupted();

}  // namespace reckon::harness
