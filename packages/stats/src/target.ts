/** Targets of a sampler: the density of a vector, from a model or from a function of a tree of unknowns. */

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

/** The floor beneath a model: a density of a tree of unbounded unknowns. */
export interface Unknowns<Start, Result, Data> {
  /** Returns the logarithm of the density, a scalar; that of the volumes is included where `constrain` changes variables. */
  readonly logDensity: (unknowns: Mapped<Start, Tensor>, data: Data) => Tensor;
  /** A tree of tensors or numbers with the shapes of the unknowns, around which chains start. */
  readonly start: Start;
  /** Returns what is kept of each draw. Default: the unknowns. */
  readonly constrain?: (unknowns: Mapped<Start, Tensor>, data: Data) => Result;
}

/** The functions of a density that a sampler needs. */
export interface Target<Result> {
  /** The model or the unknowns, by which programs are kept. */
  readonly of: object;
  /** The model, where there is one. */
  readonly model?: Model<Result, Data>;
  sizeOf(data: Data): number;
  logDensity(q: Tensor, data: Data): Tensor;
  result(q: Tensor, data: Data): Kept<Result>;
  /** Returns positions at which a chain may start. */
  starts(seed: number, size: number): Tensor[];
}

/** The target of a model. */
export interface ModelTarget<Result> extends Target<Result> {
  readonly model: Model<Result, Data>;
}

/** The most starts that are tried. */
const STARTS = 100;

/** The factor by which starts come nearer to the centre, from 2 away at first. */
const APPROACH = 0.95;

function around(centre: Tensor | undefined, seed: number, size: number): Tensor[] {
  const offsets = uniform([STARTS, size], { seed, low: -2, high: 2, dtype: "float64" });
  return Array.from({ length: STARTS }, (_, i) => {
    const offset = offsets.at(i).mul(APPROACH ** i);
    return centre === undefined ? offset : offset.add(centre);
  });
}

/** Returns the target of what `sample` gets. @throws ArgumentError for anything but a model or unknowns. */
export function targetOf<Result>(op: string, of: object, isModel: true): ModelTarget<Result>;
export function targetOf<Result>(op: string, of: object): Target<Result>;
export function targetOf<Result>(op: string, of: object, isModel = false): Target<Result> {
  // The form of the data is the one that the model declares.
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
      // Recorded, so that no unknown has a value and parameters of data alone are checked.
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
 * Returns a tree of data.
 *
 * @throws DTypeError for float32, in which densities of many observations have no digits left.
 */
export function dataOf(op: string, data: unknown): Data {
  return treeMap((leaf, path) => {
    if (!isFloat(leaf.dtype) || leaf.dtype === "float64") return leaf;
    const hint = 'Make it with tensor(…, { dtype: "float64" })';
    const argument = path === "" || path.startsWith("[") ? `data${path}` : `data.${path}`;
    throw new DTypeError({ op, argument, expected: "float64", got: leaf.dtype, hint });
    // Leaves are tensors now.
  }, data) as Data;
}

/** Throws the error of a density that is finite at none of some positions. It names the term, and the line of its call. */
export function refuseStart(
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
      op: "sample",
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
    throw new ArgumentError({ op: "sample", argument: "model", expected, got: `${got} ${where}` });
  }
  // The model is recorded again, so that the error has the line of the call.
  compile((own: Tensor, given: Data) => {
    density(model, given, own, (name) => {
      if (name !== names[at]) return;
      throw new ArgumentError({
        op: "sample",
        argument: name,
        expected,
        got: `${got} ${where}`,
        hint,
      });
    });
    return own;
  })(q, data);
  throw new ArgumentError({ op: "sample", argument: names[at] ?? "", expected, got });
}
