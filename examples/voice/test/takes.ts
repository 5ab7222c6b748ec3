/** The takes of `scripts/takes.py`, cut like recordings of the page. */

import { readFileSync } from "node:fs";
import { centred } from "../src/audio/clip.ts";
import type { Takes } from "../src/model/settings.ts";
import { readMuLaw } from "./wav.ts";

const read = (kind: string, count: number) =>
  Array.from({ length: count }, (_, i) =>
    readMuLaw(readFileSync(new URL(`takes/${kind}-${i + 1}.wav`, import.meta.url))),
  );

/** Five takes of a word and five other takes, at their original lengths. */
export const recordings = { word: read("train-word", 5), other: read("train-other", 5) };

/** The takes to train with, and six of each kind that are held out. */
export const takes: Takes = {
  word: recordings.word.map(centred),
  other: recordings.other.map(centred),
};
export const heldOut: Takes = {
  word: read("held-word", 6).map(centred),
  other: read("held-other", 6).map(centred),
};
