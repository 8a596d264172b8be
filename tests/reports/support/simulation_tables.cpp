#include <algorithm>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "reports/statistics/power.h"
#include "tests/reports/support/simulations.h"

namespace reckon::test {
namespace {

std::string percent(double share) { return fmt::format("{:.1f}", 100 * share); }

std::string wilson_table() {
  std::string text =
      "### Wilson and Clopper-Pearson, by enumeration (p from .02 to .98 in steps of .001)\n\n"
      "| n | Wilson, mean | lowest | highest | Clopper-Pearson, lowest |\n|-:|-:|-:|-:|-:|\n";
  for (const int n : {20, 30, 50, 100, 250, 500, 1319}) {
    double sum = 0;
    double low = 1;
    double high = 0;
    double exact_low = 1;
    int points = 0;
    for (int step = 20; step <= 980; ++step, ++points) {
      const double p = step / 1000.0;
      const double coverage = wilson_coverage(n, p);
      sum += coverage;
      low = std::min(low, coverage);
      high = std::max(high, coverage);
      if (step % 20 == 0) exact_low = std::min(exact_low, clopper_pearson_coverage(n, p));
    }
    text += fmt::format("| {} | {} | {} | {} | {} |\n", n, percent(sum / points), percent(low), percent(high),
                        percent(exact_low));
  }
  return text;
}

std::string coverage_table(int draws) {
  std::string text = fmt::format(
      "\n### Clusters and repeats: coverage in % of the interval that a report shows, {} draws each\n\n"
      "| clusters x questions x repeats | correlation | p = .02 | .05 | .1 | .3 | .5 | .9 |\n"
      "|-|-:|-:|-:|-:|-:|-:|-:|\n",
      draws);
  const std::vector<Population> settings{{10, 2, 1, 0, 0.3},  {10, 10, 1, 0, 0.3}, {20, 5, 1, 0, 0.3},
                                         {50, 2, 1, 0, 0.3},  {50, 10, 1, 0, 0.1}, {50, 10, 1, 0, 0.5},
                                         {100, 4, 1, 0, 0.3}, {30, 1, 4, 0, 0.5},  {50, 1, 4, 0, 0.3},
                                         {50, 1, 4, 0, 0.7},  {200, 1, 4, 0, 0.5}, {50, 3, 2, 0, 0.3}};
  std::uint64_t seed = 100;
  for (const Population& setting : settings) {
    text += fmt::format("| {} x {} x {} | {} |", setting.clusters, setting.cluster_size, setting.repeats,
                        setting.correlation);
    for (const double p : {0.02, 0.05, 0.1, 0.3, 0.5, 0.9}) {
      Population population = setting;
      population.share = p;
      text += fmt::format(" {} |", percent(interval_coverage(population, draws, ++seed)));
    }
    text += "\n";
  }
  return text;
}

std::string false_alarm_table(int gates) {
  std::string text = fmt::format(
      "\n### A/A gates at 5 %, margin 0: false alarms of {}\n\n"
      "| suites | questions | repeats | clusters of | may change | false alarms |\n|-:|-:|-:|-:|-:|-:|\n",
      gates);
  std::uint64_t seed = 500;
  for (const int suites : {1, 5, 20}) {
    for (AaSetting setting : {AaSetting{1, 100, 1, 1, 0.6, 0.0}, AaSetting{1, 100, 1, 1, 0.6, 0.02},
                              AaSetting{1, 300, 1, 1, 0.6, 0.3}, AaSetting{1, 100, 4, 1, 0.6, 0.02},
                              AaSetting{1, 100, 4, 1, 0.6, 0.5}, AaSetting{1, 30, 4, 1, 0.9, 0.3},
                              AaSetting{1, 100, 1, 5, 0.6, 0.3}}) {
      setting.suites = suites;
      text +=
          fmt::format("| {} | {} | {} | {} | {} % | {} |\n", suites, setting.questions, setting.repeats,
                      setting.cluster_size, 100 * setting.unsettled, false_alarms(setting, gates, ++seed));
    }
  }
  return text;
}

std::string power_table(int draws) {
  std::string text = fmt::format(
      "\n### Power in %, stated and simulated ({} draws)\n\n"
      "| test | questions | discordant or repeats | difference | stated | simulated |\n|-|-:|-:|-:|-:|-:|\n",
      draws);
  std::uint64_t seed = 900;
  for (const auto& [n, discordance, difference] :
       {std::tuple{30, 0.4, 0.3}, std::tuple{100, 0.1, 0.08}, std::tuple{100, 0.3, 0.15},
        std::tuple{300, 0.1, 0.06}, std::tuple{500, 0.2, 0.06}}) {
    text += fmt::format("| McNemar | {} | {} | {} | {} | {} |\n", n, discordance, difference,
                        percent(reports::mcnemar_power(n, discordance, difference, 0.05)),
                        percent(simulated_mcnemar_power(n, discordance, difference, draws, ++seed)));
  }
  for (const auto& [n, repeats, gain] :
       {std::tuple{50, 4, 0.1}, std::tuple{100, 4, 0.07}, std::tuple{30, 16, 0.06}}) {
    const StatedPower power = repeats_power(n, repeats, gain, draws, ++seed);
    text += fmt::format("| t, repeats | {} | {} | {} | {} | {} |\n", n, repeats, gain, percent(power.stated),
                        percent(power.simulated));
  }
  return text;
}

std::string sequential_table(int draws) {
  std::string text = fmt::format(
      "\n### Looking after every question, 5 %, at most 500 questions ({} draws)\n\n"
      "| discordant | lost of these | stopped as worse | questions on average | confidence sequence held |\n"
      "|-:|-:|-:|-:|-:|\n",
      draws);
  std::uint64_t seed = 1300;
  for (const auto& [discordance, lost] :
       {std::pair{0.02, 0.5}, std::pair{0.1, 0.5}, std::pair{0.3, 0.5}, std::pair{0.1, 0.2},
        std::pair{0.1, 0.65}, std::pair{0.1, 0.8}, std::pair{0.3, 0.65}, std::pair{0.3, 0.8}}) {
    const SequentialOutcome outcome = look_after_every_question(500, discordance, lost, draws, ++seed);
    text += fmt::format("| {} % | {} % | {} % | {:.0f} | {} % |\n", 100 * discordance, 100 * lost,
                        percent(outcome.stopped), outcome.mean_questions, percent(outcome.sequence_covers));
  }
  return text;
}

}  // namespace

std::string simulation_tables(int draws, int gates) {
  return wilson_table() + coverage_table(draws) + false_alarm_table(gates) + power_table(draws) +
         sequential_table(std::max(1, draws / 10));
}

}  // namespace reckon::test
