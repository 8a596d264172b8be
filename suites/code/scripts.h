#pragma once
// The Python programs of the judge and of the solver, embedded from suites/code/python.

#include <string>

namespace reckon::suites::code {

const std::string& judge_script();
const std::string& solver_script();

}  // namespace reckon::suites::code
