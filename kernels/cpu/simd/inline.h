#pragma once

/// Kernel helpers are inlined always: their own copies would carry vectors through memory.
#define RECKON_INLINE [[maybe_unused, gnu::always_inline]] inline

/// Before a short loop over registers of constant length: unrolled whole, so that arrays of vectors stay in
/// registers. (Under a sanitizer that would only multiply its checks.)
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RECKON_UNROLL
#else
#define RECKON_UNROLL _Pragma("GCC unroll 32")
#endif
