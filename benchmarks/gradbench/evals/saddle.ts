import { compile, type Tensor, tensor } from "@graddiff/core";
import type { Eval } from "../eval.ts";
import { descend, gradientBy, type Mode } from "./descent.ts";
import { callsOf, variants } from "./variants.ts";

/** Returns |p|² − |q|². */
const objective = (p: Tensor, q: Tensor) => p.square().sum().sub(q.square().sum());

/** The bound of the number of iterations, which no inner descent reaches. */
const most = 1000;

/** Returns the p and q that minimize over p the maximum over q. All descents begin at `first`. */
export function saddlePoint(
  outer: Mode,
  inner: Mode,
  first: readonly number[] = [1, 1],
): () => readonly Tensor[] {
  const start = tensor(first, { dtype: "float64" });
  const worst = (p: Tensor) => {
    const f = (q: Tensor) => objective(p, q).neg();
    return descend(f, gradientBy(inner, f), start, most);
  };
  const greatest = (p: Tensor) => worst(p).value.neg();
  return compile(() => {
    const { x: p } = descend(greatest, gradientBy(outer, greatest), start);
    return [p, worst(p).x];
  });
}

/** The expected value of each coordinate, which GradBench has stored. */
const stored = 8.246324826140356e-6;

export const saddle: Eval<number, null> = {
  name: "saddle",
  description: "the saddle point of |p|² − |q|² by nested descents, by outer and inner mode",
  functions: Object.keys(variants),
  score: "fastest",
  sizes: [1],
  nameOf: (at) => `start=${at},${at}`,
  input: () => null,
  prepare: () => callsOf((outer, inner) => saddlePoint(outer, inner)),
  expected: () => callsOf(() => () => [Array(2).fill(stored), Array(2).fill(stored)]),
};
