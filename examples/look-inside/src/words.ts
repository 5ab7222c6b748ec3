/** All texts of the page about a neuron, its gradient and the steps uphill, computed from the state of the result. */

import { rangeOf } from "./bars.ts";
import { formatNumber } from "./format.ts";
import { largestOf, STEP } from "./inputs.ts";
import { arrangementOf, type Seen } from "./neuron.ts";
import type { Neuron } from "./walk.ts";

/** The state of the result that the texts describe. */
export interface ResultState {
  /** The description of the input before all steps; undefined if there is none. */
  readonly source: string | undefined;
  readonly isPicture: boolean;
  /** The present numbers of the input; brightness of a picture is from 0 to 1, unless steps have left this range. */
  readonly numbers: ArrayLike<number>;
  /** The neuron of each step, with its number before the step. */
  readonly steps: readonly Neuron[];
  /** The neuron for the present input; undefined until it is known. */
  readonly neuron: Neuron | undefined;
  /** The largest absolute value of its gradient; undefined if there is none. */
  readonly largest: number | undefined;
}

/** The texts, by the parts of the page. */
export interface ResultWords {
  readonly input: string;
  readonly gradient: string;
  readonly low: string;
  readonly zero: string;
  readonly high: string;
  readonly meaning: string;
  readonly unit: string;
  readonly growth: string;
  readonly back: string;
}

const stepsOf = (count: number) => `${count} step${count === 1 ? "" : "s"}`;

export function wordsOf(state: ResultState): ResultWords {
  const { source, isPicture, steps, largest } = state;
  const moved = steps.length > 0 ? `, ${stepsOf(steps.length)} uphill` : "";
  const isKnown = largest !== undefined;
  const kind = isPicture ? "gradient to brightness" : "gradient to the input";
  const of = isPicture ? "per unit of brightness, 0 to 1" : "per unit of the input";
  const moves = isPicture ? "pixels" : "numbers";
  return {
    input: source === undefined ? "the input" : `${source}${moved}`,
    gradient: isKnown ? kind : "the gradient",
    low: isKnown ? formatNumber(-largest) : "",
    zero: isKnown ? "0" : "",
    high: isKnown ? formatNumber(largest) : "",
    meaning: isKnown ? meaningOf(largest, isPicture) : "",
    unit: isKnown
      ? `Numbers: its change ${of}. A step moves ${moves} by ${STEP} at most, in proportion to the gradient.`
      : "",
    growth: [growthOf(state), outsideOf(state)].filter((each) => each !== "").join(" "),
    back: steps.length > 0 ? `Undo ${stepsOf(steps.length)}` : "Undo",
  };
}

/** Returns the meaning of the colours or bars of an operator's result. */
export function legendOf({ numbers, shape }: Pick<Seen, "numbers" | "shape">): string {
  const { height, width } = arrangementOf(shape);
  const { low, high } = rangeOf(numbers);
  if (low === 0 && high === 0) return "All of them are 0.";
  if (height * width > 1) {
    const most = largestOf(numbers);
    return `Orange is above 0, blue below; the scale is from ${formatNumber(-most)} to ${formatNumber(most)}.`;
  }
  const scale = `The scale is from ${formatNumber(low)} to ${formatNumber(high)}.`;
  if (low === 0) return `Bars go from 0 to the right. ${scale}`;
  if (high === 0) return `Bars go from 0 to the left: all are below it. ${scale}`;
  return `Orange bars go from 0 to the right, blue ones, below 0, to the left. ${scale}`;
}

function meaningOf(largest: number, isPicture: boolean): string {
  if (!Number.isFinite(largest)) return "The gradient has numbers that are not finite.";
  if (largest === 0) {
    return "The gradient is 0 everywhere: small changes of the input do not change this neuron, as with a ReLU that is off.";
  }
  const what = isPicture ? "Brighter" : "A larger number";
  return `${what} where it is orange, and this neuron grows; where it is blue, and it shrinks.`;
}

/** Returns the words about the steps: their purpose, and their effect on the neuron if all of them were for it. */
function growthOf({ steps, neuron }: ResultState): string {
  const [first] = steps;
  if (first === undefined) return "";
  const each = steps.length > 1 ? " each" : "";
  const made = `After ${stepsOf(steps.length)} of at most ${STEP}${each}`;
  if (neuron === undefined) return `${made}.`;
  if (steps.every(({ key }) => key === neuron.key)) {
    const [from, to] = [first, neuron].map(({ number }) => formatNumber(number));
    return `${made}: from ${from} to ${to}.`;
  }
  const counts = new Map<string, { readonly name: string; count: number }>();
  for (const { key, name } of steps) {
    const known = counts.get(key) ?? { name, count: 0 };
    known.count++;
    counts.set(key, known);
  }
  const parts = [...counts.values()].map(({ name, count }) => `${stepsOf(count)} for ${name}`);
  return `${made}: ${parts.join("; ")}.`;
}

function outsideOf({ isPicture, numbers, steps }: ResultState): string {
  if (!isPicture || steps.length === 0) return "";
  const count = Array.from(numbers).filter((number) => number < 0 || number > 1).length;
  if (count === 0) return "";
  const all = numbers.length.toLocaleString("en");
  const are = count === 1 ? "1 is" : `${count.toLocaleString("en")} are`;
  return `Of ${all} values of brightness, ${are} beyond 0 to 1 now, and drawn as 0 or 1.`;
}
