/**
 * The No-U-Turn sampler: M. Hoffman and A. Gelman (2014), with multinomial sampling of trajectories (M. Betancourt, 2017)
 * and trees that a loop builds without recursion (D. Phan, N. Pradhan and M. Jankowiak, 2019).
 *
 * The state of a chain is a tree of tensors. One compiled program maps it to the state after a chunk of transitions. Each
 * call of a random function has the seed `key + count` and increases the count, so the draws do not depend on the
 * length of chunks.
 */

import {
  arange,
  compile,
  cond,
  logAddExp,
  normal,
  scan,
  type Tensor,
  take,
  tensor,
  uniform,
  valueAndGrad,
  where,
  whileLoop,
  zeros,
} from "@graddiff/core";
import { triangularSolve } from "@graddiff/core/linalg";
import { type Data, double, whole } from "./numbers.ts";
import { madeOnce, type Point, type Target } from "./target.ts";

/** The logarithm of the density of a vector of unbounded unknowns, up to a constant. */
export type VectorDensity = (q: Tensor, data: Data) => Tensor;

/** An end of a trajectory: a position, a momentum and the gradient. */
interface End {
  readonly q: Tensor;
  readonly p: Tensor;
  readonly gradient: Tensor;
}

/** The masses: the inverse of the mass matrix as a vector (diagonal) or a matrix (dense), and its square root. */
export interface Metric {
  readonly inverse: Tensor;
  /** The square roots of a diagonal, or the Cholesky factor. */
  readonly root: Tensor;
}

/** The state of one chain. A run that continues from it has the same bits as a run without interruption. */
export interface Chain {
  readonly point: Point;
  readonly key: Tensor;
  /** The number of seeds used so far. */
  readonly count: Tensor;
  readonly stepSize: Tensor;
  readonly metric: Metric;
  /** Dual averaging of the logarithm of the step (Y. Nesterov, 2009). */
  readonly averaging: {
    readonly logAverage: Tensor;
    readonly error: Tensor;
    readonly steps: Tensor;
    readonly centre: Tensor;
  };
  /** Welford's running sums of the positions in the current window of the warm-up. */
  readonly moments: { readonly n: Tensor; readonly mean: Tensor; readonly squares: Tensor };
}

/** The draw and the statistics of one transition. */
export interface Transition {
  readonly q: Tensor;
  readonly lp: Tensor;
  readonly accept: Tensor;
  readonly depth: Tensor;
  readonly leapfrogs: Tensor;
  readonly energy: Tensor;
  readonly divergent: Tensor;
}

/** The greatest number of doublings of a trajectory. */
export const MAX_DEPTH = 10;

/** The increase of the energy above which a trajectory counts as divergent, as in Stan. */
const DIVERGENCE = 1000;

const F64 = { dtype: "float64" } as const;
const not = (x: Tensor) => x.logicalNot();
const random = (seed: Tensor) => uniform([], { seed, ...F64 });

const ones = (x: number) => x.toString(2).replaceAll("0", "").length;
const LEAVES = Array.from({ length: 2 ** (MAX_DEPTH - 1) }, (_, n) => n);
const table = (entry: (leaf: number) => number) => () =>
  tensor(LEAVES.map(entry), { dtype: "int32" });
/** The row of checkpoints of each leaf: an even leaf is stored in it, an odd leaf is compared with it first. */
const rowsOfLeaves = table((n) => ones(n >> 1));
/** The number of checkpoints, from that row downwards, with which an odd leaf is compared; 0 for an even leaf. */
const comparisons = table((n) => ones((~n & (n + 1)) - 1));

/** Returns the rows with one replaced if a condition is true. `put` copies all rows, too, and is slower for 10 rows. */
const putRow = (rows: Tensor, row: Tensor, condition: Tensor, value: Tensor) => {
  const indices = arange(MAX_DEPTH, undefined, { dtype: "int32" }).reshape([MAX_DEPTH, 1]);
  return where(indices.equal(row).logicalAnd(condition), value, rows);
};

/** Returns the record `yes` where a condition is true, else the record `no`. */
function select<T extends { readonly [Name in keyof T]: Tensor }>(
  condition: Tensor,
  yes: T,
  no: T,
): T {
  const entries = (Object.keys(yes) as (keyof T)[]).map((name) => [
    name,
    where(condition, yes[name], no[name]),
  ]);
  return Object.fromEntries(entries) as T;
}

function velocity({ inverse }: Metric, p: Tensor): Tensor {
  return inverse.shape.length === 1 ? p.mul(inverse) : inverse.matmul(p);
}

/** Returns a random momentum, whose covariance is the mass matrix, from independent normal numbers z. */
function momentum({ root }: Metric, z: Tensor): Tensor {
  if (root.shape.length === 1) return z.div(root);
  return triangularSolve(root, z.reshape([1, -1]), { left: false }).reshape([-1]);
}

/** Returns the logarithm of the joint density of a position and a momentum, which is the negative energy. */
export function joint(logDensity: Tensor, p: Tensor, metric: Metric): Tensor {
  return logDensity.sub(p.mul(velocity(metric, p)).sum().mul(0.5));
}

/**
 * True if a trajectory turns back at one of its ends, a bool scalar. `left` and `right` are the momenta at its ends,
 * `sum` is the sum of the momenta of all its points.
 */
function isTurning(metric: Metric, left: Tensor, right: Tensor, sum: Tensor): Tensor {
  const between = velocity(metric, sum.sub(left.add(right).mul(0.5)));
  return left.mul(between).sum().lessEqual(0).logicalOr(right.mul(between).sum().lessEqual(0));
}

/** The second half of a trajectory that is being doubled, built leaf by leaf. */
interface Subtree extends End {
  readonly n: Tensor;
  readonly proposal: Point;
  readonly logWeight: Tensor;
  readonly sum: Tensor;
  readonly turning: Tensor;
  readonly divergent: Tensor;
  readonly accept: Tensor;
  readonly momenta: Tensor;
  readonly sums: Tensor;
  readonly seed: Tensor;
}

/** A trajectory while it is doubled. */
interface Trajectory {
  readonly left: End;
  readonly right: End;
  readonly proposal: Point;
  readonly logWeight: Tensor;
  readonly sum: Tensor;
  readonly depth: Tensor;
  readonly goes: Tensor;
  readonly divergent: Tensor;
  readonly accept: Tensor;
  readonly n: Tensor;
  readonly seed: Tensor;
}

interface Search {
  readonly step: Tensor;
  readonly rises: Tensor;
  readonly goes: Tensor;
  readonly n: Tensor;
}

/**
 * The greatest number of doublings in `firstStep`: 2¹⁰⁰ is above 10³⁰, where a warning says that the posterior is
 * improper.
 */
const MAX_DOUBLINGS = 100;

/** A request for transitions of a chain: `count` of them, at most `length`. */
export interface Chunk {
  readonly length: number;
  readonly chain: Chain;
  readonly count: Tensor;
  /** True if the transitions adapt the step size and the masses. */
  readonly adapts: Tensor;
  /** The mean acceptance probability to which the step size is adapted. */
  readonly target: Tensor;
}

/** The compiled programs for a density. Data are arguments, so one program serves all data of the same shapes. */
export interface Programs {
  /** Makes transitions. Only `length` is static, so one program serves windows of any length. */
  readonly advance: (
    chunk: Chunk,
    data: Data,
  ) => { readonly chain: Chain; readonly drawn: Transition };
  /** Returns a first guess of the step size. */
  readonly firstStep: (chain: Chain, data: Data) => Tensor;
  readonly at: (q: Tensor, data: Data) => Point;
}

/** Returns the compiled programs of a target. */
export const programsOf = madeOnce(
  (target: Pick<Target<unknown>, "of" | "logDensity">): Programs => {
    const density: VectorDensity = (q, data) => target.logDensity(q, data);
    const advance = compile(
      (length: number, chain: Chain, count: Tensor, adapts: Tensor, goal: Tensor, data: Data) =>
        transitions(kernel(density, data), length, chain, count, adapts, goal),
      { static: [0] },
    );
    return {
      advance: ({ length, chain, count, adapts, target: goal }, data) =>
        advance(length, chain, count, adapts, goal, data),
      firstStep: compile((chain: Chain, data: Data) => firstStep(kernel(density, data), chain)),
      at: compile((q: Tensor, data: Data) => kernel(density, data)(q)),
    };
  },
);

/** A function from a position to its log-density and gradient. */
type Kernel = (q: Tensor) => Point;

export function kernel(density: VectorDensity, data: Data): Kernel {
  const derivative = valueAndGrad((q: Tensor) => density(q, data));
  return (q) => {
    const { value, gradient } = derivative(q);
    return { q, logDensity: value, gradient };
  };
}

/** Returns the point and the momentum after one step of the leapfrog integrator: half a kick, a drift, half a kick. */
export function leapfrog(
  at: Kernel,
  end: End,
  step: Tensor,
  metric: Metric,
): { readonly point: Point; readonly p: Tensor } {
  const half = end.p.add(end.gradient.mul(step.mul(0.5)));
  const point = at(end.q.add(velocity(metric, half).mul(step)));
  return { point, p: half.add(point.gradient.mul(step.mul(0.5))) };
}

function kick({ key, count, metric, point }: Chain): Tensor {
  return momentum(metric, normal(point.q.shape, { seed: key.add(count), ...F64 }));
}

/**
 * Builds a subtree of `leaves` leapfrog steps from an end of a trajectory. It ends early if it turns back or diverges.
 * `first` is the joint log-density at the start of the trajectory.
 */
function subtree(
  at: Kernel,
  end: End,
  step: Tensor,
  leaves: Tensor,
  first: Tensor,
  metric: Metric,
  seed: Tensor,
  proposal: Point,
): Subtree {
  const size = end.q.shape[0] ?? 0;
  const next = (s: Subtree): Subtree => {
    const { point, p } = leapfrog(at, s, step, metric);
    const gain = joint(point.logDensity, p, metric).sub(first);
    // A density that is infinite or NaN, as of a matrix that is not positive definite, makes the trajectory divergent.
    const change = where(gain.less(Number.POSITIVE_INFINITY), gain, Number.NEGATIVE_INFINITY);
    const logWeight = logAddExp(s.logWeight, change);
    const isTaken = random(s.seed).less(change.sub(logWeight).exp()).logicalOr(s.n.equal(0));
    const sum = s.sum.add(p);
    const row = take(rowsOfLeaves(), s.n);
    const isEven = s.n.remainder(2).equal(0);
    const momenta = putRow(s.momenta, row, isEven, p);
    const sums = putRow(s.sums, row, isEven, sum);
    const last = row.sub(take(comparisons(), s.n));
    const { turning } = whileLoop(
      (c: { i: Tensor; turning: Tensor }) => c.i.greater(last).logicalAnd(not(c.turning)),
      ({ i }: { i: Tensor; turning: Tensor }) => {
        const left = take(momenta, i);
        const between = sum.sub(take(sums, i)).add(left);
        return { i: i.sub(1), turning: isTurning(metric, left, p, between) };
      },
      { i: row, turning: tensor(false) },
    );
    return {
      q: point.q,
      p,
      gradient: point.gradient,
      n: s.n.add(1),
      proposal: select(isTaken, point, s.proposal),
      logWeight,
      sum,
      turning,
      divergent: change.less(-DIVERGENCE),
      accept: s.accept.add(change.minimum(0).exp()),
      momenta,
      sums,
      seed: s.seed.add(1),
    };
  };
  return whileLoop(
    (s: Subtree) => s.n.less(leaves).logicalAnd(not(s.turning.logicalOr(s.divergent))),
    next,
    {
      q: end.q,
      p: end.p,
      gradient: end.gradient,
      n: whole(0),
      proposal,
      logWeight: double(Number.NEGATIVE_INFINITY),
      sum: zeros([size], F64),
      turning: tensor(false),
      divergent: tensor(false),
      accept: double(0),
      momenta: zeros([MAX_DEPTH, size], F64),
      sums: zeros([MAX_DEPTH, size], F64),
      seed,
    },
  );
}

/** Doubles a trajectory until it turns back, diverges or has the greatest depth, and draws one of its points. */
function transition(at: Kernel, chain: Chain) {
  const { point: start, stepSize, metric } = chain;
  const p = kick(chain);
  const first = joint(start.logDensity, p, metric);
  const end = { q: start.q, p, gradient: start.gradient };
  const doubled = (t: Trajectory): Trajectory => {
    const isRight = random(t.seed).less(0.5);
    const leaves = t.depth.cast("float64").exp2().cast("int32");
    const from = select(isRight, t.right, t.left);
    const step = where(isRight, stepSize, stepSize.neg());
    const s = subtree(at, from, step, leaves, first, metric, t.seed.add(2), t.proposal);
    const moved: End = { q: s.q, p: s.p, gradient: s.gradient };
    const left = select(isRight, t.left, moved);
    const right = select(isRight, moved, t.right);
    const sum = t.sum.add(s.sum);
    const isWhole = not(s.turning.logicalOr(s.divergent));
    const ratio = s.logWeight.sub(t.logWeight).exp();
    const isTaken = random(t.seed.add(1)).less(ratio).logicalAnd(isWhole);
    const depth = t.depth.add(1);
    const turns = isTurning(metric, left.p, right.p, sum);
    return {
      left,
      right,
      proposal: select(isTaken, s.proposal, t.proposal),
      logWeight: logAddExp(t.logWeight, s.logWeight),
      sum,
      depth,
      goes: isWhole.logicalAnd(not(turns)).logicalAnd(depth.less(MAX_DEPTH)),
      divergent: s.divergent,
      accept: t.accept.add(s.accept),
      n: t.n.add(s.n),
      seed: s.seed,
    };
  };
  const tree: Trajectory = whileLoop((t: Trajectory) => t.goes, doubled, {
    left: end,
    right: end,
    proposal: start,
    logWeight: double(0),
    sum: p,
    depth: whole(0),
    goes: tensor(true),
    divergent: tensor(false),
    accept: double(0),
    n: whole(0),
    seed: chain.key.add(chain.count).add(1),
  });
  const { proposal, depth, n, divergent } = tree;
  const drawn: Transition = {
    q: proposal.q,
    lp: proposal.logDensity,
    accept: tree.accept.div(n.cast("float64")),
    depth,
    leapfrogs: n,
    energy: first.neg(),
    divergent,
  };
  return { proposal, count: tree.seed.sub(chain.key), drawn };
}

/** Makes one transition. If `adapts` is true, it also updates dual averaging, the step size and the moments. */
function step(at: Kernel, chain: Chain, adapts: Tensor, target: Tensor): [Chain, Transition] {
  const { proposal, count, drawn } = transition(at, chain);
  const { averaging: a, moments } = chain;
  const steps = a.steps.add(1);
  const share = steps.add(10).reciprocal();
  const error = a.error.mul(share.neg().add(1)).add(target.sub(drawn.accept).mul(share));
  const logStep = a.centre.sub(steps.sqrt().mul(error).div(0.05));
  const weight = steps.pow(-0.75);
  const logAverage = a.logAverage.mul(weight.neg().add(1)).add(logStep.mul(weight));
  const n = moments.n.add(1);
  const off = proposal.q.sub(moments.mean);
  const mean = moments.mean.add(off.div(n));
  const rest = proposal.q.sub(mean);
  const isDense = moments.squares.shape.length === 2;
  const product = isDense ? off.reshape([-1, 1]).mul(rest) : off.mul(rest);
  const squares = moments.squares.add(product);
  const next: Chain = {
    ...chain,
    point: proposal,
    count,
    stepSize: where(adapts, logStep.exp(), chain.stepSize),
    averaging: select(adapts, { logAverage, error, steps, centre: a.centre }, a),
    moments: select(adapts, { n, mean, squares }, moments),
  };
  return [next, drawn];
}

function transitions(
  at: Kernel,
  length: number,
  chain: Chain,
  count: Tensor,
  adapts: Tensor,
  target: Tensor,
) {
  const none: Transition = {
    q: zeros(chain.point.q.shape, F64),
    lp: double(0),
    accept: double(0),
    depth: whole(0),
    leapfrogs: whole(0),
    energy: double(0),
    divergent: tensor(false),
  };
  const [[, last], drawn] = scan(
    ([i, own]: [Tensor, Chain]): [[Tensor, Chain], Transition] => {
      const [next, result] = cond(
        i.less(count),
        () => step(at, own, adapts, target),
        (): [Chain, Transition] => [own, none],
      );
      return [[i.add(1), next], result];
    },
    [whole(0), chain] as [Tensor, Chain],
    undefined,
    { length },
  );
  return { chain: last as Chain, drawn: drawn as Transition };
}

/** Returns the step size after doubling or halving it until the acceptance probability of one step crosses 0.8. */
function firstStep(at: Kernel, chain: Chain): Tensor {
  const p = kick(chain);
  const { metric, point } = chain;
  const first = joint(point.logDensity, p, metric);
  return whileLoop(
    ({ goes, n }: Search) => goes.logicalAnd(n.less(MAX_DOUBLINGS)),
    ({ step: own, rises: before, n }: Search) => {
      const end = { q: point.q, p, gradient: point.gradient };
      const next = leapfrog(at, end, own, metric);
      const gain = joint(next.point.logDensity, next.p, metric).sub(first);
      const isGood = gain.greater(Math.log(0.8));
      const rises = where(n.equal(0), isGood, before);
      const goes = isGood.equal(rises);
      const factor = where(rises, double(2), double(0.5));
      return { step: where(goes, own.mul(factor), own), rises, goes, n: n.add(1) };
    },
    { step: chain.stepSize, rises: tensor(true), goes: tensor(true), n: whole(0) },
  ).step;
}
