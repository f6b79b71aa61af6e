"""Trains one member of the ensemble and writes its averaged weights.

    python3 train.py --seed 1 --out /tmp/members

The known weakness of these films is that the two classes come from different machines: normal films
are squarer and sharper. Left alone, a network learns that. The augmentation therefore gives every film
a new shape and a new sharpness, drawn without regard to its class.
"""

import argparse
import math
import time
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from films import load
from network import FilmNet

REPOSITORY = Path(__file__).resolve().parents[3]

BATCH = 128  # films
PEAK_RATE = 4e-3
WARM_UP = 0.2  # part of all steps
WEIGHT_DECAY = 5e-2
LABEL_SMOOTHING = 0.05
MIXUP = 0.3  # both parameters of the Beta distribution
SMALL_SHARE = 0.25  # part of the films that are read from their 28 px copy


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default=REPOSITORY.parent / "shared/data/medical")
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--width", type=int, default=24)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)

    training, validation = load(options.data, cache_folder=out)
    network = fit(FilmNet(options.width), training, validation, options)
    torch.save(
        {"width": options.width, "seed": options.seed, "epochs": options.epochs, "weights": network.state_dict()},
        out / f"member-{options.seed}.pt",
    )


def fit(network, training, validation, options):
    """Returns the exponential moving average of the weights, which is what is shipped."""
    network = network.to(memory_format=torch.channels_last)
    average = deepcopy(network).eval()
    random = np.random.default_rng(options.seed)
    steps_per_epoch = len(training) // BATCH
    steps = options.epochs * steps_per_epoch
    optimizer = torch.optim.AdamW(_decay_groups(network), lr=PEAK_RATE)
    class_weights = len(training) / (2 * torch.bincount(training.labels).float())

    step, started = 0, time.time()
    for epoch in range(options.epochs):
        network.train()
        order = torch.randperm(len(training))
        for rows in order[: steps_per_epoch * BATCH].split(BATCH):
            for group in optimizer.param_groups:
                group["lr"] = PEAK_RATE * one_cycle(step / steps)
            images, targets = mix(draw(training, rows), training.labels[rows], random)
            images = images.contiguous(memory_format=torch.channels_last)
            log_probabilities = F.log_softmax(network(images), 1)
            loss = -(targets * class_weights * log_probabilities).sum(1).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            step += 1
            _follow(average, network, min(0.99, step / (step + 9)))
        if epoch % 5 == 4 or epoch == options.epochs - 1:
            _report(epoch, loss, average, validation, time.time() - started)
    return average


def draw(films, rows):
    """Returns one augmented 64 px picture per row."""
    images, aspects = films.images[rows].clone(), films.aspects[rows].clone()
    small = films.has_small[rows] & (torch.rand(len(rows)) < SMALL_SHARE)
    if small.any():
        images[small] = F.interpolate(films.small[rows][small], size=(64, 64), mode="bicubic", align_corners=False)
        aspects[small] = 1.0
    images = soften(reshape(images, aspects).clamp(0, 1))
    return erase(relight(images))


def reshape(images, aspects):
    """Rotates, scales, shifts and mirrors; and gives every film a new width over height.

    The new aspect is drawn alike for both classes, so the shape of the anatomy no longer tells
    which machine took the film. A film that gets narrower loses its sides; one that gets wider
    loses its top and bottom or gains margins.
    """
    count = len(images)
    change = _uniform(count, 0.95, 1.75) / aspects
    share = _uniform(count, 0.3, 1.0)
    scale = _uniform(count, 0.87, 1.15)
    across = scale * change.pow(share) * torch.where(torch.rand(count) < 0.5, 1.0, -1.0)
    down = scale * change.pow(share - 1)
    angle = _uniform(count, -15, 15) * math.pi / 180
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0] = across * angle.cos()
    theta[:, 0, 1] = -across * angle.sin()
    theta[:, 1, 0] = down * angle.sin()
    theta[:, 1, 1] = down * angle.cos()
    theta[:, :, 2] = _uniform((count, 2), -0.18, 0.18)  # the picture spans -1..1, so 9 % of its side
    grid = F.affine_grid(theta, images.shape, align_corners=False)
    margins = "zeros" if torch.rand(()) < 0.5 else "border"
    return F.grid_sample(images, grid, padding_mode=margins, align_corners=False)


def soften(images):
    """Blurs or sharpens half of the films, and sends a third through a coarser grid and back."""
    blurred = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, 1)
    amount = _uniform((len(images), 1, 1, 1), -1.0, 0.7) * (torch.rand(len(images), 1, 1, 1) < 0.5)
    images = images + amount * (images - blurred)
    coarse = torch.rand(len(images)) < 0.33
    if coarse.any():
        side = int(torch.randint(26, 50, ()))
        reduced = F.interpolate(images[coarse], size=(side, side), mode="bilinear", antialias=True)
        back = "bicubic" if torch.rand(()) < 0.5 else "bilinear"
        images[coarse] = F.interpolate(reduced, size=(64, 64), mode=back, align_corners=False)
    return images.clamp(0, 1)


def relight(images):
    """Changes gamma, contrast and brightness, and adds grain."""
    each = (len(images), 1, 1, 1)
    images = images.clamp(1e-4, 1).pow(_uniform(each, -0.5, 0.5).exp())
    mean = images.mean((2, 3), keepdim=True)
    images = (images - mean) * _uniform(each, 0.6, 1.4) + mean + _uniform(each, -0.2, 0.2)
    return (images + torch.randn_like(images) * _uniform(each, 0, 0.05)).clamp(0, 1)


def erase(images):
    """Greys out a rectangle in three films of ten, so that no single spot decides."""
    for row in torch.nonzero(torch.rand(len(images)) < 0.3).reshape(-1).tolist():
        height, width = torch.randint(7, 22, (2,)).tolist()
        top, left = int(torch.randint(0, 64 - height, ())), int(torch.randint(0, 64 - width, ()))
        images[row, :, top : top + height, left : left + width] = torch.rand(())
    return images


def mix(images, labels, random):
    """Mixup (Zhang et al., ICLR 2018) with smoothed labels. Returns images and targets [N,2]."""
    targets = F.one_hot(labels, 2).float() * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / 2
    share = torch.from_numpy(random.beta(MIXUP, MIXUP, len(images)).astype(np.float32))
    share = torch.maximum(share, 1 - share)
    partner = torch.randperm(len(images))
    pixel_share, target_share = share[:, None, None, None], share[:, None]
    return (
        pixel_share * images + (1 - pixel_share) * images[partner],
        target_share * targets + (1 - target_share) * targets[partner],
    )


def one_cycle(progress):
    """Cosine up to 1 during the warm-up, cosine down to 0 after it."""
    if progress < WARM_UP:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * progress / WARM_UP)) / 2
    return (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP))) / 2


def _decay_groups(network):
    # Norms and biases are not pulled to zero; only the weights of convolutions and of the head are.
    weights = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    return [{"params": weights, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]


@torch.no_grad()
def _follow(average, network, decay):
    for mine, theirs in zip(average.state_dict().values(), network.state_dict().values()):
        if mine.dtype.is_floating_point:
            mine.mul_(decay).add_(theirs, alpha=1 - decay)
        else:
            mine.copy_(theirs)


@torch.no_grad()
def _report(epoch, loss, network, validation, seconds):
    from sklearn.metrics import roc_auc_score

    logits = network(validation.images)
    margin = logits[:, 1] - logits[:, 0]
    labels = validation.labels
    sensitivity = (margin[labels == 1] > 0).float().mean()
    specificity = (margin[labels == 0] <= 0).float().mean()
    area = roc_auc_score(labels.numpy(), margin.numpy())
    print(
        f"epoch {epoch + 1} loss {loss:.4f} auc {area:.4f} sensitivity {sensitivity:.4f} "
        f"specificity {specificity:.4f} seconds {seconds:.0f}",
        flush=True,
    )


def _uniform(shape, low, high):
    return torch.rand(shape) * (high - low) + low


if __name__ == "__main__":
    main()
