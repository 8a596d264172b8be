#pragma once
// How much of a text stands in another: BLEU (Papineni et al. 2002) and ROUGE (Lin 2004).

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace reckon::suites {

/// BLEU of one reply, 0 to 100: words of up to 4, cut as mteval-v14's international tokenizer does, brevity
/// penalty, "exp" smoothing (each order without a match halves: NIST), as sacrebleu 2 with these settings. A
/// reply of fewer than 4 words has 0.
class Bleu {
 public:
  explicit Bleu(std::string_view reply);
  double against(std::string_view reference) const;

 private:
  std::vector<std::string> words_;
};

/// F-measures of ROUGE-1, ROUGE-2 and ROUGE-L over whole summaries (lines are sentences), 0 to 100, without
/// stemming, as rouge_score 0.1.2.
class Rouge {
 public:
  explicit Rouge(std::string_view reply);
  struct Scores {
    double rouge1 = 0;
    double rouge2 = 0;
    double rouge_l = 0;
  };
  Scores against(std::string_view reference) const;

 private:
  using Sentence = std::vector<std::string>;
  static std::vector<Sentence> sentences_of(std::string_view text);
  static std::map<std::string, int> runs_of_all(const std::vector<Sentence>& sentences, std::size_t length);

  std::vector<Sentence> sentences_;
};

}  // namespace reckon::suites
