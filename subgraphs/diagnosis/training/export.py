"""Joins trained members into the ONNX file that is shipped, and writes its model card.

    python3 export.py --members /tmp/members

Everything that is fitted here (calibration, thresholds, the description of familiar films) is fitted
on the patient-level folds of the training collection, and the card says on which.
"""

import argparse
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from sklearn.metrics import roc_auc_score
from torch.nn.utils.fusion import fuse_conv_bn_eval

from card import card
from films import DIGESTS, NORMAL, PNEUMONIA, Films, load
from network import Block, Ensemble, FilmNet, stage_statistics
from train import draw
from unfamiliar import squash, unfamiliar

REPOSITORY = Path(__file__).resolve().parents[3]
MODEL = REPOSITORY / "subgraphs/diagnosis/model/pneumonia-paediatric.onnx"

COMPONENTS = 96  # principal directions of the stage statistics that keep their own variance
MISSED_SHARE = 0.05  # pneumonia films of the validation fold that may fall below the threshold
UNCERTAIN_SHARE = 0.03  # validation films that may be answered "uncertain"
FAMILIAR_SHARE = 0.99  # validation films that must count as familiar
HALF_FROM = 1000  # weights; larger tensors are stored as 16-bit floats


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default=REPOSITORY.parent / "shared/data/medical")
    parser.add_argument("--members", required=True, help="folder of member-*.pt that train.py wrote")
    parser.add_argument("--out", default=MODEL)
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    fitted = fit(options.data, Path(options.members))
    with torch.no_grad():
        figures = measure(fitted.ensemble, fitted.validation, fitted.thresholds, options.data)

    content = to_onnx(fitted.ensemble)
    out = Path(options.out)
    out.write_bytes(content)
    facts = card(
        version=options.version,
        sha256=hashlib.sha256(content).hexdigest(),
        thresholds=fitted.thresholds,
        calibration=fitted.calibration,
        figures=figures,
        recipes=fitted.recipes,
        data_digests=DIGESTS,
        embedding_size=sum(member.head.in_features for member in fitted.ensemble.members),
    )
    out.with_suffix(".json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    print(json.dumps({"bytes": len(content), **facts}, indent=2, ensure_ascii=False))


@dataclass(frozen=True)
class Fitted:
    """An ensemble that is ready to be written, and what was fitted for it."""

    ensemble: Ensemble
    training: Films
    validation: Films
    calibration: dict
    thresholds: dict
    recipes: list


@torch.no_grad()
def fit(data_folder, members_folder):
    """Fits everything that is not learned by gradient. The same folders give the same numbers."""
    torch.manual_seed(0)
    training, validation = load(data_folder, cache_folder=members_folder)
    members, recipes = read_members(members_folder)
    ensemble = Ensemble(members, COMPONENTS, centres=4).eval()
    describe_familiar(ensemble, training)
    calibration = calibrate(ensemble, validation)
    thresholds = choose_thresholds(ensemble, validation)
    return Fitted(ensemble, training, validation, calibration, thresholds, recipes)


def read_members(folder):
    """Returns the members with batch norms folded away and large weights rounded to 16 bits.

    Rounding comes first, so that every number fitted later belongs to the weights that are shipped.
    """
    members, recipes = [], []
    for path in sorted(folder.glob("member-*.pt")):
        saved = torch.load(path)
        member = FilmNet(saved["width"])
        member.load_state_dict(saved["weights"])
        member.eval()
        member.stem = torch.nn.Sequential(fuse_conv_bn_eval(member.stem[0], member.stem[1]), torch.nn.ReLU())
        for block in [module for module in member.modules() if isinstance(module, Block)]:
            _fold_norms(block)
        for parameter in member.parameters():
            if parameter.numel() >= HALF_FROM:
                parameter.data = parameter.data.half().float()
        members.append(member.requires_grad_(False))
        recipes.append({"seed": saved["seed"], "epochs": saved["epochs"]})
    if not members:
        raise ValueError(f"no member-*.pt in {folder}")
    return members, recipes


def _fold_norms(block):
    block.first = fuse_conv_bn_eval(block.first, block.first_norm)
    block.second = fuse_conv_bn_eval(block.second, block.second_norm)
    block.first_norm = block.second_norm = torch.nn.Identity()
    if len(block.shortcut):
        block.shortcut = torch.nn.Sequential(fuse_conv_bn_eval(*block.shortcut))


def describe_familiar(ensemble, training):
    """Fits the distance: one centre for each class and each collection, one shared covariance."""
    groups = [
        images[labels == label]
        for images, labels in ((training.images, training.labels), from_small(training))
        for label in (NORMAL, PNEUMONIA)
    ]
    for index, member in enumerate(ensemble.members):
        statistics = [_statistics(member, images) for images in groups]
        centres = torch.stack([group.mean(0) for group in statistics])
        within = torch.cat([group - centre for group, centre in zip(statistics, centres)])
        scales = 1 / (within.std(0) + 1e-3 * within.std(0).mean())
        values, vectors = torch.linalg.eigh(torch.from_numpy(np.cov((within * scales).double().T)))
        values, vectors = values.flip(0), vectors.flip(1)
        rest = values[COMPONENTS:].mean()
        kept = vectors[:, :COMPONENTS] * (1 / rest - 1 / values[:COMPONENTS]).clamp(min=0).sqrt()
        ensemble.centres[index] = centres
        ensemble.scales[index] = scales
        ensemble.directions[index] = kept.float()
        ensemble.precisions[index] = float(1 / rest)


def _statistics(member, images):
    return torch.cat([stage_statistics(member.stages(batch)) for batch in images.split(256)])


def from_small(films):
    """The films that have a 28 px copy, enlarged to 64 px as a client would, and their labels."""
    pictures = [
        squash(Image.fromarray(np.uint8(255 * picture + 0.5))) for picture in films.small[films.has_small, 0].numpy()
    ]
    return torch.from_numpy(np.stack(pictures))[:, None], films.labels[films.has_small]


def calibrate(ensemble, validation):
    """Fits the temperature by likelihood, then moves .5 to the chosen operating point.

    The validation fold is easier than films from elsewhere, so the temperature is fitted on the plain
    films, their 28 px copies and two augmented draws together; the classes weigh the same. What a
    shift costs is specificity, so the operating point is the margin that misses MISSED_SHARE of the
    pneumonia films and no lower than the balanced one. Returns what the card says about it.
    """
    every_row = torch.arange(len(validation))
    plain = [(validation.images, validation.labels), from_small(validation)]
    drawn = [(draw(validation, every_row), validation.labels) for _ in range(2)]
    views = [(_margins(ensemble, images), labels) for images, labels in plain + drawn]
    margins = torch.cat([margin for margin, _ in views])
    labels = torch.cat([label for _, label in views])
    weights = len(labels) / (2 * torch.bincount(labels).float())[labels]

    log_temperature = torch.zeros((), requires_grad=True)
    bias = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.LBFGS([log_temperature, bias], max_iter=200)

    def loss():
        optimizer.zero_grad()
        logits = (margins + bias) / log_temperature.exp()
        value = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels.float(), weights)
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)

    temperature, balanced = float(log_temperature.detach().exp()), -float(bias.detach())
    pneumonia = torch.cat([margin[label == PNEUMONIA] for margin, label in views[:2]])
    operating = max(balanced, float(pneumonia.quantile(MISSED_SHARE)))
    ensemble.bias.fill_(-operating)
    ensemble.temperature.fill_(temperature)
    prevalence = 1 / (1 + np.exp((operating - balanced) / temperature))
    return {"temperature": temperature, "bias": -operating, "prevalence": float(prevalence)}


def _margins(ensemble, images):
    return torch.cat([ensemble.margin(batch) for batch in images.split(256)])


def run(ensemble, images):
    """Returns pneumonia probability and distance, both [N] numpy."""
    results = [ensemble(batch) for batch in images.split(256)]
    return (
        torch.cat([result[0][:, 1] for result in results]).numpy(),
        torch.cat([result[2] for result in results]).numpy(),
    )


def choose_thresholds(ensemble, validation):
    """The decision is at .5 by construction; the two others are shares of validation films."""
    large, large_distance = run(ensemble, validation.images)
    small, small_distance = run(ensemble, from_small(validation)[0])
    familiar = max(float(np.quantile(part, FAMILIAR_SHARE)) for part in (large_distance, small_distance))
    from_middle = np.abs(np.concatenate([large, small]) - 0.5)
    half_width = min(0.2, float(np.quantile(from_middle, UNCERTAIN_SHARE)))
    return {
        "threshold": 0.5,
        "uncertain": [round(0.5 - half_width, 3), round(0.5 + half_width, 3)],
        "ood": float(np.ceil(familiar)),
    }


def measure(ensemble, validation, thresholds, data_folder):
    """Everything the card and the README report."""
    rows = np.flatnonzero(validation.has_small.numpy())
    small_images, small_labels = from_small(validation)
    figures = {
        "validation": _score(ensemble, validation.images, validation.labels, validation.patients, thresholds),
        "validation28": _score(ensemble, small_images, small_labels, validation.patients[rows], thresholds),
    }
    rejected = {}
    for name, images in unfamiliar(data_folder, validation).items():
        _, distance = run(ensemble, images)
        rejected[name] = {"n": len(images), "rejected": round(float((distance > thresholds["ood"]).mean()), 3)}
    figures["unfamiliar"] = rejected
    figures["samples"] = _samples(ensemble, Path(data_folder) / "kermany-224-samples", thresholds)
    return figures


def _score(ensemble, images, labels, patients, thresholds):
    probability, distance = run(ensemble, images)
    labels = labels.numpy()
    low, high = thresholds["uncertain"]
    certain = (probability < low) | (probability > high)
    right = (probability >= thresholds["threshold"]) == (labels == PNEUMONIA)
    return {
        "n": len(labels),
        "normal": int((labels == NORMAL).sum()),
        "pneumonia": int((labels == PNEUMONIA).sum()),
        "patients": len(set(patients)),
        "auc": round(float(roc_auc_score(labels, probability)), 4),
        "aucInterval95": _auc_interval(labels, probability, patients),
        "accuracy": round(float(right.mean()), 4),
        "accuracyInterval95": wilson(right),
        "sensitivity": round(float(right[labels == PNEUMONIA].mean()), 4),
        "sensitivityInterval95": wilson(right[labels == PNEUMONIA]),
        "specificity": round(float(right[labels == NORMAL].mean()), 4),
        "specificityInterval95": wilson(right[labels == NORMAL]),
        "brier": round(float(((probability - labels) ** 2).mean()), 4),
        "uncertainShare": round(float(1 - certain.mean()), 4),
        "accuracyWhenCertain": round(float(right[certain].mean()), 4),
        "outOfDistributionShare": round(float((distance > thresholds["ood"]).mean()), 4),
    }


def _auc_interval(labels, probability, patients, draws=1000):
    """Percentile bootstrap over patients, because films of one child are not independent."""
    random = np.random.default_rng(0)
    names, owner = np.unique(patients, return_inverse=True)
    films_of = [np.flatnonzero(owner == index) for index in range(len(names))]
    areas = []
    for _ in range(draws):
        rows = np.concatenate([films_of[index] for index in random.integers(0, len(names), len(names))])
        if 0 < labels[rows].sum() < len(rows):
            areas.append(roc_auc_score(labels[rows], probability[rows]))
    return [round(float(bound), 4) for bound in np.quantile(areas, [0.025, 0.975])]


def wilson(right):
    """Wilson's 95 % interval for a share."""
    n, share, z = len(right), float(np.mean(right)), 1.96
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return [round(float(middle - half), 4), round(float(min(1, middle + half)), 4)]


def _samples(ensemble, folder, thresholds):
    # All of these films belong to the training collection: a smoke test of the picture path, no more.
    paths = sorted(folder.glob("*.jpeg"))
    images = torch.from_numpy(np.stack([squash(Image.open(path).convert("L")) for path in paths]))[:, None]
    labels = np.array(["person" in path.name for path in paths])
    probability, distance = run(ensemble, images)
    return {
        "n": len(paths),
        "accuracy": round(float(((probability >= thresholds["threshold"]) == labels).mean()), 4),
        "outOfDistribution": int((distance > thresholds["ood"]).sum()),
    }


def to_onnx(ensemble):
    """Returns the bytes of an opset 13 model with any batch size."""
    stream = io.BytesIO()
    names = ["probabilities", "cam", "ood", "embedding"]
    torch.onnx.export(
        ensemble,
        torch.rand(2, 1, 64, 64),
        stream,
        opset_version=13,
        input_names=["image"],
        output_names=names,
        dynamic_axes={name: {0: "N"} for name in ["image", *names]},
    )
    model = onnx.load_from_string(stream.getvalue())
    _store_halves(model.graph)
    for node in model.graph.node:
        node.doc_string = ""  # the exporter puts the paths of this source tree here
    onnx.checker.check_model(model)
    return model.SerializeToString()


def _store_halves(graph):
    """Stores large convolution weights as 16-bit floats. They were rounded before, so nothing is lost."""
    casts = []
    for weights in graph.initializer:
        values = numpy_helper.to_array(weights)
        if values.ndim != 4 or values.size < HALF_FROM:
            continue
        assert np.array_equal(values, values.astype(np.float16).astype(np.float32)), weights.name
        name = weights.name
        weights.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + ".half"))
        casts.append(helper.make_node("Cast", [name + ".half"], [name], to=TensorProto.FLOAT))
    nodes = casts + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)


if __name__ == "__main__":
    main()
