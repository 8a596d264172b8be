#pragma once
// \boxed{...} in a reply.

#include <optional>
#include <string_view>

namespace reckon::suites {

/// The content of the last complete \boxed{...} or \fbox{...}: braces are matched, escaped ones (\{) do not
/// count. "\boxed 7" without braces gives what stands up to the next white space or '$', where that begins
/// with a digit, a sign or a backslash. A box that never closes is no box. Linear in the length of `text`.
std::optional<std::string_view> last_boxed(std::string_view text);

}  // namespace reckon::suites
