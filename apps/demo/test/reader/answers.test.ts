/**
 * Every question of the lessons gets right, plausible and absurd answers: independent arithmetic checks each verdict
 * and each hint.
 */

import { describe, expect, test } from "vitest";
import { catalogueOf } from "../../src/course/catalogue/index.ts";
import { languages } from "../../src/course/catalogue/languages.ts";
import { lessons } from "../../src/course/lessons.ts";
import { initialState } from "../../src/instrument/link.ts";
import { Store } from "../../src/web/store.ts";
import { verdict } from "../../src/web/verdict.ts";
import { written } from "./claims.ts";
import { plain } from "./plain.ts";

const questions = lessons.flatMap((lesson) =>
  lesson.run.flatMap(({ ask }, step) =>
    ask === undefined ? [] : [[lesson.name, step, lesson, ask] as const],
  ),
);

/** For each node, written by hand: its operation, its inputs and its readers. */
const NODES: Readonly<Record<string, readonly [sign: "+" | "×", a: string, b: string]>> = {
  "graph fruit": ["+", "appleSum", "tangerineSum"],
  "apples apples": ["×", "price", "count"],
  "apples total": ["×", "apples", "tax"],
  "chain-rule z": ["×", "t", "t"],
  "nodes sum": ["+", "x", "y"],
  "nodes product": ["×", "x", "y"],
  "nodes L": ["×", "sum", "product"],
};

const isNear = (said: number, number: number) =>
  Math.abs(said - number) <= 0.0101 * Math.abs(number);

describe.each(languages)("in %s", (language) => {
  test.each(questions)("the verdicts of %s, step %i, are true", (name, step, lesson, ask) => {
    const inputs = initialState(lesson).inputs;
    const { values, gradients } = plain(name, inputs);
    const numbers = ask.what === "value" ? values : gradients;
    const right = numbers[ask.node] ?? Number.NaN;
    const all = [...Object.values(values), ...Object.values(gradients)];
    const pairs = all.flatMap((a) =>
      all.flatMap((b) => [a + b, a * b, a - b, b === 0 ? a : a / b]),
    );
    const tried = new Set([
      ...[
        right,
        -right,
        right * 10,
        right / 10,
        right * 1000,
        right + 1,
        right * 1.005,
        right * 1.02,
      ],
      ...all,
      ...pairs.filter((_, i) => i % 3 === 0),
      ...[0, -1, 1e300, -1e-300, 123456.789, 200 * 450],
    ]);
    const { ask: words } = catalogueOf(language);
    const own = (text: string) => Number(text.replaceAll("−", "-"));
    const nodeOf = (store: Store, shown: string) =>
      store.graph.value.nodes.find(({ id }) => store.nameOf(id) === shown)?.name ?? "";
    /** True if a hint is true for an answer. */
    const isTrue = (store: Store, hint: string, said: number): boolean => {
      if (hint === words.isSign) return isNear(said, -right);
      if (hint === words.isPoint) {
        return Array.from({ length: 40 }, (_, i) => 10 ** (i - 20)).some(
          (power) => power !== 1 && isNear(said, right * power),
        );
      }
      const [sign, a = "", b = ""] = NODES[`${name} ${ask.node}`] ?? [];
      const [x, y] = [values[a] ?? Number.NaN, values[b] ?? Number.NaN];
      if (hint === words.isProduct)
        return ask.what === "value" && sign === "+" && isNear(said, x * y);
      if (hint === words.isSum) {
        if (ask.what === "value") return sign === "×" && isNear(said, x + y);
        // The hint names a gradient that comes back from one node: the answer is that gradient plus the local
        // derivative.
        return Object.entries(NODES).some(([key, [op, from, other]]) => {
          const [of, reader = ""] = key.split(" ");
          if (of !== name || (from !== ask.node && other !== ask.node)) return false;
          const gradient = gradients[reader] ?? Number.NaN;
          const beside = values[from === ask.node ? other : from] ?? Number.NaN;
          const local = op === "+" ? 1 : from === other ? 2 * beside : beside;
          return isNear(said, gradient + local) && Math.abs(gradient * local - right) < 1e-9;
        });
      }
      const told = (write: (said: string, node: string) => string) => written(write as never, hint);
      const gradient = told(words.isGradient);
      if (gradient !== undefined) {
        return (
          isNear(said, own(gradient[0] ?? "")) &&
          isNear(said, gradients[nodeOf(store, gradient[1] ?? "")] ?? NaN)
        );
      }
      const value = told(words.isValue);
      if (value !== undefined) {
        return (
          isNear(said, own(value[0] ?? "")) &&
          isNear(said, values[nodeOf(store, value[1] ?? "")] ?? NaN)
        );
      }
      const part = told(words.isPart);
      if (part !== undefined) {
        const reader = nodeOf(store, part[1] ?? "");
        const [op, from, other = ""] = NODES[`${name} ${reader}`] ?? [];
        const local = op === "+" ? 1 : values[from === ask.node ? other : (from ?? "")];
        return isNear(said, (gradients[reader] ?? NaN) * (local ?? NaN));
      }
      const operation = written(words.hintValue as never, hint);
      if (operation !== undefined) return ask.what === "value" && operation[0] === sign;
      return hint === words.hintGradient && ask.what === "gradient";
    };
    const hints = new Map<string, number>();
    for (const said of tried) {
      if (!Number.isFinite(said)) continue;
      const state = { ...initialState(lesson), step };
      const store = new Store(language, catalogueOf(language), state);
      store.say(said);
      const text = verdict(store, { id: store.idOf(ask.node) ?? -1, what: ask.what });
      const where = `${said} is answered by “${text}”`;
      const isRight = Math.abs(said - right) <= 0.01 * Math.abs(right);
      const [shown] = written(words.right, text) ?? [];
      expect(shown !== undefined, where).toBe(isRight);
      if (shown === undefined) {
        const [hint = ""] = written(words.again, text) ?? [];
        expect(isTrue(store, hint, said), where).toBe(true);
        hints.set(hint, said);
      } else expect(own(shown), where).toBeCloseTo(right, 9);
    }
    expect(hints.size).toBeGreaterThan(3);
    // A second wrong answer also has a hint, beside the right number.
    for (const [hint, said] of hints) {
      const store = new Store(language, catalogueOf(language), { ...initialState(lesson), step });
      for (const each of [1e9 + 7, said]) store.say(each);
      const text = verdict(store, { id: store.idOf(ask.node) ?? -1, what: ask.what });
      const [shown = "", , told] = written(words.near as never, text) ?? [];
      expect(own(shown)).toBeCloseTo(right, 9);
      expect(told).toBe(hint);
    }
  });
});

test("The sum of prices that was multiplied is told so, and the product of a sum not.", () => {
  const lesson = lessons.find(({ name }) => name === "graph");
  if (lesson === undefined) throw new Error("no lesson");
  const state = { ...initialState(lesson), step: 1 };
  const store = new Store("en", catalogueOf("en"), state);
  store.say(90_000);
  expect(verdict(store, { id: store.idOf("fruit") ?? -1, what: "value" })).toBe(
    "Not yet. That is the product. Add. Once more?",
  );
});
