/**
 * The bars of absolute values: which of them open and which close.
 */

import type { Token } from "./tokens.ts";
import { trouble } from "./trouble.ts";

/** The signs that replace bars for the parser. */
export const [OPENS, CLOSES] = ["|(", "|)"] as const;

/**
 * Returns the tokens with an opening or closing sign for each bar. A bar opens at the start, after a sign, or if none
 * is open; else it closes. An ambiguous text, such as `|a|b|c|`, is refused.
 */
export function withBars(tokens: readonly Token[]): readonly Token[] {
  if (!tokens.some(isBar)) return tokens;
  const made: Token[] = [];
  let line: Token[] = [];
  for (const token of tokens) {
    line.push(token);
    if (token.kind !== "line" && token.kind !== "end") continue;
    made.push(...lineWithBars(line));
    line = [];
  }
  return made;
}

const isBar = ({ kind, text }: Token) => kind === "sign" && text === "|";

const isOneOf = ({ kind, text }: Token, ...signs: readonly string[]) =>
  kind === "sign" && signs.includes(text);

/** True if a calculation must follow a token: a sign, an opening bracket or bar, or a function. */
function isStart(token: Token): boolean {
  return token.kind === "function" || (token.kind === "sign" && !isOneOf(token, ")", "}", CLOSES));
}

function lineWithBars(line: readonly Token[]): readonly Token[] {
  const bars = line.filter(isBar);
  const [first, last] = [bars[0], bars.at(-1)];
  if (first === undefined || last === undefined) return line;
  /** The number of open bars in each open bracket. */
  const open = [0];
  let before: Token | undefined;
  const made = line.map((token) => {
    const level = open.length - 1;
    const count = open[level] ?? 0;
    let read = token;
    if (isBar(token)) {
      const opens = before === undefined || isStart(before) || count === 0;
      read = { ...token, text: opens ? OPENS : CLOSES };
      open[level] = count + (opens ? 1 : -1);
    } else if (isOneOf(token, "(", "{")) open.push(0);
    else if (isOneOf(token, ")", "}") && level > 0) open.pop();
    before = read;
    return read;
  });
  const span = { start: first.start, end: last.end };
  const count = readings(line);
  if (count > 1) throw trouble("bars", [], span);
  if (count === 0) throw trouble("bar", [], first);
  return made;
}

/** The numbers of readings up to a token, by the number of open bars. */
interface Ways {
  /** The readings in which a calculation must follow. */
  starts: readonly number[];
  /** The readings in which a calculation has just ended. */
  ends: readonly number[];
}

const sum = (a: readonly number[], b: readonly number[]): readonly number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, k) =>
    Math.min(2, (a[k] ?? 0) + (b[k] ?? 0)),
  );

/** Counts the ways in which the bars of a line can open and close, up to 2. */
function readings(line: readonly Token[]): number {
  let ways: Ways = { starts: [1], ends: [] };
  const outside: Ways[] = [];
  for (const token of line) {
    if (token.kind === "line" || token.kind === "end") break;
    const { starts, ends } = ways;
    if (isBar(token)) {
      ways = { starts: [0, ...sum(starts, ends)], ends: ends.slice(1) };
    } else if (isOneOf(token, "(", "{")) {
      outside.push(ways);
      ways = { starts: [1], ends: [] };
    } else if (isOneOf(token, ")", "}")) {
      const before = outside.pop();
      if (before === undefined) continue;
      const inner = Math.max(ends[0] ?? 0, 0);
      const all = sum(before.starts, before.ends);
      ways = { starts: [], ends: all.map((each) => Math.min(2, each * inner)) };
    } else if (isStart(token)) {
      const isPrefix = token.kind === "function" || isOneOf(token, "+", "−", "√", "frac");
      ways = { starts: isPrefix ? sum(starts, ends) : ends, ends: [] };
    } else ways = { starts: [], ends: sum(starts, ends) };
  }
  return outside.length > 0 ? 1 : (ways.ends[0] ?? 0);
}
