#pragma once
// \boxed{...} in a reply.

#include <optional>
#include <string_view>
#include <vector>

namespace reckon::suites {

/// One \boxed{...} with its place in the text.
struct Box {
  std::size_t begin = 0;  ///< of the command
  std::size_t end = 0;    ///< behind the closing brace
  std::string_view content;
};

/// Every complete box, by where it begins; those inside others too. Linear in the length of `text` but for
/// the sort.
std::vector<Box> all_boxed(std::string_view text);

/// The content of the last complete \boxed{...} or \fbox{...}: braces are matched, escaped ones (\{) do not
/// count. "\boxed 7" without braces gives what stands up to the next white space or '$', where that begins
/// with a digit, a sign or a backslash. A box that never closes is no box. Linear in the length of `text`.
std::optional<std::string_view> last_boxed(std::string_view text);

}  // namespace reckon::suites
