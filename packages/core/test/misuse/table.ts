/**
 * Reads the parameters of the public functions of a package from `arguments.json`, which `scripts/arguments.mjs` writes
 * from the declarations.
 */

import { readFileSync } from "node:fs";

/** The kinds that a parameter or an option admits; see `kindsOf` in `scripts/arguments.mjs`. */
export type Kinds = readonly string[];

type Marked<Kind> = Readonly<Record<string, Kind>>;

/** A parameter, or an option. */
export interface Parameter {
  readonly name: string;
  readonly optional: boolean;
  /** True if it takes all further arguments. */
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

/** The functions of a package, by entry point and name. */
export type Table = ReadonlyMap<string, ReadonlyMap<string, readonly Form[]>>;

/**
 * Returns the forms of every function of a package, by its entry point and its name: `sum`, `new Adam`,
 * `Variable.assign`, `accuracy.streaming`.
 *
 * @param folder the URL of the package
 */
export function tableOf(folder: URL): Table {
  const text = readFileSync(new URL("arguments.json", folder), "utf8");
  const entries: Readonly<Record<string, Marked<readonly Marked<Kinds | Marked<Kinds>>[]>>> =
    JSON.parse(text);
  return new Map(
    Object.entries(entries).map(([entry, functions]) => [
      entry,
      new Map(
        Object.entries(functions).map(([name, forms]) => [name, forms.map(parametersOf)] as const),
      ),
    ]),
  );
}
