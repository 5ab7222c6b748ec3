/** The plan of a training: the loss, the inputs that training changes, and the points. */

import type { Tensor } from "@graddiff/core";
import type { InputValues } from "./lesson.ts";

/** A point: a number for each input that points set. */
export type Point = readonly number[];

export interface TrainingPlan {
  /**
   * Returns the loss, given all inputs by their names. With several points, training lowers the mean of their losses.
   */
  loss(given: Readonly<Record<string, Tensor>>): Tensor;
  /** The inputs of the program. */
  readonly names: readonly string[];
  /** The input that is the learning rate. Default: `rate`. */
  readonly rate?: string;
  /** Returns the inputs that training changes. */
  parameters(inputs: InputValues): readonly string[];
  /** Returns the greatest lower bound of the loss, if it is known. */
  least?(inputs: InputValues): number | undefined;
  /** True if the loss has no upper bound, so that a rate may make it grow for ever. */
  readonly isUnbounded: boolean;
  readonly data?: PlanData;
  /** The function that is drawn as a surface over the plane of two inputs. */
  readonly surface?: {
    readonly x: string;
    readonly y: string;
    /** The node whose value is drawn, between 0 and 1. */
    readonly node: string;
    /** The input that has the wanted value; undefined if there is none. */
    readonly target?: string;
  };
  /** Rates to compare; each training begins with the initial inputs. */
  readonly rates?: Readonly<Record<string, number>>;
}

/** Points to train on. */
export interface PlanData {
  /** The names of the inputs that a point sets, in the order of its numbers. */
  readonly names: readonly string[];
  readonly points: readonly Point[];
  /** Points that are not trained on, which show what was learned. */
  readonly heldOut: readonly Point[];
}
