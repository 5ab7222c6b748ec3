/**
 * The program cache of eager loops: a loop outside of compiled functions runs as a program. The key of the cache is the
 * recording, not the function. The captures of its bodies are inputs of the program, so a function that is created
 * anew for each call compiles once, whatever it captures.
 */

import { isPlainObject } from "../arguments.ts";
import { lower } from "../graph/lower.ts";
import type { Op } from "../graph/op.ts";
import {
  argumentNode,
  isTrace,
  mapBodies,
  movedNode,
  operationNode,
  projectionNode,
  type Trace,
  type TraceNode,
} from "../graph/trace.ts";
import { typeOf } from "../graph/tracing.ts";
import type { Attributes, TensorType } from "../graph/types.ts";
import type { Prepared } from "../run/device/backend.ts";
import { prepare } from "../run/prepare.ts";
import { activeRunner, interpretBody } from "../run/runner.ts";
import { defaultDType } from "../tensor/defaultDType.ts";
import { numberAt } from "../tensor/shape.ts";
import { digitsOf, ruleOf } from "../tensor/symbolicConstant.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { simplify } from "./simplify.ts";

/** The numbers of ops that decide when a recording is compiled. */
interface Thresholds {
  /**
   * The number of ops that run one by one before it is compiled: they take as long as compiling it, some milliseconds.
   */
  readonly enough: number;
  /** The number of ops below which a call runs op by op, since the lookup of its program would take too long. */
  readonly few: number;
}

let thresholds: Thresholds = { enough: 2500, few: 24 };

/** Runs a function whose loops are compiled at their first call, for tests. @internal */
export function withEachLoopCached<Result>(fn: () => Result): Result {
  const before = thresholds;
  thresholds = { enough: 0, few: 0 };
  try {
    return fn();
  } finally {
    thresholds = before;
  }
}

/** The most programs: each takes some 100 kB. */
const MOST = 256;

/** The number of sets of numbers that have separate programs of a recording; above, its numbers are inputs, too. */
const MOST_NUMBERS = 3;

/** A recording that was called at least once. */
interface Entry {
  /** The number of ops that have run one by one so far. */
  work: number;
  prepared: Prepared | undefined;
}

/** By the text of the recording; the entry that was used last is the last. */
const cache = new Map<string, Entry>();

/** By the text of the recording without its numbers: the sets of numbers that were met. */
const numbersOf = new Map<string, Set<string>>();

const identities = new WeakMap<object, number>();
let nextIdentity = 0;

function identityOf(value: object): number {
  let identity = identities.get(value);
  if (identity === undefined) {
    identity = nextIdentity++;
    identities.set(value, identity);
  }
  return identity;
}

/** The recording of a loop as text, with the captures of its bodies. */
class Reading {
  /** The ops, attributes and types, with a placeholder for each number. */
  text = "";
  /** The numbers and patterns, such as zeros, in order. */
  numbers = "";
  /** The number of ops of one step; ops of inner loops count for each of their steps. */
  ops = 0;
  /** True if another recording may look the same: a value that is neither data nor a body was met. */
  isAmbiguous = false;
  /** The captures of the bodies, in order. */
  readonly captured: Tensor[] = [];

  constructor(op: Op, inputs: readonly Tensor[], attributes: Attributes) {
    this.text += `${identityOf(op)} ${defaultDType()} ${inputs.map(textOfType).join()}`;
    this.#attributes(attributes);
  }

  #attributes(attributes: Attributes): void {
    for (const key in attributes) {
      this.text += ` ${key}:`;
      this.#value(attributes[key]);
    }
  }

  #value(value: unknown): void {
    if (isTrace(value)) this.#body(value);
    else if (Array.isArray(value)) {
      this.text += "[";
      for (const item of value) this.#value(item);
      this.text += "]";
    } else if (isPlainObject(value)) this.#attributes(value);
    else if (typeof value === "function" || (typeof value === "object" && value !== null)) {
      this.isAmbiguous = true;
    } else this.text += `${typeof value === "string" ? JSON.stringify(value) : digitsOf(value)},`;
  }

  #body({ parameters, nodes, outputs }: Trace): void {
    this.text += `{${parameters.map(textOfType).join()}`;
    for (const node of nodes) {
      if (node.kind === "argument") this.text += `;${node.position}`;
      else if (node.kind === "projection") this.text += `;${node.of}.${node.index}`;
      else if (node.kind === "constant") this.#constant(node.tensor);
      else if (node.kind === "operation") {
        this.ops++;
        this.text += `;${identityOf(node.op)}(${node.inputs.join()})`;
        const before = this.ops;
        this.#attributes(node.attributes);
        const { length } = node.attributes;
        // An inner loop runs its steps in each step of this one.
        if (typeof length === "number" && Number.isFinite(length)) {
          this.ops = before + (this.ops - before) * length;
        }
      }
    }
    this.text += `>${outputs.join()}}`;
  }

  #constant(tensor: Tensor): void {
    const number = numberOf(tensor);
    this.captured.push(tensor);
    this.text += `;${number === undefined ? "t" : "n"}${textOfType(tensor)}`;
    if (number !== undefined) this.numbers += `${number} `;
  }
}

function textOfType({ shape, dtype, weak }: TensorType): string {
  return `${weak ? "weak " : ""}${dtype}[${shape}]`;
}

/** Returns a number, or the numbers of a pattern, as text; undefined for a tensor of other elements. */
function numberOf(tensor: Tensor): string | undefined {
  if (typeof tensor.storage === "number") return digitsOf(tensor.storage);
  const rule = ruleOf(tensor);
  return rule && Object.values(rule).map(digitsOf).join();
}

/**
 * Returns the results of a loop on stored tensors: by its program, if there is one or if compiling pays, else by its
 * body, step by step. Undefined for a loop so small that the op's own implementation is faster, and where WebAssembly
 * is not available.
 */
export function runCached<A extends Attributes>(
  op: Op<A>,
  inputs: readonly Tensor[],
  attributes: A,
): readonly Tensor[] | undefined {
  const { body, length } = attributes as { readonly body?: Trace; readonly length?: number };
  const steps = typeof length === "number" ? length : 1;
  if (body !== undefined && body.nodes.length * steps < thresholds.few) return undefined;
  if (activeRunner() === "js") return undefined;
  const erased = op as unknown as Op;
  const reading = new Reading(erased, inputs, attributes);
  if (reading.isAmbiguous) return undefined;
  const sets = numbersOf.get(reading.text) ?? new Set();
  numbersOf.set(reading.text, sets);
  if (sets.size <= MOST_NUMBERS) sets.add(reading.numbers);
  const areInputs = sets.size > MOST_NUMBERS;
  const entry = entryOf(areInputs ? reading.text : `${reading.text} ${reading.numbers}`);
  const isInput = (tensor: Tensor) => areInputs || numberOf(tensor) === undefined;
  if (entry.prepared === undefined) {
    const { enough } = thresholds;
    const whole = reading.ops * steps;
    if (entry.work + whole < enough || (whole === Number.POSITIVE_INFINITY && enough > 0)) {
      const results = stepByStep(erased, inputs, attributes, entry, reading.ops);
      if (results !== undefined) return results;
    }
    entry.prepared = prepareLoop(erased, inputs, attributes, isInput);
  }
  return entry.prepared.run([...inputs, ...reading.captured.filter(isInput)]);
}

function entryOf(key: string): Entry {
  const known = cache.get(key);
  const entry = known ?? { work: 0, prepared: undefined };
  if (known !== undefined) cache.delete(key);
  cache.set(key, entry);
  if (cache.size > MOST) {
    const [[oldest, { prepared }] = ["", entry]] = cache;
    prepared?.release();
    cache.delete(oldest);
    if (numbersOf.size > MOST * MOST_NUMBERS) numbersOf.clear();
  }
  return entry;
}

/** Ends a loop that runs step by step, and has run long enough to be compiled. */
class Enough extends Error {}

/** Runs a loop step by step; undefined where it has run long enough to be compiled. Its ops have no effects. */
function stepByStep(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  entry: Entry,
  ops: number,
): readonly Tensor[] | undefined {
  try {
    return op.body?.(inputs, attributes, (body, inputs) => {
      entry.work += ops;
      if (entry.work > thresholds.enough) throw new Enough();
      return interpretBody(body, inputs);
    });
  } catch (error) {
    if (error instanceof Enough) return undefined;
    throw error;
  }
}

/** Makes a program of a loop. Its inputs are the inputs of the op, and then the captures of its bodies. */
function prepareLoop(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  isInput: (tensor: Tensor) => boolean,
): Prepared {
  const liftedInputs = lifted(attributes, isInput);
  const parameters = [...inputs.map(typeOf), ...liftedInputs.types];
  const types = op.results(parameters, liftedInputs.attributes);
  const nodes: TraceNode[] = parameters.map(argumentNode);
  const operation = nodes.length;
  const ids = parameters.map((_, i) => i);
  types.forEach((type, i) => {
    nodes.push(
      i === 0
        ? operationNode(type, op, ids, liftedInputs.attributes)
        : projectionNode(type, operation, i),
    );
  });
  const outputs = types.map((_, i) => operation + i);
  const trace = { nodes, parameters, outputs, assignments: [], names: new Map<number, string>() };
  return prepare({ lowered: (hasKernel) => simplify(lower(trace, hasKernel)) }, undefined);
}

/**
 * Returns attributes whose bodies have their captures as further inputs, the same list for all bodies.
 */
function lifted(attributes: Attributes, isInput: (tensor: Tensor) => boolean) {
  const types: TensorType[] = [];
  const bodies = mapBodies(attributes, (body) => withInputs(body, types, isInput));
  return {
    types,
    attributes: mapBodies(bodies, (body) => ({
      ...body,
      parameters: [...body.parameters, ...types],
    })),
  };
}

/** Returns a body whose captures are inputs; their types are added to `types`. */
function withInputs(body: Trace, types: TensorType[], isInput: (tensor: Tensor) => boolean): Trace {
  const first = body.parameters.length;
  const nodes: TraceNode[] = [];
  const put = (node: TraceNode) => nodes.push(node) - 1;
  const input = (type: TensorType) => put(argumentNode(type, first + types.push(typeOf(type)) - 1));
  const newId: number[] = [];
  for (const node of body.nodes) {
    if (node.kind === "constant" && isInput(node.tensor)) newId.push(input(node.tensor));
    else if (node.kind === "operation" && node.op.bodies !== undefined) {
      const liftedInputs = lifted(node.attributes, isInput);
      const moved = node.inputs.map((id) => numberAt(newId, id));
      const all = [...moved, ...liftedInputs.types.map(input)];
      const { withCaptures: withHeld } = node.op.bodies;
      const attributes =
        withHeld?.(liftedInputs.attributes, liftedInputs.types.length) ?? liftedInputs.attributes;
      newId.push(put(operationNode(node, node.op, all, attributes, node.location)));
    } else newId.push(put(movedNode(node, newId)));
  }
  const outputs = body.outputs.map((id) => numberAt(newId, id));
  return { ...body, nodes, outputs, names: new Map() };
}
