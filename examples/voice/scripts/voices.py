"""Writes takes of eight voices, each with a word of its own, to a folder: `python3 scripts/voices.py output`.

`src/measure.ts` trains a detector for each. None of these voices and words is in `scripts/pretrain.py`.
"""

import json
import sys
from pathlib import Path

import numpy as np
from speech import centred
from takes import take

WORDS = {
    "f3": "hey gradient",
    "m5": "computer",
    "klatt3": "aurora",
    "max": "sesame street",
    "steph2": "marvin",
    "croak": "lorem",
    "edward2": "jupiter",
    "m8": "okay house",
}
OTHERS = """
good afternoon|what a day|radio|ingredient|where are you|see you later|greatest hits|the house is big|okay|open the box|
comfortable|marble|martin|junior|horror|sesame seed|house|jump|heron|compare|are you coming|turn it around|seven o'clock|
my brother|I do not know|lower|oral exam|harvest|he went home|super|commuter|hey there|gradual|opening|sister|let us go|
a big aurochs|nobody|or else
""".replace("\n", "").split("|")


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(5)
    clips, rows = [], []
    for voice, word in WORDS.items():
        others = draw.permutation(OTHERS).tolist()
        said = [("train", word)] * 5 + [("train", text) for text in others[:5]]
        said += [("held", word)] * 15 + [("held", text) for text in others[5:]]
        for use, text in said:
            clips.append(centred(take(text, voice, draw)))
            rows.append({"voice": voice, "word": word, "use": use, "text": text})
    np.stack(clips).astype("<f4").tofile(folder / "voices.f32")
    (folder / "voices.json").write_text(json.dumps(rows))


if __name__ == "__main__":
    main()
