// Arithmetic: expressions and word problems over +, - and * with one- and two-digit operands, solved column
// by column.
#pragma once

#include "suites/generators/counter_rng.h"
#include "suites/generators/item.h"

namespace reckon::suites {

// All values met on the way are between 0 and 999. `id` is left empty.
// The thinking evaluates one operation a line with carries written out and the expression that is left
// between lines. The canonical form is the expression with the operands of + and * in one order, the same for
// a word problem.
Item draw_arithmetic(CounterRng& rng, Level level);

}  // namespace reckon::suites
