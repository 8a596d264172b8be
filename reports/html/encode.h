#pragma once
// How untrusted text enters the page: never as HTML.

#include <cstdint>
#include <string>
#include <string_view>

namespace reckon::reports {

/// JSON text in which <, >, &, U+2028 and U+2029 are \u escapes: it can stand inside a script element and end
/// nothing.
std::string script_safe_json(std::string_view json);

/// & < > " ' as character references; control characters but line breaks and tabs as their symbols (U+2400
/// ...).
std::string html_escaped(std::string_view text);

std::string base64(std::string_view bytes);

/// zlib format (RFC 1950), which browsers unpack as "deflate".
std::string deflated(std::string_view bytes);

/// 'sha256-...' as a content security policy names an inline script or style.
std::string policy_hash(std::string_view source);

}  // namespace reckon::reports
