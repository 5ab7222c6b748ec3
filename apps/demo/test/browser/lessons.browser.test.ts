/**
 * Every lesson in both languages, on a desktop and on a phone.
 */

import { describe, expect, test } from "vitest";
import { catalogueOf, languages } from "../../src/course/catalogue/index.ts";
import { initialInputs } from "../../src/course/lesson.ts";
import { lessons } from "../../src/course/lessons.ts";
import { formatTensor } from "../../src/instrument/format.ts";
import { DESKTOP, PHONE, shownGradient, shownValue, usePage, violations } from "./support.ts";

const { open } = usePage();

const cases = lessons.flatMap((lesson) =>
  languages.flatMap((language) =>
    [DESKTOP, PHONE].map((viewport) => ({
      lesson,
      name: lesson.name,
      language,
      viewport,
      width: viewport.width,
    })),
  ),
);

describe.each(cases)("$name in $language at $width", ({ lesson, name, language, viewport }) => {
  test("is accessible at every step, and fits its window", async () => {
    const page = await open(`#v1=${name}`, { language, viewport });
    const texts = catalogueOf(language);
    expect(await page.locator("h1").textContent()).toContain(texts.lessons[name].title);
    expect(await page.locator("html").getAttribute("lang")).toBe(language);
    for (const [i] of lesson.run.entries()) {
      expect(await page.locator(".step-of").textContent()).toBe(`${i + 1} / ${lesson.run.length}`);
      expect(await violations(page)).toEqual([]);
      const scrolled = await page.evaluate<number>("document.documentElement.scrollWidth");
      expect(scrolled).toBeLessThanOrEqual(viewport.width);
      if (i + 1 < lesson.run.length) await page.locator(".run-steps .primary").click();
    }
  });

  test("shows the numbers of the library", async () => {
    const page = await open(`#v1=${name};t=0`, { language, viewport });
    await page.keyboard.press("End");
    await page.locator(".scrub input").focus();
    await page.keyboard.press("End");
    const graph = lesson.explain(initialInputs(lesson));
    const ids = await page
      .locator(".grip")
      .evaluateAll((grips) => grips.map((grip) => Number(grip.getAttribute("data-node"))));
    expect(ids.length).toBeGreaterThan(3);
    for (const id of ids) {
      const node = graph.nodes[id];
      if (node?.kind === "constant") continue;
      expect(await shownValue(page, id)).toBe(formatTensor(node?.value, 4));
      if (lesson.forwardOnly !== true) {
        expect(await shownGradient(page, id)).toBe(formatTensor(node?.gradient, 4));
      }
    }
  });
});

test.each(lessons.map((lesson) => [lesson.name] as const))(
  "the stage of %s looks as it did",
  async (name) => {
    const page = await open(`#v1=${name};t=0`);
    await page.locator(".scrub input").focus();
    await page.keyboard.press("End");
    await page.waitForTimeout(100);
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
  },
);
