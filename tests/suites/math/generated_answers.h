#pragma once
// Answers made at random, written in many ways, and changed into other answers.

#include <cstdint>
#include <string>
#include <vector>

namespace reckon::suites::math::generated {

/// SplitMix64 with what the generator asks for.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  long below(long n) {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t value = state_;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
    return static_cast<long>((value ^ (value >> 31)) % static_cast<std::uint64_t>(n));
  }
  long between(long low, long high) { return low + below(high - low + 1); }
  bool chance(int percent) { return below(100) < percent; }

 private:
  std::uint64_t state_;
};

// Under which policies a way of writing keeps the value.
enum Keeps : unsigned { kStrict = 1, kMathVerify = 2, kMinerva = 4, kAll = 7 };

struct Written {
  std::string text;
  unsigned keeps = kAll;
  void restrict_to(unsigned policies) { keeps &= policies; }
};

/// (a + b sqrt(c)) / d, or a / d where b is 0; `pi`: times pi.
struct Number {
  long a = 0, b = 0, c = 2, d = 1;
  bool pi = false;
  bool operator==(const Number& other) const {
    return a * other.d == other.a * d && b * other.d == other.b * d && (b == 0 || c == other.c) &&
           (pi == other.pi || (a == 0 && b == 0));
  }
};

enum class Shape {
  number,
  percent,
  degrees,
  based,
  polynomial,
  list,
  set,
  tuple,
  matrix,
  interval,
  equation,
  assignment
};

struct Answer {
  Shape shape = Shape::number;
  std::vector<Number> items;  ///< entries, coefficients (lowest first), ends
  bool low_closed = false, high_closed = false;
  long base = 10;
  long columns = 1;
};

Answer random_answer(Random& random);
/// One change that makes another answer of it.
Answer changed(const Answer& answer, Random& random);
/// Whether what came out of changed() is still an answer of its shape.
bool well_formed(const Answer& answer);
/// Equations are the same up to a factor, and a numeral is its value in whatever base.
bool truly_different(const Answer& one, const Answer& two);

/// The answer in one of its ways of writing.
Written write(const Answer& answer, Random& random);
/// The digits of a number in a base up to ten.
std::string based_text(long value, long base);

}  // namespace reckon::suites::math::generated
