#include "engine/generation/completion_text.h"

#include <gtest/gtest.h>

#include "tests/engine/generation/piece_tokenizer.h"

namespace reckon::engine {
namespace {

using test::PieceTokenizer;

const PieceTokenizer& tokenizer() {
  static const PieceTokenizer instance({"*<|end|>", "*<think>", "</think>", "Question:", "ab"});
  return instance;
}

struct Reply {
  std::string text, shown, answer;
  std::optional<std::string> thinking;
  bool stopped = false;
  std::int64_t tokens = 0, reasoning = 0;
  std::vector<std::string> pieces;  ///< as they were shown
};

Reply write(const std::vector<TokenId>& tokens, std::vector<std::string> stops = {}, bool inside = false,
            const ThinkingMarkers& markers = {}) {
  CompletionText text(tokenizer(), markers, inside, std::move(stops));
  Reply reply;
  for (const TokenId token : tokens) {
    if (!text.push(token)) {
      reply.stopped = true;
      break;
    }
    reply.pieces.push_back(text.take_new());
    reply.shown += reply.pieces.back();
  }
  text.finish();
  reply.shown += text.take_new();
  reply.text = text.text();
  reply.thinking = text.thinking();
  reply.answer = text.answer();
  reply.tokens = text.tokens();
  reply.reasoning = text.reasoning_tokens();
  return reply;
}

/// One token for each byte: every border is a token border.
std::vector<TokenId> bytes(std::string_view text) {
  std::vector<TokenId> tokens;
  for (const char c : text) tokens.push_back(static_cast<unsigned char>(c));
  return tokens;
}

TEST(CompletionText, PlainTextIsTheAnswer) {
  const Reply reply = write(bytes(" The answer is 5."));
  EXPECT_EQ(reply.answer, " The answer is 5.");
  EXPECT_EQ(reply.shown, reply.text);
  EXPECT_FALSE(reply.thinking);
  EXPECT_EQ(reply.tokens, 17);
  EXPECT_EQ(reply.reasoning, 0);
}

TEST(CompletionText, CharactersAreNeverSplit) {
  const Reply reply =
      write(bytes("a\xE2\x82\xAC"
                  "b\xF0\x9F\x98\x80"));
  EXPECT_EQ(reply.shown,
            "a\xE2\x82\xAC"
            "b\xF0\x9F\x98\x80");
  for (const std::string& piece : reply.pieces) EXPECT_TRUE(utf8::is_valid(piece));
  EXPECT_EQ(reply.pieces[1], "");
  EXPECT_EQ(reply.pieces[3], "\xE2\x82\xAC");
}

TEST(CompletionText, StopStringIsFoundAcrossTokensAndNeverShown) {
  const Reply reply = write(bytes("one\n\nQuest\n\nQuestion: two"), {"\n\nQuestion:"});
  EXPECT_TRUE(reply.stopped);
  EXPECT_EQ(reply.text, "one\n\nQuest");
  EXPECT_EQ(reply.shown, "one\n\nQuest");
  EXPECT_EQ(reply.answer, "one\n\nQuest");
}

TEST(CompletionText, HeldBackTextIsShownAtTheEnd) {
  const Reply reply = write(bytes("one\n\nQuest"), {"\n\nQuestion:"});
  EXPECT_FALSE(reply.stopped);
  EXPECT_EQ(reply.shown, "one\n\nQuest");
  EXPECT_EQ(reply.pieces.back(), "");
}

TEST(CompletionText, EarliestOfSeveralStopStringsCuts) {
  // "Question:" is one token: both stop strings are complete at once.
  std::vector<TokenId> tokens = bytes("x");
  tokens.push_back(*tokenizer().token_id("Question:"));
  EXPECT_EQ(write(tokens, {"stion", "Que"}).text, "x");
  EXPECT_EQ(write(tokens, {"stion"}).text, "xQue");
}

TEST(CompletionText, EmptyStopStringStopsNothing) { EXPECT_EQ(write(bytes("abc"), {""}).text, "abc"); }

TEST(CompletionText, SpecialTokensHaveNoTextButStopByName) {
  std::vector<TokenId> tokens = bytes("x");
  tokens.push_back(*tokenizer().token_id("<|end|>"));
  tokens.push_back('y');
  EXPECT_EQ(write(tokens).text, "xy");
  const Reply stopped = write(tokens, {"<|end|>"});
  EXPECT_TRUE(stopped.stopped);
  EXPECT_EQ(stopped.text, "x");
}

TEST(CompletionText, ThinkingIsSplitOffWhateverTheTokens) {
  std::vector<TokenId> marked = {*tokenizer().token_id("<think>")};
  for (const TokenId token : bytes("hm")) marked.push_back(token);
  marked.push_back(*tokenizer().token_id("</think>"));
  for (const TokenId token : bytes("\n\n42")) marked.push_back(token);
  for (const std::vector<TokenId>& tokens :
       {marked, bytes("<think>hm</think>\n\n42"), bytes("\n<think>hm</think>42")}) {
    const Reply reply = write(tokens);
    ASSERT_TRUE(reply.thinking);
    EXPECT_EQ(*reply.thinking, "hm");
    EXPECT_EQ(reply.answer, "42");
    EXPECT_EQ(reply.shown, reply.text);
  }
  EXPECT_EQ(write(marked).reasoning, 4);
  EXPECT_EQ(write(marked).tokens, 8);
}

TEST(CompletionText, TraceOpenedByThePromptAndTraceThatNeverCloses) {
  const Reply reply = write(bytes("hm</think>42"), {}, true);
  EXPECT_EQ(reply.thinking, "hm");
  EXPECT_EQ(reply.answer, "42");
  const Reply open = write(bytes("hm 42"), {}, true);
  EXPECT_EQ(open.thinking, "hm 42");
  EXPECT_EQ(open.answer, "");
  EXPECT_EQ(open.reasoning, 5);
  EXPECT_EQ(write(bytes("<think>a")).answer, "");
  EXPECT_EQ(write(bytes("<thin")).answer, "<thin");
}

TEST(CompletionText, ClosingMarkerAloneMakesWhatIsBeforeItThinking) {
  const Reply reply = write(bytes("hm</think>a</think> b"));
  EXPECT_EQ(reply.thinking, "hm</think>a");
  EXPECT_EQ(reply.answer, "b");
}

TEST(CompletionText, ATraceClosedFromOutsideStaysClosed) {
  CompletionText text(tokenizer(), {}, false, {});
  for (const TokenId token : bytes("<think>hm</think>")) text.push(token);
  text.close_for_good();
  const std::int64_t budget = text.reasoning_tokens();
  for (const TokenId token : bytes("a</think> b")) text.push(token);
  text.finish();
  EXPECT_EQ(text.thinking(), "hm");
  EXPECT_EQ(text.answer(), "a</think> b");
  EXPECT_EQ(text.reasoning_tokens(), budget);
}

TEST(CompletionText, StopStringsDoNotApplyInsideThinking) {
  const Reply reply = write(bytes("<think>one\n\ntwo</think>\n\nthree\n\nfour"), {"\n\n"});
  EXPECT_TRUE(reply.stopped);
  EXPECT_EQ(reply.thinking, "one\n\ntwo");
  // Nor to the white space between trace and answer.
  EXPECT_EQ(reply.answer, "three");
  EXPECT_EQ(reply.shown, reply.text);
}

TEST(CompletionText, OwnMarkers) {
  const Reply reply = write(bytes("[THINK]a[/THINK]b"), {}, false, {"[THINK]", "[/THINK]"});
  EXPECT_EQ(reply.thinking, "a");
  EXPECT_EQ(reply.answer, "b");
}

TEST(Thinking, MarkersAndPrompts) {
  EXPECT_EQ(markers_of_template("{% if x %}[THINK]{% endif %}").close, "[/THINK]");
  EXPECT_EQ(markers_of_template("{{ messages }}").open, "<think>");
  const ThinkingMarkers markers;
  EXPECT_TRUE(opens_thinking("<|assistant|><think>\n", "", markers));
  EXPECT_FALSE(opens_thinking("<|assistant|><think>\n\n</think>\n\n", "", markers));
  EXPECT_FALSE(opens_thinking("Think in <think> tags.<|assistant|>", "", markers));
  EXPECT_TRUE(opens_thinking("<|assistant|>", "<think> Let me", markers));
  EXPECT_TRUE(opens_thinking("<|assistant|><think>\n", "Let me", markers));
  EXPECT_FALSE(opens_thinking("<|assistant|><think>\n", "hm</think>The", markers));
}

}  // namespace
}  // namespace reckon::engine
