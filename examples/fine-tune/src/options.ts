/** The options of the command. */

import { parseArgs } from "node:util";
import { PARTS, type Part } from "./training.ts";

export interface Options {
  readonly train: Part;
  readonly epochs: number;
  readonly seed: number;
  readonly out: string;
}

function wholeNumber(option: string, text: string, least: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  throw new Error(`--${option} takes a whole number from ${least} to 999999999, not "${text}"`);
}

function parse(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      train: { type: "string", default: "head" },
      epochs: { type: "string", default: "20" },
      seed: { type: "string", default: "1" },
      out: { type: "string", default: "output" },
    },
  });
  const train = PARTS.find((part) => part === values.train);
  if (train === undefined) {
    throw new Error(`--train takes one of ${PARTS.join(", ")}, not "${values.train}"`);
  }
  return {
    train,
    epochs: wholeNumber("epochs", values.epochs, 1),
    seed: wholeNumber("seed", values.seed, 0),
    out: values.out,
  };
}

/** Returns the options; undefined if they are wrong, after printing one line and setting the exit code 1. */
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
