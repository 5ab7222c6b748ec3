/**
 * Recording for `compile`: ops are recorded with shapes and dtypes, and nothing is computed.
 */

import { describe, RecordingError } from "../errors.ts";
import type { Attributes, Op, TensorType } from "../graph/op.ts";
import { type Cell, Recording } from "../graph/recording.ts";

import { settle, Tensor } from "../tensor/tensor.ts";
import { constantNode, nodeAt, operationNode, type Trace, type TraceNode } from "./trace.ts";

/** Records the ops of one run of a function. */
export class CompileRecording extends Recording {
  override readonly recordsConstants = true;
  readonly unreadable = "compile, where no values exist yet";
  readonly #nodes: TraceNode[] = [];
  readonly #names = new Map<number, string>();
  readonly #constants = new Map<Tensor, number>();
  readonly #opensComposites: boolean;

  /** @param opensComposites whether composites are recorded as the ops that they are written in. */
  constructor({ opensComposites }: { readonly opensComposites: boolean }) {
    super();
    this.#opensComposites = opensComposites;
  }

  /** A stand-in for an argument of the program. */
  argument(type: TensorType, position: number): Tensor {
    return this.#push({ ...typeOf(type), kind: "argument", position });
  }

  /** The value of a Variable when the program starts: the same stand-in on every read. */
  state(cell: Cell): Tensor {
    const known = this.leaves.get(cell);
    if (known !== undefined) return known;
    const state = this.#push({ ...typeOf(cell.value), kind: "state", cell });
    this.leaves.set(cell, state);
    return state;
  }

  override read(cell: Cell): Tensor {
    return this.assigned.get(cell) ?? (this.#isOwn(cell) ? cell.value : this.state(cell));
  }

  /** Whether a Variable was made by the recorded function: it is nothing to anybody else. */
  #isOwn({ value }: Cell): boolean {
    return settle(value).level === this;
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): Tensor {
    if (this.#opensComposites && op.kernel.kind === "composite") {
      return op.kernel.body(inputs, attributes);
    }
    const ids = inputs.map((input) => this.idOf(input, op.name));
    return this.#push(operationNode(op.infer(inputs, attributes), op, ids, attributes));
  }

  /** The id of a tensor: its node, or that of a constant that the function has captured. */
  idOf(tensor: Tensor, op: string): number {
    const { level } = settle(tensor);
    if (level === this) return tensor.index;
    if (level !== undefined) {
      throw new RecordingError({
        op,
        expected: "an argument of the compiled function, or a tensor with a value",
        got: `${describe(tensor)} that an outer recording is still computing`,
        hint: "Pass it to the compiled function as an argument",
      });
    }
    const known = this.#constants.get(tensor);
    if (known !== undefined) return known;
    const { index } = this.#push(constantNode(tensor, tensor));
    if (tensor.label !== undefined) this.#names.set(index, tensor.label);
    this.#constants.set(tensor, index);
    return index;
  }

  override lower(tensor: Tensor): Tensor {
    return tensor;
  }

  override name(index: number, name: string): void {
    this.#names.set(index, name);
  }

  /** Adds a node as it is, with inputs of this recording. */
  append(node: TraceNode): number {
    return this.#nodes.push(node) - 1;
  }

  /** The tensor that stands for a node. */
  tensorAt(id: number): Tensor {
    const { shape, dtype, weak } = nodeAt(this.#nodes, id);
    return new Tensor(shape, dtype, weak, undefined, this, id);
  }

  /** What was recorded. Assignments to Variables become results instead of taking effect. */
  trace(outputs: readonly Tensor[]): Trace {
    const ids = outputs.map((output) => this.idOf(output, "compile"));
    const assignments = [...this.assigned].flatMap(([cell, tensor]) =>
      this.#isOwn(cell) ? [] : [{ cell, id: this.idOf(tensor, "Variable.assign") }],
    );
    this.assigned.clear();
    return { nodes: this.#nodes, outputs: ids, assignments, names: this.#names };
  }

  #push(node: TraceNode): Tensor {
    const { shape, dtype, weak } = node;
    return new Tensor(shape, dtype, weak, undefined, this, this.#nodes.push(node) - 1);
  }
}

function typeOf({ shape, dtype, weak }: TensorType): TensorType {
  return { shape, dtype, weak };
}
