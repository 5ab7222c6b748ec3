/**
 * Recording of traces: ops are recorded with shapes and dtypes, and nothing is computed.
 */

import { callNamed } from "../callSite.ts";
import { describe, RecordingError } from "../errors.ts";
import { resultWithin } from "../tensor/shape.ts";
import { resolve, Tensor } from "../tensor/tensor.ts";
import type { Cell } from "./cell.ts";
import type { Op } from "./op.ts";
import { Recording, record } from "./recording.ts";
import {
  argumentNode,
  constantNode,
  nodeAt,
  operationNode,
  projectionNode,
  type SourceLocation,
  type Trace,
  type TraceNode,
} from "./trace.ts";
import { formWith, leafTensor } from "./tree.ts";
import type { Attributes, TensorType } from "./types.ts";

/** Creates the source locations of recorded ops. A stack takes some 20 µs, so locations are only created on request. */
let makeLocation: (() => SourceLocation | undefined) | undefined;

/** Runs `body`; the ops that it records have source locations. */
export function withLocations<Result>(
  make: () => SourceLocation | undefined,
  body: () => Result,
): Result {
  const outer = makeLocation;
  makeLocation = make;
  try {
    return body();
  } finally {
    makeLocation = outer;
  }
}

/** Records the ops of one run of a function. A capture of an outer recording is refused. */
export class TraceRecording extends Recording {
  override readonly recordsConstants = true;
  readonly unreadable: string = "compile, where no values exist yet";
  readonly #nodes: TraceNode[] = [];
  readonly #parameters: TensorType[] = [];
  readonly #names = new Map<number, string>();
  readonly #constants = new Map<Tensor, number>();
  /** The source location of the composite that is being decomposed into the recorded ops. */
  location: SourceLocation | undefined;

  /** Returns a placeholder for the next argument. */
  argument(type: TensorType): Tensor {
    const position = this.#parameters.push(typeOf(type)) - 1;
    return this.#push(argumentNode(type, position));
  }

  /** Returns the value of a Variable when the function starts: the same placeholder on every read. */
  state(cell: Cell): Tensor {
    const known = this.leaves.get(cell);
    if (known !== undefined) return known;
    const state = this.makeState(cell);
    this.leaves.set(cell, state);
    return state;
  }

  protected makeState(cell: Cell): Tensor {
    return this.#push({ ...typeOf(cell.value), kind: "state", cell });
  }

  override read(cell: Cell): Tensor {
    return this.assigned.get(cell) ?? (this.owns(cell) ? cell.value : this.state(cell));
  }

  /** Returns the node of a tensor of this recording. */
  nodeOf(tensor: Tensor): TraceNode {
    return nodeAt(this.#nodes, tensor.index);
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[] {
    const ids = this.idsOf(inputs, op.name);
    const operation = this.#nodes.length;
    const types = op.results(inputs, attributes);
    types.forEach((type) => {
      resultWithin(op.name, type, inputs[0]);
    });
    return types.map((type, i) =>
      this.#push(
        i === 0
          ? operationNode(type, op, ids, attributes, this.location ?? makeLocation?.())
          : projectionNode(type, operation, i),
      ),
    );
  }

  protected idsOf(inputs: readonly Tensor[], op: string): number[] {
    return inputs.map((input) => this.idOf(input, op));
  }

  /** Returns the id of a tensor: its node, or the node of a constant or an input that the function captured. */
  idOf(tensor: Tensor, op: string): number {
    const { level } = resolve(tensor);
    if (level === this) return tensor.index;
    return level === undefined ? this.#constant(tensor) : this.capture(tensor, op);
  }

  #constant(tensor: Tensor): number {
    const known = this.#constants.get(tensor);
    if (known !== undefined) return known;
    const { index } = this.#push(constantNode(tensor, tensor));
    if (tensor.label !== undefined) this.#names.set(index, tensor.label);
    this.#constants.set(tensor, index);
    return index;
  }

  /** Returns the id of a tensor of an outer recording. */
  protected capture(tensor: Tensor, op: string): number {
    const expected = "an argument of the compiled function, or a tensor with a value";
    const got = `${describe(tensor)} that an outer recording is still computing`;
    const hint = "Pass it to the compiled function as an argument";
    throw new RecordingError(op, "", expected, got, hint);
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

  /** Returns a tensor of this recording with a type: weak for a plain number, else not. */
  retyped(tensor: Tensor, { weak }: TensorType): Tensor {
    const id = this.idOf(tensor, "compile");
    const node = nodeAt(this.#nodes, id);
    if (node.weak === weak || (node.kind !== "operation" && node.kind !== "projection"))
      return tensor;
    this.#nodes[id] = { ...node, weak };
    return this.tensorAt(id);
  }

  /** Returns the tensor that stands for a node. */
  tensorAt(id: number): Tensor {
    const { shape, dtype, weak } = nodeAt(this.#nodes, id);
    return new Tensor(shape, dtype, weak, undefined, this, id);
  }

  /** Returns the trace of the recording. Assignments to Variables become results and have no effect. */
  trace(outputs: readonly Tensor[]): Trace {
    const ids = outputs.map((output) => this.idOf(output, "compile"));
    const assignments = [...this.assigned].flatMap(([cell, tensor]) =>
      this.owns(cell) ? [] : [{ cell, id: this.idOf(tensor, "Variable.assign") }],
    );
    this.assigned.clear();
    return {
      nodes: this.#nodes,
      parameters: this.#parameters,
      outputs: ids,
      assignments,
      names: this.#names,
    };
  }

  #push(node: TraceNode): Tensor {
    const { shape, dtype, weak } = node;
    return new Tensor(shape, dtype, weak, undefined, this, this.#nodes.push(node) - 1);
  }
}

/** Returns only the type of a tensor or a node. */
export function typeOf({ shape, dtype, weak }: TensorType): TensorType {
  return { shape, dtype, weak };
}

/** Calls a function that is being recorded. @throws RecordingError if it returns a Promise. */
export function callRecorded(
  op: string,
  fn: (...inputs: never) => unknown,
  inputs: readonly unknown[],
): unknown {
  const result = callNamed(fn, inputs);
  if (!(result instanceof Promise)) return result;
  const expected = "a Tensor or a tree of Tensors";
  const hint = "Recorded functions are synchronous: await outside";
  throw new RecordingError(op, "result", expected, "a Promise", hint);
}

/** A function as a trace. */
export interface RecordedFunction {
  readonly trace: Trace;
  /** The tree of its results, with the index among the outputs for each leaf. */
  readonly form: unknown;
}

/**
 * Records one call of a function.
 *
 * @param argumentsOf makes the arguments, in which placeholders of the recording replace tensors.
 */
export function recordFunction<R extends TraceRecording>(
  op: string,
  recording: R,
  fn: (...inputs: never) => unknown,
  argumentsOf: (recording: R) => readonly unknown[],
): RecordedFunction {
  const outputs: Tensor[] = [];
  return record(recording, () => {
    const result = callRecorded(op, fn, argumentsOf(recording));
    const form = formWith(op, result, (leaf) => outputs.push(leafTensor(leaf)) - 1);
    return { trace: recording.trace(outputs), form };
  });
}
