/**
 * Every lesson in both languages, on a desktop and on a phone: one page for each, which goes from lesson to lesson by
 * its address, like a reader who follows links. `npm test` has one window in each language, and runs all steps of every
 * other lesson in one of them.
 */

import type { Page } from "playwright";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { sampled } from "../../../../packages/core/test/support/sampling.ts";
import { catalogueOf } from "../../src/course/catalogue/index.ts";
import { languages } from "../../src/course/catalogue/languages.ts";
import { initialInputs } from "../../src/course/lesson.ts";
import { lessons } from "../../src/course/lessons.ts";
import { formatTensor } from "../../src/instrument/format.ts";
import { DESKTOP, PHONE, settled, shownNumbers, usePage, violations } from "./support.ts";

const { open, expectNoComplaints } = usePage();

afterEach(expectNoComplaints);

const windows = languages.flatMap((language, l) =>
  sampled([DESKTOP, PHONE], 2, l).map((viewport) => ({
    language,
    viewport,
    width: viewport.width,
  })),
);
/** For each window, the lessons whose steps are all tested: in `npm test` half of the lessons, each in one window. */
const walked = windows.map((_, w) => sampled(lessons, 2 * windows.length, w));

/** A step with a timeline, one stage and no question. */
const whole = ({ run }: (typeof lessons)[number]) =>
  run.findIndex(({ panel, both, ask }) => panel !== "none" && both !== true && ask === undefined);

describe.each(windows.map((each, w) => ({ ...each, w })))(
  "in $language at $width",
  ({ language, viewport, w }) => {
    let page: Page;

    beforeAll(async () => {
      page = await open("", { language, viewport });
    });

    const { lessons: titles } = catalogueOf(language);

    describe.each(lessons)("$name", (lesson) => {
      const { name } = lesson;

      /** Goes to the lesson, a part of which may have to be loaded. */
      const follow = async (rest = "") => {
        await page.evaluate(`location.hash = "#v3=${name}${rest}"`);
        await expect.poll(() => page.locator("h1").textContent()).toContain(titles[name].title);
        await settled(page);
      };

      const walk = async () => {
        await follow();
        expect(await page.locator("html").getAttribute("lang")).toBe(language);
        for (const [i] of lesson.run.entries()) {
          if (lesson.run.length > 1) {
            expect(await page.locator(".step-of").textContent()).toBe(
              `${i + 1} / ${lesson.run.length}`,
            );
          }
          expect(await violations(page, i === 0 ? "html" : ".run, .work")).toEqual([]);
          const scrolled = await page.evaluate<number>("document.documentElement.scrollWidth");
          expect(scrolled).toBeLessThanOrEqual(viewport.width);
          if (i + 1 === lesson.run.length) return;
          await page.locator(".run-steps .primary").click();
          // The text for screen readers is written after the paint.
          await settled(page);
        }
      };
      if (walked[w]?.includes(lesson) === true) {
        test("is accessible at every step, and fits its window", walk);
      }

      test("shows the numbers of the library", async () => {
        await follow(`;s=${whole(lesson)}`);
        await page.locator(".scrub input").focus();
        await page.keyboard.press("End");
        await settled(page);
        const digits = lesson.isNetwork === true && viewport === PHONE ? 3 : 4;
        const graph = lesson.explain(initialInputs(lesson));
        const shown = await shownNumbers(page);
        expect(shown.length).toBeGreaterThan(1);
        for (const { id, value, gradient } of shown) {
          const node = graph.nodes[id];
          if (node?.kind === "constant") continue;
          expect(value).toBe(formatTensor(node?.value, digits));
          if (lesson.forwardOnly !== true) {
            expect(gradient).toBe(formatTensor(node?.gradient, digits));
          }
        }
      });

      if (language !== "en" || viewport !== DESKTOP) return;
      test("looks as it did", async () => {
        await follow(`;s=${whole(lesson)}`);
        await page.locator(".scrub input").focus();
        await page.keyboard.press("End");
        await settled(page);
        await settled(page);
        const drawn = await page.locator("svg.graph").evaluate((svg) =>
          [...svg.querySelectorAll("rect.shape, text, path.flow")].flatMap((part) => {
            const at = (names: string[]) =>
              names.map((key) => Math.round(Number(part.getAttribute(key) ?? 0))).join(" ");
            if (part.tagName === "rect") return [`shape ${at(["x", "y", "width", "height"])}`];
            if (part.tagName === "path")
              return [`line ${part.getAttribute("d")?.replace(/\.\d+/g, "")}`];
            const text = part.textContent?.replace(/ ✓\d+$/, "") ?? "";
            return text === "" ? [] : [`text ${at(["x", "y"])} ${text}`];
          }),
        );
        await expect(`${drawn.join("\n")}\n`).toMatchFileSnapshot(`snapshots/${name}.txt`);
      });
    });
  },
);
