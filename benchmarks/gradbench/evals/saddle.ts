import { compile, scan, type Tensor, tensor } from "@graddiff/core";
import type { Eval } from "../eval.ts";
import {
  beginDescent,
  type Descent,
  descend,
  descentStep,
  gradientBy,
  type Mode,
} from "./descent.ts";
import { callsOf, variants } from "./variants.ts";

const start = tensor([1, 1], { dtype: "float64" });

/** |p|² − |q|² */
const objective = (p: Tensor, q: Tensor) => p.square().sum().sub(q.square().sum());

/**
 * p and q at which the greatest value over q is least over p. The inner descent ends when its numbers
 * say so, and no op loops until a condition holds: so its turns are counted by a loop in JavaScript,
 * and what is differentiated is a scan of that length.
 */
export function saddlePoint(outer: Mode, inner: Mode): () => readonly Tensor[] {
  const begin = (p: Tensor) => {
    const f = (q: Tensor) => objective(p, q).neg();
    return beginDescent(f, gradientBy(inner, f), start);
  };
  const step = (p: Tensor, descent: Descent) => {
    const f = (q: Tensor) => objective(p, q).neg();
    return descentStep(f, gradientBy(inner, f), descent);
  };
  const [compiledBegin, compiledStep] = [compile(begin), compile(step)];
  const worst = (p: Tensor) => {
    let descent = compiledBegin(p);
    for (let turns = 0; ; turns++) {
      const { ends, next } = compiledStep(p, descent);
      if (ends.item()) return { descent, turns };
      descent = next;
    }
  };
  const slope = compile(
    (p: Tensor, turns: number) =>
      gradientBy(outer, (p) => {
        const body = (descent: Descent): [Descent, []] => [step(p, descent).next, []];
        return scan(body, begin(p), undefined, { length: turns })[0].value.neg();
      })(p),
    { static: [1] },
  );
  return () => {
    const p = descend(
      (p) => worst(p).descent.value.neg(),
      (p) => slope(p, worst(p).turns),
      start,
    );
    return [p, worst(p).descent.x];
  };
}

/** What GradBench has stored, of each coordinate. */
const stored = 8.246324826140356e-6;

export const saddle: Eval<number, null> = {
  name: "saddle",
  description: "the saddle point of |p|² − |q|² by nested descents, by outer and inner mode",
  functions: Object.keys(variants),
  score: "fastest",
  sizes: [1],
  nameOf: (at) => `start=${at},${at}`,
  input: () => null,
  prepare: () => callsOf(saddlePoint),
  expected: () => callsOf(() => () => [Array(2).fill(stored), Array(2).fill(stored)]),
};
