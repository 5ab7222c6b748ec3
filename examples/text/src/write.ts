/** Writing: one character after the other, each drawn from what the model expects. */

import { categorical, compile, type Tensor, tensor, topK } from "@graddiff/core";
import type { AttentionCache } from "@graddiff/core/nn";
import { decode, encode } from "./text.ts";
import { CONTEXT, type Writer } from "./writer.ts";

export interface WritingOptions {
  /** What logits are divided by: below 1 the likely becomes likelier, above 1 less likely. */
  readonly temperature: number;
  /** How many of the likeliest characters are drawn from. */
  readonly top: number;
  readonly seed: number;
}

/** A text that begins with `start`, at least one character, and has so many more. */
export function write(
  model: Writer,
  start: string,
  length: number,
  { temperature, top, seed }: WritingOptions,
): string {
  model.train(false);
  const next = compile((letter: Tensor, read: AttentionCache[]) => model.next(letter, read));
  const draw = compile((logits: Tensor, number: Tensor) => {
    const likeliest = topK(logits, top);
    const drawn = categorical(likeliest.values.div(temperature), { seed: number });
    return likeliest.indices.take(drawn);
  });
  /** Reads characters one after the other, the first as the beginning of a text. */
  const readAll = (letters: readonly number[]) => {
    const nothing = { logits: undefined as Tensor | undefined, read: model.start() };
    return letters.reduce<{ logits: Tensor | undefined; read: AttentionCache[] }>(
      ({ read }, letter) => next(tensor([[letter]], { dtype: "int32" }), read),
      nothing,
    );
  };
  const written = Array.from(encode(start).data());
  let [known, count] = [
    readAll(written.slice(-CONTEXT / 2)),
    Math.min(written.length, CONTEXT / 2),
  ];
  for (let i = 0; i < length; i++) {
    const { logits, read } = known;
    if (logits === undefined) throw new Error("expected a character to begin with");
    const letter = draw(logits, tensor(seed + i, { dtype: "int32" })).item();
    written.push(letter);
    if (count < CONTEXT) {
      known = next(tensor([[letter]], { dtype: "int32" }), read);
      count++;
    } else {
      // It has read as much as it can, and goes on with the last half of that.
      known = readAll(written.slice(-CONTEXT / 2));
      count = CONTEXT / 2;
    }
  }
  return decode(written);
}
