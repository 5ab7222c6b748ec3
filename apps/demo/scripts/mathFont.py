"""
Makes the font of the formulas: the letters of `src/course/formulas.ts` from Latin Modern Math, with the table by
which browsers lay fractions out. Without such a table their fractions stand at different heights.

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
TARGET = Path(__file__).parent.parent / "src/web/style/math.woff2"
FORMULAS = Path(__file__).parent.parent / "src/course/formulas.ts"
NAME = "graddiff math"


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

options = subset.Options()
options.flavor = "woff2"
options.layout_features = []
options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
font: TTFont = subset.load_font(SOURCE, options)
# These formulas need no signs of other sizes; one that they do not have keeps them, since browsers refuse a table
# without any.
variants = font["MATH"].table.MathVariants
for side, glyph in (("Vert", "bar"), ("Horiz", "arrowleft")):
    coverage = getattr(variants, f"{side}GlyphCoverage")
    constructions = getattr(variants, f"{side}GlyphConstruction")
    one = constructions[coverage.glyphs.index(glyph)]
    one.GlyphAssembly = None
    one.MathGlyphVariantRecord = one.MathGlyphVariantRecord[:1]
    one.VariantCount = 1
    coverage.glyphs = [glyph]
    setattr(variants, f"{side}GlyphConstruction", [one])
    setattr(variants, f"{side}GlyphCount", 1)
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=[ord(each) for each in PLAIN] + ITALIC + GREEK)
subsetter.subset(font)
for record in font["name"].names:
    if record.nameID in (1, 4):
        record.string = NAME
    if record.nameID == 6:
        record.string = NAME.replace(" ", "-")
cff = font["CFF "].cff
cff.fontNames = [NAME.replace(" ", "-")]
for top in cff.topDictIndex:
    top.FullName = top.FamilyName = NAME
subset.save_font(font, str(TARGET), options)
print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")
