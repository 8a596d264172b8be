"""The two architectures in plain PyTorch, with the parameter names of the published checkpoints.

Shapes: x is [batch, positions, hidden]. Rows are padded on the right, so the causal mask is all the masking needed.
"""

import torch
import torch.nn.functional as F
from torch import nn

MOE_CONFIG = {
    "architectures": ["DeepseekV3ForCausalLM"],
    "attention_bias": False,
    "attention_dropout": 0.0,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "first_k_dense_replace": 1,
    "hidden_act": "silu",
    "hidden_size": 128,
    "initializer_range": 0.02,
    "intermediate_size": 384,
    "kv_lora_rank": 64,
    "max_position_embeddings": 1024,
    "model_type": "deepseek_v3",
    "moe_intermediate_size": 128,
    "moe_layer_freq": 1,
    "n_group": 4,
    "n_routed_experts": 8,
    "n_shared_experts": 1,
    "norm_topk_prob": True,
    "num_attention_heads": 4,
    "num_experts_per_tok": 2,
    "num_hidden_layers": 4,
    "num_key_value_heads": 4,
    "num_nextn_predict_layers": 0,
    "q_lora_rank": 96,
    "qk_nope_head_dim": 32,
    "qk_rope_head_dim": 16,
    "rms_norm_eps": 1e-06,
    "rope_scaling": None,
    "rope_theta": 10000.0,
    "routed_scaling_factor": 1.5,
    "scoring_func": "sigmoid",
    "tie_word_embeddings": False,
    "topk_group": 2,
    "topk_method": "noaux_tc",
    "torch_dtype": "bfloat16",
    "use_cache": True,
    "v_head_dim": 32,
    "vocab_size": 704,
}

DENSE_CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "attention_bias": False,
    "attention_dropout": 0.0,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "head_dim": 32,
    "hidden_act": "silu",
    "hidden_size": 128,
    "initializer_range": 0.02,
    "intermediate_size": 384,
    "max_position_embeddings": 1024,
    "mlp_bias": False,
    "model_type": "llama",
    "num_attention_heads": 4,
    "num_hidden_layers": 4,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-06,
    "rope_scaling": None,
    "rope_theta": 10000.0,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "use_cache": True,
    "vocab_size": 704,
}


class RmsNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        return F.rms_norm(x, self.weight.shape, self.weight, self.eps)


class Linear(nn.Module):
    """A linear map without bias; `quantise` (set from outside) sees its input, for checks of the stored format."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) * inputs**-0.5)
        self.quantise = None

    def forward(self, x):
        return F.linear(x if self.quantise is None else self.quantise(x), self.weight)


def rope_angles(positions, width, theta, device):
    """[positions, width / 2]"""
    frequencies = theta ** -(torch.arange(0, width, 2, device=device, dtype=torch.float32) / width)
    return torch.arange(positions, device=device, dtype=torch.float32)[:, None] * frequencies


def rotate_halves(x, angles):
    cos, sin = angles.cos(), angles.sin()
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


def rotate_pairs(x, angles):
    """Adjacent pairs are rotated. The result is left de-interleaved, which no dot product of two such can see."""
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class GroupedQueryAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.heads, self.kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
        self.width, self.theta = config["head_dim"], config["rope_theta"]
        hidden = config["hidden_size"]
        self.q_proj = Linear(hidden, self.heads * self.width)
        self.k_proj = Linear(hidden, self.kv_heads * self.width)
        self.v_proj = Linear(hidden, self.kv_heads * self.width)
        self.o_proj = Linear(self.heads * self.width, hidden)

    def forward(self, x):
        batch, positions, _ = x.shape
        split = lambda y, heads: y.view(batch, positions, heads, self.width).transpose(1, 2)
        angles = rope_angles(positions, self.width, self.theta, x.device)
        query = rotate_halves(split(self.q_proj(x), self.heads), angles)
        key = rotate_halves(split(self.k_proj(x), self.kv_heads), angles)
        value = split(self.v_proj(x), self.kv_heads)
        repeats = self.heads // self.kv_heads
        key, value = key.repeat_interleave(repeats, 1), value.repeat_interleave(repeats, 1)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, positions, -1))


class LatentAttention(nn.Module):
    """Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, section 2.1), expanded form."""

    def __init__(self, config):
        super().__init__()
        self.heads, self.theta = config["num_attention_heads"], config["rope_theta"]
        self.nope, self.rope = config["qk_nope_head_dim"], config["qk_rope_head_dim"]
        self.value, self.latent = config["v_head_dim"], config["kv_lora_rank"]
        hidden, eps = config["hidden_size"], config["rms_norm_eps"]
        self.q_a_proj = Linear(hidden, config["q_lora_rank"])
        self.q_a_layernorm = RmsNorm(config["q_lora_rank"], eps)
        self.q_b_proj = Linear(config["q_lora_rank"], self.heads * (self.nope + self.rope))
        self.kv_a_proj_with_mqa = Linear(hidden, self.latent + self.rope)
        self.kv_a_layernorm = RmsNorm(self.latent, eps)
        self.kv_b_proj = Linear(self.latent, self.heads * (self.nope + self.value))
        self.o_proj = Linear(self.heads * self.value, hidden)

    def forward(self, x):
        batch, positions, _ = x.shape
        split = lambda y: y.view(batch, positions, self.heads, -1).transpose(1, 2)
        angles = rope_angles(positions, self.rope, self.theta, x.device)
        query = split(self.q_b_proj(self.q_a_layernorm(self.q_a_proj(x))))
        query_nope, query_rope = query.split([self.nope, self.rope], -1)
        latent, key_rope = self.kv_a_proj_with_mqa(x).split([self.latent, self.rope], -1)
        key_nope, value = split(self.kv_b_proj(self.kv_a_layernorm(latent))).split([self.nope, self.value], -1)
        key_rope = rotate_pairs(key_rope, angles)[:, None].expand(-1, self.heads, -1, -1)
        query = torch.cat([query_nope, rotate_pairs(query_rope, angles)], -1)
        key = torch.cat([key_nope, key_rope], -1)
        # The fast kernel wants values as wide as keys.
        value = F.pad(value, (0, self.nope + self.rope - self.value))
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)[..., : self.value]
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, positions, -1))


class Mlp(nn.Module):
    def __init__(self, hidden, width):
        super().__init__()
        self.gate_proj, self.up_proj = Linear(hidden, width), Linear(hidden, width)
        self.down_proj = Linear(width, hidden)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Router(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.experts, self.top_k = config["n_routed_experts"], config["num_experts_per_tok"]
        self.groups, self.kept_groups = config["n_group"], config["topk_group"]
        self.scale = config["routed_scaling_factor"]
        self.weight = nn.Parameter(torch.randn(self.experts, config["hidden_size"]) * config["hidden_size"] ** -0.5)
        self.register_buffer("e_score_correction_bias", torch.zeros(self.experts))

    def forward(self, x):
        """x [tokens, hidden] -> experts and their weights, each [tokens, top_k]."""
        scores = F.linear(x, self.weight).sigmoid()
        with torch.no_grad():
            biased = (scores + self.e_score_correction_bias).view(-1, self.groups, self.experts // self.groups)
            kept = biased.topk(2, -1).values.sum(-1).topk(self.kept_groups, -1).indices
            mask = torch.zeros(biased.shape[:2], dtype=torch.bool, device=x.device).scatter_(1, kept, True)
            chosen = biased.masked_fill(~mask[..., None], float("-inf")).flatten(1).topk(self.top_k, -1).indices
        weights = scores.gather(1, chosen)
        return chosen, weights / (weights.sum(-1, keepdim=True) + 1e-20) * self.scale


class Experts(nn.Module):
    """All routed experts of a layer in three stacked tensors [experts, outputs, inputs]."""

    def __init__(self, config):
        super().__init__()
        count, hidden, width = config["n_routed_experts"], config["hidden_size"], config["moe_intermediate_size"]
        self.gate = nn.Parameter(torch.randn(count, width, hidden) * hidden**-0.5)
        self.up = nn.Parameter(torch.randn(count, width, hidden) * hidden**-0.5)
        self.down = nn.Parameter(torch.randn(count, hidden, width) * width**-0.5)
        self.quantise = None

    def forward(self, x, chosen, weights):
        quantise = self.quantise or (lambda y: y)
        top_k = chosen.shape[1]
        order = chosen.flatten().argsort(stable=True)
        counts = chosen.flatten().bincount(minlength=len(self.gate)).tolist()
        token = order // top_k
        parts = quantise(x).index_select(0, token).split(counts)
        outputs = []
        for part, gate, up, down in zip(parts, self.gate.unbind(), self.up.unbind(), self.down.unbind()):
            outputs.append(F.linear(quantise(F.silu(F.linear(part, gate)) * F.linear(part, up)), down))
        scaled = torch.cat(outputs) * weights.flatten().index_select(0, order)[:, None]
        return torch.zeros_like(x).index_add(0, token, scaled)


class MixtureOfExperts(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.gate = Router(config)
        self.experts = Experts(config)
        self.shared_experts = Mlp(
            config["hidden_size"], config["moe_intermediate_size"] * config["n_shared_experts"]
        )
        self.load = None  # tokens of the last forward pass by expert, [experts]

    def forward(self, x):
        flat = x.flatten(0, 1)
        chosen, weights = self.gate(flat)
        self.load = chosen.flatten().bincount(minlength=self.gate.experts)
        return (self.experts(flat, chosen, weights) + self.shared_experts(flat)).view_as(x)

    def balance(self, speed):
        """Balancing without an auxiliary loss (DeepSeek-V3, arXiv 2412.19437, section 2.1.2)."""
        load = self.load.float()
        self.gate.e_score_correction_bias += speed * torch.sign(load.mean() - load)


class Layer(nn.Module):
    def __init__(self, config, index):
        super().__init__()
        hidden, eps = config["hidden_size"], config["rms_norm_eps"]
        latent = config["model_type"] == "deepseek_v3"
        sparse = latent and index >= config["first_k_dense_replace"]
        self.input_layernorm = RmsNorm(hidden, eps)
        self.self_attn = LatentAttention(config) if latent else GroupedQueryAttention(config)
        self.post_attention_layernorm = RmsNorm(hidden, eps)
        self.mlp = MixtureOfExperts(config) if sparse else Mlp(hidden, config["intermediate_size"])

    def forward(self, x):
        x = x + self.self_attn(self.input_layernorm(x))
        return x + self.mlp(self.post_attention_layernorm(x))


class Model(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        hidden = config["hidden_size"]
        self.embed_tokens = nn.Embedding(config["vocab_size"], hidden)
        self.layers = nn.ModuleList(Layer(config, i) for i in range(config["num_hidden_layers"]))
        self.norm = RmsNorm(hidden, config["rms_norm_eps"])
        self.lm_head = Linear(hidden, config["vocab_size"])
        with torch.no_grad():  # every block begins as almost nothing, every next token as equally likely
            self.lm_head.weight.zero_()
            for layer in self.layers:
                layer.self_attn.o_proj.weight.mul_(0.1)
                for part in [layer.mlp, getattr(layer.mlp, "shared_experts", None)]:
                    if isinstance(part, Mlp):
                        part.down_proj.weight.mul_(0.1)
                if isinstance(layer.mlp, MixtureOfExperts):
                    layer.mlp.experts.down.mul_(0.1)

    def hidden(self, ids):
        """ids [batch, positions] -> [batch, positions, hidden], normalised for lm_head."""
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)

    def forward(self, ids):
        return self.lm_head(self.hidden(ids))

    def mixtures(self):
        return [layer.mlp for layer in self.layers if isinstance(layer.mlp, MixtureOfExperts)]
