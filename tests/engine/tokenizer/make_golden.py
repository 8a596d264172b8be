#!/usr/bin/env python3
"""Trains small tokenizers from the text below, one for each way in which published ones are put together, and writes
data/<name>.json (a tokenizer.json) and data/golden.json (ids and decoded texts by Hugging Face's library).

usage: make_golden.py   (writes beside itself). For developers; needs tokenizers >= 0.20.
"""
import json
import pathlib

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

DATA = pathlib.Path(__file__).with_name("data")

TRAINING = """
A benchmark says what it measures, how often, and with which error. The answer is \\boxed{42}; the cost is 0.37 USD.
Every token is counted: tokens in, tokens out, tokens thought. It's what we've said, isn't it? They'll see, I'm sure.
def solve(values):
    total = 0
    for value in values:
        if value % 3 == 0:
            total += value * 17
    return total
Das Ergebnis wird geprüft, größer oder kleiner, fünf mal über die Brücke. Le café est prêt; où est l'élève ?
Москва и Киев, числа 10, 20 и 300. 漢字と仮名、それから数字 123。 Ελληνικά γράμματα. مرحبا بالعالم.
If A is a knight then B is a knave. B says that A lies. Therefore A tells the truth and B lies, or both of them do not.
1 + 1 = 2, 12 * 12 = 144, 1000 - 1 = 999, 3.14159 < 22/7; x^2 + y^2 = z^2; {"key": [1, 2, 3], "name": "value"}
The quick brown fox jumps over the lazy dog. THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG. A thousand words, a hundred
verdicts, ten graders, one report: accuracy with its interval, the interval with its method, the method with its source.
""" * 3

TEXTS = [
    "", " ", "  ", "\n", "\t\n ", "Hello world", " Hello world", "Hello  world ", "It's what they'LL say, isn't it?",
    "The answer is \\boxed{1234567}.", "x = 12345 + 0.5e-3", "größer, Größe, GRÖSSE", "漢字と仮名 123。", "🦙 llama 👩‍👩‍👧",
    "a\u0301 e\u0301 ﬁ Å \u212b ½ Ⅷ ² İ", "def f(x):\n    return x  # done\n\n\n", "<s>begin<|end|> the end </s>",
    "<|end|><|end|>  <|end|>", "word<pad>word <pad> word", "keep <mask> and<mask>\n here", "knights knight knightly night",
    "\u00a0non\u2003breaking\u3000spaces\u200b", "tab\tseparated\r\nlines\r\n", "<0x41> is A", "▁ is not a space Ġ either",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "thetheandandtototheandtotheandtheandtothethetheandtotheandtothe" * 3, "مرحبا", "Ελλάδα", "null \x00 byte \x7f",
]

SPECIAL = [AddedToken("<unk>", special=True, normalized=False), AddedToken("<s>", special=True, normalized=False),
           AddedToken("</s>", special=True, normalized=False), AddedToken("<|end|>", special=True, normalized=False)]
EXTRA = [AddedToken("<pad>", single_word=True, normalized=False), AddedToken("<mask>", lstrip=True, rstrip=True, normalized=False),
         AddedToken("knight", normalized=True)]

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def byte_level(tokenizer, size=500):
    return trainers.BpeTrainer(vocab_size=size, special_tokens=SPECIAL, show_progress=False,
                               initial_alphabet=pre_tokenizers.ByteLevel.alphabet())


def gpt2():
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    return t, byte_level(t)


def prefix_space():
    t = Tokenizer(models.BPE())
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    t.decoder = decoders.ByteLevel()
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 1))
    return t, byte_level(t)


def llama3():
    t = Tokenizer(models.BPE(ignore_merges=True))
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.decoder = decoders.ByteLevel()
    t.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])])
    return t, byte_level(t)


def deepseek():
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex("[\r\n]"), "isolated"), pre_tokenizers.Split(Regex(r"\s?\p{L}+"), "isolated"),
        pre_tokenizers.Split(Regex(r"\s?\p{P}+"), "isolated"), pre_tokenizers.Split(Regex(r"\s+$"), "isolated"),
        pre_tokenizers.Split(Regex(r"[一-龥]+"), "isolated"), pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.decoder = decoders.ByteLevel()
    return t, byte_level(t)


def sentencepiece():
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    t.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A $B </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    tokens = SPECIAL + [AddedToken(f"<0x{b:02X}>", special=False, normalized=False) for b in range(256)]
    return t, trainers.BpeTrainer(vocab_size=700, special_tokens=tokens, show_progress=False, limit_alphabet=70)


def metaspace():
    t = Tokenizer(models.BPE(unk_token="<unk>"))
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase(), normalizers.Strip(left=False, right=True)])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Metaspace(prepend_scheme="first"), pre_tokenizers.Digits(individual_digits=False)])
    t.decoder = decoders.Metaspace(prepend_scheme="first")
    return t, trainers.BpeTrainer(vocab_size=500, special_tokens=SPECIAL, show_progress=False, limit_alphabet=70)


def words():
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=False))
    t.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Replace(Regex(r"\s+"), " ")])
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation("merged_with_previous"),
        pre_tokenizers.Split("qu", "merged_with_next"), pre_tokenizers.Split(Regex(r"\w+|[^\w]"), "removed", invert=True),
        pre_tokenizers.Split("e", "contiguous")])
    return t, trainers.BpeTrainer(vocab_size=400, special_tokens=SPECIAL, show_progress=False, limit_alphabet=60)


def main():
    DATA.mkdir(exist_ok=True)
    golden = []
    for make in (gpt2, prefix_space, llama3, deepseek, sentencepiece, metaspace, words):
        name = make.__name__
        tokenizer, trainer = make()
        tokenizer.train_from_iterator(TRAINING.splitlines(keepends=True), trainer)
        if name == "sentencepiece":
            # The byte pieces are ordinary pieces in published files, not added tokens.
            description = json.loads(tokenizer.to_str())
            description["added_tokens"] = [t for t in description["added_tokens"] if not t["content"].startswith("<0x")]
            tokenizer = Tokenizer.from_str(json.dumps(description))
        tokenizer.add_tokens(EXTRA)
        path = DATA / f"{name}.json"
        path.write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
        tokenizer = Tokenizer.from_file(str(path))
        for text in TEXTS:
            plain = tokenizer.encode(text, add_special_tokens=False).ids
            golden.append({"tokenizer": name, "text": text, "ids": plain, "with_special": tokenizer.encode(text).ids,
                           "decoded": tokenizer.decode(plain, skip_special_tokens=False),
                           "decoded_skipping": tokenizer.decode(plain, skip_special_tokens=True)})
    lines = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in golden)
    (DATA / "golden.json").write_text("[\n" + lines + "\n]\n", encoding="utf-8")
    print(len(golden), "cases")


if __name__ == "__main__":
    main()
