#include "suites/prompts/fewshot.h"

#include "base/error.h"

namespace reckon::suites {

FewshotDraws::FewshotDraws(Setup setup, const std::vector<std::string>& pool,
                           const std::vector<std::string>& questions)
    : setup_(std::move(setup)), pool_(pool), questions_(questions), random_(setup_.seed) {}

const std::vector<std::uint32_t>& FewshotDraws::of(std::size_t index) {
  while (drawn_.size() <= index) {
    drawn_.push_back(draw(questions_[drawn_.size()]));
  }
  return drawn_[index];
}

std::vector<std::uint32_t> FewshotDraws::draw(const std::string& question) {
  const auto size = static_cast<std::uint32_t>(pool_.size());
  const std::uint32_t wanted = setup_.count;
  const auto too_small = [&](std::uint32_t available) {
    fail_input("task '{}': {} few-shot examples were asked for, but the pool has {}{}", setup_.task, wanted,
               available, setup_.excludes_question ? " besides the question" : "");
  };
  const auto differs = [&](std::uint32_t row) { return !setup_.excludes_question || pool_[row] != question; };
  std::vector<std::uint32_t> chosen;
  if (setup_.first_n) {
    for (std::uint32_t row = 0; row < size && chosen.size() < wanted; ++row) {
      if (differs(row)) {
        chosen.push_back(row);
      }
    }
    if (chosen.size() < wanted) {
      too_small(static_cast<std::uint32_t>(chosen.size()));
    }
    return chosen;
  }
  // One more than needed is drawn where the question itself may be among them.
  const std::uint32_t drawn = wanted + (setup_.excludes_question ? 1 : 0);
  if (drawn > size) {
    too_small(setup_.excludes_question && size > 0 ? size - 1 : size);
  }
  for (const std::uint32_t row : random_.sample(size, drawn)) {
    if (differs(row) && chosen.size() < wanted) {
      chosen.push_back(row);
    }
  }
  if (chosen.size() < wanted) {  // several copies of the question were drawn
    std::vector<std::uint32_t> others;
    for (std::uint32_t row = 0; row < size; ++row) {
      if (differs(row)) {
        others.push_back(row);
      }
    }
    if (others.size() < wanted) {
      too_small(static_cast<std::uint32_t>(others.size()));
    }
    chosen.clear();
    for (const std::uint32_t place : random_.sample(static_cast<std::uint32_t>(others.size()), wanted)) {
      chosen.push_back(others[place]);
    }
  }
  return chosen;
}

}  // namespace reckon::suites
