/** Targets of the sampler: log-densities of one vector, made from a model or from a user's function of a tree. */

import {
  ArgumentError,
  compile,
  DTypeError,
  type Mapped,
  ShapeError,
  type Tensor,
  treeLeaves,
  treeMap,
  uniform,
} from "@graddiff/core";
import { callable, describe, formatShape, isFloat } from "@graddiff/core/extend";
import { density, type Kept, type Model } from "./model.ts";
import { type Data, double, float64, sizeOf } from "./numbers.ts";

/** A density that the user writes without a model, as a function of a tree of unbounded unknowns. */
export interface Unknowns<Start, Result, Data> {
  /**
   * Returns the logarithm of the density of the unbounded unknowns, a scalar, up to a constant. If `constrain` changes
   * variables, it must include the logarithm of the Jacobian determinant.
   */
  readonly logDensity: (unknowns: Mapped<Start, Tensor>, data: Data) => Tensor;
  /** A tree of tensors or numbers with the shapes of the unknowns. Chains start at random points around it. */
  readonly start: Start;
  /** Returns the tree that is stored for each draw. Default: the unknowns. */
  readonly constrain?: (unknowns: Mapped<Start, Tensor>, data: Data) => Result;
}

/** A density as the sampler sees it: functions of one vector `q` of unbounded unknowns. */
export interface Target<Result> {
  /** The model, or the user's object with `logDensity`: the key under which compiled programs are cached. */
  readonly of: object;
  /** The model; undefined for a density that is written without one. */
  readonly model?: Model<Result, Data>;
  sizeOf(data: Data): number;
  logDensity(q: Tensor, data: Data): Tensor;
  result(q: Tensor, data: Data): Kept<Result>;
  /** Returns random positions at which a chain may start, in the order in which they are tried. */
  starts(seed: number, size: number): Tensor[];
}

/** A position with its log-density and the gradient there. */
export interface Point {
  readonly q: Tensor;
  readonly logDensity: Tensor;
  readonly gradient: Tensor;
}

/** Returns a function whose result, such as compiled programs, is made once for each model or density. */
/* @__NO_SIDE_EFFECTS__ */
export function madeOnce<Of extends Pick<Target<unknown>, "of">, Made>(
  make: (target: Of) => Made,
): (target: Of) => Made {
  const known = new WeakMap<object, Made>();
  return (target) => {
    const made = known.get(target.of) ?? make(target);
    known.set(target.of, made);
    return made;
  };
}

/** The target of a model. */
export interface ModelTarget<Result> extends Target<Result> {
  readonly model: Model<Result, Data>;
}

/** The number of random starts that are tried for a chain. */
const STARTS = 100;

/** The factor by which each further start is nearer to the centre. The first is at most 2 away in each unknown. */
const APPROACH = 0.95;

function around(centre: Tensor | undefined, seed: number, size: number): Tensor[] {
  const offsets = uniform([STARTS, size], { seed, low: -2, high: 2, dtype: "float64" });
  return Array.from({ length: STARTS }, (_, i) => {
    const offset = offsets.at(i).mul(APPROACH ** i);
    return centre === undefined ? offset : offset.add(centre);
  });
}

/**
 * Returns the target of a model or, unless `isModel` is true, of an object with `logDensity` and `start`.
 *
 * @throws ArgumentError for any other value.
 */
export function targetOf<Result>(op: string, of: object, isModel: true): ModelTarget<Result>;
export function targetOf<Result>(op: string, of: object): Target<Result>;
export function targetOf<Result>(op: string, of: object, isModel = false): Target<Result> {
  // The signatures of the callers have checked that the data are of the type that the model declares.
  if (typeof Object(of).fn === "function") return ofModel(of as Model<Result, Data>);
  if (typeof Object(of).logDensity === "function" && !isModel) {
    return ofUnknowns(op, of as Unknowns<unknown, Result, Data>);
  }
  const expected = isModel ? "a model(…)" : "a model(…), or { logDensity, start }";
  throw new ArgumentError({ op, argument: "of", expected, got: describe(of) });
}

function ofModel<Result>(model: Model<Result, Data>): ModelTarget<Result> {
  return {
    of: model,
    model,
    sizeOf(data) {
      let size = 0;
      // The model is recorded with a symbolic unknown: parameters that depend on it have no values and pass unchecked,
      // parameters that depend only on data are checked.
      compile((u: Tensor) => {
        const found = density(model, data, u);
        size = found.size;
        return found.logDensity;
      }).program(double(0));
      return size;
    },
    logDensity: (q, data) => density(model, data, q).logDensity,
    result: (q, data) => density(model, data, q).result,
    starts: (seed, size) => around(undefined, seed, size),
  };
}

function ofUnknowns<Result>(op: string, of: Unknowns<unknown, Result, Data>): Target<Result> {
  const start = treeMap((leaf, path) => float64(op, `start.${path}`, leaf), of.start);
  const leaves = treeLeaves(start);
  const size = leaves.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const centre = double(Float64Array.from(leaves.flatMap((leaf) => Array.from(leaf.data()))));
  if (of.constrain !== undefined) callable(op, "constrain", of.constrain);
  const unknowns = (q: Tensor) => {
    let from = 0;
    return treeMap((leaf) => {
      const count = sizeOf(leaf.shape);
      from += count;
      return q.slice([from - count], [from]).reshape(leaf.shape);
    }, start) as Mapped<unknown, Tensor>;
  };
  return {
    of,
    sizeOf: () => size,
    logDensity: (q, data) => {
      const value = float64(op, "logDensity", of.logDensity(unknowns(q), data));
      if (value.shape.length === 0) return value;
      const got = formatShape(value.shape);
      throw new ShapeError({ op, argument: "logDensity", expected: "a scalar", got });
    },
    result: (q, data) => {
      const own = unknowns(q);
      return treeMap((leaf: Tensor) => leaf, of.constrain?.(own, data) ?? own) as Kept<Result>;
    },
    starts: (seed, count) => around(centre, seed, count),
  };
}

/**
 * Returns a tree of data with tensors as its leaves.
 *
 * @throws DTypeError for float32: its precision is too low for the sum of the log-densities of many observations.
 */
export function dataOf(op: string, data: unknown): Data {
  return treeMap((leaf, path) => {
    if (!isFloat(leaf.dtype) || leaf.dtype === "float64") return leaf;
    const hint = 'Make it with tensor(…, { dtype: "float64" })';
    const argument = path === "" || path.startsWith("[") ? `data${path}` : `data.${path}`;
    throw new DTypeError({ op, argument, expected: "float64", got: leaf.dtype, hint });
    // `treeMap` returns a tree whose leaves are tensors.
  }, data) as Data;
}

/** True if the density of a point and its gradient are finite. */
export function isFinitePoint({ logDensity, gradient }: Point): boolean {
  return Number.isFinite(logDensity.item()) && Boolean(gradient.isFinite().all().item());
}

/**
 * Returns the first random start at which the density and its gradient are finite.
 *
 * @param at returns the density and its gradient at a position.
 * @throws ArgumentError if there is none.
 */
export function startOf<At extends Point>(
  op: string,
  target: Pick<Target<unknown>, "model" | "logDensity">,
  data: Data,
  positions: readonly Tensor[],
  at: (q: Tensor) => At,
): At {
  for (const q of positions) {
    const point = at(q);
    if (isFinitePoint(point)) return point;
  }
  return refuseStart(op, target, data, positions);
}

/**
 * Throws the error for a density that has no finite value and gradient at any start. For a model it names the first term
 * that is not finite at the last position, and the source location of its call.
 */
function refuseStart(
  op: string,
  { model, logDensity }: Pick<Target<unknown>, "model" | "logDensity">,
  data: Data,
  positions: readonly Tensor[],
): never {
  const q = positions.at(-1) ?? double([]);
  const expected = "a finite density with a finite gradient";
  const where = `at ${positions.length} random starts`;
  const hint = "Its values there, or those of its parameters, are out of range";
  if (model === undefined) {
    const got = String(compile(logDensity)(q, data).item());
    throw new ArgumentError({
      op,
      argument: "logDensity",
      expected,
      got: `${got} ${where}`,
    });
  }
  const names: string[] = [];
  const terms = compile((own: Tensor, given: Data) => {
    const all: Tensor[] = [];
    density(model, given, own, (name, term) => {
      names.push(name);
      all.push(term);
    });
    return all;
  })(q, data).map((term) => term.item());
  const at = terms.findIndex((term) => !Number.isFinite(term));
  const got = at < 0 ? `a gradient that is not` : String(terms[at]);
  if (at < 0) {
    throw new ArgumentError({ op, argument: "model", expected, got: `${got} ${where}` });
  }
  // The model is recorded again, and the error thrown within the call, so that it has the source location of the call.
  compile((own: Tensor, given: Data) => {
    density(model, given, own, (name) => {
      if (name !== names[at]) return;
      throw new ArgumentError({
        op,
        argument: name,
        expected,
        got: `${got} ${where}`,
        hint,
      });
    });
    return own;
  })(q, data);
  throw new ArgumentError({ op, argument: names[at] ?? "", expected, got });
}
