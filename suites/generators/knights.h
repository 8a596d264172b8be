// Knights and knaves: two or three people, each of whom always tells the truth (knight) or always lies
// (knave).
#pragma once

#include "suites/generators/counter_rng.h"
#include "suites/generators/item.h"

namespace reckon::suites {

// Every puzzle has exactly one solution. `id` is left empty.
// The thinking tries the assignments in order (knights first) until one fits; a row ends at its first
// contradiction. The answer lists the people in order of mention: "Ann: knight, Bob: knave". The canonical
// form is the smallest text over all ways to number the people.
Item draw_knights(CounterRng& rng, Level level);

}  // namespace reckon::suites
