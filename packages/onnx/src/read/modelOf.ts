/**
 * Makes the function of a decoded model, with the options of `importOnnx` and `loadOnnx`.
 */

import {
  ArgumentError,
  Draws,
  type DType,
  DTypeError,
  type Shape,
  ShapeError,
  Tensor,
  type TensorLike,
  tensor,
} from "@graddiff/core";
import {
  describe,
  formatShape,
  integer,
  numberThat,
  oneOf,
  optional,
  optionsReader,
  type Reader,
} from "@graddiff/core/extend";
import { elementsBelow } from "@graddiff/core/internal";
import { readNames } from "../options.ts";
import { bytesOfFile, type Declared, type Decoded, declaredBy } from "./decode.ts";
import type { External } from "./elements.ts";
import { FunctionOfModel } from "./functionOfModel.ts";
import { type GivenLimits, Meter } from "./meter.ts";
import type { ImportedModel, ImportedValue } from "./model.ts";
import { knownOf } from "./node.ts";
import { Planner, type Step } from "./plan.ts";
import { runModel } from "./run.ts";
import type { Run } from "./scope.ts";
import { dtypeOf, type ElementType } from "./types.ts";
import { MOST_KNOWN, type Value } from "./value.ts";
import { type Trainable, takeWeights } from "./weights.ts";

const OP = "importOnnx";

const readSeed: Reader<number | Draws> = (op, argument, value) =>
  value instanceof Draws ? value : integer(op, argument, value);

const readLimit: Reader<number> = numberThat((limit) => limit >= 1, "a number from 1");

const readLimitsOf = optionsReader({
  elements: optional<number | undefined>(readLimit, undefined),
  work: optional<number | undefined>(readLimit, undefined),
});

const readLimits: Reader<GivenLimits> = (op, argument, value) =>
  readLimitsOf(`${op}: ${argument}`, value);

/** The cast is safe: the result of the function is checked when it is called. */
const readTrainable: Reader<Trainable> = (op, argument, value) => {
  if (Array.isArray(value)) return readNames(op, argument, value);
  if (typeof value === "function") return value as Trainable;
  const expected = "a function or a list of names";
  throw new ArgumentError({ op, argument, expected, got: describe(value) });
};

/** The options that `importOnnx` and `loadOnnx` have in common. */
export const IMPORT_OPTIONS = {
  outputs: optional<string[] | undefined>(readNames, undefined),
  dtype: optional(oneOf("float32", "float64"), "float32" as const),
  seed: optional<number | Draws>(readSeed, 0),
  limits: optional<GivenLimits>(readLimits, {}),
  trainable: optional<Trainable | undefined>(readTrainable, undefined),
};

/** The options after they were checked. */
export interface Settings {
  readonly outputs: string[] | undefined;
  readonly external: External | undefined;
  readonly dtype: "float32" | "float64";
  readonly seed: number | Draws;
  readonly limits: GivenLimits;
  readonly trainable: Trainable | undefined;
}

/** Returns the model of a decoded file. */
export function modelOf(
  { model, graph, versions, size: own }: Decoded,
  options: Settings,
): ImportedModel {
  const { outputs, external, dtype: floats, seed, trainable, limits } = options;
  let size = own;
  const files = new Map<string, unknown>();
  const beside: External | undefined =
    external &&
    ((location) => {
      if (!files.has(location)) {
        const given = external(location);
        const bytes = bytesOfFile(given);
        size += bytes?.length ?? 0;
        files.set(location, bytes ?? given);
      }
      return files.get(location);
    });
  const settings = { floats, external: beside };
  const planner = new Planner(model.functions, settings);
  const whole = planner.graph(graph, versions, new Set(), outputs);
  // The messages of nodes are released, since they take more memory than the plan.
  graph.node = [];
  refuse(planner.refused);
  const runWith = (values: readonly Value[]): Run => ({
    settings,
    meter: new Meter(
      limits,
      values.reduce((sum, { tensor }) => sum + elementsBelow(tensor), size / 4),
    ),
    seed: (index) => (typeof seed === "number" ? seed + index : seed.next()),
  });
  const { plan, weights, tensors } = takeWeights(whole, runWith([]), trainable, model.producerName);
  const given = new Set(plan.inputs);
  const inputs = graph.input
    .filter(({ name }) => given.has(name))
    .map((info) => declaredValue(declaredBy(OP, info), floats));
  const results = new Map([...graph.valueInfo, ...graph.output].map((info) => [info.name, info]));
  const shapesFor = (tensors: readonly TensorLike[]) => {
    const shapes = new Map<Step, readonly (Shape | undefined)[]>();
    const observe: NonNullable<Run["observe"]> = (step, given) => {
      shapes.set(
        step,
        given.map((value) => value?.tensor.shape),
      );
    };
    const values = readInputs(inputs, tensors);
    runModel(plan, values, { ...runWith(values), observe });
    return shapes;
  };
  const fn = (...tensors: Tensor[]): [Tensor, ...Tensor[]] => {
    const values = readInputs(inputs, tensors);
    const [first, ...others] = runModel(plan, values, runWith(values)).map((value) => value.tensor);
    if (first === undefined)
      throw new ArgumentError({ op: OP, expected: "an output", got: "none" });
    return [first, ...others];
  };
  return new FunctionOfModel({
    fn,
    shapesFor,
    weights,
    plan,
    tensors,
    inputs,
    outputs: plan.outputs.map((name) => {
      const info = results.get(name);
      if (info !== undefined) return declaredValue(declaredBy(OP, info), floats);
      return { name, type: undefined, dtype: undefined, shape: undefined };
    }),
  });
}

/** Throws one error for all unsupported parts. */
function refuse(refused: ReadonlyMap<string, string>): void {
  const [first, ...others] = [...refused].map(([operator, reason]) => `${operator} (${reason})`);
  if (first === undefined) return;
  const expected = "operators that are read";
  throw new ArgumentError({
    op: OP,
    argument: "bytes",
    expected,
    got: [first, ...others].join(", "),
  });
}

function declaredValue(
  { name, type, shape }: Declared,
  floats: "float32" | "float64",
): ImportedValue & Typed {
  return { name, type, dtype: dtypeOf(type, floats), shape };
}

/** An input of the model with its type. */
interface Typed {
  readonly type: ElementType;
  readonly dtype: DType;
}

/** Returns the arguments of a call, as the model declares them. */
function readInputs(
  inputs: readonly (ImportedValue & Typed)[],
  given: readonly TensorLike[],
): Value[] {
  if (given.length !== inputs.length) {
    throw new ArgumentError({
      op: "fn",
      expected: `${inputs.length} tensor${inputs.length === 1 ? "" : "s"}: ${inputs.map(({ name }) => name).join(", ")}`,
      got: String(given.length),
    });
  }
  const lengths = new Map<string, number>();
  return inputs.map((input, i) => {
    const value = readInput(input, given[i]);
    checkLengths(input, value.tensor, lengths);
    return value;
  });
}

function readInput({ name, type, dtype }: ImportedValue & Typed, given: unknown): Value {
  const x = typeof given === "number" ? tensor(given, { dtype }) : given;
  if (!(x instanceof Tensor)) {
    throw new ArgumentError({
      op: "fn",
      argument: name,
      expected: `a Tensor of ${dtype}`,
      got: describe(given),
    });
  }
  if (x.dtype === dtype) return readable({ type, tensor: x });
  const hint = hintFor(x.dtype, dtype);
  throw new DTypeError({ op: "fn", argument: name, expected: dtype, got: x.dtype, ...hint });
}

/** Returns a value with known elements if it has integers, since the sizes of results may depend on them. */
function readable(value: Value): Value {
  const { dtype, size } = value.tensor;
  if ((dtype !== "int32" && dtype !== "bool") || size > MOST_KNOWN) return value;
  const known = knownOf(value);
  return known === undefined ? value : { ...value, known };
}

function hintFor(got: DType, wanted: DType): { hint?: string } {
  if (got === "float64" && wanted === "float32") {
    return { hint: 'Import it with { dtype: "float64" }, or cast the tensor' };
  }
  return { hint: `Write x.cast("${wanted}")` };
}

/** Throws if the lengths of an input are not those of the model; open lengths with the same name must be equal. */
function checkLengths(
  { name, shape }: ImportedValue,
  x: Tensor,
  lengths: Map<string, number>,
): void {
  if (shape === undefined) return;
  const fits =
    x.rank === shape.length &&
    shape.every((length, axis) => {
      const got = x.shape[axis] ?? 0;
      if (typeof length === "string") {
        const before = lengths.get(length);
        lengths.set(length, got);
        return before === undefined || before === got;
      }
      return length === undefined || length === got;
    });
  if (fits) return;
  const expected = `[${shape.map((length) => length ?? "?").join(", ")}]`;
  throw new ShapeError({
    op: "fn",
    argument: name,
    expected,
    got: formatShape(x.shape),
    hint: "vectorize takes a function of one example to batches",
  });
}
