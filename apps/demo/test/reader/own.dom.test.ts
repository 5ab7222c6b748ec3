// @vitest-environment happy-dom
/**
 * The simulated reader checks random typed functions: numbers, gradients, cards, slopes and training are compared with
 * plain arithmetic and its difference quotients.
 */

import { afterEach, expect, test } from "vitest";
import fc from "../../../../packages/core/test/support/properties.ts";
import { WHOLE } from "../../../../packages/core/test/support/sampling.ts";
import { catalogueOf } from "../../src/course/catalogue/index.ts";
import { languages } from "../../src/course/catalogue/languages.ts";
import { findLesson } from "../../src/course/lessons.ts";
import { initialState } from "../../src/instrument/link.ts";
import "../../src/own/register.ts";
import { Store } from "../../src/web/store.ts";
import { act, acts } from "./acts.ts";
import { readLine } from "./calculator.ts";
import { expectHonestPanel, falsehoods, nothing, ownSlope } from "./claims.ts";
import { NAMES, plainly, program, START, startLines } from "./functions.ts";
import { BOXES, linesOf, openPage, promptEngine, settled } from "./page.ts";

afterEach(() => {
  document.body.replaceChildren();
});

const RUNS = WHOLE ? 120 : 8;

test("No function of one's own makes the page state what plain arithmetic refutes.", async () => {
  const seen = { evaluated: 0, gradients: 0, agrees: 0, small: 0, none: 0, corner: 0, "": 0 };
  await fc.assert(
    fc.asyncProperty(
      program,
      fc.constantFrom(...languages),
      fc.constantFrom(...BOXES),
      fc.array(acts, { minLength: 2, maxLength: 4 }),
      async (drawn, language, box, all) => {
        const lesson = findLesson("own", `${drawn.text}\n${startLines}`);
        if (lesson === undefined) return;
        const state = { ...initialState(lesson), card: true };
        const store = new Store(language, catalogueOf(language), state, promptEngine());
        store.box.value = box;
        const { expected, room } = plainly(drawn, START);
        const graph = store.graph.value;
        const result = graph.nodes[graph.output]?.value?.item() ?? Number.NaN;
        if (Number.isFinite(expected + room) && Math.abs(expected) < 1e9) {
          expect(Math.abs(result - expected)).toBeLessThanOrEqual(room);
          // Gradients are compared with difference quotients of plain arithmetic.
          for (const node of graph.nodes) {
            const { name, kind, gradient } = node;
            // A line that is a number is an input, too, but not a name of the calculation.
            const isDrawn = NAMES.some((each) => each === name);
            if (kind !== "input" || name === undefined || !isDrawn || gradient === undefined)
              continue;
            const { slope, noise } = ownSlope(graph, node.id);
            if (!Number.isFinite(slope + noise) || noise > 1e-4 * Math.abs(slope)) continue;
            seen.gradients++;
            const h = 1e-6;
            const x = START[name] ?? 0;
            const [below = Number.NaN, at = Number.NaN, above = Number.NaN] = [x - h, x, x + h].map(
              (value) => plainly(drawn, { ...START, [name]: value }).expected,
            );
            const difference = (above - below) / (2 * h);
            const size = Math.abs(difference) + Math.abs(gradient.item());
            // At a corner, the slopes to both sides differ.
            const isCorner = Math.abs(above - 2 * at + below) / h > 1e-3 * size;
            if (Number.isFinite(difference) && !isCorner) {
              expect(Math.abs(gradient.item() - difference), drawn.text).toBeLessThanOrEqual(
                1e-4 * size + (2 * room) / h,
              );
            }
          }
        }
        const page = openPage(store);
        try {
          for (const each of all) {
            act(store, each);
            store.checks.makeAll();
            await settled();
            const reading = nothing();
            for (const line of linesOf(page.root)) readLine(line, store.digits.value, reading);
            expect(reading.wrong).toEqual([]);
            seen.evaluated += reading.evaluated.length;
            seen[expectHonestPanel(store, page.root)]++;
            expect(falsehoods(store, page.root)).toEqual([]);
          }
        } finally {
          page.close();
        }
      },
    ),
    { numRuns: RUNS },
  );
  expect(seen.evaluated).toBeGreaterThan(WHOLE ? RUNS : 0);
  expect(seen.gradients).toBeGreaterThan(WHOLE ? RUNS / 4 : 0);
}, 600_000);
