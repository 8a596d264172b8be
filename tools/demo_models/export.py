"""Writes trained models in the layouts of the published checkpoints."""

import json

import torch
from safetensors.torch import save_file

from .models import DENSE_CONFIG, MOE_CONFIG, Model
from .tokenizer import save_tokenizer

BLOCK = 128
FP8_MAX = torch.finfo(torch.float8_e4m3fn).max  # 448
QUANTISATION = {
    "activation_scheme": "dynamic",
    "fmt": "e4m3",
    "quant_method": "fp8",
    "weight_block_size": [BLOCK, BLOCK],
}


def quantise_blocks(weight):
    """[o, i] -> E4M3 of the same shape, and the float32 scale of each 128x128 block [ceil(o/128), ceil(i/128)]."""
    rows, columns = weight.shape
    padded = torch.zeros(-(-rows // BLOCK) * BLOCK, -(-columns // BLOCK) * BLOCK)
    padded[:rows, :columns] = weight
    blocks = padded.view(padded.shape[0] // BLOCK, BLOCK, -1, BLOCK)
    scale = blocks.abs().amax((1, 3)).clamp(min=1e-12) / FP8_MAX
    quantised = (blocks / scale[:, None, :, None]).reshape(padded.shape)[:rows, :columns]
    return quantised.to(torch.float8_e4m3fn).contiguous(), scale.contiguous()


def dequantise_blocks(quantised, scale):
    spread = scale.repeat_interleave(BLOCK, 0).repeat_interleave(BLOCK, 1)
    return quantised.float() * spread[: quantised.shape[0], : quantised.shape[1]]


def published_tensors(model):
    """Name in the published checkpoint -> float32 tensor."""
    tensors = {}
    for name, tensor in model.state_dict().items():
        tensor = tensor.detach().float()
        parts = name.split(".")
        if "experts" in parts and "shared_experts" not in parts:
            for expert, matrix in enumerate(tensor.unbind()):
                tensors["model." + ".".join(parts[:-1]) + f".{expert}.{parts[-1]}_proj.weight"] = matrix
        else:
            tensors[name if name.startswith("lm_head") else "model." + name] = tensor
    return tensors


def is_fp8(name):
    """As published: every projection inside the layers; not the router, the norms, the embeddings and lm_head."""
    return name.endswith("_proj.weight") or name.endswith("kv_a_proj_with_mqa.weight")


def stored_tensors(model, block_fp8):
    stored = {}
    for name, tensor in published_tensors(model).items():
        if name.endswith("e_score_correction_bias"):
            stored[name] = tensor.clone()
        elif block_fp8 and is_fp8(name):
            stored[name], stored[name.replace(".weight", ".weight_scale_inv")] = quantise_blocks(tensor)
        else:
            stored[name] = tensor.to(torch.bfloat16).contiguous()
    return stored


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")


def export_model(model, tokenizer, folder, block_fp8):
    save_tokenizer(tokenizer, folder)
    config = model.config | ({"quantization_config": QUANTISATION} if block_fp8 else {})
    write_json(folder / "config.json", config)
    generation = {"bos_token_id": 0, "do_sample": False, "eos_token_id": 1, "max_new_tokens": 320, "pad_token_id": 1}
    write_json(folder / "generation_config.json", generation)
    weights = folder / "model.safetensors"
    save_file(stored_tensors(model, block_fp8), weights, {"format": "pt"})
    weights.chmod(0o644)  # safetensors lets nobody but the owner read it


def export_pair(work, out):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(work / "tokenizer" / "tokenizer.json"))
    for kind, config in [("moe", MOE_CONFIG), ("dense", DENSE_CONFIG)]:
        model = Model(config)
        model.load_state_dict(torch.load(work / f"{kind}.pt", weights_only=True)["model"])
        export_model(model, tokenizer, out / f"reckon-demo-{kind}", block_fp8=kind == "moe")
