#pragma once
// How the allocator treats memory that is freed.

namespace reckon {

/// For a process whose large texts come and go: what is freed stays with it, up to 256 MiB, for the next one.
/// glibc gives blocks of megabytes back to the system at once, and each page is then cleared and mapped again
/// when it is next touched, which costs more than what is done with the text.
void keep_freed_memory();

}  // namespace reckon
