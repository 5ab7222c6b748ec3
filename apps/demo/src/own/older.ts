/**
 * Conversion of functions in older links and in the browser's storage. There, names were never split, start values were
 * 1, and all factors after a slash were in the denominator. The new text has the same values.
 */

import { CONSTANTS, FUNCTIONS } from "./functions.ts";
import { tryProgram } from "./program.ts";
import { tokensOf } from "./tokens.ts";
import { Trouble } from "./trouble.ts";

/** The start value of inputs that had none. */
const START = 1;

/** Names of functions that were names of variables before. */
const LATER = new Set(["log2", "log10"]);

/** Returns a text that has today the meaning of an older text; a text that could not be read stays as it is. */
export function renewed(text: string): string {
  let made = text;
  try {
    const names = namesOf(text);
    const added = names.map((name) => `${name} = ${START}`).join("; ");
    if (added !== "") made = `${text}\n${added}`;
  } catch (error) {
    if (error instanceof Trouble) return text;
    throw error;
  }
  for (;;) {
    const read = tryProgram(made);
    if (read instanceof Trouble) return text;
    const beside = read.choices.find(({ kind }) => kind === "beside")?.others[0];
    if (beside === undefined) return made;
    made = beside.text;
  }
}

/** Returns the names in a text that no line defines. */
function namesOf(text: string): readonly string[] {
  const tokens = tokensOf(text);
  const [used, made] = [new Set<string>(), new Set<string>()];
  for (const [i, { kind, text: name }] of tokens.entries()) {
    const isKnown = CONSTANTS.has(name) || (FUNCTIONS.has(name) && !LATER.has(name));
    if (kind !== "name" || isKnown) continue;
    const [before, next] = [tokens[i - 1], tokens[i + 1]];
    const isFirst = before === undefined || before.kind === "line";
    if (isFirst && next?.kind === "sign" && next.text === "=") made.add(name);
    else used.add(name);
  }
  return [...used].filter((name) => !made.has(name));
}
