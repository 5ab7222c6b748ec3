/** Warnings about draws. Each names what was observed, its consequence and a remedy. */

import { arange, concat, scan, type Tensor, treeMap, valueAndGrad, where } from "@graddiff/core";
import { bfmi, chainsOf, essBulk, essTail, rhat } from "./diagnostics.ts";
import { double } from "./numbers.ts";
import { MAX_DEPTH } from "./nuts.ts";
import type { Transitions } from "./posterior.ts";
import type { State } from "./sample.ts";

/** The results of a run from which warnings are derived. */
export interface Evidence {
  readonly draws: unknown;
  readonly stats: Transitions;
  readonly state: State;
  /** The unbounded unknowns, [chains, draws, size]. */
  readonly unknowns: Tensor;
  readonly density: (q: Tensor) => Tensor;
}

/** The R̂ above which chains disagree, the least effective sample size per chain, and the least BFMI. */
const MOST_RHAT = 1.01;
const LEAST_SIZE = 100;
const LEAST_BFMI = 0.3;

/** The fewest draws of a chain for which diagnostics are defined. With fewer there are no warnings. */
const LEAST_DRAWS = 4;

/** Returns the warnings, one sentence or more each; none for a run without problems. */
export function warningsOf(evidence: Evidence): string[] {
  const { stats, unknowns, draws } = evidence;
  const [chains = 0, count = 0, size = 0] = unknowns.shape;
  if (count < LEAST_DRAWS || size === 0) return [];
  const found: string[] = [];
  const improper = improperOf(evidence);
  if (improper !== undefined) found.push(improper);
  const foreign = improper === undefined ? foreignGradient(evidence) : undefined;
  if (foreign !== undefined) found.push(foreign);
  const total = chains * count;
  const divergent = stats.divergent.sum().item();
  if (divergent > 0) {
    found.push(
      `${divergent} of ${total} transitions were divergent: the density bends more sharply there than steps can follow, so ` +
        "that part of it is missing. Raise target, or write the model in unknowns of like scale (not centred).",
    );
  }
  const deep = stats.depth.greaterEqual(MAX_DEPTH).cast("float64").sum().item();
  if (deep > 0) {
    found.push(
      `${deep} of ${total} transitions reached the depth of ${MAX_DEPTH}: trajectories end before they turn back, so the run ` +
        'is slow. Scale the unknowns alike, or take mass: "dense".',
    );
  }
  const shares = bfmi(stats.energy).toArray() as number[];
  const low = shares.filter((share) => share < LEAST_BFMI);
  if (low.length > 0) {
    found.push(
      `The BFMI of ${low.length} of ${chains} chains is below ${LEAST_BFMI} (${Math.min(...low).toFixed(2)}): momenta move ` +
        "chains through few energies, as of heavy tails. Write the model in other unknowns.",
    );
  }
  return [...found, ...disagreements(draws, chains)];
}

/** Returns the warnings about R̂ and effective sample sizes. Each names the element with the worst value. */
function disagreements(draws: unknown, chains: number): string[] {
  const rhats: [string, number][] = [];
  const sizes: [string, number][] = [];
  treeMap((leaf: Tensor, path) => {
    const name = path || "x";
    const { shape } = chainsOf("warnings", leaf);
    const flat = [rhat(leaf), essBulk(leaf), essTail(leaf)].map((x) => x.reshape([-1]).data());
    const [r, bulk, tail] = flat;
    for (let i = 0; i < (r?.length ?? 0); i++) {
      const each = shape.length === 0 ? name : `${name}[${i}]`;
      // R̂ of an element that never changes, such as a constant in the model's result, is NaN and gives no warning.
      if ((r?.[i] ?? 0) > MOST_RHAT) rhats.push([each, r?.[i] ?? 0]);
      const least = Math.min(bulk?.[i] ?? 0, tail?.[i] ?? 0);
      if (least < LEAST_SIZE * chains) sizes.push([each, least]);
    }
    return leaf;
  }, draws);
  const found: string[] = [];
  const worst = rhats.toSorted(([, a], [, b]) => b - a)[0];
  if (worst !== undefined) {
    found.push(
      `R̂ of ${counted(rhats.length)} is above ${MOST_RHAT}, that of ${worst[0]} is ${worst[1].toFixed(3)}: the chains do not ` +
        "agree. Take more warmup and draws; chains that stay apart have found several modes.",
    );
  }
  const least = sizes.toSorted(([, a], [, b]) => a - b)[0];
  if (least !== undefined) {
    found.push(
      `The effective size of ${counted(sizes.length)} is below ${LEAST_SIZE} a chain, that of ${least[0]} is ` +
        `${least[1].toFixed(0)}: means and quantiles are uncertain. Take more draws.`,
    );
  }
  return found;
}

const counted = (count: number) => (count === 1 ? "1 number" : `${count} numbers`);

/** The distance from a draw at which the log-density of a proper posterior must have decreased, and by how much. */
const FAR = 1e30;
const LEAST_DECREASE = 50;

/** Returns the warning about a density that seems to have no finite integral; undefined for other densities. */
function improperOf({ state, unknowns, density, stats }: Evidence): string | undefined {
  const steps = Math.max(...state.chains.map(({ stepSize }) => stepSize.item()));
  const isFar = unknowns.abs().max().item() > FAR;
  // If the density is constant along a direction, trajectories never turn back and reach the greatest depth.
  const isDeep = stats.depth.max().item() >= MAX_DEPTH;
  const what =
    steps > FAR
      ? `the step is ${steps.toPrecision(2)}`
      : isFar || (isDeep && isConstantFarOut(unknowns, density))
        ? "chains run away"
        : undefined;
  if (what === undefined) return undefined;
  return (
    `The posterior seems to be improper: ${what}, so the density does not decrease in some direction. Give each unknown a ` +
    "prior that does."
  );
}

/**
 * True if, far from the last draw along the axis of some unknown, the log-density has not decreased by `LEAST_DECREASE`.
 */
function isConstantFarOut(unknowns: Tensor, density: (q: Tensor) => Tensor): boolean {
  const [, count = 0, size = 0] = unknowns.shape;
  const last = unknowns.at(0, count - 1);
  const axes = arange(size).reshape([size, 1]).equal(arange(size));
  const offsets = where(axes, double(FAR), double(0));
  const rows = concat([offsets, offsets.neg()], 0).add(last);
  const [here, values] = scan((own: Tensor, q: Tensor) => [own, density(q)], density(last), rows);
  return values.sub(here).greater(-LEAST_DECREASE).any().item() !== 0;
}

/** The number of lines on which a density is compared with its gradient, and the number of points on each line. */
const LINES = 8;
const POINTS = 65;

/**
 * Returns the warning about a gradient that does not belong to the density: its integral along a line between two draws
 * is not the difference of the log-densities. The integral is Simpson's; lines on which it has not converged are skipped.
 */
function foreignGradient({ unknowns, density }: Evidence): string | undefined {
  const [chains = 0, count = 0] = unknowns.shape;
  const lines = Array.from({ length: LINES }, (_, i) => {
    const at = Math.floor((i * count) / LINES);
    const from = unknowns.at(i % chains, at);
    return { from, direction: unknowns.at((i + 1) % chains, count - 1 - at).sub(from) };
  });
  const shares = double(Array.from({ length: POINTS }, (_, i) => i / (POINTS - 1)));
  const each = lines.map(({ from, direction }) =>
    direction.mul(shares.reshape([POINTS, 1])).add(from),
  );
  const derivative = valueAndGrad(density);
  const [, { values, gradients }] = scan(
    (i: Tensor, q: Tensor) => {
      const { value, gradient } = derivative(q);
      return [i, { values: value, gradients: gradient }];
    },
    double(0),
    concat(each, 0),
  );
  for (const [i, { direction }] of lines.entries()) {
    const [first, end] = [i * POINTS, (i + 1) * POINTS];
    const slopes = Array.from(gradients.slice([first, 0], [end]).mul(direction).sum(1).data());
    const own = Array.from(values.slice([first], [end]).data());
    const fine = simpson(slopes);
    const coarse = simpson(slopes.filter((_, j) => j % 2 === 0));
    const change = (own.at(-1) ?? 0) - (own[0] ?? 0);
    const off = Math.abs(fine - change);
    const isSure = Math.abs(fine - coarse) < 0.05 * off;
    // A difference below 0.1 changes acceptance probabilities by about a tenth at most. One below 1e-9 of the log-density
    // may be rounding.
    if (!isSure || off < 0.1 || off < 1e-9 * Math.max(...own.map(Math.abs))) continue;
    return (
      `The gradient does not belong to the density: between two draws the density changes by ${change.toPrecision(3)} and ` +
      `the integral of the gradient is ${fine.toPrecision(3)}, as where stopGradient, floor or round hides a term. Energies ` +
      "are not conserved by steps of any size, and draws are wrong."
    );
  }
  return undefined;
}

/** Returns the integral over [0, 1] of equidistant values by Simpson's rule. */
function simpson(values: readonly number[]): number {
  const n = values.length - 1;
  const weight = (i: number) => (i === 0 || i === n ? 1 : i % 2 === 1 ? 4 : 2);
  return values.reduce((sum, value, i) => sum + value * weight(i), 0) / (3 * n);
}
