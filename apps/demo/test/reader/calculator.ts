/**
 * A simulated reader with a pocket calculator: it finds the equations in a text and evaluates them as written. It is
 * independent of the page's code.
 */

/** The equations that are false, or that could not be read. */
export interface Reading {
  /** The equations of numbers, as text. */
  readonly evaluated: string[];
  /** The names with their numbers: `t = 5`. */
  readonly named: { readonly name: string; readonly sign: string; readonly number: string }[];
  /** The equations of only names: `z = t²`. */
  readonly symbolic: string[];
  readonly wrong: string[];
}

export type ShownDigits = number | "exact";

const NUMBER = "(?:−?(?:\\d+(?:\\.\\d+)?(?:e[+−]?\\d+)?|∞)|NaN)";
const TOKEN = new RegExp(`^\\s*(${NUMBER}|[×/+−()])`);
const RELATION = /\s*[=≈→]\s*/;

/** Reads a line. */
export function readLine(line: string, digits: ShownDigits, reading: Reading): void {
  const text = line.replaceAll("\u00a0", " ");
  const signs = [...text.matchAll(/[=≈→]/g)];
  if (signs.length === 0) return;
  const segments = text.split(RELATION);
  signs.forEach(([sign], i) => {
    const left = longestSuffix(segments[i] ?? "");
    const right = longestPrefix(segments[i + 1] ?? "");
    const shown = `${segments[i]} ${sign} ${segments[i + 1]}`;
    if (left !== "" && right !== "") {
      const equation = `${left} ${sign} ${right}`;
      reading.evaluated.push(equation);
      const complaint = judge(left, sign, right, digits);
      if (complaint !== undefined) reading.wrong.push(`${complaint}: ${equation}   in: ${line}`);
    } else if (right !== "" && left === "") {
      const name = (segments[i] ?? "").trim();
      reading.named.push({ name, sign, number: right });
    } else reading.symbolic.push(shown.trim());
  });
}

/** Returns the longest end of a text that is a calculation and does not follow a letter or a digit. */
function longestSuffix(text: string): string {
  for (let start = 0; start < text.length; start++) {
    if (/[\p{L}\d.′₀-₉_]/u.test(text[start - 1] ?? " ") || text[start] === " ") continue;
    // A sign before the calculation means that it belongs to a calculation with names.
    if (/[·×/+−(]\s*$/.test(text.slice(0, start))) continue;
    const rest = text.slice(start);
    if (parsed(rest)?.rest === "") return rest.trim();
  }
  return "";
}

/** Returns the longest beginning of a text that is a calculation. */
function longestPrefix(text: string): string {
  const found = parsed(text);
  if (found === undefined) return "";
  const { rest } = found;
  // A letter or an operator after the calculation means that it continues with names.
  return /^[\p{L}²]|^\s*[·×/]/u.test(rest) ? "" : text.slice(0, text.length - rest.length).trim();
}

type Tree = { readonly number: string } | { readonly sign: string; readonly parts: [Tree, Tree] };

/** Returns the calculation at the beginning of a text, and the rest of the text. */
function parsed(text: string): { tree: Tree; rest: string } | undefined {
  let rest = text;
  const peek = () => rest.match(TOKEN)?.[1];
  const take = () => {
    const match = rest.match(TOKEN);
    rest = rest.slice(match?.[0].length ?? 0);
    return match?.[1] ?? "";
  };
  const factor = (): Tree | undefined => {
    const next = peek();
    if (next === "(") {
      take();
      const inner = sum();
      if (inner === undefined || peek() !== ")") return undefined;
      take();
      return inner;
    }
    return next !== undefined && /[\d∞N]/.test(next) ? { number: take() } : undefined;
  };
  const chain = (signs: RegExp, part: () => Tree | undefined): Tree | undefined => {
    let left = part();
    while (left !== undefined) {
      const before = rest;
      if (!signs.test(peek() ?? "")) return left;
      const sign = take();
      const right = part();
      if (right === undefined) {
        rest = before;
        return left;
      }
      left = { sign, parts: [left, right] };
    }
    return left;
  };
  const product = () => chain(/^[×/]$/, factor);
  const sum = (): Tree | undefined => chain(/^[+−]$/, product);
  const tree = sum();
  return tree === undefined ? undefined : { tree, rest };
}

function judge(left: string, sign: string, right: string, digits: ShownDigits): string | undefined {
  const [a, b] = [parsed(left)?.tree, parsed(right)?.tree];
  if (a === undefined || b === undefined) return "cannot be read";
  const [x, y] = [exact(a), exact(b)];
  if (sign === "→") {
    if (x !== undefined && y !== undefined) return "is finite";
    const [from, to] = [float(a), float(b)];
    return Object.is(from, to) || from === to ? undefined : `gives ${from}`;
  }
  if (x === undefined || y === undefined) return "is not finite";
  const isEqual = x.over * y.under === y.over * x.under;
  if (sign === "=") return isEqual ? undefined : `gives ${float(a)}`;
  if (isEqual) return "is exact";
  const [p, q] = [interval(a, digits), interval(b, digits)];
  const [low, high] = [Math.max(p[0], q[0]), Math.min(p[1], q[1])];
  return low <= high * (1 + 1e-15 * Math.sign(high)) ? undefined : `gives ${float(a)}`;
}

interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

function plain(text: string): string {
  return text.replaceAll("−", "-").replace("∞", "Infinity");
}

/** Computes the exact result as a fraction of whole numbers. */
function exact(tree: Tree): Fraction | undefined {
  if ("number" in tree) {
    const text = plain(tree.number);
    if (!Number.isFinite(Number(text))) return undefined;
    const [mantissa = "", power = "0"] = text.split("e");
    const [whole = "", part = ""] = mantissa.split(".");
    const shift = Number(power) - part.length;
    const value = BigInt(whole + part);
    return shift < 0
      ? { over: value, under: 10n ** BigInt(-shift) }
      : { over: value * 10n ** BigInt(shift), under: 1n };
  }
  const [a, b] = tree.parts.map(exact);
  if (a === undefined || b === undefined) return undefined;
  if (tree.sign === "×") return { over: a.over * b.over, under: a.under * b.under };
  if (tree.sign === "/") {
    return b.over === 0n ? undefined : { over: a.over * b.under, under: a.under * b.over };
  }
  const second = tree.sign === "−" ? -b.over : b.over;
  return { over: a.over * b.under + second * a.under, under: a.under * b.under };
}

function float(tree: Tree): number {
  if ("number" in tree) return Number(plain(tree.number));
  return applied(tree.sign, float(tree.parts[0]), float(tree.parts[1]));
}

function applied(sign: string, x: number, y: number): number {
  if (sign === "×") return x * y;
  if (sign === "/") return x / y;
  return sign === "−" ? x - y : x + y;
}

/** Returns the bounds of a calculation's result, if each of its numbers was rounded to the shown digits. */
function interval(tree: Tree, digits: ShownDigits): readonly [number, number] {
  if ("number" in tree) {
    const value = float(tree);
    const half = halfUnit(value, digits);
    return [value - half, value + half];
  }
  const [p, q] = tree.parts.map((part) => interval(part, digits));
  // If the divisor may have been 0, the quotient may be any number.
  if (tree.sign === "/" && q && q[0] <= 0 && q[1] >= 0) return [-Infinity, Infinity];
  const ends = (p ?? []).flatMap((x) => (q ?? []).map((y) => applied(tree.sign, x, y)));
  return [Math.min(...ends), Math.max(...ends)];
}

/** Returns half a unit in the last shown digit. */
export function halfUnit(value: number, digits: ShownDigits): number {
  if (value === 0) return 0;
  const before = Math.floor(Math.log10(Math.abs(value))) + 1;
  if (digits === "exact") return Math.abs(value) * 2 ** -52;
  // All digits before the point are shown, except for very large numbers.
  const places = Math.abs(value) < 1e15 ? Math.max(digits, before) : digits;
  return 0.5 * 10 ** (before - places) * (1 + 1e-9) + Math.abs(value) * 2 ** -52;
}
