/** The options of the command. */

import { parseArgs } from "node:util";
import { type ModelName, models } from "./models.ts";

export interface Options {
  readonly model: ModelName;
  readonly seeds: readonly number[];
  readonly epochs: number;
  readonly out: string;
}

const isModel = (name: string): name is ModelName => Object.hasOwn(models, name);

function wholeNumber(option: string, text: string, least: number): number {
  if (/^\d+$/.test(text) && Number(text) >= least) return Number(text);
  throw new Error(`--${option} takes a whole number from ${least}, not "${text}"`);
}

function parse(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      model: { type: "string", default: "mlp" },
      seeds: { type: "string", default: "1" },
      epochs: { type: "string", default: "30" },
      out: { type: "string", default: "output" },
    },
  });
  const { model, seeds, epochs, out } = values;
  if (!isModel(model)) {
    throw new Error(`--model takes one of ${Object.keys(models).join(", ")}, not "${model}"`);
  }
  return {
    model,
    seeds: seeds.split(",").map((seed) => wholeNumber("seeds", seed, 0)),
    epochs: wholeNumber("epochs", epochs, 1),
    out,
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
