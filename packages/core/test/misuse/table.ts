/**
 * The arguments of the public functions, as their declarations say them: `arguments.json`, which
 * `scripts/arguments.mjs` writes.
 */

import { readFileSync } from "node:fs";

/** The kinds that a parameter or an option admits; see `kindsOf` in `scripts/arguments.mjs`. */
export type Kinds = readonly string[];

type Marked<Kind> = Readonly<Record<string, Kind>>;

/** A parameter, or an option. */
export interface Parameter {
  readonly name: string;
  readonly optional: boolean;
  /** True if it stands for any number of arguments. */
  readonly rest: boolean;
  readonly kinds: Kinds;
  /** The options of the parameter `options`. */
  readonly options?: readonly Parameter[];
}

/** A list of parameters that a function may be called with. */
export type Form = readonly Parameter[];

function parametersOf(record: Marked<Kinds | Marked<Kinds>>): Form {
  return Object.entries(record).map(([marked, kinds]) => {
    const name = marked.replace(/^\.\.\.|\?$/g, "");
    const [optional, rest] = [marked.endsWith("?"), marked.startsWith("...")];
    return Array.isArray(kinds)
      ? { name, optional, rest, kinds }
      : { name, optional, rest, kinds: ["object"], options: parametersOf(kinds as Marked<Kinds>) };
  });
}

const text = readFileSync(new URL("../../arguments.json", import.meta.url), "utf8");
const entries: Readonly<Record<string, Marked<readonly Marked<Kinds | Marked<Kinds>>[]>>> =
  JSON.parse(text);

/**
 * Returns the forms of every function of an entry by its name: `sum`, `new Adam`, `Variable.assign`,
 * `accuracy.streaming`.
 */
export function formsOf(entry: string): ReadonlyMap<string, readonly Form[]> {
  const table = entries[entry] ?? {};
  return new Map(Object.entries(table).map(([name, forms]) => [name, forms.map(parametersOf)]));
}

/** The entries that have functions. */
export const ENTRIES: readonly string[] = Object.keys(entries);
