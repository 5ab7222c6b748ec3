// @vitest-environment happy-dom
/**
 * A simulated reader with a pocket calculator goes through every lesson, step by step, in both languages, on four
 * widths, with 4 and with all digits. It evaluates every equation on the page, checks every sentence, and compares
 * every check with its own difference quotients. `npm test` runs every fifth lesson in one language on one width, `npm
 * run test:slow` all.
 */

import { afterEach, describe, expect, test } from "vitest";
import { sampled, WHOLE } from "../../../../packages/core/test/support/sampling.ts";
import { catalogueOf } from "../../src/course/catalogue/index.ts";
import { languages } from "../../src/course/catalogue/languages.ts";
import type { Lesson } from "../../src/course/lesson.ts";
import { lessons } from "../../src/course/lessons.ts";
import { initialState } from "../../src/instrument/link.ts";
import "../../src/own/register.ts";
import { panelsOf } from "../../src/web/Rail.tsx";
import { Store } from "../../src/web/store.ts";
import { readLine } from "./calculator.ts";
import { expectHonestNames, expectHonestPanel, falsehoods, judged, nothing } from "./claims.ts";
import { BOXES, linesOf, openPage, promptEngine, settled } from "./page.ts";

afterEach(() => {
  document.body.replaceChildren();
});

/** Languages and widths; `npm test` has every fifth lesson in one of them. */
const looks = languages.flatMap((language) => BOXES.map((box) => ({ language, box })));

const cases = sampled(lessons, 5).flatMap((lesson, i) =>
  sampled(looks, looks.length, 3 * i).map(
    ({ language, box }) => [language, lesson.name, box.width, lesson, box] as const,
  ),
);

describe("nothing that is stated is refuted", () => {
  test.each(cases)("in %s, %s at %i", async (language, _, __, lesson: Lesson, box) => {
    for (const digits of [4, "exact"] as const) {
      const state = { ...initialState(lesson), digits };
      const store = new Store(language, catalogueOf(language), state, promptEngine());
      store.box.value = box;
      const page = openPage(store);
      const reading = nothing();
      const look = async () => {
        await settled();
        for (const line of linesOf(page.root)) readLine(line, digits, reading);
        expect(reading.wrong).toEqual([]);
        expectHonestNames(reading, store);
        reading.named.length = 0;
        expectHonestPanel(store, page.root);
        expect(falsehoods(store, page.root)).toEqual([]);
      };
      store.checks.makeAll();
      for (const i of lesson.run.keys()) {
        store.goToStep(i);
        await look();
      }
      // Every position and every node is checked once with few digits and once with all, on one width, since the width
      // does not change their numbers.
      if ((!WHOLE || box === BOXES[2]) && (language === "en") === (digits === 4)) {
        for (const place of store.steps.value.keys()) {
          store.goToPlace(place);
          await look();
        }
        store.goToPlace(store.steps.value.length);
        // The card of every node and every edge is opened, beside each of the panels in turn.
        store.update({ both: false });
        const panels = panelsOf(store);
        for (const [i, { id }] of store.arranged.value.layout.nodes.entries()) {
          store.openCard(id);
          store.update({ panel: panels[i % panels.length] });
          await look();
        }
        for (const route of store.arranged.value.layout.routes) {
          store.chooseEdge(route);
          await look();
        }
        store.update({ both: true, card: false, mode: undefined });
        await look();
        store.update({ both: undefined });
      }
      if ((!WHOLE || box === BOXES[2]) && (language === "en") === (digits === 4)) {
        expect(reading.evaluated.length).toBeGreaterThan(lesson.run.length);
      }
      page.close();
    }
  });
});

test("Cards were judged by their symbols, functions and quotients.", () => {
  expect(judged.symbols).toBeGreaterThan(WHOLE ? 100 : 20);
  expect(judged.applied).toBeGreaterThan(WHOLE ? 10 : 0);
  expect(judged.quotients).toBeGreaterThan(WHOLE ? 50 : 10);
});
