// @vitest-environment happy-dom
/**
 * A reader with a pocket calculator goes through every lesson, step by step, in both languages, on three widths,
 * with 4 and with all digits, evaluates every equation on the page, and compares every check with differences
 * of his own.
 */

import { afterEach, describe, expect, test } from "vitest";
import { catalogueOf } from "../../src/course/catalogue/index.ts";
import { languages } from "../../src/course/catalogue/languages.ts";
import type { Lesson } from "../../src/course/lesson.ts";
import { lessons } from "../../src/course/lessons.ts";
import { initialState } from "../../src/instrument/link.ts";
import { checks } from "../../src/web/checks.ts";
import { Store } from "../../src/web/store.ts";
import { readLine } from "./calculator.ts";
import { expectHonestNames, expectHonestPanel, nothing } from "./claims.ts";
import { BOXES, linesOf, makeChecks, openPage, settled } from "./page.ts";

afterEach(() => {
  document.body.replaceChildren();
  checks.value = new Map();
});

describe.each(languages)("in %s", (language) => {
  describe.each(BOXES)("at $width", (box) => {
    test.each(lessons.map((lesson) => [lesson.name, lesson] as const))(
      "%s states nothing that a calculator refutes",
      async (_, lesson: Lesson) => {
        for (const digits of [4, "exact"] as const) {
          const store = new Store(language, catalogueOf(language), {
            ...initialState(lesson),
            digits,
          });
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
          };
          makeChecks(store);
          for (const i of lesson.run.keys()) {
            store.goToStep(i);
            await look();
          }
          // Every place and every node, once with few digits and once with all: no width changes what they show.
          if (box === BOXES[1] && (language === "en") === (digits === 4)) {
            for (const place of store.steps.value.keys()) {
              store.goToPlace(place);
              await look();
            }
            store.goToPlace(store.steps.value.length);
            for (const { id } of store.arranged.value.layout.nodes) {
              store.choose(id);
              await look();
            }
          }
          // The graph of arrays has no products of numbers.
          if (lesson.panel !== "speed") {
            expect(reading.evaluated.length).toBeGreaterThan(lesson.run.length);
          }
          page.close();
        }
      },
    );
  });
});
