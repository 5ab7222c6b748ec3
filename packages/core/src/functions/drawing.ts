/**
 * Draws whose distribution tensors describe: booleans, classes and counts of given probabilities, rows in a random order, and
 * dropout.
 */

import { fraction, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import { cast, castLike } from "../ops/cast.ts";
import { checked } from "../ops/checked.ts";
import { where } from "../ops/comparison.ts";
import { argMax } from "../ops/counting.ts";
import { binomialQuantile, poissonQuantile } from "../ops/countQuantiles.ts";
import { take } from "../ops/indexing.ts";
import { promoteInputs } from "../ops/promote.ts";
import { type DrawOptions, drawing, readSeed, type SeedOptions } from "../ops/random.ts";
import { max } from "../ops/reduction.ts";
import { readWanted, sequence, wantedShape } from "../ops/sequences.ts";
import { argSort } from "../ops/sorting.ts";
import { at, broadcastShapes, checkShape } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { gumbelOf } from "./distributions.ts";

const readDraw = optionsReader({ seed: readSeed, shape: readWanted });
const readSeedOnly = optionsReader({ seed: readSeed });
const readDropout = optionsReader({
  seed: readSeed,
  rate: optional(fraction, 0.5),
});

/** The ranges of parameters, in words for errors. */
const RATE = { low: 0, high: Number.MAX_VALUE, expected: "finite numbers from 0" };
const SHARE = { low: 0, high: 1, expected: "numbers from 0 to 1" };

/**
 * True with probability p: where a uniform number of 53 bits is below p, so 0 is never and 1 always true. It has no
 * gradient.
 *
 * @param p numbers from 0 to 1.
 * @param options `seed`, as of `uniform`; `shape` (default that of p), to which p broadcasts.
 * @returns bool.
 * @throws ArgumentError for a p outside of 0 to 1 (a compiled function throws it when it runs); ShapeError for a shape
 *   to which p does not broadcast; what `uniform` throws for a seed.
 * @example
 * ```ts
 * import { bernoulli, tensor } from "@graddiff/core";
 *
 * console.log(bernoulli(tensor([0, 1]), { seed: 3 }).toArray()); // [ false, true ]
 * console.log(bernoulli(0.5, { shape: [4], seed: 3 }).toArray()); // [ true, true, false, false ]
 * ```
 */
export function bernoulli(p: TensorLike, options: DrawOptions): Tensor {
  refuseSurplus("bernoulli", 2, arguments);
  const chance = toTensor("bernoulli", "p", p);
  const { seed, shape } = readDraw("bernoulli", options);
  const target = wantedShape("bernoulli", "p", chance.shape, shape);
  const demand = { op: "bernoulli", argument: "p", ...SHARE };
  return sequence("bernoulli", seed, target).less(checked(chance, demand));
}

/**
 * Counts of a Poisson distribution: of events at a rate. They are quantiles (`poissonQuantile`) of uniform numbers of 53
 * bits. They have no gradient.
 *
 * @param rate the mean, numbers from 0. A plain number gives float64 that adapts to what is beside it, int32 float32.
 * @param options `seed`, as of `uniform`; `shape` (default that of the rate), to which the rate broadcasts.
 * @returns integers in the dtype of the rate. float32 has each of them up to 2²⁴.
 * @throws ArgumentError for a rate that is not finite or below 0 (a compiled function throws it when it runs); ShapeError
 *   for a shape to which the rate does not broadcast; what `uniform` throws for a seed.
 * @example
 * ```ts
 * import { poisson } from "@graddiff/core";
 *
 * const calls = poisson(3.5, { shape: [100_000], seed: 1 });
 * console.log(calls.mean().item().toFixed(2)); // 3.50
 * ```
 */
export function poisson(rate: TensorLike, options: DrawOptions): Tensor {
  refuseSurplus("poisson", 2, arguments);
  const [mean] = promoteInputs("poisson", [toTensor("poisson", "rate", rate)], "float");
  const { seed, shape } = readDraw("poisson", options);
  const target = wantedShape("poisson", "rate", mean.shape, shape);
  const valid = checked(mean, { op: "poisson", argument: "rate", ...RATE });
  const counts = poissonQuantile(cast(valid, "float64"), sequence("poisson", seed, target));
  return castLike(counts, mean);
}

/**
 * Counts of a binomial distribution: of successes in a number of trials. They are quantiles (`binomialQuantile`) of uniform
 * numbers of 53 bits. They have no gradient.
 *
 * @param total the number of trials, integers from 0.
 * @param p the probability of a success, numbers from 0 to 1. It broadcasts with the number of trials.
 * @param options `seed`, as of `uniform`; `shape` (default that of the parameters), to which they broadcast.
 * @returns integers in the dtype of the parameters, float32 for int32. float32 has each of them up to 2²⁴.
 * @throws ArgumentError for a number of trials that is no integer from 0, and for a p outside of 0 to 1 (a compiled
 *   function throws it when it runs); ShapeError for a shape to which they do not broadcast; what `uniform` throws
 *   for a seed.
 * @example
 * ```ts
 * import { binomial } from "@graddiff/core";
 *
 * const heads = binomial(10, 0.5, { shape: [100_000], seed: 1 });
 * console.log(heads.mean().item().toFixed(2), heads.max().item()); // 5.00 10
 * ```
 */
export function binomial(total: TensorLike, p: TensorLike, options: DrawOptions): Tensor {
  refuseSurplus("binomial", 3, arguments);
  const inputs = [toTensor("binomial", "total", total), toTensor("binomial", "p", p)] as const;
  const [trials, chance] = promoteInputs("binomial", inputs, "float");
  const { seed, shape } = readDraw("binomial", options);
  const both = broadcastShapes("binomial", trials.shape, chance.shape);
  const target = wantedShape("binomial", "total and p", both, shape);
  const argument = "total";
  const range = checked(trials, { op: "binomial", argument, ...RATE });
  const whole = checked(
    range,
    {
      op: "binomial",
      argument,
      low: 0,
      high: 0,
      expected: "integers",
      got: "one above an integer by",
    },
    range.sub(range.floor()),
  );
  const share = checked(chance, { op: "binomial", argument: "p", ...SHARE });
  const uniform = sequence("binomial", seed, target);
  const counts = binomialQuantile(cast(whole, "float64"), cast(share, "float64"), uniform);
  return castLike(counts, trials);
}

/**
 * Classes with the probabilities `softmax(logits)` along the last axis, by the Gumbel-max method. It takes the index of
 * the greatest of the logits less log(−log u), a Gumbel number for each (Gumbel, Statistical Theory of Extreme Values,
 * 1954; Maddison, Tarlow & Minka, A* sampling, 2014), in float64. It has no gradient.
 *
 * @param logits logarithms of weights, which need not add up to anything; −Infinity for a class that is never drawn.
 *   Their last axis is that of the classes.
 * @param options `seed`, as of `uniform`; `shape` (default that of the logits without the last axis), to which those
 *   axes broadcast.
 * @returns int32 of the shape: classes from 0.
 * @throws ShapeError for a scalar, an empty last axis, or a shape to which the logits do not broadcast; ArgumentError for
 *   logits among which no class can be drawn: NaN, +Infinity, or −Infinity alone (a compiled function throws it when it
 *   runs); what `uniform` throws for a seed.
 * @example
 * ```ts
 * import { categorical, log, tensor } from "@graddiff/core";
 *
 * const logits = log(tensor([0.2, 0, 0.8]));
 * console.log(String(categorical(logits, { shape: [8], seed: 1 }))); // [2 0 2 2 2 2 0 2]
 * ```
 */
export function categorical(logits: TensorLike, options: DrawOptions): Tensor {
  refuseSurplus("categorical", 2, arguments);
  const input = toTensor("categorical", "logits", logits);
  const { seed, shape } = readDraw("categorical", options);
  const classes = input.shape.at(-1) ?? 0;
  if (classes === 0) {
    const expected = "a last axis with at least one class";
    const got = `the shape ${formatShape(input.shape)}`;
    throw new ShapeError("categorical", "logits", expected, got);
  }
  const target = wantedShape("categorical", "logits", input.shape.slice(0, -1), shape);
  const whole = checkShape("categorical", "shape", [...target, classes]);
  const noise = drawing(seed, () => gumbelOf(sequence("categorical", seed, whole)));
  return argMax(noise.add(cast(checkLogits(input), "float64")), -1);
}

/** Logits of which each row has a class that can be drawn: its greatest one is a number. */
function checkLogits(logits: Tensor): Tensor {
  if (logits.size === 0) return logits;
  const demand = {
    op: "categorical",
    argument: "logits",
    low: -Number.MAX_VALUE,
    high: Number.MAX_VALUE,
    expected: "numbers, and −Infinity for some classes",
    got: "a row whose greatest is",
  };
  return checked(logits, demand, max(logits, -1));
}

/**
 * Returns the integers from 0 to n − 1, or the rows of x along the first axis, in a random order, each order as likely
 * as the others.
 *
 * It is the order of uniform numbers of 53 bits. Two of a million are equal with a probability of 6e-5, and such two
 * alone keep their order. The gradient goes to the rows that were taken.
 *
 * @param x a tensor with an axis, or a number n.
 * @param options `seed`, as of `uniform`.
 * @returns int32, [n]; or the shape and dtype of x.
 * @throws ShapeError for a scalar tensor, or an n that is no integer from 0; what `uniform` throws for a seed.
 * @example
 * ```ts
 * import { permutation, tensor } from "@graddiff/core";
 *
 * console.log(String(permutation(5, { seed: 1 }))); // [3 0 4 1 2]
 * console.log(permutation(tensor([[1, 2], [3, 4]]), { seed: 2 }).toArray()); // [ [ 3, 4 ], [ 1, 2 ] ]
 * ```
 */
export function permutation(x: TensorLike, options: SeedOptions): Tensor {
  refuseSurplus("permutation", 2, arguments);
  const { seed } = readSeedOnly("permutation", options);
  const count = typeof x === "number" ? x : undefined;
  const input = toTensor("permutation", "x", x);
  const isCount = count !== undefined && Number.isSafeInteger(count) && count >= 0;
  if (!isCount && input.rank === 0) {
    const expected = "an integer from 0, or a tensor with an axis";
    const got = count === undefined ? "a scalar tensor" : String(count);
    throw new ShapeError("permutation", "x", expected, got);
  }
  const keys = checkShape("permutation", "x", [count ?? at(input.shape, 0)]);
  const order = drawing(seed, () => argSort(sequence("permutation", seed, keys)));
  return count === undefined ? take(input, order) : order;
}

/**
 * x with each element 0 with the probability `rate`, and the others divided by 1 − rate, so that the mean stays
 * (Srivastava et al., Dropout, Journal of Machine Learning Research 15, 2014). The gradient passes where x does.
 *
 * The mask comes from uniform numbers of 24 bits. As the seed of a compiled function give it a tensor, such as a
 * Variable that counts: a number gives the same mask in each run. Several layers need several seeds, see `splitSeed`; and
 * so do the examples of a batch under `vectorize`, which have one mask if they have one seed.
 *
 * @param x numbers; int32 and bool become float32.
 * @param options `seed`, as of `uniform`; `rate` from 0, which changes nothing, to 1, which gives zeros (default 0.5).
 * @returns the shape of x.
 * @throws ArgumentError for another rate, and what `uniform` throws for a seed.
 * @example
 * ```ts
 * import { dropout, grad, ones } from "@graddiff/core";
 *
 * console.log(String(dropout(ones([6]), { rate: 0.5, seed: 1 }))); // [2. 0. 0. 2. 0. 0.]
 * console.log(String(grad((x) => dropout(x, { seed: 1 }).sum())(ones([6])))); // [2. 0. 0. 2. 0. 0.]
 * ```
 */
export function dropout(x: TensorLike, options: SeedOptions & { readonly rate?: number }): Tensor {
  refuseSurplus("dropout", 2, arguments);
  const [whole] = promoteInputs("dropout", [toTensor("dropout", "x", x)], "float");
  const { seed, rate } = readDropout("dropout", options);
  if (rate === 0) return whole;
  const isKept = drawing(seed, () => {
    const u = sequence("dropout", seed, whole.shape, { dtype: "float32" });
    return u.greaterEqual(rate);
  });
  // Nothing is kept at rate 1, and an infinite factor would make NaN of the gradient.
  return where(isKept, rate === 1 ? whole : whole.mul(1 / (1 - rate)), 0);
}
