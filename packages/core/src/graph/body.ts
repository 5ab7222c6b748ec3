/**
 * Bodies: functions that an op holds as traces. A capture of a body, a tensor of an outer recording or a Variable,
 * becomes an input. So the body is closed, and can be differentiated, batched, compiled and exported like any trace.
 */

import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Cell } from "./cell.ts";
import { peekCell, peekOutside, record } from "./recording.ts";
import { movedArguments, type Trace } from "./trace.ts";
import { callRecorded, TraceRecording, typeOf } from "./tracing.ts";
import { formWith, leafTensor } from "./tree.ts";
import type { TensorType } from "./types.ts";

/** The captures of an op's bodies: their common inputs after the given ones. */
export class Captures {
  readonly tensors: Tensor[] = [];
  readonly #indices = new Map<Tensor, number>();
  readonly #cells = new Map<Cell, number>();

  /** Returns the index of a tensor among the captured ones. */
  indexOf(tensor: Tensor): number {
    const known = this.#indices.get(tensor);
    if (known !== undefined) return known;
    const index = this.tensors.push(tensor) - 1;
    this.#indices.set(tensor, index);
    return index;
  }

  /** Returns the index of a Variable's value, which is `value`, among the captures. */
  indexOfCell(cell: Cell, value: Tensor): number {
    const known = this.#cells.get(cell);
    if (known !== undefined) return known;
    // The elements are kept: no program may write over them.
    value.unseen = false;
    const index = this.tensors.push(value) - 1;
    this.#cells.set(cell, index);
    return index;
  }
}

/** Records a body, whose captures become inputs. */
class BodyRecording extends TraceRecording {
  override readonly unreadable: string;
  readonly #captures: Captures;
  /** The inputs by index among the captures. */
  readonly #inputs: (Tensor | undefined)[] = [];

  constructor(op: string, captures: Captures) {
    super();
    this.unreadable = `a function of ${op}, which is recorded before it runs`;
    this.#captures = captures;
  }

  protected override capture(tensor: Tensor): number {
    return this.input(this.#captures.indexOf(tensor)).index;
  }

  protected override makeState(cell: Cell): Tensor {
    return this.input(this.#captures.indexOfCell(cell, peekOutside(this, cell)));
  }

  /** Returns the placeholder for a captured tensor. Its position is final when all captures are known. */
  input(index: number): Tensor {
    const known = this.#inputs[index];
    if (known !== undefined) return known;
    const input = this.argument(at(this.#captures.tensors, index));
    this.#inputs[index] = input;
    return input;
  }

  /** By position of the arguments as they were created: the index among the captures, from `given` on. */
  positions(count: number): number[] {
    const positions = Array.from({ length: count }, (_, i) => i);
    this.#inputs.forEach((input, index) => {
      if (input === undefined) return;
      const node = this.nodeOf(input);
      if (node.kind === "argument") positions[node.position] = count + index;
    });
    return positions;
  }
}

/** A recorded function before its captures are all known. */
export interface OpenBody {
  /** The tree of results with the number of its leaf in the place of each leaf. */
  readonly form: unknown;
  /** The types of the results. */
  readonly results: readonly TensorType[];
  /** The Variables that it assigns. */
  readonly assigned: readonly Cell[];
  /** The trace, once all captures are known; the values that it assigns to cells are its last results. */
  readonly close: (cells: readonly Cell[]) => Trace;
}

/**
 * Records a function as a body.
 *
 * @param types the types of the inputs that it is called with.
 */
export function recordBody(
  op: string,
  fn: (...inputs: Tensor[]) => unknown,
  types: readonly TensorType[],
  captures: Captures,
): OpenBody {
  const recording = new BodyRecording(op, captures);
  return record(recording, () => {
    const inputs = types.map((type) => recording.argument(type));
    const leaves: Tensor[] = [];
    const returned = callRecorded(op, fn as (...inputs: never) => unknown, inputs);
    const form = formWith(op, returned, (leaf) => leaves.push(leafTensor(leaf)) - 1);
    // The ids are read while the recording is open; assignments are results, and have no effect.
    const ids = leaves.map((leaf) => recording.idOf(leaf, op));
    const assigned = new Map<Cell, number>();
    for (const [cell, tensor] of recording.assigned) {
      if (recording.owns(cell)) continue;
      assigned.set(cell, recording.idOf(tensor, "Variable.assign"));
    }
    recording.assigned.clear();
    const close = (cells: readonly Cell[]): Trace => {
      const left = cells.map(
        (cell) =>
          assigned.get(cell) ?? recording.input(captures.indexOfCell(cell, peekCell(cell))).index,
      );
      const { nodes, names } = recording.trace([]);
      const positions = recording.positions(types.length);
      return {
        nodes: movedArguments(nodes, positions),
        parameters: [...types, ...captures.tensors].map(typeOf),
        outputs: [...ids, ...left],
        assignments: [],
        names,
      };
    };
    const results = leaves.map(typeOf);
    return { form, results, assigned: [...assigned.keys()], close };
  });
}

/** Returns the same body with its inputs in another order: the one at position i moves to `order[i]`. */
export function reordered(body: Trace, order: readonly number[]): Trace {
  const parameters: TensorType[] = [];
  body.parameters.forEach((type, i) => {
    parameters[at(order, i)] = type;
  });
  return { ...body, parameters, nodes: movedArguments(body.nodes, order) };
}
