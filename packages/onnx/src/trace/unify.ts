/**
 * One symbolic trace of recordings at several sizes of the open axes: all but the last tell how each length depends on
 * these, and the last must agree. What differs in any other way is refused, since a number that was computed from a
 * size in JavaScript would be wrong at every other one.
 */

import type { DType, Tensor } from "@graddiff/core";
import {
  at,
  isTrace,
  neededNodes,
  nodeAt,
  onlyElement,
  type PrimitiveName,
  ruleOf,
  type Trace,
  type TraceNode,
} from "@graddiff/core/internal";
import { type Length, lengthThrough, type Sampling } from "./length.ts";
import { type Quantity, quantityThrough } from "./quantity.ts";
import {
  type Content,
  contentOf,
  type SymbolicAttributes,
  type SymbolicNode,
  type SymbolicTrace,
} from "./symbolic.ts";

/** An op that cannot be written, and the node of the outermost trace that contains it. */
export class Refusal {
  readonly id: number;
  readonly expected: string;
  readonly got: string;
  readonly hint: string;

  constructor(id: number, expected: string, got: string, hint: string) {
    this.id = id;
    this.expected = expected;
    this.got = got;
    this.hint = hint;
  }
}

/** Returns the error for a difference between recordings that no size explains. */
function difference(id: number, { axes }: Sampling, what: string, hint = HINT): Refusal {
  const [axis = ""] = axes;
  const lengths =
    axes.length === 1
      ? `every ${axis} size N, with lengths a·N² + b·N + c`
      : `all sizes of ${axes.join(" and ")}, with lengths that are sums of their products, no power above a square,`;
  const expected = `a function that is the same for ${lengths} and numbers that are multiples or fractions of such`;
  return new Refusal(id, expected, what, hint);
}

const HINT =
  "Leave the size to ops such as mean, vectorize and scan, or give the axis a fixed length";

const CONSTANT_HINT =
  "Pass it as an argument; for random numbers pass the seed as a tensor, since those of a plain number are constants";

/** Returns a trace as it is, for a function that was recorded once. */
export function symbolic(trace: Trace): SymbolicTrace {
  return unify([trace], { axes: [], points: [[]] });
}

/**
 * Returns the trace that traces of one function have in common.
 *
 * @throws Refusal where they have not.
 */
export function unify(traces: readonly Trace[], sampling: Sampling, outer?: number): SymbolicTrace {
  const first = at(traces, 0);
  const counts = traces.map(({ nodes }) => nodes.length);
  const shortest = Math.min(...counts);
  const needed = neededNodes(first);
  const nodes: (SymbolicNode | undefined)[] = [];
  for (let id = 0; id < shortest; id++) {
    const own = nodeAt(first.nodes, id);
    // An op has all of its results or none.
    if (needed[own.kind === "projection" ? own.of : id] === 0) {
      nodes.push(undefined);
      continue;
    }
    const context = new Context(sampling, outer ?? id);
    nodes.push(
      context.node(
        traces.map((trace) => nodeAt(trace.nodes, id)),
        traces.map(({ names }) => names.get(id)),
      ),
    );
  }
  if (counts.some((count) => count !== shortest)) {
    throw difference(outer ?? shortest, sampling, `the number of ops: ${counts.join(", ")}`);
  }
  const context = new Context(sampling, outer ?? shortest - 1);
  const outputs = context.alike(
    "results",
    traces.map((trace) => trace.outputs),
  );
  context.alike(
    "assigned Variables",
    traces.map(({ assignments }) => assignments.map(({ id }) => id)),
  );
  return {
    nodes,
    parameters: first.parameters.map(({ dtype }, i) => ({
      dtype,
      shape: context.shape(traces.map(({ parameters }) => at(parameters, i).shape)),
    })),
    outputs,
    assignments: first.assignments,
    names: first.names,
  };
}

function kindOf(node: TraceNode): string {
  return node.kind === "operation" ? node.op.name : node.kind;
}

/** Compares the nodes of one index of several traces. */
class Context {
  readonly #sampling: Sampling;
  readonly #id: number;

  constructor(sampling: Sampling, id: number) {
    this.#sampling = sampling;
    this.#id = id;
  }

  node(nodes: readonly TraceNode[], names: readonly (string | undefined)[]): SymbolicNode {
    const [first] = nodes as [TraceNode];
    this.same("the name of a value", names);
    this.same("ops", nodes.map(kindOf));
    this.same(
      "dtypes",
      nodes.map(({ dtype }) => dtype),
    );
    const shape = this.shape(nodes.map((node) => node.shape));
    const type = { shape, dtype: first.dtype };
    switch (first.kind) {
      case "argument":
        return { ...type, kind: "argument", position: first.position };
      case "state":
        return { ...type, kind: "state", cell: first.cell };
      case "constant": {
        const tensors = nodes.flatMap((node) => (node.kind === "constant" ? [node.tensor] : []));
        return { ...type, kind: "constant", content: this.content(tensors) };
      }
      case "projection":
        return { ...type, kind: "projection", of: first.of, index: first.index };
      case "operation": {
        const operations = nodes.flatMap((node) => (node.kind === "operation" ? [node] : []));
        const inputs = this.alike(
          `the inputs of ${first.op.name}`,
          operations.map((operation) => operation.inputs),
        );
        const attributes = this.attributes(operations.map((operation) => operation.attributes));
        // After lowering there are only primitive ops, and composites with a row in the table.
        const name = first.op.name as PrimitiveName;
        const place = first.location?.layerPath ?? "";
        return { ...type, kind: "operation", op: first.op, name, inputs, attributes, place };
      }
      default:
        return first satisfies never;
    }
  }

  /** Returns a value that is the same in all traces. */
  private same<Value>(what: string, values: readonly Value[]): Value {
    const [first] = values as readonly [Value];
    if (values.every((value) => value === first)) return first;
    throw difference(this.#id, this.#sampling, `${what}: ${values.join(", ")}`);
  }

  /** Lists that are the same in all traces. */
  alike<Item>(what: string, lists: readonly (readonly Item[])[]): readonly Item[] {
    const first = at(lists, 0);
    const same = lists.every(
      (list) => list.length === first.length && list.every((item, i) => item === first[i]),
    );
    if (same) return first;
    throw difference(
      this.#id,
      this.#sampling,
      `${what}: ${lists.map((list) => `[${list}]`).join(", ")}`,
    );
  }

  shape(shapes: readonly (readonly number[])[]): Length[] {
    return this.lengths("shapes", shapes);
  }

  private lengths(what: string, lists: readonly (readonly number[])[]): Length[] {
    this.same(
      `the number of ${what}`,
      lists.map(({ length }) => length),
    );
    return at(lists, 0).map((_, i) =>
      this.length(
        what,
        lists.map((list) => at(list, i)),
      ),
    );
  }

  private length(what: string, values: readonly number[]): Length {
    const [first = 0] = values;
    const same = values.every((value) => Object.is(value, first));
    const length = same ? first : lengthThrough(values, this.#sampling);
    if (length !== undefined) return length;
    throw difference(this.#id, this.#sampling, `${what}: ${values.join(", ")}`);
  }

  private attributes(all: readonly Readonly<Record<string, unknown>>[]): SymbolicAttributes {
    return Object.fromEntries(
      Object.entries(at(all, 0)).map(([key]) => [
        key,
        this.attribute(
          key,
          all.map((attributes) => attributes[key]),
        ),
      ]),
    );
  }

  private attribute(key: string, values: readonly unknown[]): unknown {
    const [first] = values;
    if (isTrace(first)) return unify(values as readonly Trace[], this.#sampling, this.#id);
    if (Array.isArray(first)) {
      // Lists of lists, one for each input, are distinguished from lists by their first entry.
      if (!Array.isArray(first[0])) return this.lengths(key, values as readonly number[][]);
      const lists = values as readonly number[][][];
      return first.map((_, i) =>
        this.lengths(
          key,
          lists.map((each) => each[i] ?? []),
        ),
      );
    }
    if (typeof first === "number") {
      const numbers = values as readonly number[];
      // A list of counts stays lengths.
      if (numbers.every(Number.isInteger)) return this.length(key, numbers);
      return this.quantity(numbers, "float64");
    }
    return this.same(key, values);
  }

  private content(tensors: readonly Tensor[]): Content {
    const [first] = tensors as [Tensor];
    if (tensors.every((tensor) => tensor === first)) return contentOf(first);
    const rules = tensors.map(ruleOf);
    if (rules.every((rule) => rule?.kind === "identity")) return { kind: "identity" };
    const ranges = rules.flatMap((rule) => (rule?.kind === "range" ? [rule] : []));
    if (ranges.length < tensors.length) return this.elements(tensors);
    const start = this.quantity(
      ranges.map((range) => range.start),
      "float64",
    );
    // The step of ranges with an end follows from it and the number of elements.
    const lasts = ranges.flatMap(({ last }) => (last === undefined ? [] : [last]));
    if (lasts.length === tensors.length) {
      return { kind: "even", start, last: this.quantity(lasts, "float64") };
    }
    this.same(
      "the ends of ranges",
      ranges.map(({ last }) => last),
    );
    const step = this.quantity(
      ranges.map((range) => range.step),
      "float64",
    );
    return { kind: "range", start, step };
  }

  private elements(tensors: readonly Tensor[]): Content {
    const [first] = tensors as [Tensor];
    const values = tensors.map((tensor) => onlyElement(tensor, "exportOnnx"));
    if (values.every((value) => value !== undefined)) {
      return { kind: "value", value: this.quantity(values, first.dtype) };
    }
    const arrays = tensors.map((tensor) => tensor.data());
    const same = arrays.every(
      (array) =>
        array.length === first.size &&
        array.every((element, i) => Object.is(element, arrays[0]?.[i])),
    );
    if (same) return contentOf(first);
    throw difference(this.#id, this.#sampling, "the elements of a constant tensor", CONSTANT_HINT);
  }

  private quantity(values: readonly number[], dtype: DType): Quantity {
    const quantity = quantityThrough(values, this.#sampling, dtype);
    if (quantity !== undefined) return quantity;
    throw difference(this.#id, this.#sampling, `a number: ${values.map(Number).join(", ")}`);
  }
}
