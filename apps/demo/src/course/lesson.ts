/** The parts of a lesson: a program, its inputs, and a guided run of the instrument. Texts are in the catalogue. */

import type { Graph, Tensor } from "@graddiff/core";
import type { Digits } from "../instrument/format.ts";
import type { Mode } from "../instrument/timeline.ts";
import type { Choice } from "../own/choices.ts";
import type { Catalogue, LessonName } from "./catalogue/index.ts";
import type { FormulaName } from "./formulas.ts";
import type { TrainingPlan } from "./plan.ts";

export type { TrainingPlan } from "./plan.ts";

/** A number that a learner may change. */
export interface LessonInput {
  readonly initial: number;
  /** The change by one step of an arrow key or of a drag. */
  readonly step: number;
  /** The least and the greatest allowed number. Default: any finite number. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** True if only whole numbers are allowed. Default false. */
  readonly whole?: boolean;
}

/** The values of a lesson's inputs. */
export type InputValues = Readonly<Record<string, number>>;

/** The inputs of a lesson for its program: one number each, or many numbers each, for curves. */
export type GivenValues = Readonly<Record<string, number | Tensor>>;

/**
 * A position on the timeline: the start, the end, the end of the forward pass, or the moment just before or after a
 * step.
 */
export type Place =
  | "start"
  | "forward"
  | "end"
  | {
      readonly before?: boolean;
      readonly phase: "forward" | "backward" | "share";
      readonly node: string;
    };

/** The panels beside the stage. */
export const PANELS = ["slope", "training", "shares", "code", "speed", "modes", "table"] as const;

export type PanelName = (typeof PANELS)[number];

/** A change for the learner to try: it adds to a node, sets an input, or sets inputs and trains the lesson. */
export type Offer =
  | { readonly node: string; readonly by: number }
  | { readonly node: string; readonly to: (inputs: InputValues) => number }
  | { readonly inputs: InputValues; readonly train: number };

/** The values that the marks in a lesson's texts show. */
export interface Given {
  readonly inputs: InputValues;
  readonly graph: Graph;
  readonly digits: Digits;
}

/** The visible state of a lesson, from which the conditions of sentences are computed. */
export interface Situation extends Given {
  readonly mode: Mode;
  /** True if the derivative of a named node is shown, and no question hides it. */
  isDerivativeShown(name: string): boolean;
  /** True if the product on the edge between two named nodes is shown, and no question hides it. */
  isProductShown(from: string, to: string): boolean;
  /** True if a named node hides the operations that are folded into it. */
  isFolded(name: string): boolean;
  /** True if gradients have marks that show how well a numerical derivative agrees. */
  readonly hasChecks: boolean;
  /** True if shares of errors are shown. */
  readonly hasShares: boolean;
}

/** The key of a sentence of a step, with the condition under which it is shown, unless it is always true. */
export type Sentence<Key extends string = string> =
  | Key
  | readonly [key: Key, isTrue: (now: Situation) => boolean];

/** One step of a guided run. */
export interface RunStep<Key extends string = string> {
  /** The key of the step's texts in the catalogue. */
  readonly key: Key;
  /** The sentences of the step, in order. */
  readonly says: readonly Sentence[];
  readonly at: Place;
  /** The node that is chosen. */
  readonly node?: string;
  /** A number that is hidden until the learner has guessed. */
  readonly ask?: { readonly node: string; readonly what: "value" | "gradient" };
  /** A change for the learner to try, made by a button. */
  readonly offer?: Offer;
  readonly formula?: FormulaName;
  /** The input by which forward mode differentiates; without one the mode is reverse. */
  readonly forwardBy?: string;
  /** True if the step explains the checks of gradients, which are shown from this step on. */
  readonly checks?: boolean;
  /** The panel beside the stage; "none" for only the stage. Default: the lesson's panel. */
  readonly panel?: PanelName | "none";
  /** True if both modes are shown side by side. */
  readonly both?: boolean;
  /** The node with the hint that it can be dragged, which is shown until it was dragged. */
  readonly drag?: string;
}

/** The part of an error that one edge carries back: error × weight / (weight + other). */
export interface Share {
  readonly from: string;
  readonly to: string;
  /** The name of the edge's weight, and the name of the other weight that leads to the same output. */
  readonly weightName: string;
  readonly otherName: string;
  /** The name of the error that is divided. */
  readonly errorName: string;
  readonly weight: number;
  readonly other: number;
  readonly error: number;
  readonly part: number;
  readonly carried: number;
}

/** An error that is carried back along edges, in proportion to weights. */
export interface Shares {
  readonly edges: readonly Share[];
  /** The sums of the shares at nodes. */
  readonly nodes: Readonly<Record<string, number>>;
}

/** A lesson, without its texts. */
export interface Lesson {
  readonly name: LessonName;
  readonly inputs: Readonly<Record<string, LessonInput>>;
  /** The source text of its functions, as lines. */
  readonly programs: readonly (readonly string[])[];
  explain(inputs: GivenValues): Graph;
  /**
   * Computes only the result, without a graph and gradients: a curve needs it for many numbers at once. Default: the
   * result of the graph.
   */
  result?(inputs: GivenValues): Tensor;
  /** Returns the lines that the program prints. */
  prints?(inputs: InputValues): readonly string[];
  /** The nodes that are folded at first. */
  readonly folded?: readonly string[];
  /** True if its timeline ends with the forward pass. */
  readonly forwardOnly?: boolean;
  shares?(graph: Graph): Shares;
  /** The facts in the texts, numbers besides values and gradients, by the names of their marks. */
  readonly facts?: Readonly<Record<string, (given: Given) => string>>;
  /** The plan by which the inputs are trained. */
  readonly training?: TrainingPlan;
  /** True if its graph is drawn as a network: layers as columns, with weights on the edges. */
  readonly isNetwork?: boolean;
  /** True if the lesson times several ways to compute it. */
  readonly isTimed?: boolean;
  /** The function that a person typed. */
  readonly own?: OwnFunction;
  /** The panel beside the stage at first. Default: the slope. */
  readonly panel?: PanelName;
  readonly run: readonly RunStep[];
}

/** A typed function as the page needs it, independent of the parser. */
export interface OwnFunction {
  readonly text: string;
  /** The function with all its brackets, as lines. */
  readonly written: readonly string[];
  /** The choices that the parser made, with the texts for other readings. */
  readonly choices: readonly Choice[];
  /** Returns the source text of the program with the current values. */
  code(values: InputValues): readonly string[];
}

type Steps<Name extends LessonName> = Catalogue["lessons"][Name]["steps"];

/** The type of a lesson's steps, which allows only sentences with a text in the catalogue. */
type StepOf<Name extends LessonName> = {
  [Key in keyof Steps<Name> & string]: Omit<RunStep<Key>, "says"> & {
    readonly says: readonly Sentence<keyof Steps<Name>[Key] & string>[];
  };
}[keyof Steps<Name> & string];

/** Returns a lesson; its type checks that every sentence of the run has a text in the catalogue. */
export function defineLesson<Name extends LessonName>(
  lesson: Omit<Lesson, "name" | "run"> & {
    readonly name: Name;
    readonly run: readonly StepOf<Name>[];
  },
): Lesson {
  return lesson;
}

/** Returns the keys of the sentences whose conditions are true in a situation. */
export function saidOf({ says }: RunStep, now: Situation): readonly string[] {
  return says.flatMap((sentence) => {
    const [key, isTrue] = typeof sentence === "string" ? [sentence] : sentence;
    return isTrue === undefined || isTrue(now) ? [key] : [];
  });
}

/** Returns the initial inputs of a lesson. */
export function initialInputs({ inputs }: Lesson): Record<string, number> {
  return Object.fromEntries(Object.entries(inputs).map(([name, { initial }]) => [name, initial]));
}

/** Returns the complaint about a number for an input, such as "price must be 0 or more"; undefined if there is none. */
export function complaintAbout(
  { minimum, maximum, whole = false }: LessonInput,
  value: number,
  label: string,
  { complaints, count }: Pick<Catalogue, "complaints" | "count">,
): string | undefined {
  if (Number.isNaN(value)) return complaints.number(label);
  if (!Number.isFinite(value)) return complaints.finite(label);
  if (minimum !== undefined && value < minimum) return complaints.least(label, count(minimum));
  if (maximum !== undefined && value > maximum) return complaints.most(label, count(maximum));
  if (whole && !Number.isInteger(value)) return complaints.whole(label);
  return undefined;
}

/** Reads a typed number; NaN for any other text, also for an empty one. */
export function readNumber(text: string): number {
  const plain = text.trim().replace("−", "-");
  return plain === "" ? Number.NaN : Number(plain);
}
