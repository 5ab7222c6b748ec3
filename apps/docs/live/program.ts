/** The text of the editor, made into a module that a worker can load: without types, with the libraries handed in. */

import { MODULES } from "./modules.mjs";
import { withResult } from "./result.mjs";

export type ModuleName = (typeof MODULES)[number];

/** A program that is ready to be loaded. Lines are those of the editor. */
export interface Prepared {
  readonly script: string;
  readonly modules: readonly ModuleName[];
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

/** The global name under which a program finds the libraries. */
export const LIBRARIES = "__libraries";

const IMPORT =
  /^import\s+(?:(?:([\w$]+)\s*,?\s*)?(?:\{([^}]*)\}|\*\s*as\s+([\w$]+))?\s*from\s*)?["']([^"']+)["'];?/gm;

/** Prepares a program, with Sucrase, which is loaded with its first use. @throws ProgramError */
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
  script = script.replace(IMPORT, (whole, own, names, all, from, offset: number) => {
    const name = MODULES.find((each) => each === from);
    if (name === undefined) {
      const line = script.slice(0, offset).split("\n").length;
      throw new ProgramError(
        `import: expected one of ${MODULES.join(", ")}, got "${from}". A block has nothing else to import.`,
        line,
      );
    }
    modules.add(name);
    return bindings(whole, `globalThis.${LIBRARIES}["${name}"]`, own, names, all);
  });
  return { script, modules: [...modules] };
}

/** Returns the bindings of an import, in as many lines. */
function bindings(whole: string, library: string, own?: string, names?: string, all?: string) {
  const parts: string[] = [];
  if (own !== undefined) parts.push(`const ${own} = ${library}.default;`);
  if (names !== undefined) parts.push(`const {${names.replace(/\s+as\s+/g, ": ")}} = ${library};`);
  if (all !== undefined) parts.push(`const ${all} = ${library};`);
  const text = parts.join(" ");
  const missing = whole.split("\n").length - text.split("\n").length;
  return text + "\n".repeat(Math.max(0, missing));
}
