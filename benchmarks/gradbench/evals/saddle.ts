import { compile, type Tensor, tensor } from "@graddiff/core";
import type { Eval } from "../eval.ts";
import { descend, gradientBy, type Mode } from "./descent.ts";
import { callsOf, variants } from "./variants.ts";

/** |p|² − |q|² */
const objective = (p: Tensor, q: Tensor) => p.square().sum().sub(q.square().sum());

/** More turns than any inner descent takes. */
const most = 1000;

/** p and q at which the greatest value over q is least over p; all descents begin at `first`. */
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

/** The value that GradBench has stored, of each coordinate. */
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
