/**
 * A typed function. Its lines define named values, functions, and start values of inputs; the last line that is not a
 * start value is the result. The page, the terminal, links and code use the reading and the choices of this module.
 */

import { withBars } from "./bars.ts";
import { type Alternative, alternative, type Choice, inserted, withLine } from "./choices.ts";
import { isReserved } from "./functions.ts";
import { type Context, type Definition, isEnd, Parser } from "./parse.ts";
import { startValues } from "./starts.ts";
import { type Token, tokensOf } from "./tokens.ts";
import { folded, namesIn, sizeOf, type Tree } from "./tree.ts";
import { Trouble, trouble } from "./trouble.ts";
import { type Run, runOf } from "./words.ts";

/** A line that is computed. */
export interface Line {
  readonly name: string;
  /** True if the name is in the text; false if it was made for a line without a name. */
  readonly isNamed: boolean;
  /** The tree as typed, for printing. */
  readonly tree: Tree;
  /** The tree as computed: calculations of only numbers are folded to numbers. */
  readonly folded: Tree;
}

export interface OwnProgram {
  readonly lines: readonly Line[];
  /**
   * The start values of all inputs, in the order in which they are used. It is a Map, so that `constructor` is an
   * ordinary name.
   */
  readonly inputs: ReadonlyMap<string, number>;
  /** The choices that the parser made, in the order of the text. */
  readonly choices: readonly Choice[];
}

/** The most characters of a text, and the most operations, so that an edit is shown at once. */
export const MOST_CHARACTERS = 4000;
export const MOST_OPERATIONS = 250;

/** The names for a result without a name, in the order in which they are tried. */
const RESULTS = ["f", "y", "result", "out"];

/** The names of step functions, which have no slope. */
const STEPS = new Set(["floor", "ceil", "round", "trunc", "mod"]);

/** A line of the text: its tokens, and the parts on the left of the sign =. */
interface Source {
  readonly tokens: readonly Token[];
  /** The index of the first token of the calculation. */
  readonly from: number;
  /** The name that the line defines. */
  readonly name: Token | undefined;
  /** The parameters of the function that the line defines; undefined if it defines a value. */
  readonly parameters: readonly string[] | undefined;
}

/** Splits tokens into lines, without empty ones. */
function sourcesOf(tokens: readonly Token[]): readonly Source[] {
  const sources: Source[] = [];
  let line: Token[] = [];
  for (const token of tokens) {
    line.push(token);
    if (!isEnd(token)) continue;
    if (line.length > 1) sources.push(sourceOf(line));
    line = [];
  }
  return sources;
}

function sourceOf(tokens: readonly Token[]): Source {
  const [name] = tokens;
  if (name?.kind !== "name") return { tokens, from: 0, name: undefined, parameters: undefined };
  if (isSign(tokens[1], "=")) return { tokens, from: 2, name, parameters: undefined };
  const close = tokens.findIndex((token) => isSign(token, ")"));
  const inside = tokens.slice(2, Math.max(2, close));
  const isList = inside.every(({ kind, text }, i) =>
    i % 2 === 0 ? kind === "name" : text === ",",
  );
  const isFunction = isSign(tokens[1], "(") && isSign(tokens[close + 1], "=");
  if (!isFunction || !isList || inside.length % 2 === 0) {
    return { tokens, from: 0, name: undefined, parameters: undefined };
  }
  const parameters = inside.filter((_, i) => i % 2 === 0).map(({ text }) => text);
  return { tokens, from: close + 2, name, parameters };
}

function isSign(token: Token | undefined, sign: string): boolean {
  return token?.kind === "sign" && token.text === sign;
}

/** The runs of letters that were split, or are words, by their text. */
type Runs = Map<
  string,
  { readonly run: Run; readonly tokens: Token[]; readonly isCalled: boolean[] }
>;

/** Returns the tokens of a line with its runs of letters split, and adds the split ones to `runs`. */
function cut(
  { tokens, from, parameters = [] }: Source,
  declared: ReadonlySet<string>,
  runs: Runs,
): readonly Token[] {
  const known = parameters.length === 0 ? declared : new Set([...declared, ...parameters]);
  return tokens.flatMap((token, i): readonly Token[] => {
    if (token.kind !== "name" || i < from) return [token];
    const next = tokens[i + 1];
    const isBracket = isSign(next, "(") || isSign(next, "{");
    const isArgument =
      next?.kind === "sign" ? "({√|^frac".includes(next.text) : next !== undefined && !isEnd(next);
    const run = runOf(token, known, { isBracket, isArgument });
    if (run.pieces.length > 1 || run.isWord) {
      const noted = runs.get(token.text) ?? { run, tokens: [], isCalled: [] };
      noted.tokens.push(token);
      noted.isCalled.push(isSign(next, "("));
      runs.set(token.text, noted);
    }
    return run.pieces.map((piece, k) => ({ ...piece, isApart: k === 0 && token.isApart }));
  });
}

/** Returns the choices about split runs, words, and log. */
function choicesOf(text: string, runs: Runs, lines: readonly (readonly Token[])[]): Choice[] {
  const choices: Choice[] = [];
  for (const [typed, { run, tokens, isCalled }] of runs) {
    const [first] = tokens;
    if (first === undefined) continue;
    const span = { start: first.start, end: first.end };
    if (run.isWord) {
      choices.push({ kind: "word", typed, read: typed, others: [split(text, tokens)], ...span });
      continue;
    }
    const read = run.pieces
      .map((piece, i) => {
        const gap = run.pieces[i - 1]?.kind === "function" ? " " : " · ";
        return (i === 0 ? "" : gap) + text.slice(piece.start, piece.end);
      })
      .join("");
    // Before a bracket, a name of several letters needs a sign, since it would be read as a function.
    const signs = tokens.filter((_, i) => isCalled[i]).map(({ end }) => inserted(end, "·"));
    choices.push({
      kind: "cut",
      typed: text.slice(first.start, first.end),
      read,
      others: [withLine(text, `${typed} = 1`, signs)],
      ...span,
    });
  }
  const logs = lines.flat().filter(({ kind, text: name }) => kind === "function" && name === "log");
  const [first] = logs;
  if (first !== undefined) {
    const others = ["ln", "log10"].map((by) => ({
      ...alternative(
        text,
        first,
        logs.map(({ start, end }) => ({ start, end, by })),
      ),
      shown: by,
    }));
    const { start, end } = first;
    choices.push({ kind: "log", typed: text.slice(start, end), read: "ln", others, start, end });
  }
  return choices;
}

/** Returns a text in which a word is a product of its letters. */
function split(text: string, tokens: readonly Token[]): Alternative {
  const edits = tokens.flatMap(({ letters = [] }) =>
    letters.slice(1).flatMap((letter) => {
      const isLetter = /^\p{L}/u.test(letter.text);
      return isLetter ? [inserted(letter.start, "·")] : [];
    }),
  );
  const [first] = tokens;
  const inside = edits.filter(({ start }) => first && start > first.start && start < first.end);
  const shown = first === undefined ? "" : alternative(text, first, inside).shown;
  return { ...alternative(text, { start: 0, end: 0 }, edits), shown };
}

/** Refuses signs of derivatives and step functions, unless a line defines their names. */
function refuse(tokens: readonly Token[], declared: ReadonlySet<string>): void {
  const isFree = (token: Token | undefined): token is Token =>
    token?.kind === "name" && !declared.has(token.text);
  for (const [i, token] of tokens.entries()) {
    if (!isFree(token)) continue;
    const [sign, under] = [tokens[i + 1], tokens[i + 2]];
    if (STEPS.has(token.text) && isSign(sign, "(")) throw trouble("steps", [], token);
    if (!isSign(sign, "/") && !isSign(sign, "}")) continue;
    // In TeX, numerator and denominator are in braces.
    const below = isSign(sign, "}") && isSign(under, "{") ? tokens[i + 3] : under;
    if (isFree(below) && /^d(\p{L}.?)?$/u.test(token.text) && /^d\p{L}.?$/u.test(below.text)) {
      throw trouble("derivative", [], { start: token.start, end: below.end });
    }
  }
}

/**
 * Reads a typed function.
 * @throws Trouble with its position, if the text is not a function.
 */
export function readProgram(text: string): OwnProgram {
  if (text.length > MOST_CHARACTERS) {
    throw trouble("long", [MOST_CHARACTERS], { start: MOST_CHARACTERS, end: text.length });
  }
  const raw = tokensOf(text);
  const sources = sourcesOf(raw);
  const declared = new Set(sources.flatMap(({ name }) => name?.text ?? []));
  refuse(raw, declared);
  const runs: Runs = new Map();
  const lines = sources.map((source) => ({
    source,
    tokens: withBars(cut(source, declared, runs)),
  }));
  const choices = choicesOf(
    text,
    runs,
    lines.map(({ tokens }) => tokens),
  );
  const makers = new Map(
    sources.flatMap(({ name, parameters }) =>
      name && parameters ? [[name.text, parameters]] : [],
    ),
  );
  const [called, plain] = usesOf(lines, makers);
  for (const name of declared) plain.add(name);
  const definitions = new Map<string, Definition>();
  const context: Context = { text, declared, definitions, plain, most: MOST_OPERATIONS, choices };
  const taken = new Set<string>();
  for (const { name } of sources) if (name !== undefined) checkName(name, taken);
  const treeOf = ({ source, tokens }: (typeof lines)[number]): Tree => {
    const tree = new Parser(tokens, source.from, context).line();
    if (sizeOf(tree) > MOST_OPERATIONS) throw trouble("large", [MOST_OPERATIONS], tree);
    return tree;
  };
  const isDefinition = ({ source }: (typeof lines)[number]) =>
    source.parameters !== undefined && called.has(source.name?.text ?? "");
  for (const line of lines.filter(isDefinition)) {
    const { name, parameters = [] } = line.source;
    if (name === undefined) continue;
    const body = treeOf(line);
    const early = namesIn(body).find((each) => called.has(each.name));
    if (early !== undefined) throw trouble("early", [early.name], early);
    definitions.set(name.text, { parameters, body });
  }
  return assembled(
    text,
    lines.filter((line) => !isDefinition(line)),
    treeOf,
    choices,
  );
}

/** Returns the functions that are called, and the names that are without a bracket after them. */
function usesOf(
  lines: readonly { readonly source: Source; readonly tokens: readonly Token[] }[],
  makers: ReadonlyMap<string, readonly string[]>,
): readonly [called: Set<string>, plain: Set<string>] {
  const [called, plain] = [new Set<string>(), new Set<string>()];
  for (const { source, tokens } of lines) {
    for (const [i, token] of tokens.entries()) {
      if (token.kind !== "name" || i < source.from) continue;
      const isBracket = isSign(tokens[i + 1], "(");
      if (isBracket && makers.has(token.text)) called.add(token.text);
      if (!isBracket) plain.add(token.text);
    }
    for (const name of source.parameters ?? []) plain.add(name);
  }
  return [called, plain];
}

/** Returns the program of a text, given its lines. */
function assembled<Source extends { readonly source: { readonly name: Token | undefined } }>(
  text: string,
  sources: readonly Source[],
  treeOf: (source: Source) => Tree,
  choices: readonly Choice[],
): OwnProgram {
  const starts = new Map<string, number>();
  const made = new Set<string>();
  /** Names that are used before a line defines them. */
  const used = new Set<string>();
  const lines: Line[] = [];
  let size = 0;
  for (const source of sources) {
    const { name } = source.source;
    const tree = treeOf(source);
    size += sizeOf(tree);
    if (size > MOST_OPERATIONS) throw trouble("large", [MOST_OPERATIONS], tree);
    const plain = folded(tree);
    if (name !== undefined && plain.kind === "number") {
      starts.set(name.text, plain.value);
      continue;
    }
    for (const each of namesIn(plain)) if (!made.has(each.name)) used.add(each.name);
    if (name !== undefined && used.has(name.text)) throw trouble("early", [name.text], name);
    if (name !== undefined) made.add(name.text);
    lines.push({ name: name?.text ?? "", isNamed: name !== undefined, tree, folded: plain });
  }
  if (used.size === 0) throw trouble("empty", [], { start: text.length, end: text.length });
  const named = withNames(lines, new Set([...made, ...used]));
  return {
    lines: named,
    inputs: startValues(named, [...used], starts),
    choices: choices.toSorted((a, b) => a.start - b.start || a.end - b.end),
  };
}

function checkName(token: Token, taken: Set<string>) {
  const { text } = token;
  if (isReserved(text)) throw trouble("reserved", [text], token);
  if (taken.has(text)) throw trouble("twice", [text], token);
  taken.add(text);
}

/** Returns the lines, each with a name that no other node has. */
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

let last: { readonly text: string; readonly read: OwnProgram | Trouble } | undefined;

/** Reads a typed function; returns the trouble if it is not one. The last result is cached. */
export function tryProgram(text: string): OwnProgram | Trouble {
  if (last?.text !== text) last = { text, read: tried(text) };
  return last.read;
}

function tried(text: string): OwnProgram | Trouble {
  try {
    return readProgram(text);
  } catch (error) {
    if (error instanceof Trouble) return error;
    throw error;
  }
}
