#pragma once
// The page's own files and Chart.js, linked into the program, so that a report needs no file at run time.

#include <string_view>

namespace reckon::reports {

std::string_view page_template();
std::string_view page_style();
std::string_view page_script();    ///< the files of html/script in order, as one function
std::string_view chart_library();  ///< Chart.js, as Debian packages it

}  // namespace reckon::reports
