/**
 * A function as a model: recorded, and written with the names of its inputs and outputs.
 */

import { ArgumentError, type DType, type Variable } from "@graddiff/core";
import { at, type Cell, cellOf, readArray, variablesOf } from "@graddiff/core/internal";
import { filesOf, type OnnxFile, type Outside } from "./files.ts";
import { Builder, describeValue } from "./graph/builder.ts";
import type { ValueData } from "./graph/model.ts";
import { type Plan, planOf, type Since, sinceOfPlan } from "./native/plan.ts";
import type { Stored } from "./native/view.ts";
import type { Manner } from "./ops/table.ts";
import { IR_VERSIONS, type Opset } from "./options.ts";
import { Places } from "./trace/places.ts";
import {
  type Argument,
  argumentsOf,
  type Call,
  type Dynamic,
  recordCall,
  recordExample,
  refused,
  type UserCall,
} from "./trace/record.ts";
import type { SymbolicTrace, SymbolicType } from "./trace/symbolic.ts";
import { Refusal } from "./trace/unify.ts";
import { writeTrace } from "./write.ts";

/** An input or output of a model. */
export interface OnnxValue {
  /** The name of the value in the model. */
  readonly name: string;
  /** The type of the elements. */
  readonly dtype: DType;
  /** Lengths; a text, such as `batch` or `2*batch`, where an open one decides. */
  readonly shape: readonly (number | string)[];
}

/** A model, and what goes in and comes out. */
export interface OnnxModel {
  /** The file, put together when it is read for the first time: a second copy of the weights. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /**
   * The same file in parts of at most 64 MB, for `new Blob(parts)`, or to be written one after the other. The weights
   * among them are those of the Variables, no copy, and are read alone.
   */
  readonly parts: readonly Uint8Array<ArrayBuffer>[];
  /** The files beside the model that have its weights, with the option `external`; else none. */
  readonly external: readonly OnnxFile[];
  /** The arguments of the function, and after them the Variables, if those are inputs. */
  readonly inputs: readonly OnnxValue[];
  /** The results of the function, and after them the new values of the Variables that it assigns. */
  readonly outputs: readonly OnnxValue[];
}

/** The settings with which a model is written. */
export interface ModelOptions extends VariableOptions, Manner {
  readonly dynamic: Dynamic;
  readonly inputs: readonly string[] | undefined;
  readonly name: string | undefined;
  /** The file that is written beside the model; undefined for whatever the model cannot hold itself. */
  readonly external: Outside | false | undefined;
}

/** A model, and by which names it has the Variables. */
export interface Exported {
  readonly model: OnnxModel;
  /** The names of the Variables that are read, which are inputs with `variablesAsInputs`. */
  readonly read: ReadonlyMap<Cell, string>;
  /** The names of the outputs that are new values of Variables. */
  readonly next: ReadonlyMap<Cell, string>;
}

interface Written extends Pick<Exported, "read" | "next"> {
  readonly inputs: readonly ValueData[];
  readonly outputs: readonly ValueData[];
}

/** Records a function and writes it. @throws ArgumentError for what cannot be written. */
export function exportModel(given: UserCall, options: ModelOptions): Exported {
  const { op, argument, fn } = given;
  const call: Call = { ...given, manner: options, places: new Places(options.variables) };
  const leaves = argumentsOf(call, { names: options.inputs, dynamic: options.dynamic });
  // With the lengths of the example, as the statistics of a batch of any size are refused for another reason.
  const example = options.variablesAsInputs ? undefined : recordExample(call, leaves);
  if (example !== undefined) refuseLostState(call, example.trace, options);
  const isOpen = leaves.some(({ open }) => open.size > 0);
  const recorded = example === undefined || isOpen ? recordCall(call, leaves) : example;
  if (recorded.results.length + recorded.trace.assignments.length === 0) {
    const expected = "a function that returns a Tensor or a tree of them, or assigns a Variable";
    throw new ArgumentError({ op, argument, expected, got: "no result" });
  }
  const trace = withArgumentTypes(recorded.trace, leaves);
  const stored: Stored = ({ value }) => (options.variablesAsInputs ? undefined : value);
  const plan = planOf(trace, stored, recorded.manner);
  const opset = opsetOf(call, sinceOfPlan(plan, recorded.manner));
  const graph = new Builder(undefined, { opset, exact: options.exact });
  try {
    const names = cellNames(call, options);
    const { inputs, outputs, read, next } = writeModel(graph, plan, recorded.results, leaves, {
      ...options,
      names,
    });
    const whole = graph.whole(options.name ?? (fn.name || "graddiff"), inputs, outputs);
    const files = filesOf(call, whole, { opset, irVersion: IR_VERSIONS[opset] }, options.external);
    return {
      model: {
        get bytes() {
          return files.own.bytes;
        },
        parts: files.own.parts,
        external: files.external,
        inputs: inputs.map(shown),
        outputs: outputs.map(shown),
      },
      read,
      next,
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw refused({ ...call, manner: recorded.manner }, leaves, error);
  }
}

/**
 * Returns the version that is requested, or the least that has all operators. @throws ArgumentError for one that lacks
 * some.
 */
function opsetOf({ op, manner: { opset } }: Call, since: Since): Opset {
  if (opset === undefined) return since.version;
  if (opset >= since.version) return opset;
  const expected = `at least ${since.version}, in which ONNX has an operator for ${since.name}`;
  throw new ArgumentError({ op, argument: "opset", expected, got: String(opset) });
}

/**
 * Refuses a value that is read anew in each run and would be a constant of the model, where it cannot change: a dropout
 * would leave out the same ever again.
 */
function refuseLostState(
  call: Call,
  { nodes, assignments }: SymbolicTrace,
  options: VariableOptions,
): void {
  const read = new Set(nodes.flatMap((node) => (node?.kind === "state" ? [node.cell] : [])));
  const lost = assignments.filter(({ cell }) => read.has(cell));
  if (lost.length === 0) return;
  const names = cellNames(call, options);
  throw new ArgumentError({
    op: call.op,
    argument: call.argument,
    expected: "a function that assigns no Variable that it reads, since those stand in the model",
    got: `assignments to ${lost.map(({ cell }) => names.get(cell) ?? "a Variable").join(", ")}`,
    hint: "train(false) of a model stops dropout and statistics; variablesAsInputs: true hands Variables in and out",
  });
}

/** The way in which Variables are written. */
interface VariableOptions {
  readonly variables: object | undefined;
  readonly variablesAsInputs: boolean;
}

/** The further settings of writing. */
interface WriteOptions extends VariableOptions {
  readonly names: ReadonlyMap<Cell, string>;
}

/** Writes everything. */
function writeModel(
  graph: Builder,
  plan: Plan,
  results: readonly string[],
  leaves: readonly Argument[],
  options: WriteOptions,
): Written {
  const { trace } = plan;
  const { nodes } = trace;
  const typeOf = (id: number): SymbolicType => {
    const node = nodes[id];
    if (node === undefined) throw new Error(`the result ${id} is no node`);
    return node;
  };
  // The names of inputs and outputs are chosen first.
  const inputs = leaves.map(({ name }, i) =>
    describeValue(graph.name(name), at(trace.parameters, i)),
  );
  const outputs = results.map((name, i) =>
    describeValue(graph.name(name), typeOf(at(trace.outputs, i))),
  );
  const { names } = options;
  const read = readVariables(graph, nodes, names);
  const next = trace.assignments.map(({ cell, id }) => {
    const name = read.get(cell)?.name ?? names.get(cell) ?? "variable";
    return { cell, value: describeValue(graph.name(`${name}.next`), typeOf(id)) };
  });

  // The first input with an open length tells it for all.
  const named = new Set<string>();
  leaves.forEach(({ open }, index) => {
    for (const [axis, name] of open) {
      if (!named.has(name)) graph.readLength(name, at(inputs, index).name, axis);
      named.add(name);
    }
  });
  if (!options.variablesAsInputs) {
    for (const [{ value: tensor }, value] of read) {
      const elements = readArray(tensor, "exportOnnx");
      graph.initializer({ ...value, shape: tensor.shape, elements });
    }
  }
  const values = writeTrace(graph, plan, {
    inputs: inputs.map(({ name }) => name),
    cells: new Map([...read].map(([cell, { name }]) => [cell, name])),
  });
  const give = (id: number, { name }: ValueData) => graph.alias(at(values, id), name);
  outputs.forEach((output, i) => {
    give(at(trace.outputs, i), output);
  });
  next.forEach(({ value }, i) => {
    give(at(trace.assignments, i).id, value);
  });
  return {
    inputs: options.variablesAsInputs ? [...inputs, ...read.values()] : inputs,
    outputs: [...outputs, ...next.map(({ value }) => value)],
    read: new Map([...read].map(([cell, { name }]) => [cell, name])),
    next: new Map(next.map(({ cell, value }) => [cell, value.name])),
  };
}

/** Returns the Variables that are read, with the names of their values. */
function readVariables(
  graph: Builder,
  nodes: SymbolicTrace["nodes"],
  names: ReadonlyMap<Cell, string>,
): Map<Cell, ValueData> {
  const read = new Map<Cell, ValueData>();
  for (const node of nodes) {
    if (node?.kind !== "state" || read.has(node.cell)) continue;
    const name = graph.name(names.get(node.cell) ?? "variable");
    read.set(node.cell, describeValue(name, node));
  }
  return read;
}

/**
 * Returns the names of Variables: in what they are said to belong to, or else in the outermost layers that have run.
 */
function cellNames({ places }: Call, { variables }: VariableOptions): ReadonlyMap<Cell, string> {
  const models = variables === undefined ? places.outermost : [variables];
  const names = new Map<Cell, string>();
  for (const model of models) {
    for (const [name, { leaf }] of variablesOf("exportOnnx", model)) {
      const cell = cellOf(leaf as Variable);
      if (!names.has(cell)) names.set(cell, name);
    }
  }
  return names;
}

/**
 * Returns the trace with the types that arguments have in the model: a plain number that is used in one dtype alone,
 * and not returned, has that one.
 */
function withArgumentTypes(trace: SymbolicTrace, leaves: readonly Argument[]): SymbolicTrace {
  const { outputs, assignments } = trace;
  const returned = new Set([...outputs, ...assignments.map(({ id }) => id)]);
  const parameters = trace.parameters.map((type, position) => {
    if (!at(leaves, position).weak) return type;
    const isIt = (id: number) => {
      const node = trace.nodes[id];
      return node?.kind === "argument" && node.position === position;
    };
    if ([...returned].some(isIt)) return type;
    const uses = trace.nodes.flatMap((node) =>
      node?.kind === "operation" && node.inputs.some(isIt) ? [node] : [],
    );
    const [first] = uses;
    const alike = uses.every(
      ({ op, dtype }) =>
        op.kernel?.kind === "elementwise" && op.kernel.converts && dtype === first?.dtype,
    );
    return first !== undefined && alike ? { ...type, dtype: first.dtype } : type;
  });
  const nodes = trace.nodes.map((node) =>
    node?.kind === "argument" ? { ...node, dtype: at(parameters, node.position).dtype } : node,
  );
  return { ...trace, nodes, parameters };
}

function shown({ name, type, shape }: ValueData): OnnxValue {
  // Only elements of core's dtypes go in and come out.
  return { name, dtype: type as DType, shape };
}
