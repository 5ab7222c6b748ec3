#!/usr/bin/env python3
"""Writes fft.json: Fourier transforms and what is made with them, by SciPy, with gradients by PyTorch.

Run with a Python that has scipy and torch (Debian: apt-get install python3-scipy python3-torch):

    /usr/bin/python3 packages/core/test/golden/fft.py

A case is a call of ours: `call`, `inputs` (arrays, pairs of arrays, or numbers), `options`, `results` (one array, or a
pair). Cases with `gradients` have the gradients of the sum of weights * results, where the weights are cos 1, cos 2, ... over all
elements of all results. The elements of inputs are multiples of 1/1024, so that float32 has them, too.
"""

import itertools
import json
import pathlib

import mpmath
import numpy
import scipy
import scipy.fft
import scipy.signal
import torch

random = numpy.random.default_rng(20261201)


def drawn(*shape):
    return numpy.round(random.uniform(-2, 2, shape) * 1024) / 1024


def drawn_pair(*shape):
    return drawn(*shape) + 1j * drawn(*shape)


def packed(x):
    if isinstance(x, (int, float)):
        return x
    if isinstance(x, torch.Tensor):
        x = x.detach().numpy()
    if numpy.iscomplexobj(x):
        return {"real": packed(x.real), "imaginary": packed(x.imag)}
    return {"shape": list(x.shape), "data": [float(f"{v:.17g}") for v in numpy.asarray(x, "float64").ravel()]}


cases = []


def case(call, inputs, results, **options):
    cases.append({"call": call, "inputs": [packed(x) for x in inputs], "options": options, "results": packed(results)})


# Our options for a list of SciPy's keywords: along one axis, or several.
def along(axis=None, n=None, axes=None, s=None, norm=None):
    ours = {"axis": axis, "length": n, "axes": axes, "lengths": s, "norm": norm}
    return {name: value for name, value in ours.items() if value is not None}


def keywords(**given):
    return {name: value for name, value in given.items() if value is not None}


def transforms():
    single = [("fft", scipy.fft.fft, True), ("inverseFft", scipy.fft.ifft, True), ("realFft", scipy.fft.rfft, False)]
    several = {"fft": scipy.fft.fftn, "inverseFft": scipy.fft.ifftn, "realFft": scipy.fft.rfftn}
    for n in [*range(1, 18), 20, 31, 64, 97]:
        for name, function, is_complex in single:
            x = drawn_pair(n) if is_complex else drawn(n)
            case(name, [x], function(x))
        half = drawn_pair(n // 2 + 1)
        case("inverseRealFft", [half], scipy.fft.irfft(half, n), length=n)
    norms = itertools.cycle(["backward", "ortho", "forward"])
    for axis, n in [(0, None), (1, None), (-2, 4), (1, 3), (-1, 9), (0, 1)]:
        how = keywords(axis=axis, n=n, norm=next(norms))
        for name, function, is_complex in single:
            x = drawn_pair(5, 6) if is_complex else drawn(5, 6)
            case(name, [x], function(x, **how), **along(**how))
        x = drawn_pair(5, 6)
        case("inverseRealFft", [x], scipy.fft.irfft(x, **how), **along(**how))
    for axes, s in [([0, 1], None), ([1, 0], None), ([-1, 0, 1], None), ([0, 2], [3, 7]), ([2, 1], [5, 8])]:
        how = keywords(axes=axes, s=s, norm=next(norms))
        for name, function in several.items():
            x = drawn(2, 3, 4) if name == "realFft" else drawn_pair(2, 3, 4)
            case(name, [x], function(x, **how), **along(**how))
        x = drawn_pair(2, 3, 4)
        case("inverseRealFft", [x], scipy.fft.irfftn(x, **how), **along(**how))
    real = drawn(6)
    case("fft", [real], scipy.fft.fft(real))
    case("inverseFft", [real], scipy.fft.ifft(real))
    case("inverseRealFft", [real], scipy.fft.irfft(real))


def frequencies():
    for n in [1, 2, 5, 8]:
        for d in [1, 0.25, -3]:
            case("fftFrequencies", [n], scipy.fft.fftfreq(n, d), spacing=d)
            case("realFftFrequencies", [n], scipy.fft.rfftfreq(n, d), spacing=d)
    for shape in [(4,), (5,), (3, 4)]:
        for axes in [None, 0, [-1], [0, -1] if len(shape) > 1 else [0]]:
            x = drawn(*shape)
            case("fftShift", [x], scipy.fft.fftshift(x, axes), **keywords(axes=axes))
            case("inverseFftShift", [x], scipy.fft.ifftshift(x, axes), **keywords(axes=axes))
    x = drawn_pair(5)
    case("fftShift", [x], scipy.fft.fftshift(x))
    for n in [1, 7, 11, 17, 97, 1021, 65537]:
        length = n
        while scipy.fft.next_fast_len(length, real=True) != length:
            length += 1
        case("fastLength", [n], length)


def windows():
    for n in [1, 2, 3, 8, 11]:
        for periodic in [True, False]:
            for name in ["hann", "hamming", "blackman"]:
                case(name, [n], scipy.signal.get_window(name, n, periodic), periodic=periodic)
            for beta in [0, 3.5, 14, 300]:
                window = scipy.signal.get_window(("kaiser", beta), n, periodic)
                case("kaiser", [n], window, beta=beta, periodic=periodic)


def cosines():
    for name, inverse, forward_of, inverse_of in [
        ("dct", "inverseDct", scipy.fft.dct, scipy.fft.idct),
        ("dst", "inverseDst", scipy.fft.dst, scipy.fft.idst),
    ]:
        for n in [1, 2, 3, 4, 5, 8, 9, 12]:
            for kind in [2, 3]:
                x = drawn(n)
                case(name, [x], forward_of(x, kind), type=kind)
                case(inverse, [x], inverse_of(x, kind), type=kind)
        for kind in [2, 3]:
            for norm in ["backward", "ortho", "forward"]:
                for axis in [0, 1]:
                    x = drawn(3, 4)
                    case(name, [x], forward_of(x, kind, axis=axis, norm=norm), type=kind, axis=axis, norm=norm)
                    case(inverse, [x], inverse_of(x, kind, axis=axis, norm=norm), type=kind, axis=axis, norm=norm)


def convolutions():
    for n, m in [(1, 1), (5, 3), (8, 8), (3, 5), (30, 11)]:
        for mode in ["full", "same", "valid"]:
            if mode == "valid" and m > n:
                continue
            x, kernel = drawn(n), drawn(m)
            expected = scipy.signal.fftconvolve(x, kernel, mode)
            if mode == "same" and m > n:
                expected = scipy.signal.fftconvolve(x, kernel)[(m - 1) // 2 :][:n]
            case("fftConvolve", [x, kernel], expected, mode=mode)
    for mode in ["full", "same", "valid"]:
        x, kernel = drawn(6, 7), drawn(3, 2)
        case("fftConvolve", [x, kernel], scipy.signal.fftconvolve(x, kernel, mode), mode=mode)
        x, kernel = drawn(2, 9), drawn(4)
        case("fftConvolve", [x, kernel], scipy.signal.fftconvolve(x, kernel[None], mode, axes=1), mode=mode)
    x, kernel = drawn(5, 2, 4), drawn(3, 2, 1)
    case("fftConvolve", [x, kernel], scipy.signal.fftconvolve(x, kernel, axes=[0]), axes=[0])
    for n in [1, 2, 5, 16]:
        x = drawn(n)
        case("analyticSignal", [x], scipy.signal.hilbert(x))
    x = drawn(4, 3)
    case("analyticSignal", [x], scipy.signal.hilbert(x, axis=0), axis=0)
    for n in [2, 5, 16]:
        x = drawn(n)
        for centered in [True, False]:
            moved = x - x.mean() if centered else x
            lags = numpy.correlate(moved, moved, "full")[n - 1 :] / n
            case("autocorrelation", [x], lags, centered=centered, normalized=False)
            case("autocorrelation", [x], lags / lags[0], centered=centered)


def frames():
    for samples, size, hop, centered in [(40, 8, 2, True), (41, 9, 4, True), (33, 8, 3, False), (20, 7, 4, True)]:
        window = torch.from_numpy(scipy.signal.get_window("hann", size)).requires_grad_(False)
        x = drawn(2, samples)
        spectrum = torch.stft(
            torch.from_numpy(x), size, hop, window=window, center=centered, pad_mode="constant", return_complex=True
        )
        case("stft", [x], spectrum, size=size, hop=hop, centered=centered)
        if centered:
            changed = spectrum * torch.from_numpy(drawn(*spectrum.shape))
            y = torch.istft(changed, size, hop, window=window, center=True, length=samples)
            case("inverseStft", [changed], y, size=size, hop=hop, length=samples)


def gradients():
    """The gradients of transforms with pitfalls: odd lengths, lengths that differ, imaginary parts that are not read."""

    def weighted(results):
        parts = [results.real, results.imag] if results.is_complex() else [results]
        total, first = 0, 1
        for part in parts:
            weights = torch.cos(torch.arange(first, first + part.numel(), dtype=torch.float64)).reshape(part.shape)
            total = total + (weights * part).sum()
            first += part.numel()
        return total

    calls = [
        ("fft", torch.fft.fft, drawn_pair(2, 5), {}),
        ("fft", torch.fft.fft, drawn_pair(6), {"n": 4}),
        ("inverseFft", torch.fft.ifft, drawn_pair(3, 4), {"dim": 0, "n": 7, "norm": "ortho"}),
        ("realFft", torch.fft.rfft, drawn(6), {}),
        ("realFft", torch.fft.rfft, drawn(7), {"norm": "forward"}),
        ("realFft", torch.fft.rfft, drawn(5, 2), {"dim": 0, "n": 8}),
        ("inverseRealFft", torch.fft.irfft, drawn_pair(4), {}),
        ("inverseRealFft", torch.fft.irfft, drawn_pair(4), {"n": 7}),
        ("inverseRealFft", torch.fft.irfft, drawn_pair(4), {"n": 4}),
        ("inverseRealFft", torch.fft.irfft, drawn_pair(3, 2), {"n": 9, "dim": 0, "norm": "ortho"}),
    ]
    for name, function, x, how in calls:
        given = torch.from_numpy(x).requires_grad_(True)
        results = function(given, **how)
        (gradient,) = torch.autograd.grad(weighted(results), given)
        ours = along(axis=how.get("dim"), n=how.get("n"), norm=how.get("norm"))
        case(name, [x], results.detach(), **ours)
        cases[-1]["gradients"] = packed(gradient)


def roots():
    """Returns [i, n, cos, sin] of 2 pi i / n to 40 digits, rounded to float64."""
    mpmath.mp.dps = 40
    pairs = [(i, n) for n in [1, 2, 3, 4, 5, 7, 8, 12, 16, 31] for i in range(n)]
    for n in [64, 97, 1000, 1021, 4096, 46341, 2**20, 2**24 - 3, 2**24, 2**25]:
        pairs += [(int(i), n) for i in [1, n // 8, n // 8 + 1, n // 4, n // 3, n // 2 + 1, n - 1]]
        pairs += [(int(i), n) for i in random.integers(0, n, 5)]
    angle = lambda i, n: 2 * mpmath.pi * mpmath.mpf(i) / n
    return [[i, n, float(mpmath.cos(angle(i, n))), float(mpmath.sin(angle(i, n)))] for i, n in pairs]


def main():
    for part in [transforms, frequencies, windows, cosines, convolutions, frames, gradients]:
        part()
    versions = f"scipy {scipy.__version__}, torch {torch.__version__}, mpmath {mpmath.__version__}"
    golden = {"madeBy": versions, "cases": cases, "roots": roots()}
    path = pathlib.Path(__file__).with_name("fft.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(f"wrote {path.name}: {len(cases)} cases, {path.stat().st_size} bytes")


main()
