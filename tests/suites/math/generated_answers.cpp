#include "tests/suites/math/generated_answers.h"

#include <algorithm>

namespace reckon::suites::math::generated {
namespace {

bool same(const Answer& one, const Answer& two) {
  if (one.items.size() != two.items.size() || one.low_closed != two.low_closed ||
      one.high_closed != two.high_closed || one.base != two.base)
    return false;
  if (one.shape != Shape::list && one.shape != Shape::set) return one.items == two.items;
  return std::is_permutation(one.items.begin(), one.items.end(), two.items.begin());
}

Number random_number(Random& random, bool rational) {
  Number number;
  number.a = random.between(-40, 40);
  if (random.chance(10)) number.a = random.between(1000, 99999);
  if (random.chance(35)) number.d = random.between(2, 12);
  if (!rational && random.chance(30)) {
    number.b = random.between(1, 9) * (random.chance(50) ? 1 : -1);
    static constexpr long kSquareFree[] = {2, 3, 5, 6, 7, 10, 11};
    number.c = kSquareFree[random.below(7)];
  } else if (!rational && random.chance(15)) {
    number.pi = true;
  }
  return number;
}

}  // namespace

Answer random_answer(Random& random) {
  Answer answer;
  answer.shape = static_cast<Shape>(random.below(12));
  long count = 1;
  switch (answer.shape) {
    case Shape::list:
    case Shape::set:
      count = random.between(2, 4);
      break;
    case Shape::tuple:
      count = random.between(2, 4);
      break;
    case Shape::polynomial:
      count = random.between(2, 5);
      break;
    case Shape::equation:
      count = 4;
      break;
    case Shape::interval:
      count = 2;
      break;
    case Shape::matrix:
      answer.columns = random.between(1, 3);
      count = answer.columns * random.between(2, 3);
      break;
    default:
      break;
  }
  const bool rational = answer.shape == Shape::polynomial || answer.shape == Shape::equation ||
                        answer.shape == Shape::percent || answer.shape == Shape::interval;
  for (long i = 0; i < count; ++i) answer.items.push_back(random_number(random, rational));
  if (answer.shape == Shape::list || answer.shape == Shape::set) {
    std::vector<Number> distinct;
    for (const Number& item : answer.items) {
      if (std::find(distinct.begin(), distinct.end(), item) == distinct.end()) distinct.push_back(item);
    }
    while (distinct.size() < 2) distinct.push_back({distinct.back().a + 1, 0, 2, distinct.back().d, false});
    answer.items = distinct;
  }
  if (answer.shape == Shape::interval) {
    answer.items[0].d = answer.items[1].d = 1;
    answer.items[1].a = answer.items[0].a + random.between(1, 30);
    answer.low_closed = random.chance(50);
    answer.high_closed = random.chance(50);
  }
  if (answer.shape == Shape::based) {
    answer.base = random.between(3, 9);
    answer.items[0] = {random.between(10, 400), 0, 2, 1, false};
  }
  if (answer.shape == Shape::polynomial || answer.shape == Shape::equation) {
    for (Number& item : answer.items) item.a = item.a % 30;
    if (answer.items.back().a == 0) answer.items.back().a = 3;
    if (answer.shape == Shape::equation && answer.items[0].a == 0) answer.items[0].a = 2;
  }
  if (answer.shape == Shape::percent || answer.shape == Shape::degrees)
    answer.items[0] = {random.between(1, 360), 0, 2, 1, false};
  return answer;
}

Answer changed(const Answer& answer, Random& random) {
  Answer other = answer;
  Number& item = other.items[static_cast<std::size_t>(random.below(static_cast<long>(other.items.size())))];
  switch (random.below(8)) {
    case 0:
      item.a = -item.a;
      item.b = -item.b;
      break;
    case 1:
      item.a += item.d;
      break;
    case 2:
      item.a += random.between(1, 9) * 10;
      break;
    case 3:
      if (other.items.size() > 1) std::swap(other.items.front(), other.items.back());
      break;
    case 4:
      if (other.shape == Shape::interval) (random.chance(50) ? other.low_closed : other.high_closed) ^= true;
      break;
    case 5:
      if ((other.shape == Shape::list || other.shape == Shape::set) && other.items.size() > 2)
        other.items.pop_back();
      break;
    case 6:
      if (other.shape == Shape::based) ++other.base;
      break;
    default:
      ++item.b;
      break;
  }
  return other;
}

bool well_formed(const Answer& answer) {
  const auto plain = [](const Number& item) { return item.b == 0; };
  switch (answer.shape) {
    case Shape::polynomial:
    case Shape::equation:
      return std::all_of(answer.items.begin(), answer.items.end(), plain) &&
             std::count_if(answer.items.begin(),
                           answer.items.begin() +
                               (answer.shape == Shape::equation ? 3 : static_cast<long>(answer.items.size())),
                           [](const Number& item) { return item.a != 0; }) > 0 &&
             (answer.shape != Shape::equation || answer.items[0].a != 0);
    case Shape::interval:
      return plain(answer.items[0]) && plain(answer.items[1]) && answer.items[0].a < answer.items[1].a;
    case Shape::percent:
    case Shape::degrees:
    case Shape::based:
      return plain(answer.items[0]) && answer.items[0].a > 0 && answer.items[0].d == 1;
    default:
      return true;
  }
}

bool truly_different(const Answer& one, const Answer& two) {
  if (same(one, two)) return false;
  if (one.shape == Shape::based) {
    // The digits stay and the base changes, or the value changes: write() keeps the value over bases.
    return one.items[0].a != two.items[0].a;
  }
  if (one.shape == Shape::equation) {
    const auto ratio = [&](std::size_t i, std::size_t k) {
      return one.items[i].a * two.items[k].a * one.items[k].d * two.items[i].d ==
             two.items[i].a * one.items[k].a * two.items[k].d * one.items[i].d;
    };
    for (std::size_t i = 1; i < 4; ++i) {
      if (!ratio(0, i)) return true;
    }
    return false;
  }
  if (one.shape == Shape::percent)
    return one.items[0].a * 100 != two.items[0].a && two.items[0].a * 100 != one.items[0].a;
  return true;
}

}  // namespace reckon::suites::math::generated
