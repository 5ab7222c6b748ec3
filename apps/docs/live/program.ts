/**
 * Conversion of the editor's text to a module that a worker can load: without types, and with the libraries from a
 * global variable.
 */

import { MODULES } from "./modules.mjs";
import { withResult } from "./result.mjs";

export type ModuleName = (typeof MODULES)[number];

/** A name that a program imports, and the line of the import. */
export interface Imported {
  readonly name: string;
  readonly from: ModuleName;
  readonly line: number;
}

/** A prepared program, which a worker can load. It has the lines of the editor. */
export interface Prepared {
  readonly script: string;
  readonly modules: readonly ModuleName[];
  readonly names: readonly Imported[];
}

/** The error of a program that is found before it runs. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

/** The global variable from which a program reads the libraries. */
export const LIBRARIES = "__libraries";

const IMPORT =
  /^import\s+(?:(?:([\w$]+)\s*,?\s*)?(?:\{([^}]*)\}|\*\s*as\s+([\w$]+))?\s*from\s*)?["']([^"']+)["'];?/gm;

/** Prepares a program with Sucrase, which is loaded at its first use. @throws ProgramError */
export async function prepare(code: string): Promise<Prepared> {
  const { transform } = await import("sucrase");
  const shown = withResult(code);
  let script: string;
  try {
    script = transform(shown, { transforms: ["typescript"], disableESTransforms: true }).code;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, text = message, line] =
      /^(?:Error transforming \w+: )?(.*?) \((\d+):\d+\)$/.exec(message) ?? [];
    throw new ProgramError(`SyntaxError: ${text}`, line === undefined ? undefined : Number(line));
  }
  const modules = new Set<ModuleName>();
  const imported: Imported[] = [];
  script = script.replace(IMPORT, (whole, own, names, all, from, offset: number) => {
    const name = MODULES.find((each) => each === from);
    const line = script.slice(0, offset).split("\n").length;
    if (name === undefined) {
      throw new ProgramError(
        `import: expected one of ${MODULES.join(", ")}, got "${from}". A block has nothing else to import.`,
        line,
      );
    }
    modules.add(name);
    for (const each of names?.match(/[\w$]+(?=\s*(?:\bas\b|,|$))/g) ?? []) {
      if (!new RegExp(`\\bas\\s+${each}\\b`).test(names))
        imported.push({ name: each, from: name, line });
    }
    return bindings(whole, `globalThis.${LIBRARIES}["${name}"]`, own, names, all);
  });
  return { script, modules: [...modules], names: imported };
}

/**
 * Throws for the first imported name that its module does not export; the error names a module that exports it.
 *
 * @param load loads a module, also a module that the program does not import, to search a name in it.
 * @throws ProgramError
 */
export async function checkNames(
  names: readonly Imported[],
  load: (name: ModuleName) => Promise<object>,
): Promise<void> {
  for (const { name, from, line } of names) {
    if (name in (await load(from))) continue;
    let advice = "";
    for (const other of MODULES) {
      if (name in (await load(other))) advice = ` It is in ${other}.`;
    }
    throw new ProgramError(`import: ${from} has no ${name}.${advice}`, line);
  }
}

/** Returns the declarations that replace an import, with the same number of lines. */
function bindings(whole: string, library: string, own?: string, names?: string, all?: string) {
  const parts: string[] = [];
  if (own !== undefined) parts.push(`const ${own} = ${library}.default;`);
  if (names !== undefined) parts.push(`const {${names.replace(/\s+as\s+/g, ": ")}} = ${library};`);
  if (all !== undefined) parts.push(`const ${all} = ${library};`);
  const text = parts.join(" ");
  const missing = whole.split("\n").length - text.split("\n").length;
  return text + "\n".repeat(Math.max(0, missing));
}
