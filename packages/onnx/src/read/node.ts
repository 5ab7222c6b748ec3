/**
 * The view of a node for the row of its operator: it returns inputs and settings in the right form, or throws an error
 * about what is missing.
 */

import {
  ArgumentError,
  type GraddiffError,
  RecordingError,
  ShapeError,
  type Tensor,
  type TensorLike,
} from "@graddiff/core";
import { describe, formatShape } from "@graddiff/core/extend";
import { type AttributeProto, AttributeProto_AttributeType as Kind } from "../generated/onnx_pb.js";
import { readTensor } from "./elements.ts";
import { labelOf } from "./label.ts";
import type { Plan, Step } from "./plan.ts";
import type { Run, Scope } from "./scope.ts";
import type { ElementType } from "./types.ts";
import type { Value } from "./value.ts";

/** A function that runs a graph inside a node. */
type RunPlan = (plan: Plan, inputs: readonly Value[], around: Scope) => Value[];

/** Returns the elements of a value, or undefined if they are not known yet. */
export function knownOf({ known, tensor }: Value): readonly number[] | undefined {
  if (known !== undefined) return known;
  try {
    return [...tensor.data()];
  } catch (error) {
    if (error instanceof RecordingError) return undefined;
    throw error;
  }
}

/** One operator of a model, while it runs. */
export class Node {
  readonly step: Step;
  readonly values: readonly (Value | undefined)[];
  readonly #scope: Scope;
  readonly #runPlan: RunPlan;

  constructor(step: Step, values: readonly (Value | undefined)[], scope: Scope, runPlan: RunPlan) {
    this.step = step;
    this.values = values;
    this.#scope = scope;
    this.#runPlan = runPlan;
  }

  /** The version of the operators that the model requires. */
  get version(): number {
    return this.step.version;
  }

  get run(): Run {
    return this.#scope.run;
  }

  /** Counts a table of `elements`, before it is made. @throws ArgumentError beyond the limits. */
  table(elements: number): void {
    this.run.meter.table(elements);
  }

  /** The name of the operator in errors. */
  get label(): string {
    return labelOf(this.step);
  }

  /** The number of results that have names in the model. */
  get outputs(): number {
    return this.step.outputs.length;
  }

  /** True if the model has a name for a result. */
  wants(i: number): boolean {
    return (this.step.outputs[i] ?? "") !== "";
  }

  /** Returns an input. @throws ArgumentError if the model has none. */
  value(i: number): Value {
    const value = this.values[i];
    if (value !== undefined) return value;
    throw this.refusal(`input ${i}`, "a tensor", "none");
  }

  input(i: number): Tensor {
    return this.value(i).tensor;
  }

  /** Returns an input that may be left out. */
  maybe(i: number): Tensor | undefined {
    return this.values[i]?.tensor;
  }

  /** All inputs. */
  get all(): readonly Tensor[] {
    return this.values.map((_, i) => this.input(i));
  }

  /**
   * Returns the numbers of an input, which must be known now.
   *
   * @throws RecordingError if they are computed from arguments of a compiled function.
   */
  numbers(i: number): readonly number[] {
    const known = knownOf(this.value(i));
    if (known !== undefined) return known;
    throw new RecordingError({
      op: this.label,
      argument: `input ${i}`,
      expected: "numbers that follow from shapes and constants",
      got: "what is computed from the inputs of the function",
      hint: "Call it outside of compile and vectorize, or keep what this depends on a constant",
    });
  }

  maybeNumbers(i: number): readonly number[] | undefined {
    return this.values[i] === undefined ? undefined : this.numbers(i);
  }

  /** Returns one number of an input. */
  number(i: number): number {
    const [only, ...more] = this.numbers(i);
    if (only !== undefined && more.length === 0) return only;
    throw this.refusal(`input ${i}`, "one number", formatShape(this.input(i).shape));
  }

  type(i: number): ElementType {
    return this.value(i).type;
  }

  /** Returns an axis counted from 0, given the number of axes. */
  axis(axis: number, rank: number): number {
    const fromStart = axis < 0 ? axis + rank : axis;
    if (Number.isInteger(fromStart) && fromStart >= 0 && fromStart < rank) return fromStart;
    throw new ShapeError({
      op: this.label,
      argument: "axis",
      expected: `an axis of ${rank}`,
      got: String(axis),
    });
  }

  /** @returns an error that names the operator. */
  refusal(argument: string, expected: string, got: string): GraddiffError {
    return new ArgumentError({ op: this.label, argument, expected, got });
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  int(name: string, otherwise: number): number;
  int(name: string, otherwise?: number): number | undefined;
  int(name: string, otherwise?: number): number | undefined {
    const attribute = this.#find(name, Kind.INT, "an integer");
    return attribute === undefined ? otherwise : Number(attribute.i);
  }

  float(name: string, otherwise: number): number;
  float(name: string, otherwise?: number): number | undefined;
  float(name: string, otherwise?: number): number | undefined {
    const attribute = this.#find(name);
    if (attribute?.type === Kind.INT) return Number(attribute.i);
    const own = this.#find(name, Kind.FLOAT, "a number")?.f ?? otherwise;
    // A default of the schema is rounded to float32, like a stored setting.
    return own === undefined ? undefined : Math.fround(own);
  }

  ints(name: string): number[] | undefined {
    return this.#find(name, Kind.INTS, "integers")?.ints.map(Number);
  }

  floats(name: string): number[] | undefined {
    return this.#find(name, Kind.FLOATS, "numbers")?.floats;
  }

  text(name: string, otherwise: string): string {
    const attribute = this.#find(name, Kind.STRING, "a text");
    return attribute === undefined ? otherwise : new TextDecoder().decode(attribute.s);
  }

  texts(name: string): string[] | undefined {
    const decoder = new TextDecoder();
    return this.#find(name, Kind.STRINGS, "texts")?.strings.map((each) => decoder.decode(each));
  }

  /** Returns a text that must be one of a few. */
  oneOf<Name extends string>(name: string, otherwise: Name, ...others: readonly Name[]): Name {
    const text = this.text(name, otherwise);
    const found = [otherwise, ...others].find((each) => each === text);
    if (found !== undefined) return found;
    const expected = [otherwise, ...others].map(describe).join(" or ");
    throw this.refusal(name, expected, describe(text));
  }

  tensor(name: string): Value | undefined {
    const attribute = this.#find(name, Kind.TENSOR, "a tensor");
    if (attribute?.t === undefined) return undefined;
    return readTensor(name, attribute.t, this.run.settings);
  }

  /**
   * Returns a function that runs a graph among the attributes on inputs; the graph also reads names of the graph around
   * it.
   */
  body(name: string): (inputs: readonly Value[]) => Value[] {
    const plan: Plan | undefined = this.step.graphs.get(name);
    if (plan === undefined) throw this.refusal(name, "a graph", "none");
    return (inputs) => this.#runPlan(plan, inputs, this.#scope);
  }

  /** The seed of the operator's random numbers: the one in the model, or one that no other operator has. */
  get seed(): TensorLike {
    const own = this.float("seed");
    return own === undefined ? this.run.seed(this.step.index) : Math.abs(Math.trunc(own));
  }

  #find(name: string, kind?: Kind, expected = "a setting"): AttributeProto | undefined {
    const own = this.step.attributes.get(name);
    const reference = own?.refAttrName ?? "";
    const attribute = reference === "" ? own : this.#scope.attributes?.get(reference);
    if (attribute === undefined || kind === undefined) return attribute;
    if (attribute.type === kind || (attribute.type === Kind.UNDEFINED && !reference))
      return attribute;
    throw this.refusal(name, expected, `an attribute of kind ${Kind[attribute.type]}`);
  }
}
