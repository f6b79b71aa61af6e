"""The model card: facts as data, plain sentences, nothing that was not measured."""


def card(version, sha256, thresholds, calibration, figures, recipes, data_digests, embedding_size):
    return {
        "id": "pneumonia-paediatric",
        "version": version,
        "sha256": sha256,
        "input": {
            "name": "image",
            "type": "float32",
            "shape": ["N", 1, 64, 64],
            "height": 64,
            "width": 64,
            "range": [0, 1],
            "preparation": (
                "One grey film, bright bone on dark air (MONOCHROME2), 0 is black and 1 is white, squashed "
                "to a square with an antialiased Lanczos filter. Normalisation is inside the graph."
            ),
        },
        "outputs": {
            "probabilities": {"shape": ["N", 2], "meaning": "Calibrated share of normal, of pneumonia."},
            "cam": {
                "shape": ["N", 1, 64, 64],
                "meaning": (
                    "Class activation map for pneumonia, zero or more, no upper bound, made at 16x16 pixels "
                    "and enlarged. It shows what the model looked at, not where the disease is."
                ),
            },
            "ood": {"shape": ["N"], "meaning": "Squared Mahalanobis distance from the films of the training fold."},
            "embedding": {"shape": ["N", embedding_size], "meaning": "Pooled features of all members. Treat as health data."},
        },
        "threshold": thresholds["threshold"],
        "uncertain": thresholds["uncertain"],
        "oodThreshold": thresholds["ood"],
        "calibration": {
            "method": "p = sigmoid((margin + bias) / temperature), inside the graph",
            "temperature": round(calibration["temperature"], 4),
            "bias": round(calibration["bias"], 4),
            "impliedPrevalence": round(calibration["prevalence"], 3),
            "fittedOn": "the patient-level validation fold: films, their 28 px copies and two augmented draws",
            "operatingPoint": (
                "The probability .5 lies where 5 % of the pneumonia films of the validation fold would be missed, "
                "or at the balanced point if that is higher."
            ),
        },
        "metrics": {
            "note": (
                "The validation fold comes from the same collection as the training fold and is easier than films "
                "from elsewhere. It also chose the calibration and the thresholds. The official test split of this "
                "collection was not used."
            ),
            "intervals": "AUC: bootstrap over patients. Shares: Wilson, as if films were independent. Both 95 %.",
            "validationFold": figures["validation"],
            "validationFold28px": figures["validation28"],
            "unfamiliarPictures": figures["unfamiliar"],
        },
        # Outside the metrics on purpose: these films were trained on.
        "smokeTest": {
            **figures["samples"],
            "note": "70 films of the training collection at 224 px: checks the path of a picture, measures nothing.",
        },
        "intendedUse": (
            "Research and demonstration of confidential inference. Frontal chest films of children aged one to five "
            "years. It is not a medical device and must not guide the care of anyone."
        ),
        "trainingData": [
            {
                "name": "Kermany paediatric chest X-rays, training part, 64 px copy",
                "licence": "CC BY 4.0",
                "doi": "10.17632/rscbjbr9sj",
                "sha256": data_digests["kermany-64-train.npz"],
            },
            {
                "name": "PneumoniaMNIST (MedMNIST v2), training and validation parts, 28 px",
                "licence": "CC BY 4.0",
                "doi": "10.1038/s41597-022-01721-8",
                "sha256": data_digests["pneumoniamnist-28-trainval.npz"],
            },
        ],
        "limits": [
            "It is not a medical device. No clinician has validated it.",
            "It is for films of children. A film of an adult is outside the population that it knows.",
            "All films come from one hospital. Expect lower accuracy elsewhere, lower specificity first.",
            "It knows two answers, normal and pneumonia. It was never shown any other disease.",
            "It reads 64x64 pixels. Small findings are invisible to it.",
            "The probability assumes the prevalence that the calibration names. Other populations need another one.",
            "The distance finds other kinds of pictures well and subtle changes, such as a film upside down, less well.",
        ],
        "seeds": [recipe["seed"] for recipe in recipes],
        "epochs": [recipe["epochs"] for recipe in recipes],
    }
