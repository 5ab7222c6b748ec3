/** The options of the command. */

import { parseArgs } from "node:util";
import { numbersOf, size } from "./text.ts";

export interface Options {
  readonly epochs: number;
  readonly start: string;
  readonly length: number;
  readonly temperature: number;
  readonly top: number;
  readonly seed: number;
  readonly out: string;
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new Error(`--${option} takes a whole number from ${least} to ${most}, not "${text}"`);
}

function fromZero(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && number >= 0 && number < Number.POSITIVE_INFINITY) return number;
  throw new Error(`--${option} takes a number from 0, not "${text}"`);
}

/** @throws Error for what is wrong. */
function parse(args: readonly string[]): Options {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      epochs: { ...text, default: "3" },
      start: { ...text, default: "Mr. Darcy" },
      length: { ...text, default: "100" },
      temperature: { ...text, default: "0.7" },
      top: { ...text, default: "40" },
      seed: { ...text, default: "1" },
      out: { ...text, default: "output" },
    },
  });
  const { epochs, start, length, temperature, top, seed, out } = values;
  if (start === "") throw new Error("--start takes at least one character");
  numbersOf(start);
  return {
    epochs: wholeNumber("epochs", epochs, 1, 1000),
    start,
    length: wholeNumber("length", length, 0, 100_000),
    temperature: fromZero("temperature", temperature),
    top: wholeNumber("top", top, 1, size),
    seed: wholeNumber("seed", seed, 0, 2 ** 30),
    out,
  };
}

/** Returns the options; undefined where they are wrong, which is told in one line, and as exit code 1. */
export function readOptions(args: readonly string[]): Options | undefined {
  try {
    return parse(args);
  } catch (error) {
    const [line] = String(error instanceof Error ? error.message : error).split("\n");
    console.error(line);
    process.exitCode = 1;
    return undefined;
  }
}
