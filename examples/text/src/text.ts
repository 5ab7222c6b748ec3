/** The text: the first twelve chapters of Pride and Prejudice, see data/README.md. */

import { readFileSync } from "node:fs";
import { arange, type Tensor, tensor } from "@graddiff/core";
import { splitData } from "@graddiff/core/nn";
import { CONTEXT } from "./writer.ts";

const text = readFileSync(new URL("../data/pride-and-prejudice.txt", import.meta.url), "utf8");
/** The characters of the text, in order. */
const alphabet = [...new Set(text)].sort();
export const size: number = alphabet.length;

/** The numbers of characters. @throws Error for one that the text does not have. */
export function encode(characters: string): Tensor {
  const numbers = Array.from(characters, (character) => alphabet.indexOf(character));
  const unknown = [...characters].find((_, i) => numbers[i] === -1);
  if (unknown !== undefined) throw new Error(`the text that it has learned has no "${unknown}"`);
  return tensor(numbers, { dtype: "int32" });
}

export function decode(numbers: readonly number[]): string {
  return numbers.map((number) => alphabet[number]).join("");
}

/** Pieces of the text, each half a context after the one before it, with the character behind each. */
const starts = arange(0, text.length - CONTEXT, { step: CONTEXT / 2, dtype: "int32" });
const pieces = encode(text).take(
  starts.expandDims(1).add(arange(0, CONTEXT + 1, { dtype: "int32" })),
);

/** Most of the pieces to learn from, and the last ones for validation. */
export const [seen, held] = splitData({ pieces }, [0.9, 0.1], { shuffle: false });
