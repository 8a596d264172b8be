"""What a figure must reach at least, or may be at most: used by the comparisons with peers."""

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Floor:
    figure: str  # its key in the script's results
    bound: float
    at_most: bool = False

    def is_met(self, value):
        if value is None or not math.isfinite(value):
            return False  # what was not measured meets nothing
        return value <= self.bound if self.at_most else value >= self.bound


def judge(floors, figures):
    """One entry a floor, in the order given."""
    return [{"figure": floor.figure, "value": figures.get(floor.figure),
             "floor": f"{'at most' if floor.at_most else 'at least'} {floor.bound:g}",
             "met": floor.is_met(figures.get(floor.figure))} for floor in floors]


def lines(judged):
    for entry in judged:
        value = "not measured" if entry["value"] is None else f"{entry['value']:.4g}"
        yield f"floor {'met   ' if entry['met'] else 'MISSED'}  {entry['figure']}: {value}, {entry['floor']}"


def exit_code(judged):
    return 0 if all(entry["met"] for entry in judged) else 1
