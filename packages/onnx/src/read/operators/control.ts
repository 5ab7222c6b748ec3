/**
 * Operators with graphs inside. If a condition or a number of steps is known when a function is recorded, the branch is
 * chosen or the loop is unrolled then; otherwise they become `cond`, `whileLoop` and `scan` of core.
 */

import {
  ArgumentError,
  cond,
  DTypeError,
  flip,
  GraddiffError,
  moveAxis,
  RecordingError,
  ShapeError,
  scan,
  stack,
  type Tensor,
  tensor,
  whileLoop,
  zeros,
} from "@graddiff/core";
import { checked } from "@graddiff/core/extend";
import { knownOf, type Node } from "../node.ts";
import { type Results, rows } from "../operator.ts";
import type { ElementType } from "../types.ts";
import type { Value } from "../value.ts";
import { integers } from "./shapes.ts";

/** Returns values from tensors, with the types that they had when they were recorded. */
function withTypes(tensors: readonly Tensor[], types: readonly ElementType[]): Value[] {
  return tensors.map((tensor, i) => ({ type: types[i] ?? "float32", tensor }));
}

/** A bool of one element, as a scalar. */
const scalarOf = (x: Tensor) => x.reshape([]);

/** The errors of a graph that does not fit its inputs. */
const UNFIT = [ShapeError, DTypeError, ArgumentError];

const isUnfit = (error: unknown): error is GraddiffError =>
  UNFIT.some((kind) => error instanceof kind);

function chosen(node: Node): Results {
  const condition = node.value(0);
  const [known] = knownOf(condition) ?? [];
  if (known !== undefined) return node.body(known !== 0 ? "then_branch" : "else_branch")([]);
  let seen: readonly Value[] = [];
  const branch = (name: string) => () => {
    seen = node.body(name)([]);
    return seen.map(({ tensor }) => tensor);
  };
  const test = scalarOf(condition.tensor);
  const typed = (results: readonly Tensor[]) =>
    withTypes(
      results,
      seen.map(({ type }) => type),
    );
  try {
    return typed(cond(test, branch("then_branch"), branch("else_branch")));
  } catch (error) {
    if (!isUnfit(error)) throw error;
    // If only one branch fits, the other one throws an error when it is taken.
    const alone = (own: boolean): Results | GraddiffError => {
      const [name, other] = own ? BRANCHES : BRANCHES.toReversed();
      try {
        const refuse = () => unfit(node, other ?? "", seen, test, error);
        return typed(cond(own ? test : test.logicalNot(), branch(name ?? ""), refuse));
      } catch (reason) {
        // Under `vectorize`, some examples of the batch may take the branch that does not fit.
        if (!isUnfit(reason) || reason.complaint.argument === other) throw reason;
        return reason;
      }
    };
    const [first, second] = [alone(true), alone(false)];
    if (first instanceof GraddiffError !== second instanceof GraddiffError) {
      return first instanceof GraddiffError ? (second as Results) : first;
    }
    throw error;
  }
}

const BRANCHES = ["then_branch", "else_branch"] as const;

/** Returns results with the types of the other branch, which throw an error when they are computed. */
function unfit(
  node: Node,
  branch: string,
  like: readonly Value[],
  test: Tensor,
  { message }: GraddiffError,
): Tensor[] {
  const demand = {
    op: node.label,
    argument: branch,
    // The bounds are 2, which no boolean equals, so the check always fails.
    low: 2,
    high: 2,
    expected: "the other branch, since this one does not fit the inputs",
    got: "a condition of",
    hint: message,
  };
  return like.map(({ tensor: { shape, dtype } }) => {
    const nothing = zeros(shape, { dtype: dtype === "bool" ? "int32" : dtype });
    const refused = checked(nothing, demand, test.cast("int32"));
    return dtype === "bool" ? refused.cast("bool") : refused;
  });
}

/** The most steps of a loop that is unrolled; a longer loop is tried as a scan. */
const MOST_UNROLLED = 100_000;
const FEWEST_SCANNED = 32;

function looped(node: Node): Results {
  const body = node.body("body");
  const [limit, first] = node.values;
  const most = limit === undefined ? Number.POSITIVE_INFINITY : knownOf(limit)?.[0];
  let carry = node.values.slice(2).map((_, i) => node.value(2 + i));
  let goes = first ?? always();
  if (most === undefined) return whileGoing(node, 0, node.input(0).reshape([]), goes, carry);
  if (most >= FEWEST_SCANNED && Number.isFinite(most) && knownOf(goes)?.[0] === 1) {
    const results = steadyLoop(node, most, carry);
    if (results !== undefined) return results;
  }
  const rows: Value[][] = [];
  for (let i = 0; i < most; i++) {
    const [on] = knownOf(goes) ?? [];
    if (on === undefined) return whileGoing(node, i, most, goes, carry);
    if (on === 0) break;
    if (i >= MOST_UNROLLED) throw node.refusal("M", `at most ${MOST_UNROLLED} steps`, "more");
    const [next = goes, ...values] = body([integers([i], []), goes, ...carry]);
    goes = next;
    carry = values.slice(0, carry.length);
    rows.push(values.slice(carry.length));
  }
  return [...carry, ...stacked(node, rows, carry)];
}

/** An error that signals that a loop may end before its last step. */
class MayEnd extends Error {}

/**
 * Returns the results of a loop that makes all of its steps with constant shapes: its body is recorded once. Undefined
 * for other loops, which the recording detects.
 */
function steadyLoop(node: Node, length: number, carry: readonly Value[]): Value[] | undefined {
  const body = node.body("body");
  let types: ElementType[] = [];
  const carried = carry.map(({ type }) => type);
  const step = ([i, ...state]: readonly Tensor[]): readonly [Tensor[], Tensor[]] => {
    if (i === undefined) throw new MayEnd();
    const index: Value = { type: "int64", tensor: i };
    const [next, ...values] = body([index, always(), ...withTypes(state, carried)]);
    if (next === undefined || knownOf(next)?.[0] !== 1) throw new MayEnd();
    types = values.map(({ type }) => type);
    const tensors = values.map(({ tensor }) => tensor);
    return [[i.add(1), ...tensors.slice(0, carry.length)], tensors.slice(carry.length)];
  };
  const start = [tensor(0, { dtype: "int32" }), ...carry.map((value) => value.tensor)];
  try {
    const [[, ...last], all] = scan(step, start, undefined, { length });
    return withTypes([...last, ...all], types);
  } catch (error) {
    const isOther = [MayEnd, ShapeError, DTypeError, RecordingError].some(
      (kind) => error instanceof kind,
    );
    if (isOther) return undefined;
    throw error;
  }
}

const always = (): Value => ({ type: "bool", tensor: tensor(true), known: [1] });

/** Returns the results of all steps, one after the other. For zero steps the body determines their types. */
function stacked(
  node: Node,
  rows: readonly (readonly Value[])[],
  carry: readonly Value[],
): Value[] {
  const [first] = rows;
  if (first === undefined) {
    if (node.outputs <= carry.length) return [];
    const [, ...values] = node.body("body")([integers([0], []), always(), ...carry]);
    return values.slice(carry.length).map(({ type, tensor }) => ({
      type,
      tensor: zeros([0, ...tensor.shape], { dtype: tensor.dtype }),
    }));
  }
  return first.map(({ type }, k) => ({
    type,
    tensor: stack(rows.flatMap((row) => row[k]?.tensor ?? [])),
  }));
}

/** Returns the results of a loop whose end depends on values that are not known yet. */
function whileGoing(
  node: Node,
  from: number,
  most: Tensor | number,
  goes: Value,
  carry: readonly Value[],
): Results {
  if (node.outputs > carry.length) {
    throw node.refusal(
      "cond",
      "an end that is known when it is recorded, for results of each step",
      "none",
    );
  }
  const body = node.body("body");
  let types = carry.map(({ type }) => type);
  const start = tensor(from, { dtype: "int32" });
  const [, , ...last] = whileLoop(
    ([i, on]: readonly Tensor[]) => {
      if (i === undefined || on === undefined) return false;
      return most === Number.POSITIVE_INFINITY ? on : on.logicalAnd(i.less(most));
    },
    ([i, on, ...state]: readonly Tensor[]) => {
      if (i === undefined || on === undefined) return [];
      const inside: Value[] = [
        { type: "int64", tensor: i },
        { type: "bool", tensor: on },
        ...withTypes(state, types),
      ];
      const [next, ...values] = body(inside);
      types = values.map(({ type }) => type);
      const onward = next === undefined ? on : scalarOf(next.tensor);
      return [i.add(1), onward, ...values.map(({ tensor }) => tensor)];
    },
    [start, scalarOf(goes.tensor), ...carry.map(({ tensor }) => tensor)],
  );
  return withTypes(last, types);
}

/** Loops over the first axis of some inputs. */
function scanned(node: Node): Results {
  if (node.version < 9) return scannedBatch(node);
  return scannedRows(
    node,
    node.values.map((_, i) => node.value(i)),
    {
      axes: node.ints("scan_input_axes") ?? [],
      directions: node.ints("scan_input_directions") ?? [],
      outputAxes: node.ints("scan_output_axes") ?? [],
      outputDirections: node.ints("scan_output_directions") ?? [],
    },
  );
}

interface Lanes {
  readonly axes: readonly number[];
  readonly directions: readonly number[];
  readonly outputAxes: readonly number[];
  readonly outputDirections: readonly number[];
}

function scannedRows(node: Node, values: readonly Value[], lanes: Lanes): Value[] {
  const body = node.body("body");
  const count = node.int("num_scan_inputs", 1);
  const carry = values.slice(0, values.length - count);
  const rows = values.slice(values.length - count).map(({ type, tensor }, k) => {
    const first = moveAxis(tensor, lanes.axes[k] ?? 0, 0);
    return { type, tensor: lanes.directions[k] === 1 ? flip(first, 0) : first };
  });
  let types: ElementType[] = [];
  const rowTypes = rows.map(({ type }) => type);
  const carryTypes = carry.map(({ type }) => type);
  const step = (
    state: readonly Tensor[],
    row: readonly Tensor[],
  ): readonly [Tensor[], Tensor[]] => {
    const results = body([...withTypes(state, carryTypes), ...withTypes(row, rowTypes)]);
    types = results.map(({ type }) => type);
    const tensors = results.map(({ tensor }) => tensor);
    return [tensors.slice(0, carry.length), tensors.slice(carry.length)];
  };
  const [last, all] = scan(
    step,
    carry.map(({ tensor }) => tensor),
    rows.map(({ tensor }) => tensor),
  );
  const turned = all.map((each, k) => {
    const ordered = lanes.outputDirections[k] === 1 ? flip(each, 0) : each;
    return moveAxis(ordered, 0, lanes.outputAxes[k] ?? 0);
  });
  return withTypes([...last, ...turned], types);
}

/** Scans examples. Up to version 8 a batch is the first axis of all, and the first input has the lengths of its examples. */
function scannedBatch(node: Node): Results {
  if (node.values[0] !== undefined) throw node.refusal("sequence_lens", "none", "lengths");
  const values = node.values.slice(1).map((_, i) => node.value(1 + i));
  const [batch = 0] = values[0]?.tensor.shape ?? [];
  const directions = node.ints("directions") ?? [];
  const lanes = { axes: [], directions, outputAxes: [], outputDirections: [] };
  const each = Array.from({ length: batch }, (_, i) => {
    const own = values.map(({ type, tensor }) => ({
      type,
      tensor: tensor.slice([i], [i + 1]).reshape(tensor.shape.slice(1)),
    }));
    return scannedRows(node, own, lanes);
  });
  const [first = []] = each;
  return first.map(({ type }, k) => ({
    type,
    tensor: stack(each.flatMap((results) => results[k]?.tensor ?? [])),
  }));
}

export const control = rows({
  If: { read: chosen },
  Loop: { read: looped },
  Scan: { read: scanned },
});
