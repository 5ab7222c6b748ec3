/**
 * Recording of functions that are to be written: lowered at once, and at four sizes where the batch size is left
 * open.
 */

import { ArgumentError, Variable } from "@graddiff/core";
import {
  at,
  describe,
  ExportRecording,
  type Fault,
  formatShape,
  leafTensor,
  parameterNames,
  recordFunction,
  type TensorType,
  walkTree,
} from "@graddiff/core/internal";
import { keeps } from "../ops/table.ts";
import type { SymbolicTrace } from "./symbolic.ts";
import { Refusal, symbolic, unify } from "./unify.ts";

/** A function, and the arguments that it is recorded with. */
export interface Call {
  readonly op: string;
  /** How the public function calls the function. */
  readonly argument: string;
  readonly fn: (...inputs: never) => unknown;
  readonly inputs: readonly unknown[];
}

/** A tensor or number among the arguments. */
export interface Argument extends TensorType {
  /** The name of the parameter, and the way to the leaf: `x`, `layers[0].weight`. */
  readonly name: string;
  /** The axis whose length is the batch size. */
  readonly batchAxis: number | undefined;
}

/** The leaves of all arguments, by the names that the model has for them. */
export function argumentsOf(
  { op, fn, inputs }: Call,
  {
    names,
    dynamic,
  }: {
    readonly names: readonly string[] | undefined;
    readonly dynamic: Readonly<Record<string, number>>;
  },
): Argument[] {
  if (names !== undefined && names.length > inputs.length) {
    const expected = `at most ${inputs.length} names, one for each argument`;
    throw new ArgumentError({ op, argument: "inputs", expected, got: String(names.length) });
  }
  const own = parameterNames(fn);
  const found: Argument[] = [];
  inputs.forEach((input, i) => {
    const path = names?.[i] ?? own[i] ?? `input${i}`;
    const visit = (leaf: Parameters<typeof leafTensor>[0], name: string) => {
      if (leaf instanceof Variable) return leaf;
      const { shape, dtype, weak } = leafTensor(leaf);
      found.push({ name, shape, dtype, weak, batchAxis: axisOf(dynamic[name], shape) });
      return leaf;
    };
    walkTree(op, input, visit, { path });
  });
  checkDynamic(op, found, dynamic);
  return found;
}

/** An axis as a place in a shape: negative ones count from the end. */
function axisOf(axis: number | undefined, shape: readonly number[]): number | undefined {
  return axis !== undefined && axis < 0 ? axis + shape.length : axis;
}

function checkDynamic(
  op: string,
  found: readonly Argument[],
  dynamic: Readonly<Record<string, number>>,
): void {
  let batch: { readonly name: string; readonly length: number } | undefined;
  for (const [name, axis] of Object.entries(dynamic)) {
    const argument = `dynamic.${name}`;
    const leaf = found.find((each) => each.name === name);
    if (leaf === undefined) {
      const expected = `one of the inputs ${found.map((each) => each.name).join(", ")}`;
      throw new ArgumentError({ op, argument, expected, got: describe(name) });
    }
    const length = leaf.shape[leaf.batchAxis ?? axis];
    if (length === undefined) {
      const expected = `an axis of the shape ${formatShape(leaf.shape)}`;
      throw new ArgumentError({ op, argument, expected, got: String(axis) });
    }
    batch ??= { name, length };
    if (length !== batch.length) {
      const expected = `a batch of ${batch.length}, as ${batch.name} has`;
      throw new ArgumentError({ op, argument, expected, got: String(length) });
    }
  }
}

/** What is recorded of a call. */
export interface Recorded {
  readonly trace: SymbolicTrace;
  /** The names of the results, in order. */
  readonly results: readonly string[];
}

/** Records a call, at four batch sizes if one of its arguments has a batch axis. */
export function recordCall(call: Call, leaves: readonly Argument[]): Recorded {
  const batch = leaves.find(({ batchAxis }) => batchAxis !== undefined);
  if (batch === undefined) {
    const { trace, form } = record(call, leaves);
    return { trace: symbolic(trace), results: resultNames(call.op, form) };
  }
  // A batch of 1 broadcasts, and one of 0 has nothing to compute.
  const size = Math.max(2, at(batch.shape, batch.batchAxis ?? 0));
  // Multiples of the given size: what a function asks of it, such as to be even, holds for them, too.
  const sizes = [size, 2 * size, 3 * size];
  const recordings = sizes.map((own) => record(call, leaves, own));
  // One that is no multiple, and odd, tells whether the function does otherwise there. It may refuse such a size.
  const other = 2 * size + 1;
  const there = recordIfAccepted(call, leaves, other);
  sizes.push(there === undefined ? 4 * size : other);
  recordings.push(there ?? record(call, leaves, 4 * size));
  try {
    const trace = unify(
      recordings.map(({ trace }) => trace),
      sizes,
    );
    return { trace, results: resultNames(call.op, at(recordings, 0).form) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw refused(call, leaves, error);
  }
}

/** Records a call with the arguments that it has, whichever axis is left open later. */
export function recordExample(call: Call, leaves: readonly Argument[]): Recorded {
  return recordCall(
    call,
    leaves.map((leaf) => ({ ...leaf, batchAxis: undefined })),
  );
}

/** A recording at a batch size; undefined if the function throws there. */
function recordIfAccepted(call: Call, leaves: readonly Argument[], size: number) {
  try {
    return record(call, leaves, size);
  } catch {
    return undefined;
  }
}

/** The error for what cannot be written, with the user's line if there is one. */
export function refused(
  call: Call,
  leaves: readonly Argument[],
  { id, expected, got, hint }: Refusal,
): Error {
  const complaint = { op: call.op, argument: call.argument, expected, got, hint };
  try {
    record(call, leaves, undefined, { id, complaint });
  } catch (error) {
    if (error instanceof ArgumentError) return error;
  }
  return new ArgumentError(complaint);
}

function record(
  { op, fn, inputs }: Call,
  leaves: readonly Argument[],
  batch?: number,
  fault?: Fault,
) {
  return recordFunction(op, new ExportRecording(op, keeps, fault), fn, (recording) => {
    let count = 0;
    return inputs.map((input) =>
      walkTree(op, input, (leaf) => {
        if (leaf instanceof Variable) return leaf;
        const { shape, dtype, weak, batchAxis } = at(leaves, count++);
        const own = shape.map((length, axis) =>
          axis === batchAxis && batch !== undefined ? batch : length,
        );
        return recording.argument({ shape: own, dtype, weak });
      }),
    );
  });
}

/** The ways to the leaves of a result. */
function resultNames(op: string, form: unknown): string[] {
  const names: string[] = [];
  walkTree(op, form, (leaf, path) => {
    names.push(path === "" || path.startsWith("[") ? `output${path}` : path);
    return leaf;
  });
  return names;
}
