#include "suites/functions/text_overlap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "suites/text/regex.h"
#include "suites/text/text_util.h"

namespace reckon::suites {
namespace {

constexpr std::size_t kOrders = 4;

/// re.sub with a replacement that puts spaces around the groups.
std::string spaced(const Regex& regex, const std::string& text,
                   std::string (*replacement)(const RegexMatch& match, const std::string& text)) {
  std::string result;
  std::size_t done = 0;
  for (const RegexMatch& match : regex.find_all(text).all) {
    result.append(text, done, match.groups[0].begin - done);
    result += replacement(match, text);
    done = match.groups[0].end;
  }
  return result.append(text, done, std::string::npos);
}

std::string group(const RegexMatch& match, const std::string& text, std::size_t number) {
  return std::string(match.text(text, number));
}

std::string without_end_space(std::string_view text) {
  const std::string_view kept = trim(text);
  return kept.empty() ? "" : std::string(text.substr(0, static_cast<std::size_t>(kept.end() - text.begin())));
}

/// Punctuation stands alone unless it is between digits; symbols always do.
std::vector<std::string> international_words(std::string_view text) {
  static const Regex kBefore(R"((\P{N})(\p{P}))", "bleu");
  static const Regex kBehind(R"((\p{P})(\P{N}))", "bleu");
  static const Regex kSymbol(R"((\p{S}))", "bleu");
  static const Regex kWord(R"(\S+)", "bleu");
  std::string line = without_end_space(text);
  line = spaced(kBefore, line, [](const RegexMatch& match, const std::string& whole) {
    return group(match, whole, 1) + " " + group(match, whole, 2) + " ";
  });
  line = spaced(kBehind, line, [](const RegexMatch& match, const std::string& whole) {
    return " " + group(match, whole, 1) + " " + group(match, whole, 2);
  });
  line = spaced(kSymbol, line, [](const RegexMatch& match, const std::string& whole) {
    return " " + group(match, whole, 1) + " ";
  });
  std::vector<std::string> words;
  for (const RegexMatch& match : kWord.find_all(line).all) words.push_back(group(match, line, 0));
  return words;
}

std::map<std::string, int> runs_of(const std::vector<std::string>& words, std::size_t length) {
  std::map<std::string, int> counts;
  for (std::size_t i = 0; i + length <= words.size(); ++i) {
    std::string run;
    for (std::size_t w = i; w < i + length; ++w) run += words[w] + '\n';  // no word has a line break
    ++counts[run];
  }
  return counts;
}

/// Runs that both have, each as often as the one that has it less often.
int in_common(const std::map<std::string, int>& a, const std::map<std::string, int>& b) {
  int count = 0;
  for (const auto& [run, times] : a) {
    const auto other = b.find(run);
    if (other != b.end()) count += std::min(times, other->second);
  }
  return count;
}

int total(const std::map<std::string, int>& counts) {
  int sum = 0;
  for (const auto& [run, times] : counts) sum += times;
  return sum;
}

double f_measure(double precision, double recall) {
  return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0.0;
}

double overlap(const std::map<std::string, int>& reply, const std::map<std::string, int>& reference) {
  const double common = in_common(reference, reply);
  return 100 * f_measure(common / std::max(total(reply), 1), common / std::max(total(reference), 1));
}

/// Which words of `reference` belong to one longest common subsequence with `reply`: marks them in `taken`.
void mark_common(const std::vector<std::string>& reference, const std::vector<std::string>& reply,
                 std::vector<bool>& taken) {
  const std::size_t rows = reference.size();
  const std::size_t columns = reply.size();
  std::vector<std::uint32_t> lengths((rows + 1) * (columns + 1), 0);
  const auto at = [&](std::size_t i, std::size_t j) -> std::uint32_t& {
    return lengths[i * (columns + 1) + j];
  };
  for (std::size_t i = 1; i <= rows; ++i) {
    for (std::size_t j = 1; j <= columns; ++j) {
      at(i, j) =
          reference[i - 1] == reply[j - 1] ? at(i - 1, j - 1) + 1 : std::max(at(i - 1, j), at(i, j - 1));
    }
  }
  std::size_t i = rows;
  std::size_t j = columns;
  while (i > 0 && j > 0) {
    if (reference[i - 1] == reply[j - 1]) {
      taken[--i] = true;
      --j;
    } else if (at(i, j - 1) > at(i - 1, j)) {
      --j;
    } else {
      --i;
    }
  }
}

}  // namespace

Bleu::Bleu(std::string_view reply) : words_(international_words(reply)) {}

double Bleu::against(std::string_view reference_text) const {
  const std::vector<std::string> reference = international_words(reference_text);
  double smoothing = 1;
  double logarithms = 0;
  bool any = false;
  for (std::size_t order = 1; order <= kOrders; ++order) {
    if (words_.size() < order) return 0;  // a precision of 0
    const int common = in_common(runs_of(words_, order), runs_of(reference, order));
    const auto made = static_cast<double>(words_.size() - order + 1);
    any = any || common > 0;
    if (common == 0) smoothing *= 2;
    logarithms += std::log(common > 0 ? 100.0 * common / made : 100.0 / (smoothing * made));
  }
  if (!any) return 0;
  const auto length = static_cast<double>(words_.size());
  const auto wanted = static_cast<double>(reference.size());
  const double brevity = length < wanted ? std::exp(1 - wanted / length) : 1.0;
  return brevity * std::exp(logarithms / static_cast<double>(kOrders));
}

Rouge::Rouge(std::string_view reply) : sentences_(sentences_of(reply)) {}

std::vector<Rouge::Sentence> Rouge::sentences_of(std::string_view text) {
  std::vector<Sentence> sentences(1);
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) sentences.back().push_back(word);
    word.clear();
  };
  for (const char c : lower_case(replace_all(text, " . ", ".\n"))) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      word += c;
      continue;
    }
    end_word();
    if (c == '\n') sentences.emplace_back();
  }
  end_word();
  return sentences;
}

std::map<std::string, int> Rouge::runs_of_all(const std::vector<Sentence>& sentences, std::size_t length) {
  Sentence all;
  for (const Sentence& sentence : sentences) all.insert(all.end(), sentence.begin(), sentence.end());
  return runs_of(all, length);
}

Rouge::Scores Rouge::against(std::string_view reference_text) const {
  const std::vector<Sentence> reference = sentences_of(reference_text);
  const std::map<std::string, int> words = runs_of_all(sentences_, 1);
  const std::map<std::string, int> wanted = runs_of_all(reference, 1);
  Scores scores;
  scores.rouge1 = overlap(words, wanted);
  scores.rouge2 = overlap(runs_of_all(sentences_, 2), runs_of_all(reference, 2));
  // Each word counts as often as both texts have it, whatever sentences share it.
  std::map<std::string, int> left_there = words;
  std::map<std::string, int> left_here = wanted;
  int hits = 0;
  for (const Sentence& sentence : reference) {
    std::vector<bool> taken(sentence.size(), false);
    for (const Sentence& said : sentences_) mark_common(sentence, said, taken);
    for (std::size_t i = 0; i < sentence.size(); ++i) {
      const std::string key = sentence[i] + '\n';
      if (!taken[i] || left_there[key] == 0 || left_here[key] == 0) continue;
      ++hits;
      --left_there[key];
      --left_here[key];
    }
  }
  scores.rouge_l = 100 * f_measure(static_cast<double>(hits) / std::max(total(words), 1),
                                   static_cast<double>(hits) / std::max(total(wanted), 1));
  return scores;
}

}  // namespace reckon::suites
