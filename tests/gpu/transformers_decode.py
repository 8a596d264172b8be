#!/usr/bin/env python3
"""Decode of a dense Llama by transformers with torch.compile on the card here, to hold ours against.

    transformers_decode.py CONFIG BATCH CONTEXT [DEVICE]

CONFIG: a published config.json; weights are random BF16 of their true size. One token for each of BATCH sequences
behind CONTEXT others in a static cache, compiled as transformers recommends it (mode "reduce-overhead": CUDA graphs).
Prints one line of JSON with the median of nine steps; exit code 3 where torch, transformers or a device is missing.
"""
import json
import statistics
import sys
import time


def main() -> int:
    try:
        import torch
        from transformers import LlamaConfig, LlamaForCausalLM, StaticCache
    except ImportError as error:
        print(f"no comparison with transformers: {error}", file=sys.stderr)
        return 3
    device = sys.argv[4] if len(sys.argv) > 4 else "cuda"
    if device == "cuda" and not torch.cuda.is_available():
        print("no comparison with transformers: torch sees no device", file=sys.stderr)
        return 3
    with open(sys.argv[1], encoding="utf-8") as file:
        published = json.load(file)
    batch, context = int(sys.argv[2]), int(sys.argv[3])
    config = LlamaConfig(**{key: value for key, value in published.items() if key not in ("source", "model_type")})
    torch.manual_seed(1)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device(device):
        model = LlamaForCausalLM(config).eval()
    torch.set_default_dtype(torch.float32)
    cache = StaticCache(config=config, max_cache_len=context + 64)
    step = torch.compile(model.forward, mode="reduce-overhead", fullgraph=True)

    def wait() -> None:
        if device == "cuda":
            torch.cuda.synchronize()

    seconds = []
    with torch.no_grad():
        # The prompt fills the cache, a part at a time and not compiled.
        for first in range(0, context, 256):
            tokens = torch.randint(config.vocab_size, (batch, min(256, context - first)), device=device)
            places = torch.arange(first, first + tokens.shape[1], device=device)
            model(tokens, past_key_values=cache, cache_position=places, use_cache=True, logits_to_keep=1)
        token = torch.randint(config.vocab_size, (batch, 1), device=device)
        for i in range(14):
            place = torch.tensor([context + i], device=device)
            wait()
            begin = time.perf_counter()
            step(token, past_key_values=cache, cache_position=place, use_cache=True)
            wait()
            seconds.append(time.perf_counter() - begin)
    median = statistics.median(seconds[5:])  # the first ones compile and record the graph
    print(json.dumps({"torch": torch.__version__, "batch": batch, "context": context, "seconds": median,
                      "tokens_per_s": batch / median}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
