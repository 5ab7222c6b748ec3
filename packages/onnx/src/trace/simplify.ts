/**
 * Simplification of a trace before it is written: equal values are computed once, inverse movements of elements cancel,
 * and loops lose unread results.
 */

import { at, type Permuted } from "@graddiff/core/internal";
import { addLengths, isPolynomial, type Length, printLength } from "./length.ts";
import type { SymbolicNode, SymbolicTrace, SymbolicType } from "./symbolic.ts";

/** A node of an op. */
export type SymbolicOperation = Extract<SymbolicNode, { kind: "operation" }>;

/** Returns the trace, simplified. */
export function simplified(trace: SymbolicTrace): SymbolicTrace {
  const needs = new Needs(trace);
  const simpler = new Simplified(trace.names);
  const ids: (number | undefined)[] = [];
  /** The results of loops that are other nodes now, by the id of the loop and the index of the result. */
  const moved = new Map<number, ReadonlyMap<number, number>>();
  const idOf = (id: number): number => {
    const found = ids[id];
    if (found === undefined) throw new Error(`the value ${id} is needed, and not there`);
    return found;
  };
  trace.nodes.forEach((node, id) => {
    // An op has all of its results or none.
    if (node === undefined || !needs.has(node.kind === "projection" ? node.of : id)) return;
    if (node.kind === "projection") {
      const results = moved.get(node.of);
      const own = results?.get(node.index);
      if (results !== undefined && own === undefined) return;
      if (own !== undefined) simpler.name(own, id);
      ids[id] = own ?? simpler.add({ ...node, of: idOf(node.of) }, id);
      return;
    }
    if (node.kind !== "operation") {
      ids[id] = simpler.add(node, id);
      return;
    }
    if (node.name !== "scan") {
      ids[id] = simpler.add({ ...node, inputs: node.inputs.map(idOf) }, id);
      return;
    }
    const results = simpler.loop(node, needs.of(id), needs.types(id), idOf);
    moved.set(id, results);
    ids[id] = results.get(0);
    if (ids[id] !== undefined) simpler.name(ids[id], id);
  });
  return {
    ...trace,
    nodes: simpler.nodes,
    outputs: trace.outputs.map(idOf),
    assignments: trace.assignments.map(({ cell, id }) => ({ cell, id: idOf(id) })),
    names: simpler.names,
  };
}

/** The results of ops that are read. */
class Needs {
  readonly #needed = new Map<number, Set<number>>();
  readonly #types = new Map<number, SymbolicType[]>();

  constructor({ nodes, outputs, assignments }: SymbolicTrace) {
    const need = (id: number) => {
      const node = nodes[id];
      const [of, index] = node?.kind === "projection" ? [node.of, node.index] : [id, 0];
      this.#needed.set(id, this.#needed.get(id) ?? new Set());
      this.#needed.set(of, (this.#needed.get(of) ?? new Set()).add(index));
    };
    for (const id of [...outputs, ...assignments.map((each) => each.id)]) need(id);
    nodes.forEach((node, id) => {
      if (node?.kind === "operation") this.#types.set(id, [node]);
      if (node?.kind !== "projection") return;
      const types = this.#types.get(node.of) ?? [];
      types[node.index] = node;
    });
    for (let id = nodes.length - 1; id >= 0; id--) {
      const node = nodes[id];
      if (node?.kind !== "operation" || !this.#needed.has(id)) continue;
      const inputs =
        node.name === "scan"
          ? liveProjections(node, this.of(id)).inputs.map((index) => at(node.inputs, index))
          : node.inputs;
      for (const input of inputs) need(input);
    }
  }

  has(id: number): boolean {
    return this.#needed.has(id);
  }

  /** Returns the indices of the results that are read. */
  of(id: number): ReadonlySet<number> {
    return this.#needed.get(id) ?? new Set();
  }

  types(id: number): readonly (SymbolicType | undefined)[] {
    return this.#types.get(id) ?? [];
  }
}

/** The attributes of a loop. */
export interface Loop {
  readonly body: SymbolicTrace;
  readonly carries: number;
  readonly rows: number;
  readonly length: Length;
  readonly reverse: boolean;
  readonly stops?: boolean;
}

/** Returns the results of a loop that are read or carried on for such, and the inputs that these need. */
function liveProjections(
  { inputs, attributes }: SymbolicOperation,
  needed: ReadonlySet<number>,
): { readonly results: readonly number[]; readonly inputs: readonly number[] } {
  const { body, carries } = attributes as unknown as Loop;
  const live = new Set(needed);
  for (;;) {
    const read = argumentsOf(
      body,
      [...live].map((index) => at(body.outputs, index)),
    );
    const carried = [...read].filter((index) => index < carries && !live.has(index));
    if (carried.length === 0) {
      // The start of a carry is an input also where no step reads it.
      const own = inputs.map((_, index) => index);
      return {
        results: body.outputs.map((_, index) => index).filter((index) => live.has(index)),
        inputs: own.filter((index) => (index < carries ? live.has(index) : read.has(index))),
      };
    }
    for (const index of carried) live.add(index);
  }
}

/** Returns the positions of the arguments that values follow from. */
function argumentsOf({ nodes }: SymbolicTrace, ids: readonly number[]): Set<number> {
  const found = new Set<number>();
  const met = new Set<number>();
  const waiting = [...ids];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (met.has(id)) continue;
    met.add(id);
    const node = nodes[id];
    if (node?.kind === "argument") found.add(node.position);
    if (node?.kind === "projection") waiting.push(node.of);
    if (node?.kind === "operation") waiting.push(...node.inputs);
  }
  return found;
}

/** Nodes that are added, each value once. */
class Simplified {
  readonly nodes: SymbolicNode[] = [];
  readonly names = new Map<number, string>();
  readonly #known = new Map<string, number>();
  readonly #given: SymbolicTrace["names"];

  constructor(given: SymbolicTrace["names"]) {
    this.#given = given;
  }

  /** Gives a value the name that one had before. */
  name(id: number, before: number): void {
    const name = this.#given.get(before);
    if (name !== undefined) this.names.set(id, name);
  }

  /** Adds a node, or finds the one of the same value. A value that has a name stays one of its own. */
  add(node: SymbolicNode, before?: number): number {
    const isNamed = before !== undefined && this.#given.has(before);
    const simpler = isNamed ? node : this.#unturned(node);
    if (typeof simpler === "number") return simpler;
    const key = isNamed ? undefined : keyOf(simpler);
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known !== undefined) return known;
    const id = this.nodes.push(simpler) - 1;
    if (key !== undefined) this.#known.set(key, id);
    if (before !== undefined) this.name(id, before);
    return id;
  }

  /** Returns a node that moves elements, combined with an earlier movement, or the original value if both cancel. */
  #unturned(node: SymbolicNode): SymbolicNode | number {
    if (node.kind !== "operation") return node;
    const [input = -1] = node.inputs;
    const x = this.nodes[input];
    if (x === undefined) return node;
    const isSame = sameLengths(node.shape, x.shape);
    if (node.name === "transpose") {
      const own = permutationOf(node);
      if (own.every((axis, index) => axis === index)) return input;
      if (x.kind !== "operation" || x.name !== "transpose") return node;
      const permutation = own.map((axis) => at(permutationOf(x), axis));
      return this.#again(node, x, { permutation });
    }
    if (node.name === "reshape") {
      if (isSame) return input;
      if (x.kind !== "operation" || x.name !== "reshape") return node;
      return this.#again(node, x, node.attributes);
    }
    if (node.name !== "slice" || !isSame) return node;
    const { starts, steps } = node.attributes as { starts: Length[]; steps: Length[] };
    if (starts.every((start) => start === 0) && steps.every((step) => step === 1)) return input;
    const isTwice = x.kind === "operation" && isFlip(node, at(x.inputs, 0), this.nodes);
    return isTwice && isFlip(x, at(x.inputs, 0), this.nodes) ? at(x.inputs, 0) : node;
  }

  #again(
    node: SymbolicOperation,
    { inputs }: SymbolicOperation,
    attributes: SymbolicOperation["attributes"],
  ): SymbolicNode | number {
    return this.#unturned({ ...node, inputs, attributes });
  }

  /**
   * Adds a loop without unread results. A loop whose rows are all reversed runs in the other direction.
   *
   * @returns the values of its results by their indices.
   */
  loop(
    node: SymbolicOperation,
    needed: ReadonlySet<number>,
    types: readonly (SymbolicType | undefined)[],
    idOf: (id: number) => number,
  ): Map<number, number> {
    const loop = node.attributes as unknown as Loop;
    const live = liveProjections(node, needed);
    const carries = live.results.filter((index) => index < loop.carries).length;
    const last = loop.carries + loop.rows;
    const rows = live.inputs.filter((index) => index >= loop.carries && index < last).length;
    const inputs = live.inputs.map((index) => idOf(at(node.inputs, index)));
    const taken = inputs.slice(carries, carries + rows);
    const turns = taken.length > 0 && taken.every((id) => isTurned(id, this.nodes));
    const flips = turns ? taken.map((id) => this.nodes[id] as SymbolicOperation) : [];
    const given = inputs.map((id, index) => at(flips[index - carries]?.inputs ?? [id], 0));
    const attributes = {
      ...node.attributes,
      body: bodyOf(loop.body, live.results, live.inputs),
      carries,
      rows,
      reverse: loop.reverse !== turns,
    };
    const typeOf = (index: number): SymbolicType => {
      const { shape, dtype } = types[index] ?? node;
      return { shape, dtype };
    };
    const [first = 0, ...others] = live.results;
    const id = this.add({ ...node, ...typeOf(first), inputs: given, attributes });
    const results = new Map([[first, id]]);
    others.forEach((index, i) => {
      results.set(index, this.add({ ...typeOf(index), kind: "projection", of: id, index: i + 1 }));
    });
    if (!turns) return results;
    // Rows that are stacked are turned around again.
    for (const index of live.results.slice(carries)) {
      const type = typeOf(index);
      const [length = 0] = type.shape;
      const own = type.shape.map((_, axis) => Number(axis > 0));
      const flip = {
        starts: own.map((step) => (step === 1 ? 0 : addLengths(length, -1))),
        lengths: type.shape,
        steps: own.map((step) => (step === 1 ? 1 : -1)),
      };
      const [x] = flips as [SymbolicOperation];
      const input = results.get(index) ?? id;
      results.set(index, this.add({ ...x, ...type, inputs: [input], attributes: flip }));
    }
    return results;
  }
}

/** Returns the order of axes that a transpose gives. */
function permutationOf({ attributes }: SymbolicOperation): readonly number[] {
  return (attributes as unknown as Permuted).permutation;
}

function isTurned(id: number, nodes: readonly SymbolicNode[]): boolean {
  const node = nodes[id];
  return node?.kind === "operation" && isFlip(node, at(node.inputs, 0), nodes);
}

/** True if a node has the elements of a value from the last to the first along the first axis. */
function isFlip(node: SymbolicOperation, x: number, nodes: readonly SymbolicNode[]): boolean {
  const shape = nodes[x]?.shape ?? [];
  if (node.name !== "slice" || !sameLengths(node.shape, shape)) return false;
  const { starts, steps } = node.attributes as { starts: Length[]; steps: Length[] };
  const [length = 0] = shape;
  return steps.every((step, axis) =>
    axis === 0
      ? step === -1 && printLength(at(starts, 0)) === printLength(addLengths(length, -1))
      : step === 1 && starts[axis] === 0,
  );
}

/** Returns a body with some of its results and inputs, without the others. */
function bodyOf(
  body: SymbolicTrace,
  results: readonly number[],
  inputs: readonly number[],
): SymbolicTrace {
  if (results.length === body.outputs.length && inputs.length === body.parameters.length) {
    return body;
  }
  const positions = new Map(inputs.map((index, position) => [index, position]));
  return {
    ...body,
    nodes: body.nodes.map((node) => {
      if (node?.kind !== "argument") return node;
      const position = positions.get(node.position);
      return position === undefined ? undefined : { ...node, position };
    }),
    parameters: inputs.map((index) => at(body.parameters, index)),
    outputs: results.map((index) => at(body.outputs, index)),
  };
}

/** True if lengths are the same, open ones included. */
export function sameLengths(a: readonly Length[], b: readonly Length[]): boolean {
  return a.length === b.length && a.every((length, i) => sameLength(length, at(b, i)));
}

/** True if two lengths are the same. */
export function sameLength(a: Length, b: Length): boolean {
  return isPolynomial(a) || isPolynomial(b) ? printLength(a) === printLength(b) : a === b;
}

/** Small constants are known by their elements. */
const FEW = 64;

/** Returns the key of a node's value; undefined for one that is like no other. */
function keyOf(node: SymbolicNode): string | undefined {
  const { kind, dtype, shape } = node;
  const type = `${dtype} ${shape.map((length) => printLength(length))}`;
  if (kind === "projection") return `part ${node.of} ${node.index}`;
  if (kind === "constant") {
    const { content } = node;
    if (content.kind !== "elements") return `${type} ${printed(content)}`;
    const { tensor } = content;
    return tensor.size <= FEW ? `${type} ${printed([...tensor.data()])}` : undefined;
  }
  if (kind !== "operation" || node.op.bodies !== undefined) return undefined;
  return `${node.name} ${node.inputs} ${type} ${printed(node.attributes)}`;
}

/** Returns any value as a text that no other value has. */
function printed(value: unknown): string {
  return JSON.stringify(value, (_key, own: unknown) =>
    typeof own === "number" && (!Number.isFinite(own) || Object.is(own, -0))
      ? `number ${Object.is(own, -0) ? "-0" : own}`
      : own,
  );
}
