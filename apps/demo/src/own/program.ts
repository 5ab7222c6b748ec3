/**
 * A typed function: lines that make values by name, and start values of its inputs. The last line that is no start
 * value is the result.
 */

import { CONSTANTS, FUNCTIONS } from "./functions.ts";
import { isEnd, Parser } from "./parse.ts";
import { type Token, tokensOf } from "./tokens.ts";
import { folded, namesIn, sizeOf, type Tree } from "./tree.ts";
import { Trouble, trouble } from "./trouble.ts";

/** A line that is computed. */
export interface Line {
  readonly name: string;
  /** True if the name stands in the text, or is one for a line without. */
  readonly isNamed: boolean;
  /** The tree as it is typed, for printing it back. */
  readonly tree: Tree;
  /** The tree as it is computed: calculations of numbers alone are numbers. */
  readonly folded: Tree;
}

export interface OwnProgram {
  readonly lines: readonly Line[];
  /** The start values of all inputs, in the order in which they are used. A name is a name, be it `constructor`. */
  readonly inputs: ReadonlyMap<string, number>;
}

/** A longer text is not read, and a larger graph is not drawn: an edit of it must be seen at once. */
export const MOST_CHARACTERS = 4000;
export const MOST_OPERATIONS = 250;

/** The names of a result that has none, in the order in which they are tried. */
const RESULTS = ["f", "y", "result", "out"];

/** The start value of an input that has none. */
const START = 1;

/**
 * Reads a typed function.
 * @throws Trouble for a text that is none, with the position in it.
 */
export function readProgram(text: string): OwnProgram {
  if (text.length > MOST_CHARACTERS) {
    throw trouble("long", [MOST_CHARACTERS], { start: MOST_CHARACTERS, end: text.length });
  }
  const tokens = tokensOf(text);
  const starts = new Map<string, number>();
  const made = new Set<string>();
  /** Names that are used before a line makes them, by the position of their first use. */
  const used = new Set<string>();
  const lines: Line[] = [];
  let size = 0;
  let at = 0;
  while (at < tokens.length) {
    const first = tokens[at];
    if (first === undefined) break;
    if (isEnd(first)) {
      at++;
      continue;
    }
    const isNamed = first.kind === "name" && isSign(tokens[at + 1], "=");
    const parser = new Parser(tokens, isNamed ? at + 2 : at);
    if (isNamed) checkName(first, starts, made);
    const tree = parser.line();
    at = parser.at;
    size += sizeOf(tree);
    if (size > MOST_OPERATIONS) throw trouble("large", [MOST_OPERATIONS], tree);
    const plain = folded(tree);
    if (isNamed && plain.kind === "number") {
      starts.set(first.text, plain.value);
      continue;
    }
    for (const { name } of namesIn(plain)) if (!made.has(name)) used.add(name);
    if (isNamed && used.has(first.text)) throw trouble("early", [first.text], first);
    if (isNamed) made.add(first.text);
    lines.push({ name: isNamed ? first.text : "", isNamed, tree, folded: plain });
  }
  if (used.size === 0) throw trouble("empty", [], { start: text.length, end: text.length });
  for (const name of made) {
    const token = starts.has(name) ? tokens.find((each) => each.text === name) : undefined;
    if (token !== undefined) throw trouble("twice", [name], token);
  }
  const inputs = new Map([...used].map((name) => [name, starts.get(name) ?? START]));
  return { lines: withNames(lines, new Set([...made, ...used])), inputs };
}

function isSign(token: Token | undefined, sign: string): boolean {
  return token?.kind === "sign" && token.text === sign;
}

function checkName(token: Token, starts: ReadonlyMap<string, number>, made: ReadonlySet<string>) {
  const { text } = token;
  if (CONSTANTS.has(text) || FUNCTIONS.has(text)) throw trouble("reserved", [text], token);
  if (starts.has(text) || made.has(text)) throw trouble("twice", [text], token);
}

/** Returns the lines that lead to the result, each with a name that no other node has. */
function withNames(lines: readonly Line[], taken: Set<string>): readonly Line[] {
  return lines.map((line) => {
    if (line.isNamed) return line;
    let number = 1;
    let name = RESULTS.find((each) => !taken.has(each));
    while (name === undefined || taken.has(name)) name = `f${number++}`;
    taken.add(name);
    return { ...line, name };
  });
}

/** Reads a typed function; the trouble where it is none. */
export function tryProgram(text: string): OwnProgram | Trouble {
  try {
    return readProgram(text);
  } catch (error) {
    if (error instanceof Trouble) return error;
    throw error;
  }
}
