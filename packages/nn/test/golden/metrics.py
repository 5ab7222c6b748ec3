#!/usr/bin/env python3
"""Writes metrics.json: metrics, computed by scikit-learn.

Run with a Python that has it (Debian: apt-get install python3-sklearn):

    /usr/bin/python3 packages/nn/test/golden/metrics.py

What a mask leaves out is left out here by selecting the others before scikit-learn sees them. A perplexity is the
exponential of its log_loss.
"""

import json
import pathlib
import warnings

import numpy
import sklearn
from sklearn import metrics

warnings.simplefilter("ignore")
random = numpy.random.default_rng(20250712)


def scores(*shape):
    """Multiples of 1/64, of which some are equal."""
    return numpy.round(random.uniform(-3, 3, shape) * 64) / 64


def softmax(x):
    powers = numpy.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def average_of(fn):
    def call(predicted, expected, average="binary", classes=2):
        more = {"labels": range(classes)} if average != "binary" else {}
        return fn(expected, predicted, average=None if average == "none" else average, zero_division=0, **more)

    return call


def chosen(x, threshold=None, rank=1):
    """The predicted classes of scores."""
    if x.ndim > rank:
        return x.argmax(-1)
    return x if threshold is None else (x > threshold).astype(int)


def of_classes(fn):
    def call(predicted, expected, threshold=None, **settings):
        return fn(chosen(predicted, threshold), expected, **settings)

    return call


METRICS = {
    "accuracy": of_classes(lambda x, y: metrics.accuracy_score(y, x)),
    "precision": of_classes(average_of(metrics.precision_score)),
    "recall": of_classes(average_of(metrics.recall_score)),
    "f1": of_classes(average_of(metrics.f1_score)),
    "confusionMatrix": of_classes(lambda x, y, classes=2: metrics.confusion_matrix(y, x, labels=range(classes))),
    "topKAccuracy": lambda x, y, k=5: metrics.top_k_accuracy_score(y, x, k=k, labels=range(x.shape[-1])),
    "areaUnderCurve": lambda x, y: metrics.roc_auc_score(y, x),
    "r2": lambda x, y: metrics.r2_score(y, x),
    "perplexity": lambda x, y: numpy.exp(metrics.log_loss(y, softmax(x), labels=range(x.shape[-1]))),
}


def pack(array):
    array = numpy.asarray(array)
    kind = {"b": "bool", "i": "int32", "f": "float64"}[array.dtype.kind]
    return {"shape": list(array.shape), "dtype": kind, "data": [float(x) if kind == "float64" else int(x) for x in array.ravel()]}


def case(name, predicted, expected, mask=None, told=None, **settings):
    """told: options that scikit-learn does not need."""
    taken = slice(None) if mask is None else mask
    value = METRICS[name](predicted[taken], expected[taken], **settings)
    own = {"metric": name, "predicted": pack(predicted), "expected": pack(expected), "options": {**settings, **(told or {})}, "value": pack(value)}
    if mask is not None:
        own["mask"] = pack(mask)
    return own


def cases():
    for count in (1, 2, 7, 25):
        for classes in (2, 3, 5):
            expected = random.integers(0, classes, count)
            mask = random.uniform(size=count) < 0.6 if count > 2 else None
            logits, predicted = scores(count, classes), random.integers(0, classes, count)
            for x in (logits, predicted):
                for each in (None, mask) if mask is not None else (None,):
                    yield case("accuracy", x, expected, each)
                    yield case("confusionMatrix", x, expected, each, classes=classes)
                    for name in ("precision", "recall", "f1") if count != 2 else ():
                        for average in ("macro", "micro", "weighted", "none"):
                            if average == "macro" or (each is None and x is predicted):
                                yield case(name, x, expected, each, average=average, classes=classes)
                        if classes == 2:
                            yield case(name, x, expected, each)
            if classes > 2:
                # Without ties, of which scikit-learn takes the last.
                distinct = random.permutation(count * classes).reshape(count, classes) / 64
                for k in range(1, classes):
                    yield case("topKAccuracy", distinct, expected, mask if k == 2 else None, k=k)
            if count > 1:
                yield case("perplexity", logits, expected, mask)
        if count > 2:
            x, y = scores(count), random.integers(0, 2, count)
            mask = random.uniform(size=count) < 0.7
            for threshold in (0, 0.5):
                yield case("accuracy", x, y, mask, threshold=threshold)
                yield case("f1", x, y == 1, threshold=threshold)
                yield case("recall", x, y, told={"classes": 2}, threshold=threshold)
            yield case("areaUnderCurve", x, y)
            yield case("areaUnderCurve", numpy.round(x), y == 1)
            yield case("areaUnderCurve", numpy.round(x / 2), y, mask)
            z = x + scores(count) / 4
            yield case("r2", x, z)
            yield case("r2", x, z + 1024, mask)
            yield case("r2", z + 1024, z + 1024)
            yield case("r2", z, numpy.ones(count))
            yield case("r2", numpy.ones(count), numpy.ones(count))
    # A class that is never predicted, and one that is never right.
    predicted, expected = numpy.array([0, 0, 2, 2]), numpy.array([0, 1, 1, 0])
    for name in ("precision", "recall", "f1"):
        for average in ("macro", "micro", "weighted", "none"):
            yield case(name, predicted, expected, average=average, classes=4)
    yield case("areaUnderCurve", numpy.zeros(5), numpy.array([0, 1, 0, 1, 1]))
    yield case("areaUnderCurve", numpy.arange(6.0), numpy.array([0, 0, 0, 1, 1, 1]))
    yield case("areaUnderCurve", -numpy.arange(6.0), numpy.array([0, 0, 0, 1, 1, 1]))


def main():
    all_cases = list(cases())
    golden = {"madeBy": f"scikit-learn {sklearn.__version__}", "cases": all_cases}
    path = pathlib.Path(__file__).with_name("metrics.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    counts = {}
    for each in all_cases:
        counts[each["metric"]] = counts.get(each["metric"], 0) + 1
    print(f"wrote {path.name}: {len(all_cases)} cases, {path.stat().st_size} bytes")
    print(", ".join(f"{name} {count}" for name, count in counts.items()))


main()
