"""Muon for the matrices inside the layers, Adam for everything else."""

import torch

# Quintic Newton-Schulz coefficients for orthogonalisation: K. Jordan et al., "Muon", 2024.
COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalise(matrices):
    """[count, rows, columns], rows <= columns after a turn: singular values pushed towards 1."""
    turned = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if turned else matrices
    x = (x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)).bfloat16()
    a, b, c = COEFFICIENTS
    for _ in range(5):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if turned else x).float()


class Muon(torch.optim.Optimizer):
    def __init__(self, parameters, lr, momentum=0.95, weight_decay=0.0):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            by_shape = {}
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(parameter)
                momentum = state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
                update = parameter.grad.lerp(momentum, group["momentum"])  # Nesterov
                by_shape.setdefault(tuple(parameter.shape[-2:]), []).append((parameter, update))
            for (rows, columns), entries in by_shape.items():
                flat = torch.cat([update.reshape(-1, rows, columns) for _, update in entries])
                directions = orthogonalise(flat).split([update[..., 0, 0].numel() for _, update in entries])
                scale = max(1.0, rows / columns) ** 0.5
                for (parameter, _), direction in zip(entries, directions):
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    parameter.add_(direction.view_as(parameter), alpha=-group["lr"] * scale)


def build_optimisers(model):
    """Each with its full learning rate under "peak" in its groups."""
    matrices, others = [], []
    for name, parameter in model.named_parameters():
        inner = name.startswith("layers.") and parameter.ndim >= 2 and not name.endswith("mlp.gate.weight")
        (matrices if inner else others).append(parameter)
    optimisers = [
        Muon(matrices, lr=0.01, weight_decay=0.05),
        torch.optim.Adam(others, lr=0.004, betas=(0.9, 0.98)),
    ]
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["peak"] = group["lr"]
    return optimisers
