/** The text: the first twelve chapters of Pride and Prejudice, see data/README.md, as tokens of GPT-2. */

import { readFileSync } from "node:fs";
import { arange, type Tensor, tensor } from "@graddiff/core";
import { splitData } from "@graddiff/nn";
import { decode, decodeAsyncGenerator, encode } from "gpt-tokenizer/encoding/r50k_base";

/** The number of tokens that the model sees at once. */
export const CONTEXT = 64;

const text = encode(
  readFileSync(new URL("../data/pride-and-prejudice.txt", import.meta.url), "utf8"),
);
/** The tokens of the text, in order: those that the model knows, by their indices. */
const known = [...new Set(text)].sort((a, b) => a - b);
export const [length, size] = [text.length, known.length];

/** Returns the indices of tokens. @throws Error for one that the text does not have. */
export function numbersOf(characters: string): number[] {
  return encode(characters).map((token) => placeOf(token));
}

function placeOf(token: number): number {
  const place = places.get(token);
  if (place !== undefined) return place;
  throw new Error(`the text that it has learned has no "${decode([token])}"`);
}

const places = new Map(known.map((token, place) => [token, place]));

/** Returns the texts of tokens, each as soon as its characters are whole. */
export function textsOf(numbers: AsyncIterable<number>): AsyncIterable<string> {
  return decodeAsyncGenerator(tokensOf(numbers));
}

async function* tokensOf(numbers: AsyncIterable<number>): AsyncGenerator<number> {
  for await (const place of numbers) yield known[place] ?? 0;
}

/** Pieces of the text, each half a context after the one before it, with the token after each. */
const starts = arange(0, text.length - CONTEXT, { step: CONTEXT / 2, dtype: "int32" });
const pieces: Tensor = tensor(text.map(placeOf), { dtype: "int32" }).take(
  starts.expandDims(1).add(arange(0, CONTEXT + 1, { dtype: "int32" })),
);

/** Most of the pieces to learn from, and the last ones for validation. */
export const [seen, held] = splitData({ pieces }, [0.9, 0.1], { shuffle: false });
