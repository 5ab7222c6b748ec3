/**
 * `exportOnnx`: a function as an ONNX model.
 */

import { ArgumentError, type DType, type Input, type Variable } from "@graddiff/core";
import {
  at,
  type Cell,
  cellOf,
  checkFunction,
  describe,
  flag,
  integer,
  isPlainObject,
  listOf,
  optional,
  optionsReader,
  type Reader,
  readArray,
  text,
  variablesOf,
} from "@graddiff/core/internal";
import { Builder, describeValue } from "./graph/builder.ts";
import { type GraphData, modelBytes, type ValueData } from "./graph/model.ts";
import { holderOf, IR_VERSIONS, type Opset, readOpset } from "./options.ts";
import { type Argument, argumentsOf, type Call, recordCall, refused } from "./trace/record.ts";
import type { SymbolicTrace, SymbolicType } from "./trace/symbolic.ts";
import { Refusal } from "./trace/unify.ts";
import { writeTrace } from "./write.ts";

/** The settings of {@link exportOnnx}. */
export interface ExportOptions {
  /** The axis of each named input whose length is the batch size, which the model leaves open. Default: none. */
  readonly dynamic?: Readonly<Record<string, number>>;
  /** Names for the parameters of the function. Default: its own, which a minifier changes. */
  readonly inputs?: readonly string[];
  /** The version of ONNX's operators, from 18, the default, to 22. */
  readonly opset?: Opset;
  /** What Variables belong to: a model, an optimizer, an object of them; it gives them their names. */
  readonly variables?: object;
  /** Whether the values of Variables are inputs of the model, or stand in it, which is the default. */
  readonly variablesAsInputs?: boolean;
  /** The name of the graph. Default: that of the function. */
  readonly name?: string;
}

/** An input or output of a model. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
  /** Lengths; a text, such as `batch` or `2*batch`, where the batch size decides. */
  readonly shape: readonly (number | string)[];
}

/** A model, and what goes in and comes out. */
export interface OnnxModel {
  /** The file. */
  readonly bytes: Uint8Array;
  /** The arguments of the function, and behind them the Variables, if those are inputs. */
  readonly inputs: readonly OnnxValue[];
  /** The results of the function, and behind them the new values of the Variables that it assigns. */
  readonly outputs: readonly OnnxValue[];
}

const AXES = "an object of axes by names of inputs";

const axesByName: Reader<Readonly<Record<string, number>>> = (op, argument, value) => {
  if (!isPlainObject(value)) {
    throw new ArgumentError({ op, argument, expected: AXES, got: describe(value) });
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, axis]) => [name, integer(op, `${argument}.${name}`, axis)]),
  );
};

const readOptions = optionsReader({
  dynamic: optional(axesByName, {}),
  inputs: optional(listOf(text, "an array of names"), undefined),
  opset: readOpset,
  variables: optional<object | undefined>(
    holderOf("a model, an optimizer, or an object of Variables"),
    undefined,
  ),
  variablesAsInputs: optional(flag, false),
  name: optional(text, undefined),
});

/**
 * A function of tensors as an ONNX model, gradients and updates included: whatever `compile` takes.
 *
 * The function is recorded, not run. Numbers from outside are constants of the model. With a `dynamic` batch
 * axis it is recorded at three batch sizes: what differs between them must be of the form a·N + b or
 * 1/(a·N + b), and becomes a computation of the batch size N; anything else, such as a loop over the examples
 * in JavaScript, is refused. (What a function does at larger sizes only, or at odd ones, is not seen.)
 *
 * @param fn a function whose result is a Tensor or a tree of Tensors.
 * @param exampleArguments what it is called with: only shapes and dtypes matter.
 * @param options `dynamic` (default: none), `inputs` (default: the function's own names), `opset` (18 to 22,
 *   default 18), `variables` (default: unnamed), `variablesAsInputs` (default false), `name`.
 * @returns the model's `bytes`, and its `inputs` and `outputs`.
 * @throws ArgumentError for what cannot be written, with the user's line, and for a model of more than 2 GB;
 *   RecordingError for a value that is read inside the function.
 * @example
 * ```ts
 * import { type Tensor, zeros } from "@graddiff/core";
 * import { exportOnnx } from "@graddiff/onnx";
 *
 * const predict = (x: Tensor, weight: Tensor) => x.matmul(weight).relu();
 * const model = exportOnnx(predict, [zeros([1, 3]), zeros([3, 2])], { dynamic: { x: 0 } });
 * console.log(model.inputs[0]); // { name: 'x', dtype: 'float32', shape: [ 'batch', 3 ] }
 * console.log(model.outputs[0]); // { name: 'output', dtype: 'float32', shape: [ 'batch', 2 ] }
 * ```
 */
export function exportOnnx<Parameters extends readonly unknown[]>(
  fn: (...inputs: Parameters) => unknown,
  exampleArguments: { readonly [Key in keyof Parameters]: Input<Parameters[Key]> },
  options?: ExportOptions,
): OnnxModel {
  const op = "exportOnnx";
  checkFunction(op, fn);
  const own = readOptions(op, options);
  if (!Array.isArray(exampleArguments)) {
    const expected = "an array of arguments";
    const argument = "exampleArguments";
    throw new ArgumentError({ op, argument, expected, got: describe(exampleArguments) });
  }
  const call: Call = { op, fn: fn as (...inputs: never) => unknown, inputs: exampleArguments };
  const leaves = argumentsOf(call, { names: own.inputs, dynamic: own.dynamic });
  const { trace, results } = recordCall(call, leaves);
  if (results.length + trace.assignments.length === 0) {
    const expected = "a function that returns a Tensor or a tree of them, or assigns a Variable";
    throw new ArgumentError({ op, argument: "fn", expected, got: "no result" });
  }
  const graph = new Builder();
  try {
    const { inputs, outputs } = writeModel(graph, trace, leaves, results, own);
    const whole = graph.whole(own.name ?? (fn.name || "graddiff"), inputs, outputs);
    checkSize(op, whole);
    const bytes = modelBytes(whole, own.opset, IR_VERSIONS[own.opset]);
    return { bytes, inputs: inputs.map(shown), outputs: outputs.map(shown) };
  } catch (error) {
    throw error instanceof Refusal ? refused(call, leaves, error) : error;
  }
}

/** The format counts bytes in 31 bits. */
const MOST_BYTES = 2 ** 31 - 1;

function checkSize(op: string, { constants }: GraphData): void {
  const bytes = constants.reduce((sum, { elements }) => sum + elements.byteLength, 0);
  if (bytes <= MOST_BYTES) return;
  throw new ArgumentError({
    op,
    argument: "fn",
    expected: "constants and Variables of at most 2 GB",
    got: `${bytes} bytes`,
    hint: "Make Variables inputs with variablesAsInputs",
  });
}

/** How Variables are written. */
interface VariableOptions {
  readonly variables: object | undefined;
  readonly variablesAsInputs: boolean;
}

/** Writes everything. @returns the inputs and outputs of the model. */
function writeModel(
  graph: Builder,
  trace: SymbolicTrace,
  leaves: readonly Argument[],
  results: readonly string[],
  options: VariableOptions,
): { readonly inputs: readonly ValueData[]; readonly outputs: readonly ValueData[] } {
  const types = parameterTypes(trace, leaves);
  const own = leaves.map(({ name }, i) => describeValue(graph.name(name), at(types, i)));
  // One input tells the batch size for all.
  const place = leaves.findIndex(({ batchAxis }) => batchAxis !== undefined);
  const batchAxis = leaves[place]?.batchAxis;
  if (batchAxis !== undefined) graph.readBatch(at(own, place).name, batchAxis);

  const names = cellNames(options.variables);
  const cells = new Map<Cell, string>();
  const read = writeVariables(graph, trace, names, cells, options);
  const values = writeTrace(graph, trace, { inputs: own.map(({ name }) => name), cells });
  const give = (id: number, wanted: string): ValueData => {
    const node = trace.nodes[id];
    if (node === undefined) throw new Error(`the result ${id} is no node`);
    const name = graph.name(wanted);
    graph.alias(at(values, id), name);
    return describeValue(name, node);
  };
  const given = trace.outputs.map((id, i) => give(id, at(results, i)));
  const next = trace.assignments.map(({ cell, id }) =>
    give(id, `${cells.get(cell) ?? names.get(cell) ?? "variable"}.next`),
  );
  return { inputs: [...own, ...read], outputs: [...given, ...next] };
}

/** Writes the values of Variables, and enters their names. @returns the inputs that they are. */
function writeVariables(
  graph: Builder,
  { nodes }: SymbolicTrace,
  names: ReadonlyMap<Cell, string>,
  cells: Map<Cell, string>,
  { variablesAsInputs }: VariableOptions,
): ValueData[] {
  const inputs: ValueData[] = [];
  for (const node of nodes) {
    if (node?.kind !== "state" || cells.has(node.cell)) continue;
    const { value: tensor } = node.cell;
    const value = describeValue(graph.name(names.get(node.cell) ?? "variable"), node);
    cells.set(node.cell, value.name);
    if (variablesAsInputs) inputs.push(value);
    else {
      const elements = readArray(tensor, "exportOnnx");
      graph.initializer({ ...value, shape: tensor.shape, elements });
    }
  }
  return inputs;
}

/** The names of the Variables of a model. */
function cellNames(variables: object | undefined): ReadonlyMap<Cell, string> {
  const names = new Map<Cell, string>();
  if (variables === undefined) return names;
  for (const [name, { leaf }] of variablesOf("exportOnnx", variables)) {
    names.set(cellOf(leaf as Variable), name);
  }
  return names;
}

/** The types of the arguments. A plain number that is used in one dtype alone has that one in the model, too. */
function parameterTypes(
  { nodes, parameters }: SymbolicTrace,
  leaves: readonly Argument[],
): readonly SymbolicType[] {
  return parameters.map((type, position) => {
    if (!at(leaves, position).weak) return type;
    const uses = nodes.flatMap((node) => {
      if (node?.kind !== "operation") return [];
      const reads = node.inputs.some((id) => {
        const input = nodes[id];
        return input?.kind === "argument" && input.position === position;
      });
      return reads ? [node] : [];
    });
    const [first] = uses;
    const alike = uses.every(({ op, dtype }) => op.converts && dtype === first?.dtype);
    return first !== undefined && alike ? { ...type, dtype: first.dtype } : type;
  });
}

function shown({ name, type, shape }: ValueData): OnnxValue {
  // Only elements of core's dtypes go in and come out.
  return { name, dtype: type as DType, shape };
}
