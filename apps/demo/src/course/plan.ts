/** The plan of a training: the value that is lowered, the inputs by which it is, and the points. */

import type { Tensor } from "@graddiff/core";
import type { InputValues } from "./lesson.ts";

/** A point: a number for each of the inputs that points give. */
export type Point = readonly number[];

export interface TrainingPlan {
  /** Returns the program that is lowered, of all inputs by their names. On several points it is their mean. */
  loss(given: Readonly<Record<string, Tensor>>): Tensor;
  /** The inputs of the program. */
  readonly names: readonly string[];
  /** The input that is the learning rate. Default: `rate`. */
  readonly rate?: string;
  /** Returns the inputs that training changes. */
  parameters(inputs: InputValues): readonly string[];
  /** The greatest lower bound of the loss, where one is known. */
  least?(inputs: InputValues): number | undefined;
  /** True if the loss has no upper bound, so that a rate may make it grow for ever. */
  readonly isUnbounded: boolean;
  readonly data?: PlanData;
  /** The function that is drawn over the plane of two inputs. */
  readonly surface?: {
    readonly x: string;
    readonly y: string;
    /** The node whose value is drawn, between 0 and 1. */
    readonly node: string;
    /** The input that has the wanted value; undefined where there is none. */
    readonly target?: string;
  };
  /** Rates to compare, each from the start values on. */
  readonly rates?: Readonly<Record<string, number>>;
}

/** Points to train on. */
export interface PlanData {
  /** The inputs that a point gives, in its order. */
  readonly names: readonly string[];
  readonly points: readonly Point[];
  /** Points that are not trained on, by which one sees what was learned. */
  readonly heldOut: readonly Point[];
}
