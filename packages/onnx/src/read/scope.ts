/**
 * The values of a model's names while it runs.
 */

import { ArgumentError, type TensorLike, type Variable } from "@graddiff/core";
import type { AttributeProto } from "../generated/onnx_pb.js";
import type { ElementSettings } from "./elements.ts";
import type { Meter } from "./meter.ts";
import type { Plan, Step } from "./plan.ts";
import type { ElementType } from "./types.ts";
import type { Value } from "./value.ts";

/** The weights of a model by name, with their types in the model. */
export type Weights = ReadonlyMap<
  string,
  { readonly type: ElementType; readonly variable: Variable }
>;

/** The values that belong to one call of a model. */
export interface Run {
  readonly settings: ElementSettings;
  readonly meter: Meter;
  /** Returns the seed for the draws of a node, by its index. */
  readonly seed: (index: number) => TensorLike;
  /** A callback with the outputs of each node, including nodes of inner graphs. */
  readonly observe?: (step: Step, results: readonly (Value | undefined)[]) => void;
}

/** The values of a graph's names while it runs, and the scope of the graph around it. */
export class Scope {
  readonly run: Run;
  readonly #values = new Map<string, Value>();
  readonly #plan: Pick<Plan, "constants" | "weights">;
  readonly #around: Scope | undefined;
  readonly attributes: ReadonlyMap<string, AttributeProto> | undefined;

  constructor(
    run: Run,
    plan: Pick<Plan, "constants" | "weights">,
    around?: Scope,
    attributes?: ReadonlyMap<string, AttributeProto>,
  ) {
    this.run = run;
    this.#plan = plan;
    this.#around = around;
    this.attributes = attributes;
  }

  find(name: string): Value | undefined {
    const own = this.#values.get(name);
    if (own !== undefined) return own;
    const weight = this.#plan.weights.get(name);
    if (weight !== undefined) return { type: weight.type, tensor: weight.variable.value };
    return this.#plan.constants.get(name) ?? this.#around?.find(name);
  }

  get(name: string): Value {
    const value = this.find(name);
    if (value !== undefined) return value;
    throw new ArgumentError({
      op: "importOnnx",
      argument: name,
      expected: "a result of a node",
      got: "none, since its operator left it out",
    });
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  free(names: readonly string[]): void {
    for (const name of names) this.#values.delete(name);
  }
}
