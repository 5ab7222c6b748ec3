/**
 * Recording of functions that are to be written: lowered at once, and at several sizes where axes are left open.
 */

import { ArgumentError, GraddiffError, Variable } from "@graddiff/core";
import { describe, formatShape } from "@graddiff/core/extend";
import {
  addToMessage,
  at,
  ExportRecording,
  type Fault,
  leafTensor,
  parameterNames,
  recordFunction,
  type TensorType,
  walkTree,
  withArticle,
  withLocations,
} from "@graddiff/core/internal";
import { View } from "../native/view.ts";
import { givesFirst, hasKernelOf, type Manner } from "../ops/table.ts";
import type { Sampling } from "./length.ts";
import type { Places } from "./places.ts";
import { simplified } from "./simplify.ts";
import { isSymbolicTrace, type SymbolicTrace } from "./symbolic.ts";
import { Refusal, symbolic, unify } from "./unify.ts";

/** A function of the user's, and the arguments that it is recorded with. */
export interface UserCall {
  readonly op: string;
  /** The name of the function among the public function's arguments. */
  readonly argument: string;
  readonly fn: (...inputs: never) => unknown;
  readonly inputs: readonly unknown[];
}

/** A function, and how it is recorded. */
export interface Call extends UserCall {
  readonly manner: Manner;
  /** Tells which layer is running. */
  readonly places: Places;
}

/** A tensor or number among the arguments. */
export interface Argument extends TensorType {
  /** The name of the parameter, and the way to the leaf: `x`, `layers[0].weight`. */
  readonly name: string;
  /** The names of the lengths that are left open, by their axes. */
  readonly open: OpenAxes;
}

/** Names of open lengths by axes: axes of one name have one length. */
export type OpenAxes = ReadonlyMap<number, string>;

/** Open axes by the names of inputs; negative ones count from the end. */
export type Dynamic = Readonly<Record<string, OpenAxes>>;

const NONE: OpenAxes = new Map();

/** Returns the leaves of all arguments, by the names that the model has for them. */
export function argumentsOf(
  { op, fn, inputs }: UserCall,
  {
    names,
    dynamic,
  }: {
    readonly names: readonly string[] | undefined;
    readonly dynamic: Dynamic;
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
      found.push({ name, shape, dtype, weak, open: namedAxesIn(op, name, dynamic[name], shape) });
      return leaf;
    };
    walkTree(op, input, visit, { path });
  });
  checkDynamic(op, found, dynamic);
  return found;
}

/** Axes as indices into a shape: negative ones count from the end. */
function namedAxesIn(
  op: string,
  name: string,
  axes: OpenAxes = NONE,
  shape: readonly number[],
): OpenAxes {
  const names = new Map<number, string>();
  for (const [axis, open] of axes) {
    const argument = `dynamic.${name}`;
    const index = axis < 0 ? axis + shape.length : axis;
    if (shape[index] === undefined) {
      const expected = `an axis of the shape ${formatShape(shape)}`;
      throw new ArgumentError({ op, argument, expected, got: String(axis) });
    }
    if (names.has(index)) {
      throw new ArgumentError({ op, argument, expected: "each axis once", got: `${index} twice` });
    }
    names.set(index, open);
  }
  return names;
}

/** More would ask for 81 recordings. */
const MOST_AXES = 3;

function checkDynamic(op: string, found: readonly Argument[], dynamic: Dynamic): void {
  for (const name of Object.keys(dynamic)) {
    if (found.some((leaf) => leaf.name === name)) continue;
    const expected = `one of the inputs ${found.map((each) => each.name).join(", ")}`;
    throw new ArgumentError({
      op,
      argument: `dynamic.${name}`,
      expected,
      got: describe(name),
    });
  }
  const first = new Map<string, { readonly name: string; readonly length: number }>();
  for (const { name, shape, open } of found) {
    for (const [axis, own] of open) {
      const length = at(shape, axis);
      const known = first.get(own);
      first.set(own, known ?? { name, length });
      if (known === undefined || known.length === length) continue;
      const expected = `${withArticle(own)} of ${known.length}, as ${known.name} has`;
      throw new ArgumentError({ op, argument: `dynamic.${name}`, expected, got: String(length) });
    }
  }
  if (first.size <= MOST_AXES) return;
  throw new ArgumentError({
    op,
    argument: "dynamic",
    expected: `at most ${MOST_AXES} open lengths`,
    got: [...first.keys()].join(", "),
  });
}

/** The recording of a call. */
export interface Recorded {
  readonly trace: SymbolicTrace;
  /** The names of the results, in order. */
  readonly results: readonly string[];
  /** The manner in which it was recorded. */
  readonly manner: Manner;
}

/** Returns the open lengths of arguments by name, as they are in the example. */
function openLengths(leaves: readonly Argument[]): ReadonlyMap<string, number> {
  return new Map(
    leaves.flatMap(({ shape, open }) =>
      [...open].map(([axis, name]): [string, number] => [name, at(shape, axis)]),
    ),
  );
}

/** Returns all lists of one item of each list, the last list fastest. */
function combinations(lists: readonly (readonly number[])[]): number[][] {
  return lists.reduce<number[][]>(
    (all, list) => all.flatMap((begun) => list.map((item) => [...begun, item])),
    [[]],
  );
}

/**
 * Records a call, at several sizes of its open axes if there are such. Composites of which more is read than their operators
 * give are opened.
 */
export function recordCall(call: Call, leaves: readonly Argument[]): Recorded {
  const recorded = recordAsIs(call, leaves);
  if (!readsFurther(recorded.trace)) return recorded;
  return recordAsIs({ ...call, manner: { ...call.manner, opened: true } }, leaves);
}

/** True if an output of an op is read that its operator lacks. */
function readsFurther(trace: SymbolicTrace): boolean {
  const view = new View(simplified(trace), () => undefined);
  return view.trace.nodes.some((node, id) => {
    const own = node?.kind === "projection" ? view.node(node.of) : undefined;
    const isRead = view.isGiven(id) || view.users(id).length > 0;
    if (own?.kind === "operation" && givesFirst(own.name) && isRead) return true;
    const attributes = node?.kind === "operation" ? Object.values(node.attributes) : [];
    return attributes.filter(isSymbolicTrace).some(readsFurther);
  });
}

function recordAsIs(call: Call, leaves: readonly Argument[]): Recorded {
  const { manner } = call;
  const open = openLengths(leaves);
  if (open.size === 0) {
    const { trace, form } = record(call, leaves);
    return { trace: symbolic(trace), results: resultNames(call.op, form), manner };
  }
  const axes = [...open.keys()];
  // A length of 1 broadcasts, and one of 0 has nothing to compute.
  const sizes = [...open.values()].map((length) => Math.max(2, length));
  // Multiples of the given size: conditions of a function on it, such as being even, hold for them, too.
  const points = combinations(sizes.map((size) => [size, 2 * size, 3 * size]));
  const sizesAt = (point: readonly number[]) =>
    new Map(axes.map((name, i) => [name, point[i] ?? 0]));
  const recordings = points.map((point) => recordAt(call, leaves, sizesAt(point)));
  // One that is no multiple, and odd, tells whether the function does otherwise there. It may refuse such a size.
  const odd = sizes.map((size) => 2 * size + 1);
  const there = recordIfAccepted(call, leaves, sizesAt(odd));
  const last = there === undefined ? sizes.map((size) => 4 * size) : odd;
  points.push(last);
  recordings.push(there ?? recordAt(call, leaves, sizesAt(last)));
  const sampling: Sampling = { axes, points };
  try {
    const trace = unify(
      recordings.map(({ trace }) => trace),
      sampling,
    );
    const [first] = recordings as [(typeof recordings)[number]];
    return { trace, results: resultNames(call.op, first.form), manner };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw refused(call, leaves, error);
  }
}

/** Records a call with the arguments that it has, whichever axes are left open later. */
export function recordExample(call: Call, leaves: readonly Argument[]): Recorded {
  return recordCall(
    call,
    leaves.map((leaf) => ({ ...leaf, open: NONE })),
  );
}

/**
 * Returns a recording at some sizes. Errors of the function name these sizes, since the user has not chosen them.
 */
function recordAt(call: Call, leaves: readonly Argument[], sizes: ReadonlyMap<string, number>) {
  try {
    return record(call, leaves, { sizes });
  } catch (error) {
    if (error instanceof GraddiffError) {
      const list = [...sizes].map(([name, size]) => `${name} ${size}`).join(", ");
      addToMessage(
        error,
        `This was at ${list}: open lengths are found from several multiples of the example's, so a short example asks for less.`,
      );
    }
    throw error;
  }
}

/** Returns a recording at some sizes; undefined if the function throws there. */
function recordIfAccepted(
  call: Call,
  leaves: readonly Argument[],
  sizes: ReadonlyMap<string, number>,
) {
  try {
    return record(call, leaves, { sizes });
  } catch {
    return undefined;
  }
}

/** Returns the error for an op that cannot be written, with the user's line if there is one. */
export function refused(
  call: Call,
  leaves: readonly Argument[],
  { id, expected, got, hint }: Refusal,
): Error {
  const complaint = { op: call.op, argument: call.argument, expected, got, hint };
  try {
    record(call, leaves, { fault: { id, complaint } });
  } catch (error) {
    if (error instanceof ArgumentError) return error;
  }
  return new ArgumentError(complaint);
}

function record(
  { op, fn, inputs, manner, places }: Call,
  leaves: readonly Argument[],
  { sizes, fault }: { readonly sizes?: ReadonlyMap<string, number>; readonly fault?: Fault } = {},
) {
  const makeArguments = (recording: ExportRecording) => {
    let count = 0;
    return inputs.map((input) =>
      walkTree(op, input, (leaf) => {
        if (leaf instanceof Variable) return leaf;
        const { shape, dtype, weak, open } = at(leaves, count++);
        const own = shape.map((length, axis) => sizes?.get(open.get(axis) ?? "") ?? length);
        return recording.argument({ shape: own, dtype, weak });
      }),
    );
  };
  return withLocations(places.site, () =>
    recordFunction(op, new ExportRecording(op, hasKernelOf(manner), fault), fn, makeArguments),
  );
}

/** Returns the ways to the leaves of a result. */
function resultNames(op: string, form: unknown): string[] {
  const names: string[] = [];
  walkTree(op, form, (leaf, path) => {
    names.push(path === "" || path.startsWith("[") ? `output${path}` : path);
    return leaf;
  });
  return names;
}
