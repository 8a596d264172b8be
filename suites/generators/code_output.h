// Code: predict what a short Python program prints.
#pragma once

#include "suites/generators/counter_rng.h"
#include "suites/generators/item.h"

namespace reckon::suites {

// A program is one function (assignments, loops, branches, list and string operations) and one print of a
// call with literal arguments. `id` is left empty. The thinking is a trace of the variables; the answer is
// the printed line. The canonical form is the program with function and variables under fixed names.
Item draw_code_output(CounterRng& rng, Level level);

}  // namespace reckon::suites
