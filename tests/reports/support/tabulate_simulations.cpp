// Prints the tables of docs/statistics.md: reckon_simulations [draws] [gates].

#include <cstdlib>

#include <fmt/format.h>

#include "tests/reports/support/simulations.h"

int main(int argc, char** argv) {
  const int draws = argc > 1 ? std::atoi(argv[1]) : 100'000;
  const int gates = argc > 2 ? std::atoi(argv[2]) : 10'000;
  if (draws < 1 || gates < 1) {
    fmt::print(stderr, "usage: {} [draws] [gates], both more than 0\n", argv[0]);
    return 2;
  }
  fmt::print("{}", reckon::test::simulation_tables(draws, gates));
  return 0;
}
