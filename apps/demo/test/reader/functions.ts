/**
 * Random typed functions, with their values in plain arithmetic.
 */

import fc from "../../../../packages/core/test/support/properties.ts";

/**
 * A function that is applied to the result of each operation: the identity for plain arithmetic, or another rounding.
 */
export type Rounding = (x: number) => number;

export type Given = Readonly<Record<string, number>>;

/** A calculation as a text, and its value in plain arithmetic. */
export interface Drawn {
  readonly text: string;
  readonly value: (given: Given, round: Rounding) => number;
  /** The precedence of the formula: 1 for a sum, 2 for a product, 3 for a minus, 4 for a power, 5 for an atom. */
  readonly strength: number;
}

export const NAMES = ["x", "y", "가격", "w₁", "constructor", "__proto__"] as const;

/** The start values of the names. */
export const START: Given = Object.fromEntries(
  NAMES.map((name, i) => [name, [0.7, -1.3, 2, 0.4, 1.1, -0.6][i] ?? 0]),
);

/** The lines that set these start values. */
export const startLines: string = NAMES.map((name) => `${name} = ${START[name]}`).join("\n");

const leaf: fc.Arbitrary<Drawn> = fc.oneof(
  fc.constantFrom(...NAMES).map((name) => ({
    text: name,
    value: (given: Given) => given[name] ?? Number.NaN,
    strength: 5,
  })),
  fc.constantFrom(0.5, 1, 2, 3, 10, 1e-3).map((number) => ({
    text: String(number),
    value: () => number,
    strength: 5,
  })),
);

const inBrackets = ({ text, strength }: Drawn, least: number) =>
  strength < least ? `(${text})` : text;

const UNARY: readonly (readonly [string, (x: number) => number])[] = [
  ["exp", Math.exp],
  ["sin", Math.sin],
  ["cos", Math.cos],
  ["tanh", Math.tanh],
  ["atan", Math.atan],
  ["abs", Math.abs],
  ["relu", (x) => Math.max(0, x)],
  ["σ", (x) => 1 / (1 + Math.exp(-x))],
];

export const { calculation } = fc.letrec<{ calculation: Drawn }>((tie) => {
  const pair = fc.tuple(tie("calculation"), tie("calculation"));
  return {
    calculation: fc.oneof(
      { maxDepth: 4, depthIdentifier: "calculation" },
      leaf,
      pair.chain(([a, b]) =>
        fc.constantFrom<Drawn>(
          {
            text: `${inBrackets(a, 1)} + ${inBrackets(b, 2)}`,
            value: (given, round) => round(a.value(given, round) + b.value(given, round)),
            strength: 1,
          },
          {
            text: `${inBrackets(a, 1)} - ${inBrackets(b, 2)}`,
            value: (given, round) => round(a.value(given, round) - b.value(given, round)),
            strength: 1,
          },
          {
            text: `${inBrackets(a, 2)}*${inBrackets(b, 3)}`,
            value: (given, round) => round(a.value(given, round) * b.value(given, round)),
            strength: 2,
          },
          {
            text: `${inBrackets(a, 2)} / ${inBrackets(b, 3)}`,
            value: (given, round) => round(a.value(given, round) / b.value(given, round)),
            strength: 2,
          },
          {
            text: `(${a.text})(${b.text})`,
            value: (given, round) => round(a.value(given, round) * b.value(given, round)),
            strength: 3,
          },
          {
            text: `max(${a.text}, ${b.text})`,
            value: (given, round) => Math.max(a.value(given, round), b.value(given, round)),
            strength: 5,
          },
        ),
      ),
      tie("calculation").chain((a) =>
        fc.constantFrom<Drawn>(
          {
            text: `-${inBrackets(a, 4)}`,
            value: (given, round) => -a.value(given, round),
            strength: 3,
          },
          {
            text: `${inBrackets(a, 5)}²`,
            value: (given, round) => round(a.value(given, round) ** 2),
            strength: 4,
          },
          {
            text: `${inBrackets(a, 5)}^3`,
            value: (given, round) => round(a.value(given, round) ** 3),
            strength: 4,
          },
          // Nested bars may be ambiguous.
          {
            text: a.text.includes("|") ? `abs(${a.text})` : `|${a.text}|`,
            value: (given, round) => Math.abs(a.value(given, round)),
            strength: 5,
          },
          {
            text: `sin²(${a.text})`,
            value: (given, round) => round(round(Math.sin(a.value(given, round))) ** 2),
            strength: 4,
          },
          ...UNARY.map(
            ([name, apply]): Drawn => ({
              text: `${name}(${a.text})`,
              value: (given, round) => round(apply(a.value(given, round))),
              strength: 5,
            }),
          ),
        ),
      ),
    ),
  };
});

/** A calculation in one line, or in two: the first line defines a name that the second reads. */
export const program: fc.Arbitrary<Pick<Drawn, "text" | "value">> = fc.oneof(
  { arbitrary: calculation, weight: 3 },
  {
    arbitrary: fc
      .tuple(calculation, calculation, fc.constantFrom("t", "합계", "valueOf", "toString"))
      .map(([first, second, name]) => ({
        text: `${name} = ${first.text}\nz = ${name}*${inBrackets(second, 3)} + ${name}`,
        value: (given: Given, round: Rounding) => {
          const t = first.value(given, round);
          return round(round(t * second.value(given, round)) + t);
        },
      })),
    weight: 1,
  },
);

/**
 * Returns a random calculation's value in plain arithmetic, and the tolerance for results whose operations are rounded
 * differently: if digits cancel, or for a sine of a large number, few or no digits agree.
 */
export function plainly(
  { value }: Pick<Drawn, "value">,
  given: Given,
): { expected: number; room: number } {
  const expected = value(given, (x) => x);
  const spread = [3, 5, 7, 11, 13, 17].map((seed) => {
    let turn = seed;
    const round = (x: number) => {
      turn = Math.imul(turn, 1103515245) + 12345;
      return x * (1 + ((turn | 0) / 2 ** 31) * 2 ** -46);
    };
    return Math.abs(value(given, round) - expected);
  });
  return { expected, room: 1e-12 * Math.abs(expected) + 4 * Math.max(...spread) };
}
