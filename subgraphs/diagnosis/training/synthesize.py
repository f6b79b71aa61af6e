"""Makes the demonstration films: sampled from a model of the collection, never copied from it.

    python3 synthesize.py --members /tmp/members

Each class of the training fold is described by its mean film and its first principal components. A
synthetic film is the mean plus a random amount of each. Of the many that are drawn, those are kept
that the diagnosis model finds familiar and judges clearly, so that the demonstration shows both answers.
"""

import argparse
import uuid
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from export import fit, run
from films import NORMAL, PNEUMONIA
from unfamiliar import squash

REPOSITORY = Path(__file__).resolve().parents[3]
DEMO = REPOSITORY / "subgraphs/patient/demo"

FILES = {
    NORMAL: ["normal-1.dcm", "normal-2.dcm", "normal-3.png", "normal-4.png"],
    PNEUMONIA: ["pneumonia-1.dcm", "pneumonia-2.dcm", "pneumonia-3.dcm", "pneumonia-4.png"],
}
SIDE = 512  # pixels
COMPONENTS = 120
SPREAD = 0.85  # of the standard deviation of the class; less than one keeps anatomy plausible
CLEAR = 0.03  # largest probability of the other class
FAMILIAR = 0.7  # largest part of the distance threshold
DRAWS = 200
STAMP = "SYNTHETIC"

# PS3.4 B.5: Digital X-Ray Image Storage - For Presentation
DX_FOR_PRESENTATION = "1.2.840.10008.5.1.4.1.1.1.1"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default=REPOSITORY.parent / "shared/data/medical")
    parser.add_argument("--members", required=True, help="folder of member-*.pt that train.py wrote")
    parser.add_argument("--out", default=DEMO)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)

    random = np.random.default_rng(options.seed)
    fitted = fit(options.data, Path(options.members))
    print("| file | probability of pneumonia | distance (threshold %g) |\n|---|---|---|" % fitted.thresholds["ood"])
    for label, names in FILES.items():
        films = fitted.training.images[fitted.training.labels == label]
        pictures = [stamp(picture) for picture in sample(films, DRAWS, random)]
        for name, (picture, probability, distance) in zip(names, clear_ones(fitted, label, pictures)):
            write = write_dicom if name.endswith(".dcm") else write_png
            write(out / name, picture)
            print(f"| {name} | {probability:.3f} | {distance:.0f} |")


def sample(films, count, random):
    """Returns `count` grey pictures, SIDE x SIDE."""
    pixels = films.reshape(len(films), -1).double().numpy()
    mean = pixels.mean(0)
    variances, directions = np.linalg.eigh(np.cov((pixels - mean).T))
    variances, directions = variances[::-1][:COMPONENTS], directions[:, ::-1][:, :COMPONENTS]
    amounts = SPREAD * np.sqrt(variances) * random.standard_normal((count, COMPONENTS))
    for film in (mean + amounts @ directions.T).clip(0, 1).reshape(count, *films.shape[-2:]):
        yield Image.fromarray(np.uint8(255 * film + 0.5)).resize((SIDE, SIDE), Image.BICUBIC)


def stamp(picture):
    """Writes the word into the lower right corner: 22 pixels high, two or three in what the model reads."""
    font = ImageFont.load_default()
    left, top, right, bottom = font.getbbox(STAMP)
    word = Image.new("L", (right - left + 4, bottom - top + 4), 0)
    ImageDraw.Draw(word).text((2 - left, 2 - top), STAMP, fill=230, font=font)
    word = word.resize((2 * word.width, 2 * word.height), Image.NEAREST)
    picture.paste(word, (SIDE - word.width - 8, SIDE - word.height - 8))
    return picture


def clear_ones(fitted, label, pictures):
    """Yields (picture, probability of pneumonia, distance) of those that are familiar and clear."""
    images = torch.from_numpy(np.stack([squash(picture) for picture in pictures]))[:, None]
    with torch.no_grad():
        probabilities, distances = run(fitted.ensemble, images)
    other_class = np.abs(label - probabilities)
    kept = (other_class < CLEAR) & (distances < FAMILIAR * fitted.thresholds["ood"])
    for index in np.flatnonzero(kept):
        yield pictures[index], probabilities[index], distances[index]


def write_png(path, picture):
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "SYNTHETIC picture, sampled from a statistical model. Shows no person.")
    picture.save(path, pnginfo=text, optimize=True)


def write_dicom(path, picture):
    """Explicit VR Little Endian. Every identifier is made from the file name and belongs to nobody."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DX_FOR_PRESENTATION
    meta.MediaStorageSOPInstanceUID = _uid(path.name, "instance")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = _uid("cloister", "implementation")
    meta.ImplementationVersionName = "CLOISTER"

    film = FileDataset(str(path), Dataset(), file_meta=meta, preamble=b"\0" * 128)
    film.is_little_endian, film.is_implicit_VR = True, False
    film.SpecificCharacterSet = "ISO_IR 192"
    film.ImageType = ["DERIVED", "PRIMARY"]
    film.SOPClassUID = DX_FOR_PRESENTATION
    film.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    film.StudyInstanceUID = _uid(path.name, "study")
    film.SeriesInstanceUID = _uid(path.name, "series")
    film.StudyDate = film.StudyTime = film.AccessionNumber = film.ReferringPhysicianName = ""
    film.Modality = "DX"
    film.PresentationIntentType = "FOR PRESENTATION"
    film.SeriesDescription = "SYNTHETIC chest film"
    film.PatientName = "SYNTHETIC^DEMO"
    film.PatientID = "SYNTHETIC-" + path.stem.upper()
    film.PatientBirthDate = ""
    film.PatientSex = ""
    film.ImageComments = "SYNTHETIC picture, sampled from a statistical model. Shows no person."
    film.BodyPartExamined = "CHEST"
    film.ViewPosition = "AP"
    film.StudyID = ""
    film.SeriesNumber = "1"
    film.InstanceNumber = "1"
    film.BurnedInAnnotation = "YES"
    film.LossyImageCompression = "00"
    film.SamplesPerPixel = 1
    film.PhotometricInterpretation = "MONOCHROME2"
    film.Rows = film.Columns = SIDE
    film.BitsAllocated = film.BitsStored = 8
    film.HighBit = 7
    film.PixelRepresentation = 0
    film.PresentationLUTShape = "IDENTITY"
    film.PixelData = picture.tobytes()
    film["PixelData"].VR = "OB"
    film.save_as(path, write_like_original=False)


def _uid(name, part):
    # PS3.5 B.2: "2.25." and a UUID as a decimal number. A name-based UUID keeps runs reproducible.
    return "2.25." + str(uuid.uuid5(uuid.NAMESPACE_URL, f"cloister:demo:{name}:{part}").int)


if __name__ == "__main__":
    main()
