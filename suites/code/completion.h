#pragma once
// The program that an answer stands for.

#include <string>
#include <string_view>

namespace reckon::suites::code {

/// For questions that give the beginning of a program: an answer that defines `entry_point` itself is put
/// behind what the prompt has before that function (imports, helpers); another continues the prompt, up to
/// where it leaves the function.
std::string program_of(std::string_view prompt, std::string_view entry_point, std::string_view answer);

}  // namespace reckon::suites::code
