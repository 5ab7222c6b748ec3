"""
Makes the fonts of formulas from Latin Modern Math, with the table by which browsers lay fractions out; without such a
table their fractions stand at different heights. One has the letters of `src/course/formulas.ts`, the other those that
typed functions have: Latin and Greek letters, roots and brackets of all sizes.

    apt-get install fonts-lmodern python3-fonttools python3-brotli
    /usr/bin/python3 apps/demo/scripts/mathFont.py

Latin Modern Math is by GUST, the Polish TeX Users Group, under the GUST Font License, which asks that a changed
font has another name: https://www.gust.org.pl/projects/e-foundry/licenses
"""

import re
import string
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

SOURCE = "/usr/share/texmf/fonts/opentype/public/lm-math/latinmodern-math.otf"
STYLE = Path(__file__).parent.parent / "src/web/style"
FORMULAS = Path(__file__).parent.parent / "src/course/formulas.ts"


def italic_place(letter: str) -> int:
    """The place of a letter among the mathematical italics, of which the capitals come first."""
    return string.ascii_uppercase.find(letter) if letter.isupper() else 26 + ord(letter) - ord("a")


# Commands of TeX are no letters of a formula.
TEXT = re.sub(r"\\\\\w+", "", "".join(re.findall(r'tex:\s*"([^"]*)"', FORMULAS.read_text())))
LETTERS = sorted(set(re.findall(r"[A-Za-z]", TEXT)))

# Browsers show the letters of variables as mathematical italics, and small h as the Planck constant.
ITALIC = [0x210E if each == "h" else 0x1D434 + italic_place(each) for each in LETTERS]
GREEK = [0x1D702, 0x1D715]
PLAIN = string.digits + "".join(LETTERS) + "+−=(),·⋅←∂η| "

# All letters, and the Greek italics from Alpha to omega and the forms after it.
ALL_ITALIC = [0x210E, *range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C)]
ALL_PLAIN = string.digits + string.ascii_letters + "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩ+−=()[],.·⋅|√½⅓⅔¼¾_ "


def make(target: str, name: str, unicodes: list[int], sizes: dict[str, list[str]]) -> None:
    """Writes a font of some letters. `sizes` names the signs that keep their larger forms, of each direction."""
    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = []
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
    font: TTFont = subset.load_font(SOURCE, options)
    variants = font["MATH"].table.MathVariants
    for side, glyph in (("Vert", "bar"), ("Horiz", "arrowleft")):
        coverage = getattr(variants, f"{side}GlyphCoverage")
        constructions = getattr(variants, f"{side}GlyphConstruction")
        kept = [name for name in coverage.glyphs if name in sizes.get(side, [])]
        ones = [constructions[coverage.glyphs.index(name)] for name in kept]
        if not kept:
            # One sign keeps its own size, since browsers refuse a table without any.
            one = constructions[coverage.glyphs.index(glyph)]
            one.GlyphAssembly = None
            one.MathGlyphVariantRecord = one.MathGlyphVariantRecord[:1]
            one.VariantCount = 1
            kept, ones = [glyph], [one]
        coverage.glyphs = kept
        setattr(variants, f"{side}GlyphConstruction", ones)
        setattr(variants, f"{side}GlyphCount", len(kept))
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=unicodes)
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 4):
            record.string = name
        if record.nameID == 6:
            record.string = name.replace(" ", "-")
    cff = font["CFF "].cff
    cff.fontNames = [name.replace(" ", "-")]
    for top in cff.topDictIndex:
        top.FullName = top.FamilyName = name
    path = STYLE / target
    subset.save_font(font, str(path), options)
    print(f"{target}: {path.stat().st_size} bytes")


make("math.woff2", "graddiff math", [ord(each) for each in PLAIN] + ITALIC + GREEK, {})
make(
    "functions.woff2",
    "graddiff functions",
    [ord(each) for each in ALL_PLAIN] + ALL_ITALIC,
    {"Vert": ["parenleft", "parenright", "bar", "radical"]},
)
