#pragma once
// What a comparison could have shown: the power of the test that was used, the smallest difference it finds
// with 80 % power, and how many questions a given difference needs. All at a two-sided level `alpha`.

#include <cstdint>
#include <optional>

namespace reckon::reports {

inline constexpr double kPower = 0.8;

/// Power of the exact McNemar test on n pairs of which a share `discordance` differs, when the difference of
/// the proportions is `difference`: by enumeration over D ~ Bin(n, discordance) and
/// b ~ Bin(D, (discordance + difference) / (2 discordance)) (rule R3). |difference| <= discordance <= 1.
double mcnemar_power(std::int64_t n, double discordance, double difference, double alpha);

/// The smallest difference that exact McNemar finds with power 0.8. A difference larger than `discordance`
/// needs that many discordant pairs, so the share is then the difference itself. Absent when none is found.
std::optional<double> mcnemar_smallest_difference(std::int64_t n, double discordance, double alpha);
/// The fewest pairs with which `difference` is found with power 0.8; absent above `kMostQuestions`.
std::optional<std::int64_t> mcnemar_questions_needed(double discordance, double difference, double alpha);

/// Power of the t test of a mean with this standard error and degrees of freedom, by the noncentral t.
double t_power(double difference, double standard_error, double degrees, double alpha);
std::optional<double> t_smallest_difference(double standard_error, double degrees, double alpha);
/// The fewest questions, when `questions` in `clusters` clusters gave this standard error and more come in
/// clusters of the same size.
std::optional<std::int64_t> t_questions_needed(std::int64_t questions, std::int64_t clusters,
                                               double standard_error, double difference, double alpha);

/// The same of a normal test (runs on different questions, n of them in each).
double normal_power(double difference, double standard_error, double alpha);
std::optional<double> normal_smallest_difference(double standard_error, double alpha);
std::optional<std::int64_t> normal_questions_needed(std::int64_t questions, double standard_error,
                                                    double difference, double alpha);

inline constexpr std::int64_t kMostQuestions = 10'000'000;

}  // namespace reckon::reports
