"""The two training collections, held as one table of films with patient-level folds.

Both collections show the same cases. The 64 px copy was squashed to a square by its publisher, so
the width of the original film is lost; the 28 px copy (PneumoniaMNIST) was cut to a central square
and is true to life. Finding each small picture inside its large one gives back two facts that
neither file states: how wide the film was, and which patient the small picture belongs to.
"""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

DIGESTS = {
    "kermany-64-train.npz": "421d7e79251efebc4bcfa2aec10eee297a752cc1e20bc2f0af4c9b0492138d31",
    "kermany-64-train.csv": "9a701ef80040a574a2181466834083a1982c7eefd8fb39908b8a9246051aa4cd",
    "pneumoniamnist-28-trainval.npz": "98129643b2f0468fac452098a891388721ba9b3b190e4112bdbb9cdad05ff5b4",
}

NORMAL, PNEUMONIA = 0, 1
SIDE = 64  # pixels

# Widths over heights tried when a small picture is looked for inside a large one.
ASPECTS = np.arange(0.9, 2.41, 0.075)

# Below this correlation a small picture counts as not found. The first percentile of all matches is .964.
SAME_FILM_CORRELATION = 0.95


@dataclass(frozen=True)
class Films:
    """Films of one fold. Row i of every field speaks of the same film."""

    images: torch.Tensor  # [N,1,64,64] float32, 0..1, squashed to a square
    labels: torch.Tensor  # [N] int64, 1 = pneumonia
    aspects: torch.Tensor  # [N] float32, width over height of the film before it was squashed
    small: torch.Tensor  # [N,1,28,28] float32, 0..1, the central square; zeros where there is none
    has_small: torch.Tensor  # [N] bool
    patients: np.ndarray  # [N] str, the source's patient ids

    def __len__(self):
        return len(self.labels)


def load(data_folder, cache_folder=None):
    """Returns (training films, validation films); no patient is in both.

    The fold comes from the table beside the images, which draws it by a digest of the patient id.
    Raises ValueError when a file is not the one this recipe was written for.
    """
    folder = Path(data_folder)
    for name, expected in DIGESTS.items():
        actual = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if actual != expected:
            raise ValueError(f"{name}: expected sha256 {expected}, got {actual}")

    large = np.load(folder / "kermany-64-train.npz")
    with open(folder / "kermany-64-train.csv", newline="") as table:
        rows = list(csv.DictReader(table))
    folds = np.array([row["fold"] for row in rows])
    patients = np.array([row["patient"] for row in rows])
    images = torch.from_numpy(large["images"])[:, None].float() / 255
    labels = torch.from_numpy(large["labels"].astype(np.int64)).reshape(-1)

    aspects, small, has_small = _pair(images, labels, _small_pictures(folder), cache_folder)

    def fold(name):
        here = folds == name
        rows = torch.from_numpy(np.flatnonzero(here))
        return Films(images[rows], labels[rows], aspects[rows], small[rows], has_small[rows], patients[here])

    return fold("train"), fold("val")


def _small_pictures(folder):
    # The published split of this file is by image, not by patient. Both parts are pooled here and
    # take the fold of the large film that they belong to.
    arrays = np.load(folder / "pneumoniamnist-28-trainval.npz")
    images = np.concatenate([arrays["train_images"], arrays["val_images"]])
    labels = np.concatenate([arrays["train_labels"], arrays["val_labels"]]).reshape(-1)
    return torch.from_numpy(images)[:, None].float() / 255, torch.from_numpy(labels.astype(np.int64))


def _pair(images, labels, small_pictures, cache_folder):
    """Finds for every small picture its large film and the aspect at which they agree best.

    A pair whose labels disagree is dropped. A film without a small picture is given the median
    aspect of its class.
    """
    pictures, picture_labels = small_pictures
    correlation, film, aspect = _matches(images, pictures, cache_folder)

    aspects = torch.full((len(images),), float("nan"))
    small = torch.zeros(len(images), 1, 28, 28)
    has_small = torch.zeros(len(images), dtype=torch.bool)
    found = (correlation > SAME_FILM_CORRELATION) & (labels[film] == picture_labels)
    for picture in torch.nonzero(found).reshape(-1).tolist():
        row = int(film[picture])
        aspects[row] = aspect[picture]
        small[row] = pictures[picture]
        has_small[row] = True
    for label in (NORMAL, PNEUMONIA):
        known = aspects[(labels == label) & has_small]
        aspects[(labels == label) & ~has_small] = known.median()
    return aspects, small, has_small


def _matches(images, pictures, cache_folder):
    cache = Path(cache_folder) / "matches.pt" if cache_folder else None
    if cache and cache.exists():
        return torch.load(cache)
    wanted = _unit_rows(pictures)
    best = torch.full((len(pictures),), -1.0)
    film = torch.zeros(len(pictures), dtype=torch.long)
    aspect = torch.zeros(len(pictures))
    for candidate in ASPECTS:
        offered = _unit_rows(torch.cat([_central_square(part, candidate) for part in images.split(512)]))
        for start in range(0, len(pictures), 1024):
            rows = slice(start, start + 1024)
            value, index = (wanted[rows] @ offered.T).max(1)
            better = value > best[rows]
            best[rows][better] = value[better]
            film[rows][better] = index[better]
            aspect[rows][better] = float(candidate)
    if cache:
        torch.save((best, film, aspect), cache)
    return best, film, aspect


def _central_square(images, aspect):
    """Cuts the central square out of films that were `aspect` times as wide as high, at 28 px."""
    theta = torch.tensor([[[min(1.0, 1 / aspect), 0, 0], [0, min(1.0, aspect), 0]]], dtype=torch.float32)
    grid = F.affine_grid(theta.expand(len(images), -1, -1), (len(images), 1, 112, 112), align_corners=False)
    return F.avg_pool2d(F.grid_sample(images, grid, padding_mode="border", align_corners=False), 4)


def _unit_rows(images):
    rows = images.reshape(len(images), -1)
    rows = rows - rows.mean(1, keepdim=True)
    return rows / (rows.norm(dim=1, keepdim=True) + 1e-6)
