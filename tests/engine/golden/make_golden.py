#!/usr/bin/env python3
"""Golden log-probabilities of tiny random models, from transformers in float32 with eager attention.

Writes <case>/config.json and <case>/golden.json beside this file. Needs torch and transformers (made with 5.23); the
tests need neither. Weights come from dummy_weights.py, as `load_format=dummy` draws them.
"""

import contextlib
import copy
import json
import pathlib
import re
import sys

import numpy as np
import torch
import transformers
from transformers.models.deepseek_v3 import modeling_deepseek_v3

import dummy_weights

POSITIONS = 48
MARGIN = 1e-4

LLAMA = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 96, "hidden_size": 64,
    "intermediate_size": 160, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 4,
    "hidden_act": "silu", "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
    "tie_word_embeddings": False, "attention_bias": False, "mlp_bias": False, "torch_dtype": "float32",
    "bos_token_id": 1, "eos_token_id": 2,
}
DEEPSEEK = {
    "architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3", "vocab_size": 96, "hidden_size": 64,
    "intermediate_size": 160, "moe_intermediate_size": 48, "num_hidden_layers": 3, "first_k_dense_replace": 1,
    "num_attention_heads": 4, "num_key_value_heads": 4, "q_lora_rank": None, "kv_lora_rank": 32,
    "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 16, "n_routed_experts": 8, "n_shared_experts": 1,
    "num_experts_per_tok": 2, "n_group": 1, "topk_group": 1, "norm_topk_prob": True, "routed_scaling_factor": 2.5,
    "scoring_func": "sigmoid", "topk_method": "noaux_tc", "moe_layer_freq": 1, "hidden_act": "silu",
    "max_position_embeddings": 128, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "rope_scaling": None,
    "attention_bias": False, "tie_word_embeddings": False, "num_nextn_predict_layers": 0, "torch_dtype": "float32",
    "bos_token_id": 0, "eos_token_id": 1,
}
YARN = {"type": "yarn", "factor": 8.0, "original_max_position_embeddings": 16, "beta_fast": 0.5, "beta_slow": 0.02}
CASES = {
    "llama_mha": (LLAMA, {}),
    "llama_gqa_tied": (LLAMA, {"hidden_size": 96, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 24,
                               "tie_word_embeddings": True, "rope_theta": 100000.0}),
    "llama_bias": (LLAMA, {"attention_bias": True, "num_key_value_heads": 1}),
    "llama_linear": (LLAMA, {"rope_scaling": {"rope_type": "linear", "factor": 3.0}}),
    "llama_llama3": (LLAMA, {"num_key_value_heads": 2, "head_dim": 32, "rope_theta": 1000.0,
                             "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                                              "high_freq_factor": 4.0, "original_max_position_embeddings": 32}}),
    "llama_yarn": (LLAMA, {"head_dim": 32, "rope_theta": 1000.0,
                           "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16,
                                            "beta_fast": 1.0, "beta_slow": 0.05}}),
    "mistral_window": (LLAMA, {"architectures": ["MistralForCausalLM"], "model_type": "mistral", "sliding_window": 8,
                               "num_key_value_heads": 2}),
    "deepseek_plain": (DEEPSEEK, {}),
    "deepseek_q_lora": (DEEPSEEK, {"q_lora_rank": 24, "rms_norm_eps": 1e-5, "n_shared_experts": 2,
                                   "norm_topk_prob": False, "routed_scaling_factor": 1.5}),
    "deepseek_halves": (DEEPSEEK, {"rope_interleave": False}),
    "deepseek_groups": (DEEPSEEK, {"n_routed_experts": 16, "n_group": 8, "topk_group": 3, "num_experts_per_tok": 4}),
    "deepseek_negative": (DEEPSEEK, {"n_routed_experts": 8, "n_group": 4, "topk_group": 2, "num_experts_per_tok": 4}),
    "deepseek_yarn": (DEEPSEEK, {"q_lora_rank": 24, "qk_rope_head_dim": 16, "rope_theta": 1000.0,
                                 "rope_scaling": {**YARN, "mscale": 1.0, "mscale_all_dim": 1.0}}),
    "deepseek_yarn_magnitude": (DEEPSEEK, {"qk_rope_head_dim": 16, "rope_theta": 1000.0,
                                           "rope_scaling": {**YARN, "mscale": 1.6, "mscale_all_dim": 0.7}}),
    "deepseek_fp8": (DEEPSEEK, {"hidden_size": 160, "intermediate_size": 200, "moe_intermediate_size": 136,
                                "q_lora_rank": 144, "kv_lora_rank": 136, "num_hidden_layers": 2,
                                "qk_nope_head_dim": 24, "v_head_dim": 24, "torch_dtype": "float32",
                                "quantization_config": {"quant_method": "fp8", "fmt": "e4m3",
                                                        "activation_scheme": "dynamic",
                                                        "weight_block_size": [128, 128]}}),
}
for scale_format in ("float", "ue8m0"):  # like deepseek_fp8, but activations are quantised too
    base, changes = CASES["deepseek_fp8"]
    quantization = {**changes["quantization_config"], "scale_fmt": scale_format}
    CASES[f"deepseek_fp8_activations_{scale_format}"] = (base, {**changes, "quantization_config": quantization})
FP8_ACTIVATIONS = [name for name in CASES if name.startswith("deepseek_fp8_activations")]


def role_of(name: str) -> str:
    if name.endswith("e_score_correction_bias"):
        return "router_bias"
    if name.endswith(".bias"):
        return "bias"
    if "norm" in name:
        return "norm"
    if name == "model.embed_tokens.weight":
        return "embedding"
    if name in ("lm_head.weight",) or name.endswith("mlp.gate.weight"):
        return "precise_linear"
    return "linear"


def set_weights(model: torch.nn.Module, config: dict) -> None:
    """Fills the model by the names of published checkpoints, where each expert is a tensor of its own."""
    quantization = config.get("quantization_config")
    block = tuple(quantization["weight_block_size"]) if quantization else None

    def draw(name, shape):
        return torch.from_numpy(dummy_weights.draw(name, tuple(shape), role_of(name), block))

    tensors = dict(model.named_parameters())
    tensors.update((n, b) for n, b in model.named_buffers() if n.endswith("e_score_correction_bias"))
    with torch.no_grad():
        for name, tensor in tensors.items():
            experts = re.fullmatch(r"(.*\.experts)\.(gate_up_proj|down_proj)", name)
            if not experts:
                tensor.copy_(draw(name, tensor.shape))
                continue
            for e in range(tensor.shape[0]):
                prefix = f"{experts.group(1)}.{e}."
                if experts.group(2) == "down_proj":
                    tensor[e].copy_(draw(prefix + "down_proj.weight", tensor.shape[1:]))
                else:
                    half = tensor.shape[1] // 2
                    tensor[e, :half].copy_(draw(prefix + "gate_proj.weight", (half, tensor.shape[2])))
                    tensor[e, half:].copy_(draw(prefix + "up_proj.weight", (half, tensor.shape[2])))


def router_margins(router, logits: torch.Tensor) -> torch.Tensor:
    """Per token: how far the nearest other choice of groups or experts is."""
    scores = logits.sigmoid() + router.e_score_correction_bias
    grouped = scores.view(-1, router.num_group, router.num_experts // router.num_group)
    margin = torch.full((scores.shape[0],), float("inf"))
    if router.topk_group < router.num_group:
        best = grouped.topk(2, dim=-1)[0].sum(-1).sort(-1, descending=True)
        margin = torch.minimum(margin, best[0][:, router.topk_group - 1] - best[0][:, router.topk_group])
        keep = torch.zeros_like(best[0]).scatter_(1, best[1][:, : router.topk_group], 1.0)
        scores = grouped.masked_fill(keep[..., None] == 0, float("-inf")).view(scores.shape)
    ordered = scores.sort(-1, descending=True)[0]
    if router.top_k < ordered.shape[1]:
        margin = torch.minimum(margin, ordered[:, router.top_k - 1] - ordered[:, router.top_k])
    return margin


def fake_quantise(rows: torch.Tensor, power_of_two: bool) -> torch.Tensor:
    """FP8 E4M3 by token and 128 channels, as DeepSeek-V3's act_quant, and back."""
    columns = rows.shape[-1]
    blocks = torch.nn.functional.pad(rows, (0, -columns % 128)).unflatten(-1, (-1, 128))
    scale = blocks.abs().amax(-1, keepdim=True).clamp(min=1e-4) / 448.0
    if power_of_two:
        scale = torch.exp2(torch.ceil(torch.log2(scale)))
    codes = (blocks / scale).to(torch.float8_e4m3fn).to(torch.float32)
    return (codes * scale).flatten(-2)[..., :columns]


@contextlib.contextmanager
def fp8_activations(model: torch.nn.Module, power_of_two: bool):
    """Within it, each product with a weight that is stored as FP8 sees its input through FP8."""
    stored_as_fp8 = {p.untyped_storage().data_ptr() for n, p in model.named_parameters() if role_of(n) == "linear"}
    plain_linear = torch.nn.functional.linear

    def linear(rows, weight, bias=None):
        if weight.untyped_storage().data_ptr() in stored_as_fp8:
            rows = fake_quantise(rows, power_of_two)
        return plain_linear(rows, weight, bias)

    torch.nn.functional.linear = linear
    try:
        yield
    finally:
        torch.nn.functional.linear = plain_linear


def run_case(name: str, config: dict, folder: pathlib.Path) -> None:
    plain = copy.deepcopy(config)
    plain.pop("quantization_config", None)
    config_class = transformers.CONFIG_MAPPING[plain["model_type"]]
    loaded = config_class.from_dict(plain)
    loaded._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(loaded, dtype=torch.float32, attn_implementation="eager")
    model.eval()
    set_weights(model, config)

    margins = []
    for module in model.modules():
        if isinstance(module, modeling_deepseek_v3.DeepseekV3TopkRouter):
            module.register_forward_hook(lambda m, _, output: margins.append(router_margins(m, output[0])))
    tokens = (dummy_weights.words("tokens of " + name, POSITIONS) % np.uint64(config["vocab_size"])).astype(np.int64)
    quantization = config.get("quantization_config", {})
    activations = contextlib.nullcontext()
    if name in FP8_ACTIVATIONS:
        activations = fp8_activations(model, quantization.get("scale_fmt") == "ue8m0")
    with torch.no_grad(), activations:
        logits = model(torch.from_numpy(tokens)[None]).logits[0].double()
    logprobs = torch.log_softmax(logits, dim=-1).numpy()

    excluded, smallest = [], None
    if margins:
        margin = torch.stack(margins).min(0)[0]
        excluded = [int(i) for i in torch.nonzero(margin < MARGIN)[:, 0]]
        smallest = float(margin.min())
    case = folder / name
    case.mkdir(exist_ok=True)
    (case / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    rows = ",\n  ".join(json.dumps([round(float(v) * 1e5) for v in row], separators=(",", ":")) for row in logprobs)
    (case / "golden.json").write_text(
        "{" + f'"made_with": "transformers {transformers.__version__}, float32, eager",\n'
        f' "tokens": {json.dumps(tokens.tolist())},\n "smallest_router_margin": {json.dumps(smallest)},\n'
        f' "excluded_positions": {json.dumps(excluded)},\n "logprobs_times_1e5": [\n  {rows}]}}\n')
    print(f"{name}: spread of log-probabilities {logprobs.std():.3f}, smallest router margin {smallest}, "
          f"{len(excluded)} of {POSITIONS} positions excluded")


def main() -> None:
    folder = pathlib.Path(__file__).resolve().parent
    for name, (base, changes) in CASES.items():
        if len(sys.argv) == 1 or name in sys.argv[1:]:
            run_case(name, {**base, **changes}, folder)


if __name__ == "__main__":
    main()
