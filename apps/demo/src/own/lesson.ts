/**
 * Conversion of a typed function to a lesson, with the features of all lessons.
 */

import { explain, named, type Tensor } from "@graddiff/core";
import { defineLesson, type GivenValues, type Lesson, type OwnFunction } from "../course/lesson.ts";
import type { OwnPoints } from "../course/lessons.ts";
import type { TrainingPlan } from "../course/plan.ts";
import { build } from "./build.ts";
import { codeOf } from "./code.ts";
import { scalar } from "./numbers.ts";
import type { OwnProgram } from "./program.ts";
import { tryProgram } from "./program.ts";
import { Trouble } from "./trouble.ts";
import { writtenLines } from "./written.ts";

/** The initial learning rate. */
const RATE = 0.1;

/** Returns the first name, in order, that no input and no line has. */
function freeName({ inputs, lines }: OwnProgram, name: string): string {
  let free = name;
  while (inputs.has(free) || lines.some((line) => line.name === free)) free += "_";
  return free;
}

/**
 * Returns the lesson of a text; undefined if the text is not a function. With points, the error of the first point is
 * drawn, and training lowers the mean error.
 */
export function ownLesson(text: string, points: OwnPoints): Lesson | undefined {
  const program = tryProgram(text);
  if (program instanceof Trouble) return undefined;
  const data = points.data.filter((name) => program.inputs.has(name));
  const [target, error, rate] = ["target", "error", "rate"].map((name) => freeName(program, name));
  if (target === undefined || error === undefined || rate === undefined) return undefined;
  const run = build(program);
  const own = [...program.inputs.keys()];
  const isFitted = data.length > 0 && points.rows.length > 0;
  const names = isFitted ? [...own, target] : own;
  const apply = (given: readonly Tensor[]): Tensor => {
    const result = run(...given.slice(0, own.length));
    const wanted = given[own.length];
    return wanted === undefined ? result : named(error, result.sub(wanted).square());
  };
  const [first = []] = points.rows;
  const starts = new Map<string, number>([...program.inputs, [target, 0]]);
  if (isFitted)
    for (const [i, name] of [...data, target].entries()) starts.set(name, first[i] ?? 0);
  const inputs = Object.fromEntries(
    [...names, rate].map((name) => [
      name,
      name === rate
        ? { initial: RATE, step: 0.1, minimum: 0 }
        : { initial: starts.get(name) ?? 1, step: stepOf(starts.get(name) ?? 1) },
    ]),
  );
  const valuesOf = (given: GivenValues) => names.map((name) => given[name] ?? 0);
  const training: TrainingPlan = {
    loss: (given) => apply(names.map((name) => given[name] ?? scalar(Number.NaN))),
    names,
    rate,
    parameters: () => own.filter((name) => !isFitted || !data.includes(name)),
    isUnbounded: false,
    ...(isFitted
      ? { data: { names: [...data, target], points: points.rows, heldOut: [] }, least: () => 0 }
      : {}),
    ...surfaceOf(program, data, target, isFitted),
  };
  const ownFunction: OwnFunction = {
    text,
    written: writtenLines(program),
    choices: program.choices,
    code: (values) =>
      codeOf(program, new Map(own.map((name) => [name, values[name] ?? Number.NaN]))),
  };
  return defineLesson({
    name: "own",
    inputs,
    programs: [],
    explain: (given) =>
      explain((...list: Tensor[]) => apply(list), { names: [...names] })(
        ...(valuesOf(given) as number[]),
      ),
    result: (given) =>
      apply(valuesOf(given).map((value) => (typeof value === "number" ? scalar(value) : value))),
    // Constants in a function belong to their operation, and in a network each named value is one node.
    folded: [],
    isNetwork: true,
    training,
    own: ownFunction,
    panel: "slope",
    run: [{ key: "write", says: ["write"], at: "end" }],
  });
}

/** Returns the surface over the plane of the two inputs that points set. */
function surfaceOf(
  { lines }: OwnProgram,
  data: readonly string[],
  target: string,
  isFitted: boolean,
): Pick<TrainingPlan, "surface"> {
  const [x, y, ...others] = data;
  const node = lines.at(-1)?.name;
  if (!isFitted || x === undefined || y === undefined || others.length > 0 || node === undefined) {
    return {};
  }
  return { surface: { x, y, node, target } };
}

/** Returns the change of an input by a key: a power of ten, about a tenth of the input. */
function stepOf(value: number): number {
  const size = Math.abs(value);
  return size > 0 ? 10 ** Math.max(-6, Math.floor(Math.log10(size)) - 1) : 0.1;
}
