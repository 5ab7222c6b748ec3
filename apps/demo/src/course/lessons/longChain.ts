/**
 * A chain of 200 nodes in which the inputs are used throughout. It is in no list: the page is measured with it.
 */

import { explain, named, type Tensor } from "@graddiff/core";
import { defineLesson } from "../lesson.ts";
import type { Inputs } from "../programs/named.ts";

const ROUNDS = 66;

function result({ x, w, b }: Inputs<"x w b">): Tensor {
  let h = x;
  for (let round = 0; round < ROUNDS; round++) h = h.mul(w).add(b).tanh();
  return named("h", h);
}

export const longChain = defineLesson({
  name: "long-chain",
  inputs: {
    x: { initial: 0.5, step: 0.01 },
    w: { initial: 0.9, step: 0.01 },
    b: { initial: 0.1, step: 0.01 },
  },
  programs: [],
  explain: ({ x = 0, w = 0, b = 0 }) => explain(result)({ x, w, b }),
  run: [{ key: "look", says: ["look"], at: "end", node: "x" }],
});
