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

/** The inputs of a lesson as its program takes them: numbers, or many numbers of each at once, for curves. */
export type GivenValues = Readonly<Record<string, number | Tensor>>;

/** A position on the timeline: an end, the end of the forward pass, or a step just before or after it is done. */
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

/** A change to try: something is added to a node, an input gets a value, or inputs are set and the lesson trained. */
export type Offer =
  | { readonly node: string; readonly by: number }
  | { readonly node: string; readonly to: (inputs: InputValues) => number }
  | { readonly inputs: InputValues; readonly train: number };

/** The values from which a text of a lesson is filled. */
export interface Given {
  readonly inputs: InputValues;
  readonly graph: Graph;
  readonly digits: Digits;
}

/** The state of a lesson that can be seen at a moment, by which its sentences tell whether they are true. */
export interface Situation extends Given {
  readonly mode: Mode;
  /** True if the derivative of a named node is below it, and is no question. */
  isDerivativeShown(name: string): boolean;
  /** True if the product on an edge between two named nodes is on it, and is no question. */
  isProductShown(from: string, to: string): boolean;
  /** True if a named node hides the operations that are folded into it. */
  isFolded(name: string): boolean;
  /** True if gradients have marks that tell how well a difference agrees. */
  readonly hasChecks: boolean;
  /** True if shares of errors are shown. */
  readonly hasShares: boolean;
}

/** A sentence of a step by its key, with the condition under which it is said where it is not always true. */
export type Sentence<Key extends string = string> =
  | Key
  | readonly [key: Key, isTrue: (now: Situation) => boolean];

/** One step of a guided run. */
export interface RunStep<Key extends string = string> {
  /** The key of the step's texts in the catalogue. */
  readonly key: Key;
  /** The sentences of the step in the order in which they are said. */
  readonly says: readonly Sentence[];
  readonly at: Place;
  /** The node that is chosen. */
  readonly node?: string;
  /** A number that is hidden until the learner has guessed. */
  readonly ask?: { readonly node: string; readonly what: "value" | "gradient" };
  /** A change that a button makes. */
  readonly offer?: Offer;
  readonly formula?: FormulaName;
  /** The input by which forward mode differentiates; without one the mode is reverse. */
  readonly forwardBy?: string;
  /** True if it explains the checks of gradients, which are on the stage from then on. */
  readonly checks?: boolean;
  /** The panel beside the stage; "none" where the stage is all. Default: that of the lesson. */
  readonly panel?: PanelName | "none";
  /** True if both modes are side by side. */
  readonly both?: boolean;
  /** The node at which it is told that it can be dragged, until that was done. */
  readonly drag?: string;
}

/** The part of an error that one edge carries back: error × weight / (weight + other). */
export interface Share {
  readonly from: string;
  readonly to: string;
  /** The name of the weight of the edge, and of the other one that leads to the same output. */
  readonly weightName: string;
  readonly otherName: string;
  /** The name of the error that is shared out. */
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
  /** The sums that come together at nodes. */
  readonly nodes: Readonly<Record<string, number>>;
}

/** A lesson, whatever its texts are. */
export interface Lesson {
  readonly name: LessonName;
  readonly inputs: Readonly<Record<string, LessonInput>>;
  /** The texts of its functions, by lines. */
  readonly programs: readonly (readonly string[])[];
  explain(inputs: GivenValues): Graph;
  /**
   * The result alone, without a graph and gradients, which a curve needs for many numbers at once. Default: that of the
   * graph.
   */
  result?(inputs: GivenValues): Tensor;
  /** Returns the lines that the program prints. */
  prints?(inputs: InputValues): readonly string[];
  /** The nodes in which others are hidden at first. */
  readonly folded?: readonly string[];
  /** True if its timeline ends with the forward pass. */
  readonly forwardOnly?: boolean;
  shares?(graph: Graph): Shares;
  /** The facts that the texts state beside values and gradients, by the names of their marks. */
  readonly facts?: Readonly<Record<string, (given: Given) => string>>;
  /** The plan by which the inputs are trained. */
  readonly training?: TrainingPlan;
  /** True if its graph is drawn as a network: layers as columns, with weights on the edges. */
  readonly isNetwork?: boolean;
  /** True if ways to compute it are timed. */
  readonly isTimed?: boolean;
  /** The function that a person typed. */
  readonly own?: OwnFunction;
  /** The panel beside the stage at first. Default: the slope. */
  readonly panel?: PanelName;
  readonly run: readonly RunStep[];
}

/** A typed function as the page needs it, whoever has read it. */
export interface OwnFunction {
  readonly text: string;
  /** The function with all its brackets, by lines. */
  readonly written: readonly string[];
  /** The choices with which it was read, and the texts that say otherwise. */
  readonly choices: readonly Choice[];
  /** Returns the program with the values of the moment. */
  code(values: InputValues): readonly string[];
}

type Steps<Name extends LessonName> = Catalogue["lessons"][Name]["steps"];

/** The steps of a lesson whose every sentence has its text. */
type StepOf<Name extends LessonName> = {
  [Key in keyof Steps<Name> & string]: Omit<RunStep<Key>, "says"> & {
    readonly says: readonly Sentence<keyof Steps<Name>[Key] & string>[];
  };
}[keyof Steps<Name> & string];

/** Checks that every sentence of the run has its text. */
export function defineLesson<Name extends LessonName>(
  lesson: Omit<Lesson, "name" | "run"> & {
    readonly name: Name;
    readonly run: readonly StepOf<Name>[];
  },
): Lesson {
  return lesson;
}

/** Returns the keys of the sentences that are true of a situation. */
export function saidOf({ says }: RunStep, now: Situation): readonly string[] {
  return says.flatMap((sentence) => {
    const [key, isTrue] = typeof sentence === "string" ? [sentence] : sentence;
    return isTrue === undefined || isTrue(now) ? [key] : [];
  });
}

/** Returns the inputs as a lesson starts. */
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

/** Reads a number as a person types it; NaN for anything else, also for nothing. */
export function readNumber(text: string): number {
  const plain = text.trim().replace("−", "-");
  return plain === "" ? Number.NaN : Number(plain);
}
