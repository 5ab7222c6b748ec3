/**
 * The simulated reader with a pocket calculator checks the terminal's output: every lesson, in both languages, with 4
 * and with all digits, also with random inputs and in forward mode.
 */

import { describe, expect, test } from "vitest";
import fc from "../../../../packages/core/test/support/properties.ts";
import { catalogueOf } from "../../src/course/catalogue/index.ts";
import { type Language, languages } from "../../src/course/catalogue/languages.ts";
import { type InputValues, initialInputs, type Lesson } from "../../src/course/lesson.ts";
import { told } from "../../src/course/lessons.ts";
import { initialState } from "../../src/instrument/link.ts";
import { filled, markText, piecesOf, sentencesOf } from "../../src/instrument/template.ts";
import { main } from "../../src/terminal/main.ts";
import { situationOf } from "../../src/terminal/render.ts";
import { styles } from "../../src/terminal/style.ts";
import { Store } from "../../src/web/store.ts";
import { type Reading, readLine, type ShownDigits } from "./calculator.ts";
import { plain } from "./plain.ts";
import { refuted } from "./sentences.ts";

const nothing = (): Reading => ({ evaluated: [], named: [], symbolic: [], wrong: [] });

/** Returns the lines of a lesson; the lines of a paragraph are joined. */
function paragraphs(argv: readonly string[]): string[] {
  let output = "";
  const write = (text: string) => {
    output += text;
  };
  expect(main(argv, { write, writeError: write, styled: false, version: "" }), output).toBe(0);
  return output.replace(/\n(?=[^\s])/g, " ").split("\n");
}

function readTerminal(argv: readonly string[], digits: ShownDigits): Reading {
  const reading = nothing();
  for (const line of paragraphs(argv)) readLine(line, digits, reading);
  expect(reading.wrong).toEqual([]);
  return reading;
}

describe.each(languages)("in %s", (language) => {
  test.each(told.map((lesson) => [lesson.name, lesson] as const))(
    "%s states nothing that a calculator refutes",
    (name, lesson) => {
      for (const digits of [4, 17] as const) {
        const given = ["--lesson", name, "--lang", language, "--digits", String(digits)];
        // Seventeen digits are all digits of a float.
        const reading = readTerminal(given, digits === 17 ? "exact" : digits);
        const graph = lesson.explain(initialInputs(lesson));
        for (const { name: written, sign, number } of reading.named) {
          const node = graph.nodes.find(
            ({ name: own }) => own !== undefined && new RegExp(`(^|\\W)${own}$`).test(written),
          );
          const value = node?.value?.item();
          // A number that belongs to no node is a printed number, the error of a step, or a product of names.
          if (value === undefined || /σ|·|E$|area$/.test(written)) continue;
          const shown = Number(number.replaceAll("−", "-"));
          expect(sign === "=" ? shown : value, written).toBe(value);
        }
        if (name === "question") expect(reading.evaluated.length).toBeGreaterThanOrEqual(10);
        if (name === "training") expect(reading.evaluated.length).toBeGreaterThanOrEqual(16);
      }
    },
  );
});

/** Returns the false sentences of the terminal for some inputs. */
function falseSentences(
  lesson: Lesson,
  inputs: InputValues,
  language: Language,
  forward?: string,
): string[] {
  const texts = catalogueOf(language);
  const graph = lesson.explain(inputs);
  const look = { texts, digits: 4, styles: styles({ styled: false }) };
  const now = situationOf(lesson, inputs, graph, look, forward);
  const output = paragraphs([
    ...["--lesson", lesson.name, "--lang", language],
    ...Object.keys(lesson.inputs).map((name) => `--${name}=${inputs[name]}`),
    ...(forward === undefined ? [] : ["--forward", forward]),
  ]).join(" ");
  const drawn = output.includes("───") ? [{ textContent: "1" }] : [];
  const printed = [{ textContent: (lesson.prints?.(inputs) ?? []).join("\n") }];
  const root = {
    querySelectorAll: (selector: string) =>
      selector.includes(".lines") ? printed : selector.includes("derivative") ? drawn : [],
  } as unknown as Element;
  return lesson.run.flatMap((step, i) =>
    sentencesOf(lesson, step, now, texts, "terminal").flatMap(({ key, text }) => {
      const state = { ...initialState(lesson), inputs, mode: forward, step: i };
      const store = new Store(language, texts, state);
      const pieces = piecesOf(text).filter((piece) => typeof piece !== "string");
      const marks = new Map(
        pieces.map((mark) => [`${mark.kind} ${mark.name}`, markText(mark, lesson, now)]),
      );
      const shown = filled(text, lesson, now);
      const own = plain(lesson.name, inputs);
      const isThere = output.includes(shown.replaceAll("\n", " "));
      const wrong = refuted({ store, root, own, marks, key, text: shown });
      return [
        ...(isThere ? [] : [`not printed: ${shown}`]),
        ...(wrong === undefined ? [] : [wrong]),
      ];
    }),
  );
}

test("No inputs make a sentence of the terminal false, forward or backward.", () => {
  const numbers = fc.oneof(
    fc.integer({ min: 0, max: 300 }).map((n) => n / 100),
    fc.constantFrom(0, 0.1, 3, 1e-9, 0.4, 12345.678, 1e300),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...told),
      fc.constantFrom(...languages),
      fc.array(numbers, { maxLength: 4 }),
      fc.nat(20),
      fc.boolean(),
      (lesson, language, changed, from, isForward) => {
        const inputs = initialInputs(lesson);
        const names = Object.keys(inputs).filter((name) => !/^(frozen|purchases)$/.test(name));
        changed.forEach((value, i) => {
          inputs[names[(from + i) % names.length] ?? ""] = value;
        });
        const graph = lesson.explain(inputs);
        const nodes = names.filter((name) => graph.node(name)?.kind === "input");
        const isAsked = isForward && lesson.forwardOnly !== true;
        const by = isAsked ? nodes[from % nodes.length] : undefined;
        expect(falseSentences(lesson, inputs, language, by)).toEqual([]);
      },
    ),
    {
      numRuns: 120,
      // An infinite total does not grow by its gradient.
      examples: told
        .filter(({ name }) => name === "apples")
        .map((lesson) => [lesson, "en", [1e300, 1e300], 0, false]),
    },
  );
});

test("No inputs make the terminal state what a calculator refutes, forward or backward.", () => {
  const network = told.filter(({ name }) => name === "question" || name === "training");
  const numbers = fc.oneof(
    fc.integer({ min: -300, max: 300 }).map((n) => n / 100),
    fc.constantFrom(0, 1e-9, -0.4, 0.4, 12345.678),
  );
  const weight = fc.constantFrom("w1", "w5", "w6", "w7", "t1", "i2", "b2");
  fc.assert(
    fc.property(
      fc.constantFrom(...network),
      fc.dictionary(weight, numbers, { maxKeys: 4 }),
      fc.constantFrom(2, 4, 9),
      fc.boolean(),
      ({ name }, inputs, digits, isForward) => {
        const given = Object.entries(inputs).map(([key, value]) => `--${key}=${value}`);
        const forward = isForward && name === "training" ? ["--forward", "w5"] : [];
        readTerminal(["--lesson", name, "--digits", String(digits), ...given, ...forward], digits);
        // A name in a drawing is equated with its value.
        const x = ["--lesson", "chain-rule", "--digits", String(digits), `--x=${1 / 3 + digits}`];
        expect(paragraphs(x).join("\n")).toMatch(/t ≈ \d/);
      },
    ),
    { numRuns: 40 },
  );
});
