/**
 * `scan`: a loop whose steps pass a carry, recorded once whatever its length.
 */

import {
  checkFunction,
  flag,
  nonNegativeInteger,
  optional,
  optionsReader,
  refuseSurplus,
} from "../arguments.ts";
import { ArgumentError, DTypeError, describe, formatShape, ShapeError } from "../errors.ts";
import { applyAll } from "../graph/apply.ts";
import { Captures, type OpenBody, recordBody, reordered } from "../graph/body.ts";
import type { Op } from "../graph/op.ts";
import type { Recordable } from "../graph/recordable.ts";
import { peekCell, writeCell } from "../graph/recording.ts";
import {
  fillerOf,
  formWith,
  type Leaf,
  leafTensor,
  leavesOfForm,
  type Mapped,
  type TreeLike,
} from "../graph/tree.ts";
import type { TensorType } from "../graph/types.ts";
import { adapted } from "../ops/promote.ts";
import { at, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkpointed } from "./checkpoint.ts";
import { rowType, type Scanned } from "./loop.ts";
import { scanOp } from "./scanOp.ts";
import { applySegments, rootOf } from "./segments.ts";

/** The settings of {@link scan}. */
export interface ScanOptions {
  /** The number of steps. Default: the rows of `xs`. */
  readonly length?: number;
  /** True if the loop goes from the last row to the first. Default false. */
  readonly reverse?: boolean;
  /**
   * The values that the gradient keeps: everything that it reads (false), the carry of every step (true), or the carry
   * of every so many steps. A number says how many steps; "sqrt" means the square root of their number. The rest is
   * recomputed in the backward pass. Default false.
   */
  readonly checkpoint?: boolean | number | "sqrt";
}

const readOptions = optionsReader({
  length: optional<number | undefined>(nonNegativeInteger, undefined),
  reverse: optional(flag, false),
  checkpoint: optional<boolean | number | "sqrt">(readCheckpoint, false),
});

function readCheckpoint(op: string, argument: string, value: unknown): boolean | number | "sqrt" {
  if (typeof value === "boolean" || value === "sqrt") return value;
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  const expected = 'true, false, a number of steps from 1, or "sqrt"';
  throw new ArgumentError(op, argument, expected, describe(value));
}

/**
 * Returns a loop: each step takes the carry and a row of `xs`, and gives the next carry and a result. The step is
 * recorded once, so no value can be read inside; Variables that it assigns change from step to step, and keep the last
 * value.
 *
 * @param step from (carry, x) to `[carry, y]`, trees of tensors. The carry keeps its form, shapes and
 *   dtypes; a plain number takes the dtype that the step gives it.
 * @param init the first carry.
 * @param xs a tree of tensors with a common first axis, of which each step gets a row; undefined for none.
 * @param options `length` (needed without `xs`), `reverse` (default false), `checkpoint` (default false; true, a number of
 *   steps or "sqrt" for long loops, whose gradient would take much memory).
 * @returns `[carry, ys]`: the last carry, and the results of the steps, stacked along a new first axis.
 * @throws ShapeError or DTypeError for a step that changes the type of the carry, or for rows that differ
 *   in number.
 * @example
 * ```ts
 * import { scan, type Tensor, tensor } from "@graddiff/core";
 *
 * const [total, sums] = scan(
 *   (sum: Tensor, x: Tensor): [Tensor, Tensor] => [sum.add(x), sum.add(x)],
 *   tensor(0),
 *   tensor([1, 2, 3]),
 * );
 * console.log(total.item(), String(sums)); // 6 [1. 3. 6.]
 * ```
 */
export function scan<Carry, X, Y>(
  step: (carry: Carry, x: X) => readonly [TreeLike<Carry>, Y] & Recordable<[Carry, X]>,
  init: TreeLike<Carry>,
  xs?: TreeLike<X>,
  options?: ScanOptions,
): [Mapped<Carry, Tensor>, Mapped<Y, Tensor>];
export function scan(
  step: (carry: never, x: never) => unknown,
  init: unknown,
  xs?: unknown,
  options?: unknown,
): unknown {
  refuseSurplus("scan", 4, arguments);
  checkFunction("scan", step, "step");
  const { length: lengthOption, reverse, checkpoint } = readOptions("scan", options);
  const rows = openTree("scan", "xs", xs);
  const length = lengthOf(rows, lengthOption);
  const settings = { length, reverse, checkpoint, stops: false };
  return runLoop({ op: scanOp, name: "scan", carry: "carry" }, step, init, rows, settings);
}

/** The op of a loop, its name in errors, and the name of the carry in them ("" where its keys are names enough). */
interface LoopNames {
  readonly op: Op<Scanned>;
  readonly name: string;
  readonly carry: string;
}

/** The settings of a loop, without its function and its trees. */
interface LoopSettings extends Pick<Scanned, "length" | "reverse" | "stops"> {
  readonly checkpoint: boolean | number | "sqrt";
}

/** Records a step, and applies a loop of it. @returns the last carry, and the stacked results of the steps. */
export function runLoop(
  names: LoopNames,
  step: (carry: never, x: never) => unknown,
  init: unknown,
  rows: Opened,
  { checkpoint, ...settings }: LoopSettings,
): [unknown, unknown] {
  const { op, name } = names;
  const { open, captures, carry } = recordStep(names, step, openTree(name, "init", init), rows);
  // Variables that the step assigns are part of the carry.
  const cells = open.assigned;
  const assigned = cells.map((cell) => captures.indexOfCell(cell, peekCell(cell)));
  const closed = open.close(cells);
  const count = carry.leaves.length;
  const order = orderOf(count, rows.leaves.length, captures.tensors.length, assigned);
  const ends = closed.outputs.length - cells.length;
  const outputs = [
    ...closed.outputs.slice(0, count),
    ...closed.outputs.slice(ends),
    ...closed.outputs.slice(count, ends),
  ];
  const inputs: Tensor[] = [];
  [...carry.leaves, ...rows.leaves, ...captures.tensors].forEach((input, i) => {
    inputs[at(order, i)] = input;
  });
  const carries = count + cells.length;
  const plain = reordered({ ...closed, outputs }, order);
  const body = Number(checkpoint) === 1 ? checkpointed(plain) : plain;
  const attributes = { ...settings, body, carries, rows: rows.leaves.length };
  const size = checkpoint === "sqrt" ? rootOf(settings.length) : Number(checkpoint);
  const apply = () =>
    size > 1 ? applySegments(op, inputs, attributes, size) : applyAll(op, inputs, attributes);
  const results = outputs.length === 0 ? [] : apply();
  cells.forEach((cell, i) => {
    writeCell(cell, at(results, count + i));
  });
  const fill = fillerOf(open.form) as (leaves: readonly Tensor[]) => readonly [unknown, unknown];
  const [, ys] = fill([...results.slice(0, count), ...results.slice(carries)]);
  return [fillerOf(carry.form)(results), ys];
}

/** A tree as its leaves with their paths, and the form with their numbers. */
export interface Opened {
  readonly leaves: readonly Tensor[];
  readonly paths: readonly string[];
  readonly form: unknown;
}

export function openTree(op: string, argument: string, tree: unknown): Opened {
  const leaves: Tensor[] = [];
  const paths: string[] = [];
  const number = (leaf: Leaf, path: string) => {
    paths.push(path);
    return leaves.push(leafTensor(leaf)) - 1;
  };
  return { form: formWith(op, tree, number, argument), leaves, paths };
}

/** Returns the number of steps; all rows and the option must agree. */
function lengthOf({ leaves, paths }: Opened, lengthOption: number | undefined): number {
  const lengths = leaves.map((row, i) => {
    const [length] = row.shape;
    if (length !== undefined) return length;
    const expected = "a tensor with a first axis, of which each step gets a row";
    throw new ShapeError("scan", at(paths, i), expected, "a scalar", "The step may capture it");
  });
  const length = lengthOption ?? lengths[0];
  if (length === undefined) {
    const expected = "the number of steps, where there are no xs";
    throw new ArgumentError("scan", "length", expected, "nothing");
  }
  const other = lengths.findIndex((each) => each !== length);
  if (other >= 0) {
    throw new ShapeError("scan", at(paths, other), `${length} rows`, `${lengths[other]}`);
  }
  return length;
}

/** Returns a function that makes the error for a carry whose form is not that of `init`. */
export const otherForm = (name: string) => (path: string, got: string) =>
  new ShapeError(name, path, "the form of init", got);

/** Records the step, a second time where a plain number in the carry takes the dtype that the step gives it. */
function recordStep(
  names: LoopNames,
  step: (carry: never, x: never) => unknown,
  carry: Opened,
  rows: Opened,
  final = false,
): { open: OpenBody; captures: Captures; carry: Opened } {
  const { name } = names;
  const captures = new Captures();
  const count = carry.leaves.length;
  const [fillCarry, fillRow] = [fillerOf(carry.form), fillerOf(rows.form)];
  let paths: readonly string[] = [];
  const open = recordBody(
    name,
    (...leaves) => {
      const args = [fillCarry(leaves.slice(0, count)), fillRow(leaves.slice(count))];
      const returned: unknown = step(...(args as readonly unknown[] as [never, never]));
      if (!Array.isArray(returned) || returned.length !== 2) {
        const expected = "a function that returns [carry, y]";
        throw new ArgumentError("scan", "step", expected, describe(returned));
      }
      const next = leavesOfForm(name, carry.form, returned[0], otherForm(name), names.carry);
      paths = next.map(({ path }) => path);
      return [
        next.map(({ leaf }, i) => {
          const [tensor, before] = [leafTensor(leaf), at(carry.leaves, i)];
          return tensor.weak && !before.weak ? adapted(tensor, before.dtype, name) : tensor;
        }),
        returned[1],
      ];
    },
    [...carry.leaves, ...rows.leaves.map(rowType)],
    captures,
  );
  const next = open.results.slice(0, count);
  const grows = (type: TensorType, i: number) => !final && at(carry.leaves, i).weak && !type.weak;
  if (next.some(grows)) {
    const leaves = carry.leaves.map((leaf, i) =>
      grows(at(next, i), i) ? adapted(leaf, at(next, i).dtype, name) : leaf,
    );
    return recordStep(names, step, { ...carry, leaves }, rows, true);
  }
  next.forEach((type, i) => {
    checkCarry(name, type, at(carry.leaves, i), at(paths, i));
  });
  return { open, captures, carry };
}

function checkCarry(op: string, next: TensorType, before: TensorType, argument: string): void {
  if (!sameShape(next.shape, before.shape)) {
    const expected = `the shape of init, ${formatShape(before.shape)}`;
    throw new ShapeError(op, argument, expected, formatShape(next.shape));
  }
  if (next.dtype !== before.dtype || next.weak !== before.weak) {
    const expected = `the dtype of init, ${before.dtype}`;
    throw new DTypeError(op, argument, expected, next.dtype, "Cast the one or the other");
  }
}

/**
 * Returns for each input in the order (carry, rows, captured) its position in the order (carry, assigned Variables,
 * rows, others).
 */
function orderOf(
  carry: number,
  rows: number,
  captured: number,
  assigned: readonly number[],
): number[] {
  const order = Array.from({ length: carry }, (_, i) => i);
  for (let i = 0; i < rows; i++) order.push(carry + assigned.length + i);
  let next = carry + assigned.length + rows;
  for (let index = 0; index < captured; index++) {
    const result = assigned.indexOf(index);
    order.push(result < 0 ? next++ : carry + result);
  }
  return order;
}
