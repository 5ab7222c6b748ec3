/**
 * One symbolic trace of recordings at three batch sizes: the first two tell how each length depends on the
 * batch size, and the third must agree. What differs in any other way is refused, since a number that was
 * computed from the batch size in JavaScript would be wrong at every other size.
 */

import type { Tensor } from "@graddiff/core";
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
import { type Affine, affineThrough, isAffine, type Length, type Sizes } from "./length.ts";
import {
  type Content,
  contentOf,
  type Quantity,
  type SymbolicAttributes,
  type SymbolicNode,
  type SymbolicTrace,
} from "./symbolic.ts";

/** What cannot be written, and at which node of the outermost trace it stands. */
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

/** The refusal of what differs between recordings in a way that no batch size explains. */
function difference(id: number, what: string, hint = HINT): Refusal {
  return new Refusal(
    id,
    "a function that is the same for every batch size N, with numbers of the forms a·N + b and 1/(a·N + b)",
    what,
    hint,
  );
}

const HINT =
  "Leave the batch size to ops such as mean, vectorize and scan, or give the axis a fixed length";

const CONSTANT_HINT =
  "Pass it as an argument; for random numbers pass the seed as a tensor, since those of a plain number are constants";

/** A trace as it is, for a function that was recorded once. */
export function symbolic(trace: Trace): SymbolicTrace {
  return unify([trace], [0, 0, 0]);
}

/**
 * What traces of one function have in common.
 *
 * @throws Refusal where they have not.
 */
export function unify(traces: readonly Trace[], sizes: Sizes, outer?: number): SymbolicTrace {
  const first = at(traces, 0);
  const counts = traces.map(({ nodes }) => nodes.length);
  const shortest = Math.min(...counts);
  const needed = neededNodes(first);
  const nodes: (SymbolicNode | undefined)[] = [];
  for (let id = 0; id < shortest; id++) {
    const own = nodeAt(first.nodes, id);
    // An op has all of its results or none.
    if (needed[own.kind === "part" ? own.of : id] === 0) {
      nodes.push(undefined);
      continue;
    }
    const context = new Context(sizes, outer ?? id);
    nodes.push(
      context.node(
        traces.map((trace) => nodeAt(trace.nodes, id)),
        traces.map(({ names }) => names.get(id)),
      ),
    );
  }
  if (counts.some((count) => count !== shortest)) {
    throw difference(outer ?? shortest, `the number of ops: ${counts.join(", ")}`);
  }
  const context = new Context(sizes, outer ?? shortest - 1);
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

/** Compares what stands at one place of several traces. */
class Context {
  readonly #sizes: Sizes;
  readonly #id: number;

  constructor(sizes: Sizes, id: number) {
    this.#sizes = sizes;
    this.#id = id;
  }

  node(nodes: readonly TraceNode[], names: readonly (string | undefined)[]): SymbolicNode {
    const [first] = nodes as [TraceNode];
    this.alike(
      "the name of a value",
      names.map((name) => [name]),
    );
    this.alike(
      "ops",
      nodes.map((node) => [node.kind === "operation" ? node.op.name : node.kind, node.dtype]),
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
      case "part":
        return { ...type, kind: "part", of: first.of, index: first.index };
      case "operation": {
        const operations = nodes.flatMap((node) => (node.kind === "operation" ? [node] : []));
        const inputs = this.alike(
          `the inputs of ${first.op.name}`,
          operations.map((operation) => operation.inputs),
        );
        const attributes = this.attributes(operations.map((operation) => operation.attributes));
        // Lowering has left primitive ops alone, and those that are kept, which the table has too.
        const name = first.op.name as PrimitiveName;
        return { ...type, kind: "operation", op: first.op, name, inputs, attributes };
      }
      default:
        return first satisfies never;
    }
  }

  /** Lists that are the same in all traces. */
  alike<Item>(what: string, lists: readonly (readonly Item[])[]): readonly Item[] {
    const first = at(lists, 0);
    const same = lists.every(
      (list) => list.length === first.length && list.every((item, i) => item === first[i]),
    );
    if (same) return first;
    throw difference(this.#id, `${what}: ${lists.map((list) => `[${list}]`).join(", ")}`);
  }

  shape(shapes: readonly (readonly number[])[]): Length[] {
    return this.lengths("shapes", shapes);
  }

  private lengths(what: string, lists: readonly (readonly number[])[]): Length[] {
    this.alike(
      `the number of ${what}`,
      lists.map(({ length }) => [length]),
    );
    return at(lists, 0).map((_, i) =>
      this.length(
        what,
        lists.map((list) => at(list, i)),
      ),
    );
  }

  private length(what: string, values: readonly number[]): Length {
    const length = this.known(values);
    if (length !== undefined) return length;
    throw difference(this.#id, `${what}: ${values.join(", ")}`);
  }

  /** One number for all recordings, or a length of the batch; undefined for others. */
  private known(values: readonly number[]): Length | undefined {
    const [first = 0] = values;
    const same = values.every((value) => Object.is(value, first));
    return same ? first : affineThrough(values, this.#sizes);
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
    if (isTrace(first)) return unify(values as readonly Trace[], this.#sizes, this.#id);
    if (Array.isArray(first)) return this.lengths(key, values as readonly (readonly number[])[]);
    if (typeof first === "number") return this.length(key, values as readonly number[]);
    return at(
      this.alike(
        key,
        values.map((value) => [value]),
      ),
      0,
    );
  }

  private content(tensors: readonly Tensor[]): Content {
    const [first] = tensors as [Tensor];
    if (tensors.every((tensor) => tensor === first)) return contentOf(first);
    const rules = tensors.map(ruleOf);
    const [rule] = rules;
    if (rules.every((each) => each?.kind === rule?.kind) && rule !== undefined) {
      if (rule.kind === "identity") return { kind: "identity" };
      if (rule.kind === "range") {
        const ranges = rules.flatMap((each) => (each?.kind === "range" ? [each] : []));
        const [start] = this.alike(
          "where ranges start and end",
          ranges.map((range) => [range.start, range.last]),
        );
        const step = this.quantity(ranges.map((range) => range.step));
        return { kind: "range", start: start ?? 0, step, last: rule.last };
      }
    }
    return this.elements(tensors);
  }

  private elements(tensors: readonly Tensor[]): Content {
    const [first] = tensors as [Tensor];
    const values = tensors.map((tensor) => onlyElement(tensor, "exportOnnx"));
    if (values.every((value) => value !== undefined)) {
      return { kind: "value", value: this.quantity(values) };
    }
    const arrays = tensors.map((tensor) => tensor.data());
    const same = arrays.every(
      (array) =>
        array.length === first.size && array.every((element, i) => element === arrays[0]?.[i]),
    );
    if (same) return contentOf(first);
    throw difference(this.#id, "the elements of a constant tensor", CONSTANT_HINT);
  }

  private quantity(values: readonly number[]): Quantity {
    const length = this.known(values);
    if (length !== undefined) return length;
    const over = affineThrough(
      values.map((value) => Math.round(1 / value)),
      this.#sizes,
    );
    if (isAffine(over) && values.every((value, i) => value === this.#share(over, i)))
      return { over };
    throw difference(this.#id, `a number: ${values.map(Number).join(", ")}`);
  }

  #share({ perBatch, more }: Affine, i: number): number {
    return 1 / (perBatch * at(this.#sizes, i) + more);
  }
}
