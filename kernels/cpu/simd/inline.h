#pragma once

/// Kernel helpers are inlined always: their own copies would carry vectors through memory.
#define RECKON_INLINE [[maybe_unused, gnu::always_inline]] inline
