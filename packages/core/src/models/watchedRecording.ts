/**
 * The recording of `findNaN`: every op of a run with its value, its layer and its line. It computes one level down, on
 * a tape, so that gradients come from the same run.
 */

import { byRole } from "../bodies/loop.ts";
import type { GradientRecording } from "../differentiate/reverse.ts";
import { RecordingError } from "../errors.ts";
import { unstack } from "../functions/arranging.ts";
import { applyAll, below } from "../graph/apply.ts";
import type { Cell } from "../graph/cell.ts";
import type { Control } from "../graph/joint.ts";
import type { Op } from "../graph/op.ts";
import { peekOutside, Recording, withoutRecordingConstants } from "../graph/recording.ts";
import { constantOf, replay } from "../graph/replay.ts";
import { bodiesOf, type LeafNode, type SourceLocation, type Trace } from "../graph/trace.ts";
import type { Attributes } from "../graph/types.ts";
import { isVariable, type Variable } from "../graph/variable.ts";
import type { Onlooker } from "../layers/layerPath.ts";
import { layerPath } from "../layers/layerPath.ts";
import { resultsOf, stillTrue } from "../ops/bodies.ts";
import { stack } from "../ops/joining.ts";
import { zeros } from "../tensor/create.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at } from "../tensor/shape.ts";
import { resolve, Tensor } from "../tensor/tensor.ts";

/** A loop over a body. */
type Repeat = Extract<Control, { kind: "repeat" }>;

/** A value of a run. Its index in the list of values is its id. */
export interface WatchedValue extends SourceLocation {
  readonly kind: "argument" | "variable" | "constant" | "operation";
  /** The name of the op of an operation. */
  readonly name: string;
  /** Ids. */
  readonly inputs: readonly number[];
  /** One level down. */
  readonly value: Tensor;
}

const NOWHERE: SourceLocation = { layerPath: undefined, trace: undefined };

/** Records every op of a run, those of constants, too. Bodies are run op by op, so that their ops are recorded. */
export class WatchedRecording extends Recording {
  readonly unreadable = undefined;
  override readonly recordsConstants = true;
  override readonly opensCompiled = true;
  readonly values: WatchedValue[] = [];
  readonly #gradients: GradientRecording;
  readonly #constants = new Map<Tensor, number>();
  /** The Variables that were read, except by programs that were compiled earlier. */
  readonly #variables = new Map<Cell, Variable>();
  /** The layers that are running. */
  readonly #running: object[] = [];
  /** The bodies that are running, from the outermost, with the source location of the first. */
  #bodies: { readonly location: SourceLocation; readonly ways: readonly string[] } | undefined;
  /** The source location of the op whose body is running. */
  #inBody: SourceLocation = NOWHERE;

  /** @param gradients the recording one level down. */
  constructor(gradients: GradientRecording) {
    super();
    this.#gradients = gradients;
  }

  /** Notes a Variable that is about to be read. */
  readonly noteRead = (variable: Variable): void => {
    this.#variables.set(variable.cell, variable);
  };

  /** Notes the layer that is running, whose Variables have the names of its properties. */
  readonly onlooker: Onlooker = {
    begun: (layer) => {
      this.#running.push(layer);
    },
    ended: (layer) => {
      // Layers that have thrown have not ended.
      while (this.#running.length > 0 && this.#running.pop() !== layer);
    },
  };

  /** Returns a placeholder for an argument. */
  argument(value: Tensor, name: string): Tensor {
    return this.#leaf("argument", name, value, NOWHERE);
  }

  override read(cell: Cell): Tensor {
    const known = this.assigned.get(cell) ?? this.leaves.get(cell);
    if (known !== undefined) return known;
    // A Variable that the function has made.
    if (resolve(cell.value).level === this) return cell.value;
    const value = peekOutside(this, cell);
    // The elements are kept: no program may write over them.
    value.unseen = false;
    const variable = this.#variables.get(cell);
    const isTrained = variable?.trainable ?? true;
    const leaf = this.#leaf("variable", this.#nameOf(cell), value, this.#location(), isTrained);
    this.leaves.set(cell, leaf);
    // An optimizer step marks the gradient that was assigned last as used; this must be the gradient of this run.
    if (variable === undefined) this.assigned.set(cell, leaf);
    return leaf;
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[] {
    const { name } = op;
    const control = op.bodies?.control?.(attributes);
    if (control?.kind === "repeat") {
      return this.#under([], () => this.#repeat(name, control, inputs));
    }
    if (control?.kind === "branches") {
      const [condition, ...captured] = inputs;
      const branch = condition?.item() === 0 ? "whenFalse" : "whenTrue";
      return this.#inside(`${branch} of ${name}`, control[branch], captured);
    }
    const [body, ...others] = bodiesOf(attributes);
    // A second body is a derivative of the user's, which the ops of the first do not have.
    if (body !== undefined && others.length === 0) return this.#inside(name, body, inputs);
    return this.#computed(op, inputs, (values) => applyAll(op, values, attributes));
  }

  /** Returns the id of a tensor: of this recording, or a constant of it. */
  idOf(tensor: Tensor): number {
    if (resolve(tensor).level === this) return tensor.index;
    const known = this.#constants.get(tensor);
    if (known !== undefined) return known;
    const name = tensor.label ?? "constant";
    const { index } = this.#push(NOWHERE, { kind: "constant", name, inputs: [], value: tensor });
    this.#constants.set(tensor, index);
    return index;
  }

  /** Returns the values that the function leaves in Variables, and removes them, so that they never take effect. */
  takeAssigned(): Tensor[] {
    const all = [...this.assigned].filter(([cell, tensor]) => this.leaves.get(cell) !== tensor);
    this.assigned.clear();
    return all.map(([, tensor]) => tensor);
  }

  override lower(tensor: Tensor): Tensor {
    return below(this, tensor);
  }

  #computed(
    op: Op,
    inputs: readonly Tensor[],
    compute: (values: readonly Tensor[]) => readonly Tensor[],
  ): readonly Tensor[] {
    const ids = inputs.map((input) => this.idOf(input));
    // A value without a derivative is a constant for the gradient, where `grad` might refuse it.
    const isFlat = op.derivative?.kind === "none";
    const values = inputs.map((input) => {
      const value = below(this, input);
      return isFlat ? below(this.#gradients, value) : value;
    });
    const location = this.#location();
    return withoutRecordingConstants(() => compute(values)).map((value) =>
      this.#push(location, { kind: "operation", name: op.name, inputs: ids, value }),
    );
  }

  /** Runs a loop step by step. */
  #repeat(
    name: string,
    { body, length, reverse, stops, carries, rows, most = length }: Repeat,
    inputs: readonly Tensor[],
  ): readonly Tensor[] {
    const { carry: start, xs, captured } = byRole(inputs, { carries, rows });
    const scanned = xs.map((x) => unstack(x));
    const types = resultsOf(body).slice(carries);
    const steps: (readonly Tensor[])[] = [];
    let carry: readonly Tensor[] = start;
    let behind = stops ? at(carry, 1).item() : reverse ? length : 0;
    for (let n = 0; stops ? at(carry, 0).item() !== 0 : n < length; n++) {
      if (n === length) throw stillTrue(most);
      const row = reverse ? --behind : behind++;
      const inputs = [...carry, ...scanned.map((x) => at(x, row)), ...captured];
      const results = this.#inside(`step ${row} of ${name}`, body, inputs);
      carry = results.slice(0, carries);
      steps[row] = results.slice(carries);
    }
    const stacked = types.map(({ shape, dtype }, i) => {
      if (length === 0) return zeros([0, ...shape], { dtype });
      // Rows of steps that were not made are never read.
      return stack(Array.from({ length }, (_, n) => steps[n]?.[i] ?? zeros(shape, { dtype })));
    });
    return [...carry, ...stacked];
  }

  /** Runs a body op by op. */
  #inside(way: string, body: Trace, inputs: readonly Tensor[]): Tensor[] {
    return this.#under([way], () => {
      const leaf = (node: LeafNode) =>
        node.kind === "argument" ? at(inputs, node.position) : constantOf(node);
      const tensors = replay(body, leaf, { ids: this.#visited(body) });
      return body.outputs.map((id) => at(tensors, id));
    });
  }

  /** Runs ops with the source location of the op that contains them, and a further part of their layer path. */
  #under<Result>(way: readonly string[], run: () => Result): Result {
    const outer = [this.#bodies, this.#inBody] as const;
    const { location, ways } = this.#bodies ?? { location: locationOfCall(), ways: [] };
    const { layerPath, trace = location.trace } = this.#inBody;
    this.#bodies = {
      location: { layerPath: location.layerPath, trace },
      ways: [...withPath(ways, location.layerPath, layerPath), ...way],
    };
    this.#inBody = NOWHERE;
    try {
      return run();
    } finally {
      [this.#bodies, this.#inBody] = outer;
    }
  }

  /** Returns the ids of a body, each of which is reported before its op runs. */
  *#visited({ nodes }: Trace): Generator<number> {
    for (const [id, node] of nodes.entries()) {
      this.#inBody = (node.kind === "operation" ? node.location : undefined) ?? NOWHERE;
      yield id;
    }
  }

  #location(): SourceLocation {
    if (this.#bodies === undefined) return locationOfCall();
    const { location, ways } = this.#bodies;
    const { layerPath, trace = location.trace } = this.#inBody;
    const all = [
      ...(location.layerPath === undefined ? [] : [location.layerPath]),
      ...withPath(ways, location.layerPath, layerPath),
    ];
    return { layerPath: all.length === 0 ? undefined : all.join(", "), trace };
  }

  #leaf(
    kind: "argument" | "variable",
    name: string,
    value: Tensor,
    location: SourceLocation,
    differentiated = true,
  ): Tensor {
    const leaf = differentiated && isFloat(value.dtype) ? this.#gradients.leaf(value) : value;
    return this.#push(location, { kind, name, inputs: [], value: leaf });
  }

  /** A Variable is known by the layer that reads it. */
  #nameOf(cell: Cell): string {
    const entry = Object.entries(this.#running.at(-1) ?? {}).find(
      ([, value]) => isVariable(value) && value.cell === cell,
    );
    return entry === undefined ? "Variable" : `Variable ${entry[0]}`;
  }

  #push(location: SourceLocation, node: Omit<WatchedValue, keyof SourceLocation>): Tensor {
    const { shape, dtype, weak } = node.value;
    const id = this.values.push({ ...node, ...location }) - 1;
    return new Tensor(shape, dtype, weak, undefined, this, id, node.value);
  }
}

/** Returns the way to an op of a body, whose layer may be the one around the body. */
function withPath(
  ways: readonly string[],
  around: string | undefined,
  layerPath: string | undefined,
): readonly string[] {
  const isKnown = layerPath === undefined || layerPath === around || ways.includes(layerPath);
  return isKnown ? ways : [...ways, layerPath];
}

/**
 * Returns the layer and the line that are running. An error keeps the stack, which is read where the line is requested.
 */
export function locationOfCall(): SourceLocation {
  const trace = new RecordingError("site", "", "a line", "none");
  return { layerPath: layerPath(), trace };
}
