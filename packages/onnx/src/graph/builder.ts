/**
 * Builds the graph of a model: nodes in order of evaluation, names that are each given once, and constants that
 * are each there once.
 */

import { type DType, full, type Tensor, type TypedArray } from "@graddiff/core";
import { at, readArray } from "@graddiff/core/internal";
import { DATA_TYPES } from "../dataTypes.ts";
import { LEAST_OPSET, type Opset } from "../options.ts";
import {
  addLengths,
  isPolynomial,
  type Length,
  type Polynomial,
  printLength,
  productOf,
  splitLength,
  timesLength,
} from "../trace/length.ts";
import { isScaled, type Quantity } from "../trace/quantity.ts";
import type { SymbolicType } from "../trace/symbolic.ts";
import type {
  ConstantData,
  ElementType,
  GraphData,
  NodeAttributes,
  NodeData,
  ValueData,
} from "./model.ts";

/** The arrays that hold the elements of constants. */
const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  bool: Uint8Array,
  uint32: Uint32Array,
} as const;

/** The most elements of constants that are there once. */
const FEW = 64;

/** The opset of a model, and whether ops are written one by one. */
export interface Form {
  readonly opset: Opset;
  readonly exact: boolean;
}

/** The parts that all graphs of a model share. */
class Model {
  readonly form: Form;
  readonly constants = new Map<string, ConstantData>();
  /** Computes what depends on open lengths alone; comes before all other nodes. */
  readonly prelude: NodeData[] = [];
  readonly lengths = new Map<string, string>();
  /** Names that the user has given. */
  readonly kept = new Set<string>();
  readonly #taken = new Set<string>();

  /** The number of names that were made of one, so that not all of them are tried for the next. */
  readonly #counts = new Map<string, number>();

  constructor(form: Form = { opset: LEAST_OPSET, exact: false }) {
    this.form = form;
  }

  /** Returns a name that no other value has: the wanted one, or with a number after it. None is empty. */
  name(wanted: string): string {
    const stem = wanted === "" ? "value" : wanted;
    let name = stem;
    let count = this.#counts.get(stem) ?? 1;
    for (; this.#taken.has(name); count++) name = `${stem}_${count}`;
    this.#counts.set(stem, count);
    this.#taken.add(name);
    return name;
  }
}

/** A graph that is being built: that of a model, or a body inside of one. */
export class Builder {
  readonly #model: Model;
  readonly #nodes: NodeData[] = [];
  /** The way to the layer whose nodes are written, such as `/attention/query`; empty outside of layers. */
  place = "";

  constructor(outer?: Builder, form?: Form) {
    this.#model = outer === undefined ? new Model(form) : outer.#model;
    this.place = outer?.place ?? "";
  }

  /** The version of the operators. */
  get opset(): Opset {
    return this.#model.form.opset;
  }

  /** True if each op is written as it is computed here. */
  get exact(): boolean {
    return this.#model.form.exact;
  }

  /** Returns a graph inside of this one, whose nodes may read all that is there already. */
  inner(): Builder {
    return new Builder(this);
  }

  /** Returns a name that no other value has. */
  name(wanted: string): string {
    return this.#model.name(wanted);
  }

  /** Adds a node with one result. @returns the name of the result. */
  node(operator: string, inputs: readonly string[], attributes: NodeAttributes = {}): string {
    const [output = ""] = this.nodes(operator, inputs, 1, attributes);
    return output;
  }

  /** Adds a node with several results. */
  nodes(
    operator: string,
    inputs: readonly string[],
    results: number,
    attributes: NodeAttributes = {},
  ): readonly string[] {
    const outputs = Array.from({ length: results }, () => this.name(`${this.place}/${operator}`));
    // A result may get another name; the node keeps that of its layer.
    this.#nodes.push({ name: outputs[0] ?? "", operator, inputs, outputs, attributes });
    return outputs;
  }

  /** Gives a value a name of the user's: that of the result just made, or by a node that copies it. */
  rename(value: string, name: string): void {
    this.#model.kept.add(name);
    const last = this.#nodes.at(-1);
    const isLast = last?.outputs.includes(value) === true;
    if (isLast) {
      const outputs = last.outputs.map((output) => (output === value ? name : output));
      this.#nodes.splice(-1, 1, { ...last, outputs });
    } else this.alias(value, name);
  }

  /** Gives a value another name, by a node that copies it. */
  alias(value: string, name: string): void {
    this.#nodes.push({ operator: "Identity", inputs: [value], outputs: [name], attributes: {} });
  }

  /**
   * Writes nodes, and where one of these lengths is 0 those for that case: some operators fail without elements.
   *
   * @param write adds nodes to a graph, and returns the names of as many results as there are types.
   */
  unlessEmpty(
    lengths: readonly Length[],
    types: readonly SymbolicType[],
    write: (graph: Builder) => readonly string[],
    otherwise: (graph: Builder) => readonly string[],
  ): readonly string[] {
    if (lengths.includes(0)) return otherwise(this);
    const open = lengths.filter(isPolynomial);
    if (open.length === 0) return write(this);
    const zero = this.scalar("int64", 0);
    const conditions = open.map((length) =>
      this.node("Equal", [this.count(length, "int64"), zero]),
    );
    const condition = conditions.reduce((any, each) => this.node("Or", [any, each]));
    const branch = (fill: (graph: Builder) => readonly string[]): GraphData => {
      const inner = this.inner();
      return inner.graph("branch", [], inner.results(fill(inner), types));
    };
    return this.nodes("If", [condition], types.length, {
      then_branch: branch(otherwise),
      else_branch: branch(write),
    });
  }

  /** Values under names of their own, as the results of a body must have them. */
  results(names: readonly string[], types: readonly SymbolicType[]): ValueData[] {
    return names.map((value, i) => {
      const output = this.name("result");
      this.alias(value, output);
      return describeValue(output, at(types, i));
    });
  }

  /** Returns a tensor of zeros of a type. */
  zeros({ shape, dtype }: SymbolicType): string {
    if (shape.includes(0) && !shape.some(isPolynomial)) {
      return this.constant(dtype, [], shape as readonly number[]);
    }
    const zero = this.scalar(dtype, 0);
    return shape.length === 0 ? zero : this.node("Expand", [zero, this.lengths(shape)]);
  }

  /**
   * Returns a value, if a condition holds for all its elements; else the model refuses to run: it reads the second
   * element of a vector that has but one.
   */
  onlyIf(condition: string, value: string, type: ElementType): string {
    const index = this.node("Where", [condition, this.scalar("int64", 0), this.scalar("int64", 1)]);
    // −0 is what changes nothing, 0 among it.
    const zero = this.node("Gather", [this.constant(type, [-0]), index], { axis: 0 });
    return this.node("Add", [value, zero]);
  }

  /** Returns a value, unless one of these lengths is 0: then the model refuses to run. */
  unlessNone(lengths: readonly Length[], value: string, type: ElementType): string {
    return lengths.filter(isPolynomial).reduce<string>((checked, length) => {
      const isSome = this.node("Greater", [this.count(length, "int64"), this.scalar("int64", 0)]);
      return this.onlyIf(isSome, checked, type);
    }, value);
  }

  /** Returns a tensor of constants; the same one for the same elements. */
  constant(
    type: ElementType,
    elements: readonly number[] | TypedArray,
    shape: readonly number[] = [elements.length],
  ): string {
    const array = arrayOf(type, elements);
    const key = array.length <= FEW ? `${type} ${shape} ${printed(array)}` : undefined;
    return this.#shared(key, "constant", (name) => ({ name, type, shape, elements: array }));
  }

  /** Returns a vector or matrix of one number. */
  filled(type: DType, value: number, shape: readonly number[]): string {
    return this.constant(type, [...full(shape, value, { dtype: type }).data()], shape);
  }

  /** Returns the elements of a tensor, by the name of their layer and their own, as Variables are called. */
  stored(wanted: string, tensor: Tensor): string {
    const layer = this.place.slice(1).replaceAll("/", ".");
    return this.storedAs(this.name(layer === "" ? wanted : `${layer}.${wanted}`), tensor);
  }

  /** Returns the elements of a tensor under a name that nobody else has. */
  storedAs(name: string, tensor: Tensor): string {
    const { dtype, shape } = tensor;
    this.initializer({ name, type: dtype, shape, elements: readArray(tensor, "exportOnnx") });
    return name;
  }

  /** Returns a constant scalar. */
  scalar(type: ElementType, value: number): string {
    return this.constant(type, [value], []);
  }

  #shared(key: string | undefined, wanted: string, make: (name: string) => ConstantData): string {
    const { constants } = this.#model;
    const known = key === undefined ? undefined : constants.get(key);
    if (known !== undefined) return known.name;
    const made = make(this.name(wanted));
    constants.set(key ?? made.name, made);
    return made.name;
  }

  /** A tensor under a name of the user's, which loads with the model. */
  initializer(data: ConstantData): void {
    this.#model.constants.set(data.name, data);
  }

  /** Says where the length of an open axis is to be read. */
  readLength(open: string, input: string, axis: number): void {
    const { prelude, lengths } = this.#model;
    const name = this.name(open);
    const shape = this.name("shape");
    prelude.push(
      { operator: "Shape", inputs: [input], outputs: [shape], attributes: {} },
      {
        operator: "Gather",
        inputs: [shape, this.constant("int64", [axis])],
        outputs: [name],
        attributes: { axis: 0 },
      },
    );
    lengths.set(open, name);
  }

  /** Returns a length as an int64 vector of one element. */
  length(length: Length): string {
    return isPolynomial(length) ? this.#polynomial(length) : this.constant("int64", [length]);
  }

  /** Lengths as an int64 vector, such as a shape. */
  lengths(list: readonly Length[]): string {
    if (list.every((length) => typeof length === "number")) return this.constant("int64", list);
    return this.#computed(list.map((length) => printLength(length)).join(" "), "lengths", () => ({
      operator: "Concat",
      inputs: list.map((length) => this.length(length)),
      attributes: { axis: 0 },
    }));
  }

  /** Returns a length as a scalar of a type. */
  count(length: Length, type: ElementType): string {
    if (!isPolynomial(length)) return this.scalar(type, length);
    const scalar = this.#computed(`scalar ${printLength(length)}`, "count", () => ({
      operator: "Squeeze",
      inputs: [this.length(length), this.constant("int64", [0])],
      attributes: {},
    }));
    return type === "int64" ? scalar : this.#converted(scalar, printLength(length), type);
  }

  /** Returns a scalar of a type that may depend on open lengths. */
  quantity(quantity: Quantity, type: ElementType): string {
    if (typeof quantity === "number") return this.scalar(type, quantity);
    if (!isScaled(quantity)) return this.count(quantity, type);
    const { times, of, divides } = quantity;
    const operator = divides ? "Div" : "Mul";
    const key = `${operator} ${times} ${printLength(of)}`;
    const wide = this.#computed(key, "number", () => ({
      operator,
      inputs: [this.scalar("float64", times), this.count(of, "float64")],
      attributes: {},
    }));
    return type === "float64" ? wide : this.#converted(wide, key, type);
  }

  #converted(scalar: string, key: string, type: ElementType): string {
    return this.#computed(`${type} ${key}`, "number", () => ({
      operator: "Cast",
      inputs: [scalar],
      attributes: { to: DATA_TYPES[type] },
    }));
  }

  /**
   * Returns a length that depends on open ones, as an int64 vector of one element: by Horner's rule, one size after the
   * other.
   */
  #polynomial(length: Polynomial): string {
    const key = printLength(length);
    const computed = (operator: string, first: string, second: string) =>
      this.#computed(key, "length", () => ({ operator, inputs: [first, second], attributes: {} }));
    const [constant = 0, ...others] = length.coefficients;
    if (constant !== 0) {
      const rest = this.#polynomial({ ...length, coefficients: [0, ...others] });
      return computed("Add", rest, this.constant("int64", [constant]));
    }
    for (const [axis, name] of length.axes.entries()) {
      const { quotient, rest } = splitLength(length, axis);
      if (quotient === 0) continue;
      if (rest !== 0) {
        const product = addLengths(length, timesLength(rest, -1));
        return computed("Add", this.length(product), this.length(rest));
      }
      const size = this.#model.lengths.get(name);
      if (size === undefined) throw new Error(`the length ${name}, which nobody has read`);
      return quotient === 1 ? size : computed("Mul", size, this.length(quotient));
    }
    throw new Error(`${key} is no polynomial`);
  }

  /** Writes a node that depends on open lengths alone, once for the whole model. */
  #computed(key: string, wanted: string, make: () => Omit<NodeData, "outputs">): string {
    const { lengths, prelude } = this.#model;
    const known = lengths.get(key);
    if (known !== undefined) return known;
    const node = make();
    const name = this.name(wanted);
    prelude.push({ ...node, outputs: [name] });
    lengths.set(key, name);
    return name;
  }

  /** Returns the same elements in another shape. */
  reshape(x: string, shape: readonly Length[]): string {
    const unknown = shape.findIndex(isPolynomial);
    const rest = productOf(shape.filter((_, axis) => axis !== unknown));
    // One length may be left to the operator, unless there are no elements to tell it from.
    const target =
      unknown >= 0 && typeof rest === "number" && rest > 0
        ? shape.map((length, axis) => (axis === unknown ? -1 : length))
        : shape;
    return this.node("Reshape", [x, this.lengths(target)], { allowzero: 1 });
  }

  cast(x: string, type: ElementType): string {
    return this.node("Cast", [x], { to: DATA_TYPES[type] });
  }

  /** Returns the graph that has been built. */
  graph(name: string, inputs: readonly ValueData[], outputs: readonly ValueData[]): GraphData {
    return { name, nodes: this.#nodes, inputs, outputs, constants: [] };
  }

  /** Returns the graph of the whole model. */
  whole(name: string, inputs: readonly ValueData[], outputs: readonly ValueData[]): GraphData {
    const { prelude, constants, kept } = this.#model;
    const given = new Set([...kept, ...[...inputs, ...outputs].map((value) => value.name)]);
    const all = withoutCopies([...prelude, ...this.#nodes], outputs, given);
    const nodes = withoutUnread(all, new Set(outputs.map((value) => value.name)));
    const read = readBy(nodes);
    const used = [...constants.values()].filter((constant) => read.has(constant.name));
    return { name, nodes, inputs, outputs, constants: used };
  }
}

/**
 * Nodes without those that copy a value to be an output of the graph: what computes the value gives it that name. Values
 * that have a name already, as inputs and other outputs do, are copied.
 */
function withoutCopies(
  nodes: readonly NodeData[],
  outputs: readonly ValueData[],
  given: ReadonlySet<string>,
): NodeData[] {
  const isOutput = new Set(outputs.map(({ name }) => name));
  const computed = new Set(nodes.flatMap((node) => node.outputs));
  const names = new Map<string, string>();
  const rest = nodes.filter(({ operator, inputs: [value = ""], outputs: [name = ""] }) => {
    const isCopy = operator === "Identity" && isOutput.has(name) && computed.has(value);
    if (!isCopy || given.has(value) || names.has(value)) return true;
    names.set(value, name);
    return false;
  });
  const renamed = (list: readonly string[]) => list.map((name) => names.get(name) ?? name);
  const rename = (node: NodeData): NodeData => ({
    ...node,
    inputs: renamed(node.inputs),
    outputs: renamed(node.outputs),
    attributes: Object.fromEntries(
      Object.entries(node.attributes).map(([key, value]) => [
        key,
        typeof value === "object" && "nodes" in value
          ? { ...value, nodes: value.nodes.map(rename) }
          : value,
      ]),
    ),
  });
  return names.size === 0 ? rest : rest.map(rename);
}

/** Nodes of which a result is read, or is one of the graph. */
function withoutUnread(nodes: readonly NodeData[], read: Set<string>): NodeData[] {
  const kept = nodes.toReversed().filter((node) => {
    const isRead = node.outputs.some((name) => read.has(name));
    if (isRead) readBy([node], read);
    return isRead;
  });
  return kept.reverse();
}

/** Returns the names of all that nodes read, those in bodies included. */
function readBy(nodes: readonly NodeData[], names: Set<string> = new Set()): ReadonlySet<string> {
  for (const { inputs, attributes } of nodes) {
    for (const input of inputs) names.add(input);
    for (const value of Object.values(attributes)) {
      if (typeof value === "object" && "nodes" in value) readBy(value.nodes, names);
    }
  }
  return names;
}

/** Returns a named value of a type. */
export function describeValue(name: string, { shape, dtype }: SymbolicType): ValueData {
  return {
    name,
    type: dtype,
    shape: shape.map((length) => (isPolynomial(length) ? printLength(length) : length)),
  };
}

function arrayOf(type: ElementType, elements: readonly number[] | TypedArray) {
  if (type === "int64") return BigInt64Array.from(elements, BigInt);
  if (!Array.isArray(elements)) return elements as TypedArray;
  return ARRAYS[type].from(elements);
}

function printed(array: ConstantData["elements"]): string {
  return Array.from<number | bigint, string>(array as ArrayLike<number | bigint>, (element) =>
    Object.is(element, -0) ? "-0" : String(element),
  ).join(" ");
}
