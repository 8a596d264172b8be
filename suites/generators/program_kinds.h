// The kinds of program that are generated. Each draws one at random; `tame` is false if it must be drawn
// again.
#pragma once

#include "suites/generators/counter_rng.h"
#include "suites/generators/program.h"

namespace reckon::suites {

Program draw_branch(CounterRng& rng);         // assignments and an if/else
Program draw_range_loop(CounterRng& rng);     // for over range
Program draw_list_loop(CounterRng& rng);      // for over a list, a running value
Program draw_list_building(CounterRng& rng);  // a new list, element by element
Program draw_list_methods(CounterRng& rng);   // append, sort, reverse, pop, slices
Program draw_string_loop(CounterRng& rng);    // for over the digits of a string
Program draw_string_slices(CounterRng& rng);  // slices, repetition and concatenation of a string of digits
Program draw_word_methods(CounterRng& rng);   // upper, join, replace and concatenation of words

}  // namespace reckon::suites
