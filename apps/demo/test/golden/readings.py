"""
Reads the rows of readings.json with SymPy's implicit multiplication, and writes the values of its readings into
sympy.json: null where it reads none. The numbers are those of test/reader/meanings.ts.

    apt-get install python3-sympy
    /usr/bin/python3 apps/demo/test/golden/readings.py
"""

import json
import pathlib
import re

import sympy
from sympy.parsing.sympy_parser import (
    convert_xor,
    function_exponentiation,
    implicit_application,
    implicit_multiplication,
    parse_expr,
    split_symbols_custom,
    standard_transformations,
)

FOLDER = pathlib.Path(__file__).parent
NUMBERS = [
    [0.62, 0.41, 0.87, 0.33, 0.71, 0.55, 0.93, 0.48, 0.79],
    [0.37, 0.83, 0.52, 0.68, 0.29, 0.91, 0.44, 0.75, 0.6],
    [0.21, 0.95, 0.4, 0.66, 0.31, 0.84, 0.58, 0.27, 0.73],
]
SIGNS = {"−": "-", "·": "*", "×": "*", "•": "*", "÷": "/", "²": "**2", "³": "**3", "½": "(1/2)", "¼": "(1/4)",
         "¾": "(3/4)", "⅓": "(1/3)", "π": " pi ", "＋": "+", "＊": "*", "（": "(", "）": ")"}
DIGITS = "₀₁₂₃₄₅₆₇₈₉"


def spelled(text):
    """Returns a text in the signs of Python, which change no meaning."""
    for sign, plain in SIGNS.items():
        text = text.replace(sign, plain)
    for i, digit in enumerate(DIGITS):
        text = text.replace(digit, str(i))
    return text.replace("√", " sqrt ")


WORDS = {"e": sympy.E, "pi": sympy.pi, "ln": sympy.log, "log2": lambda x: sympy.log(x, 2),
         "log10": lambda x: sympy.log(x, 10), "max": sympy.Max, "min": sympy.Min,
         "arcsin": sympy.asin, "arccos": sympy.acos, "arctan": sympy.atan, "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
         "relu": lambda x: sympy.Max(0, x), **{name: sympy.Symbol(name) for name in "EISNQCO"}}


def is_split(name):
    """True of the names that SymPy is told to cut: letters alone, of Latin and Greek, and no words of four or more."""
    return re.fullmatch(r"[A-Za-zα-ωΑ-Ω]{2,3}", name) is not None and name not in WORDS


TRANSFORMATIONS = standard_transformations + (
    convert_xor,
    split_symbols_custom(is_split),
    implicit_multiplication,
    implicit_application,
    function_exponentiation,
)


def values(text):
    """Returns the values of the last formula of a text; lines that name numbers are left out."""
    lines = [line.strip() for line in re.split(r"[;\n]", text) if line.strip()]
    kept = [line for line in lines if not re.fullmatch(r"\w+\s*=\s*[\d.]+", line)]
    if len(kept) != 1:
        return None
    line = re.sub(r"^\w+\s*=", "", kept[0])
    try:
        tree = parse_expr(spelled(line), local_dict=dict(WORDS), transformations=TRANSFORMATIONS)
        names = sorted(str(symbol) for symbol in tree.free_symbols)
        found = []
        for numbers in NUMBERS:
            given = {sympy.Symbol(name): numbers[i % len(numbers)] for i, name in enumerate(names)}
            value = complex(sympy.N(tree.subs(given)))
            found.append(value.real if abs(value.imag) < 1e-12 else None)
        return {"names": names, "values": found}
    except Exception:
        return None


rows = json.loads((FOLDER / "readings.json").read_text(encoding="utf8"))["rows"]
with (FOLDER / "sympy.json").open("w", encoding="utf8") as file:
    lines = [json.dumps(values(row[0]), ensure_ascii=False) for row in rows]
    file.write("[\n" + ",\n".join(lines) + "\n]\n")
