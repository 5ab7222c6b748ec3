/**
 * Functions as people type them, at random, with what they give in plain arithmetic.
 */

import fc from "../../../../packages/core/test/support/properties.ts";

/** A calculation as a text, and what it gives in plain arithmetic. */
export interface Drawn {
  readonly text: string;
  readonly value: (given: Readonly<Record<string, number>>) => number;
  /** The strength with which the formula holds together: 1 a sum, 2 a product, 3 a minus, 4 a power, 5 a whole. */
  readonly strength: number;
}

export const NAMES = ["x", "y", "가격", "w₁", "constructor", "__proto__"] as const;

const leaf: fc.Arbitrary<Drawn> = fc.oneof(
  fc.constantFrom(...NAMES).map((name) => ({
    text: name,
    value: (given: Readonly<Record<string, number>>) => given[name] ?? Number.NaN,
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
            value: (given) => a.value(given) + b.value(given),
            strength: 1,
          },
          {
            text: `${inBrackets(a, 1)} - ${inBrackets(b, 2)}`,
            value: (given) => a.value(given) - b.value(given),
            strength: 1,
          },
          {
            text: `${inBrackets(a, 2)}*${inBrackets(b, 3)}`,
            value: (given) => a.value(given) * b.value(given),
            strength: 2,
          },
          {
            text: `${inBrackets(a, 2)} / ${inBrackets(b, 3)}`,
            value: (given) => a.value(given) / b.value(given),
            strength: 2,
          },
          {
            text: `max(${a.text}, ${b.text})`,
            value: (given) => Math.max(a.value(given), b.value(given)),
            strength: 5,
          },
        ),
      ),
      tie("calculation").chain((a) =>
        fc.constantFrom<Drawn>(
          { text: `-${inBrackets(a, 4)}`, value: (given) => -a.value(given), strength: 3 },
          { text: `${inBrackets(a, 5)}²`, value: (given) => a.value(given) ** 2, strength: 4 },
          { text: `${inBrackets(a, 5)}^3`, value: (given) => a.value(given) ** 3, strength: 4 },
          ...UNARY.map(
            ([name, apply]): Drawn => ({
              text: `${name}(${a.text})`,
              value: (given) => apply(a.value(given)),
              strength: 5,
            }),
          ),
        ),
      ),
    ),
  };
});

/** A calculation, or one in two lines: the first has a name that the second reads. */
export const program: fc.Arbitrary<Pick<Drawn, "text" | "value">> = fc.oneof(
  { arbitrary: calculation, weight: 3 },
  {
    arbitrary: fc
      .tuple(calculation, calculation, fc.constantFrom("t", "합계", "valueOf", "toString"))
      .map(([first, second, name]) => ({
        text: `${name} = ${first.text}\nz = ${name}*${inBrackets(second, 3)} + ${name}`,
        value: (given: Readonly<Record<string, number>>) => {
          const t = first.value(given);
          return t * second.value(given) + t;
        },
      })),
    weight: 1,
  },
);
