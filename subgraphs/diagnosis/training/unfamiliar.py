"""Pictures that deserve no diagnosis. They measure the distance threshold and never set it."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image


def unfamiliar(data_folder, films, seed=0):
    """Returns {name: [N,1,64,64]}. `films` are familiar ones that some groups are made from."""
    random = np.random.default_rng(seed)
    images = films.images
    groups = {
        "inverted films": 1 - images,
        "films turned by 90 degrees": images.rot90(1, (2, 3)),
        "films turned by 270 degrees": images.rot90(3, (2, 3)),
        "films upside down": images.flip(2),
        "films in shuffled strips": torch.cat([part for part in _shuffled(images, random)]),
        "noise": torch.from_numpy(random.random((300, 1, 64, 64)).astype(np.float32)),
        "smooth noise": torch.from_numpy(_smooth_noise(300, random)),
        "constants": torch.linspace(0, 1, 51)[:, None, None, None].expand(-1, 1, 64, 64),
        "photograph patches": _stack(_photograph_patches(300, random)),
        "digits": _stack(_digits(300)),
    }
    groups.update(_dicom_groups(Path(data_folder) / "dicom"))
    adult = Path(data_folder) / "nih-cxr-00000001_000.png"
    groups["adult chest film (NIH)"] = _stack([Image.open(adult).convert("L")])
    return groups


def squash(picture):
    """A grey PIL picture at 64 px, as the training films were made: Lanczos, aspect not kept."""
    return np.asarray(picture.resize((64, 64), Image.LANCZOS), dtype=np.float32) / 255


def _stack(pictures):
    return torch.from_numpy(np.stack([squash(picture) for picture in pictures]))[:, None]


def _shuffled(images, random):
    for image in images:
        strips = np.array_split(np.arange(64), 8)
        random.shuffle(strips)
        yield image[None][:, :, torch.from_numpy(np.concatenate(strips))]


def _smooth_noise(count, random):
    coarse = random.random((count, 8, 8)).astype(np.float32)
    pictures = [Image.fromarray(np.uint8(255 * grid)).resize((64, 64), Image.BICUBIC) for grid in coarse]
    return np.stack([np.asarray(picture, dtype=np.float32) / 255 for picture in pictures])[:, None]


def _photograph_patches(count, random):
    from sklearn.datasets import load_sample_images

    photographs = [Image.fromarray(image).convert("L") for image in load_sample_images().images]
    for index in range(count):
        photograph = photographs[index % len(photographs)]
        side = int(random.integers(96, 400))
        left = int(random.integers(0, photograph.width - side))
        top = int(random.integers(0, photograph.height - side))
        yield photograph.crop((left, top, left + side, top + side))


def _digits(count):
    from sklearn.datasets import load_digits

    for image in load_digits().images[:count]:
        yield Image.fromarray(np.uint8(image / 16 * 255))


def _dicom_groups(folder):
    """Slices of other modalities, stretched to their own range. Files without pixels are left out."""
    import pydicom

    groups = {}
    for path in sorted(folder.glob("*.dcm")):
        try:
            dataset = pydicom.dcmread(path, force=True)
            pixels = np.squeeze(dataset.pixel_array.astype(np.float32))
        except Exception:  # many of these files are malformed on purpose
            continue
        if pixels.ndim != 2 or np.ptp(pixels) == 0:
            continue
        if "siim" in path.name:
            name = "adult chest film (SIIM)"
        else:
            name = "slices: " + str(dataset.get("Modality", "unknown"))
        grey = np.uint8(255 * (pixels - pixels.min()) / np.ptp(pixels))
        if dataset.get("PhotometricInterpretation") == "MONOCHROME1":
            name, grey = name + " inverted by its label", 255 - grey
        groups.setdefault(name, []).append(Image.fromarray(grey))
    return {name: _stack(pictures) for name, pictures in groups.items()}
