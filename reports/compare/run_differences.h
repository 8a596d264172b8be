#pragma once
// What else differs between two runs besides the model: fields of run.json, each with what follows from it.

#include <string>
#include <vector>

#include "reports/run_data.h"

namespace reckon::reports {

struct RunDifference {
  enum class Kind {
    grader,    ///< how answers are judged: the scores mean different things
    prompt,    ///< what was put to the model
    sampling,  ///< temperature, seed, repeats ...
    limits,    ///< token limits, --limit
    software,  ///< of this program
    other
  };
  Kind kind = Kind::other;
  std::string task;   ///< empty: of the whole run
  std::string field;  ///< path in run.json
  std::string before;
  std::string after;
  /// "math500: reckon.grader differs: 'a' and 'b'"
  std::string text() const;
};
const char* name_of(RunDifference::Kind kind);

/// Of the parts of run.json that can change a score or its meaning, for the tasks that both runs have. The
/// model is not among them: it is what is compared.
std::vector<RunDifference> run_differences(const RunData& older, const RunData& newer);

}  // namespace reckon::reports
