/** Warnings about draws, each by what is seen. */

import { arange, concat, scan, type Tensor, treeMap, valueAndGrad, where } from "@graddiff/core";
import { bfmi, chainsOf, essBulk, essTail, rhat } from "./diagnostics.ts";
import { double } from "./numbers.ts";
import { MAX_DEPTH } from "./nuts.ts";
import type { Transitions } from "./posterior.ts";
import type { State } from "./sample.ts";

/** The grounds of warnings. */
export interface Evidence {
  readonly draws: unknown;
  readonly stats: Transitions;
  readonly state: State;
  /** The unbounded unknowns, [chains, draws, size]. */
  readonly unknowns: Tensor;
  readonly density: (q: Tensor) => Tensor;
}

/** The R̂ from which chains disagree, the effective size that a chain must bring, and the least share of energies. */
const MOST_RHAT = 1.01;
const LEAST_SIZE = 100;
const LEAST_BFMI = 0.3;

/** The fewest draws of a chain that diagnostics take. */
const LEAST_DRAWS = 4;

/** Returns the sentences that evidence gives reason for. */
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

/** Returns warnings of R̂ and of effective sizes, by the names of the worst numbers. */
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
      // NaN is of numbers that never change, such as constants that are returned.
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

/** The distance from a draw at which a density that has an integral has decreased, and the least decrease. */
const FAR = 1e30;
const LEAST_DECREASE = 50;

/** Returns the warning of a density that has no finite integral. */
function improperOf({ state, unknowns, density, stats }: Evidence): string | undefined {
  const steps = Math.max(...state.chains.map(({ stepSize }) => stepSize.item()));
  const isFar = unknowns.abs().max().item() > FAR;
  // A direction in which the density is constant never lets a trajectory turn back.
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

/** True if the density is about the same far out along the axis of an unknown. */
function isConstantFarOut(unknowns: Tensor, density: (q: Tensor) => Tensor): boolean {
  const [, count = 0, size = 0] = unknowns.shape;
  const last = unknowns.at(0, count - 1);
  const axes = arange(size).reshape([size, 1]).equal(arange(size));
  const offsets = where(axes, double(FAR), double(0));
  const rows = concat([offsets, offsets.neg()], 0).add(last);
  const [here, values] = scan((own: Tensor, q: Tensor) => [own, density(q)], density(last), rows);
  return values.sub(here).greater(-LEAST_DECREASE).any().item() !== 0;
}

/** The lines, and the points on each, at which a density is compared with its gradient. */
const LINES = 8;
const POINTS = 65;

/**
 * Returns the warning of a gradient that is not that of the density: its integral along a line between two draws is not the
 * difference of the log-densities. The quadrature is Simpson's; where it has not converged nothing is said.
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
    // Less than a tenth changes no acceptance by more than that, and large densities have no further digits.
    if (!isSure || off < 0.1 || off < 1e-9 * Math.max(...own.map(Math.abs))) continue;
    return (
      `The gradient does not belong to the density: between two draws the density changes by ${change.toPrecision(3)} and ` +
      `the integral of the gradient is ${fine.toPrecision(3)}, as where stopGradient, floor or round hides a term. Energies ` +
      "are not conserved by steps of any size, and draws are wrong."
    );
  }
  return undefined;
}

/** Returns Simpson's integral over [0, 1] of values at equal distances. */
function simpson(values: readonly number[]): number {
  const n = values.length - 1;
  const weight = (i: number) => (i === 0 || i === n ? 1 : i % 2 === 1 ? 4 : 2);
  return values.reduce((sum, value, i) => sum + value * weight(i), 0) / (3 * n);
}
