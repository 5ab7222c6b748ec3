import { describe, expect, test } from "vitest";
import { barOf, rangeOf } from "../src/bars.ts";
import { formatNumber } from "../src/format.ts";
import { STEP } from "../src/inputs.ts";
import { type Neuron, Walk } from "../src/walk.ts";
import { legendOf, type ResultState, wordsOf } from "../src/words.ts";
import { generator } from "./support.ts";

/** Three neurons of four pixels, two of which share a name: a weighted sum each. */
const NEURONS = [
  { key: "a", name: "Conv, unit 0", weights: [1, -2, 0.5, 0.25] },
  { key: "b", name: "Conv, unit 0", weights: [-1, 0.5, 0.125, -0.75] },
  { key: "c", name: "Gemm, unit 7", weights: [0.5, 0.5, -0.5, 2] },
] as const;

const SOURCES = [
  { name: "a handwritten 3", numbers: [0.5, 0.25, 0.75, 0] },
  { name: "noise of seed 2", numbers: [0.125, 1, 0.5, 0.5] },
] as const;

const sum = (weights: readonly number[], numbers: readonly number[]) =>
  weights.reduce((total, weight, i) => total + weight * (numbers[i] ?? 0), 0);

describe("what the page says of steps uphill", () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed))(
    "is true whatever is pressed, in the order of seed %i",
    (seed) => {
      const random = generator(seed);
      const below = (bound: number) => Math.floor(random() * bound);
      const walk = new Walk();
      // The source of the input, as the test has recorded it.
      let source: (typeof SOURCES)[number] = SOURCES[0];
      let numbers: number[] = [...source.numbers];
      let made: { readonly at: number; readonly number: number }[] = [];
      let at = 0;
      walk.use(source.numbers);
      for (let i = 0; i < 30; i++) {
        const action = below(10);
        const { key, name, weights } = NEURONS[at] ?? NEURONS[0];
        if (action < 6) {
          const number = sum(weights, numbers);
          walk.step(weights, { key, name, number });
          made.push({ at, number });
          const most = Math.max(...weights.map(Math.abs));
          numbers = numbers.map((each, pixel) => each + (STEP * (weights[pixel] ?? 0)) / most);
        } else if (action < 8) at = below(3);
        else {
          if (action === 8) walk.back();
          else {
            source = SOURCES[below(2)] ?? source;
            walk.use(source.numbers);
          }
          numbers = [...source.numbers];
          made = [];
        }
        judge(walk, source.name, numbers, made, at);
      }
    },
  );

  function judge(
    walk: Walk,
    source: string,
    numbers: readonly number[],
    made: readonly { readonly at: number; readonly number: number }[],
    at: number,
  ): void {
    const { key, name, weights } = NEURONS[at] ?? NEURONS[0];
    const neuron: Neuron = { key, name, number: sum(weights, numbers) };
    Array.from(walk.numbers).forEach((number, i) => {
      expect(number).toBeCloseTo(numbers[i] ?? Number.NaN, 12);
    });
    const state: ResultState = {
      source,
      isPicture: true,
      numbers: walk.numbers,
      steps: walk.steps,
      neuron,
      largest: 2,
    };
    const words = wordsOf(state);
    const count = made.length;
    const steps = `${count} step${count === 1 ? "" : "s"}`;
    const each = count > 1 ? " each" : "";
    expect(words.input).toBe(count === 0 ? source : `${source}, ${steps} uphill`);
    expect(words.back).toBe(count === 0 ? "Undo" : `Undo ${steps}`);
    expect([words.low, words.zero, words.high]).toEqual(["−2.000", "0", "2.000"]);
    expect(words.unit).toContain(`by ${STEP} at most`);
    const beyond = numbers.filter((number) => number < 0 || number > 1).length;
    expect(/Of 4 values of brightness, (\d+) (?:is|are) beyond/.exec(words.growth)?.[1]).toBe(
      beyond > 0 && count > 0 ? String(beyond) : undefined,
    );
    if (count === 0) {
      expect(words.growth).toBe("");
      return;
    }
    expect(words.growth.startsWith(`After ${steps} of at most ${STEP}${each}: `)).toBe(true);
    // The text compares numbers only if all steps were for the present neuron.
    const isOwn = made.every((own) => own.at === at);
    const range = `from ${formatNumber(made[0]?.number ?? 0)} to ${formatNumber(neuron.number)}.`;
    expect(words.growth.includes(range)).toBe(isOwn);
    expect(/: from /.test(words.growth)).toBe(isOwn);
    if (isOwn) expect(neuron.number).toBeGreaterThan(made[0]?.number ?? Number.NaN);
    else {
      const parts = [...words.growth.matchAll(/(\d+) steps? for/g)].map(([, part]) => Number(part));
      const order = [...new Set(made.map((own) => own.at))];
      expect(parts).toEqual(order.map((first) => made.filter((own) => own.at === first).length));
    }
    // While the number of the neuron is unknown, the text has no number.
    const { growth } = wordsOf({ ...state, neuron: undefined });
    expect(growth.startsWith(`After ${steps} of at most ${STEP}${each}.`)).toBe(true);
  }

  test("without a gradient, or with one of zeros, is in words", () => {
    const none: ResultState = {
      source: undefined,
      isPicture: false,
      numbers: [],
      steps: [],
      neuron: undefined,
      largest: undefined,
    };
    const { back, input, gradient, ...others } = wordsOf(none);
    expect([back, input, gradient]).toEqual(["Undo", "the input", "the gradient"]);
    expect(new Set(Object.values(others))).toEqual(new Set([""]));
    expect(wordsOf({ ...none, largest: 0 }).meaning).toMatch(/0 everywhere/);
    expect(wordsOf({ ...none, largest: Number.NaN }).meaning).toMatch(/not finite/);
    expect(wordsOf({ ...none, largest: 1 }).unit).toMatch(/per unit of the input/);
  });
});

describe("bars", () => {
  test.each(Array.from({ length: 30 }, (_, seed) => seed))(
    "go from zero in the direction of their sign, all on one scale, as the legend says: seed %i",
    (seed) => {
      const random = generator(seed);
      const kind = seed % 3;
      const numbers = Array.from({ length: 1 + Math.floor(9 * random()) }, () => {
        const size = 10 ** (4 * random() - 2);
        return kind === 0 ? size : kind === 1 ? -size : random() < 0.5 ? size : -size;
      });
      const range = rangeOf(numbers);
      const [least, greatest] = [Math.min(0, ...numbers), Math.max(0, ...numbers)];
      expect(range).toEqual({ low: least, high: greatest });
      for (const number of numbers) {
        const { left, width, zero } = barOf(number, range);
        expect(zero).toBeCloseTo(-least / (greatest - least), 12);
        expect(width).toBeCloseTo(Math.abs(number) / (greatest - least), 12);
        // A bar begins or ends at zero, and is on the side of its sign.
        expect(number < 0 ? left + width : left).toBeCloseTo(zero, 12);
        expect(left).toBeGreaterThanOrEqual(0);
        expect(left + width).toBeLessThanOrEqual(1 + 1e-12);
      }
      const legend = legendOf({ numbers: Float64Array.from(numbers), shape: [1, numbers.length] });
      expect(legend).toContain(`from ${formatNumber(least)} to ${formatNumber(greatest)}.`);
      expect(/left/.test(legend)).toBe(least < 0);
      expect(/right/.test(legend)).toBe(greatest > 0);
      const tiles = legendOf({
        numbers: Float64Array.from([...numbers, 0]),
        shape: [1, 1, numbers.length + 1, 1],
      });
      const most = Math.max(...numbers.map(Math.abs));
      expect(tiles).toContain(`from ${formatNumber(-most)} to ${formatNumber(most)}.`);
    },
  );

  test("of zeros, and of what is not finite, have no length or all of it", () => {
    expect(barOf(0, rangeOf([0, 0]))).toEqual({ left: 0, width: 0, zero: 0 });
    const range = rangeOf([-1, 3, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(range).toEqual({ low: -1, high: 3 });
    expect(barOf(Number.NaN, range)).toEqual({ left: 0.25, width: 0, zero: 0.25 });
    expect(barOf(Number.POSITIVE_INFINITY, range)).toEqual({ left: 0.25, width: 0.75, zero: 0.25 });
    expect(legendOf({ numbers: Float64Array.of(0, 0), shape: [1, 2] })).toBe("All of them are 0.");
  });
});
