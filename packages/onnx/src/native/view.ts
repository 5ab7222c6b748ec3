/** The questions that patterns ask of a trace: ops, the elements of stored values, and the readers of a value. */

import { full, type Tensor } from "@graddiff/core";
import { applyAll, at, type Cell, sizeOf } from "@graddiff/core/internal";
import { isPolynomial } from "../trace/length.ts";
import type { SymbolicOperation } from "../trace/simplify.ts";
import type { SymbolicNode, SymbolicTrace } from "../trace/symbolic.ts";

/** The value of a Variable that is a constant of the model; undefined for one that is an input of it. */
export type Stored = (cell: Cell) => Tensor | undefined;

/** Ops of these kinds are computed where all that they read is known, but for those that may refuse it. */
const COMPUTED: ReadonlySet<string> = new Set(["elementwise", "view", "joining", "reduction"]);
const REFUSING: ReadonlySet<string> = new Set(["whole number", "check"]);
/** Rules of more elements than these, such as zeros, are not written as elements. */
const MOST_OF_RULE = 4096;

/** A trace, and what follows from it. */
export class View {
  readonly trace: SymbolicTrace;
  readonly #stored: Stored;
  readonly #users: number[][] = [];
  readonly #values = new Map<number, Tensor | undefined>();
  readonly #given: ReadonlySet<number>;
  readonly #fixed: boolean[] = [];
  readonly #constant: boolean[] = [];

  constructor(trace: SymbolicTrace, stored: Stored) {
    this.trace = trace;
    this.#stored = stored;
    this.#given = new Set([...trace.outputs, ...trace.assignments.map(({ id }) => id)]);
    const inputsOf = (node: SymbolicNode | undefined) => {
      if (node?.kind === "projection") return [node.of];
      return node?.kind === "operation" ? node.inputs : [];
    };
    trace.nodes.forEach((node, id) => {
      const inputs = inputsOf(node);
      this.#fixed[id] = node?.kind !== "argument" && inputs.every((input) => this.#fixed[input]);
      this.#constant[id] =
        node?.kind !== "state" && this.#fixed[id] && inputs.every((input) => this.#constant[input]);
    });
    const live = new Set(this.#given);
    for (let id = trace.nodes.length - 1; id >= 0; id--) {
      if (!live.has(id)) continue;
      for (const input of inputsOf(trace.nodes[id])) {
        live.add(input);
        this.#use(input, id);
      }
    }
  }

  #use(value: number, user: number): void {
    const users = this.#users[value];
    if (users === undefined) this.#users[value] = [user];
    else users.push(user);
  }

  node(id: number): SymbolicNode {
    const node = this.trace.nodes[id];
    if (node === undefined) throw new Error(`the node ${id} is needed, and not there`);
    return node;
  }

  /** Returns the node of an id, if it is an application of an op. */
  operation(id: number, name: string): SymbolicOperation | undefined {
    const node = this.trace.nodes[id];
    return node?.kind === "operation" && node.name === name ? node : undefined;
  }

  /** Returns the ids of what reads a value; a value that is read twice by one is there twice. */
  users(id: number): readonly number[] {
    return this.#users[id] ?? [];
  }

  /** True if a value is a result of the trace, or has a name of the user's: it is there by itself. */
  isGiven(id: number): boolean {
    const isOp = this.trace.nodes[id]?.kind === "operation";
    return this.#given.has(id) || (this.trace.names.has(id) && isOp);
  }

  /** True if nothing that a value follows from is an argument. */
  isFixed(id: number): boolean {
    return this.#fixed[id] === true;
  }

  /** True if all that a value follows from are constants. */
  isConstant(id: number): boolean {
    return this.#constant[id] === true;
  }

  /** Returns a value, if it follows from constants and from Variables that are constants of the model. */
  value(id: number): Tensor | undefined {
    if (!this.isFixed(id)) return undefined;
    if (!this.#values.has(id)) this.#values.set(id, this.#computed(this.node(id)));
    return this.#values.get(id);
  }

  #computed(node: SymbolicNode): Tensor | undefined {
    if (node.kind === "state") return this.#stored(node.cell);
    if (node.kind === "constant") {
      const { content, shape, dtype } = node;
      if (content.kind === "elements") return content.tensor;
      const lengths = shape.filter((length) => !isPolynomial(length)) as number[];
      const isSmall = lengths.length === shape.length && sizeOf(lengths) <= MOST_OF_RULE;
      if (content.kind !== "value" || typeof content.value !== "number" || !isSmall)
        return undefined;
      return full(lengths, content.value, { dtype });
    }
    if (node.kind !== "operation" || !COMPUTED.has(node.op.kernel?.kind ?? "")) return undefined;
    if (REFUSING.has(node.name) || isOpen(node.attributes) || node.shape.some(isPolynomial))
      return undefined;
    const inputs: Tensor[] = [];
    for (const input of node.inputs) {
      const value = this.value(input);
      if (value === undefined) return undefined;
      inputs.push(value);
    }
    return inputs.length === 0 ? undefined : applyAll(node.op, inputs, node.attributes)[0];
  }

  /** Returns the number that a constant is; undefined for anything else. */
  number(id: number): number | undefined {
    const node = this.node(id);
    if (node.kind !== "constant") return undefined;
    const { content } = node;
    if (content.kind === "value" && typeof content.value === "number") return content.value;
    if (content.kind !== "elements" || content.tensor.size !== 1) return undefined;
    return at([...content.tensor.data()], 0);
  }
}

/** True if attributes have an open length. */
function isOpen(attributes: unknown): boolean {
  if (isPolynomial(attributes)) return true;
  if (typeof attributes !== "object" || attributes === null) return false;
  return Object.values(attributes).some(isOpen);
}
