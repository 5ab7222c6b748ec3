/**
 * Tests of the layout: no text overlaps another or is cut off, each colour has one meaning, fractions are aligned, and
 * the room of a large screen and of paper is used. `npm test` checks a sixth of the states on each width, for one in
 * three commits.
 */

import type { Page } from "playwright";
import { afterEach, describe, expect, test } from "vitest";
import { sampled } from "../../../../packages/core/test/support/sampling.ts";
import { lessons } from "../../src/course/lessons.ts";
import { collisions, smallTexts, wideParts } from "./looks.ts";
import { chooseForward, DESKTOP, LARGE, PHONE, settled, TABLET, usePage } from "./support.ts";

const { open, expectNoComplaints, closePages } = usePage();

afterEach(async () => {
  await closePages();
  expectNoComplaints();
});

async function follow(page: Page, link: string) {
  await page.evaluate(`location.hash = "${link}"`);
  await settled(page);
  await settled(page);
}

describe.each(
  [PHONE, TABLET, DESKTOP, LARGE].map((viewport, i) => [viewport.width, viewport, i] as const),
)("at %i", (_, viewport, i) => {
  test("no number stands on another or is cut off, whatever its size", async () => {
    const page = await open("", { viewport });
    const links = lessons.flatMap(({ name, run }) =>
      ["", ";d=exact"].map((digits) => `#v1=${name};s=${run.length - 1}${digits}`),
    );
    links.push(
      "#v1=training;i=t1:0.4,t2:0.6,rate:1000;u=100",
      "#v1=training;i=t1:0.4,t2:0.6,rate:5;u=100",
      "#v1=nodes;i=x:123456.789,y:-98765.4321;s=3",
      "#v1=nodes;i=x:-0.00001234567,y:0.00002345678;s=3",
      "#v1=question;i=w6:-0.4;s=3",
      "#v1=training;o=18,19,23",
      "#v3=training;s=1;n=w5;c=1",
      "#v3=points;s=2;n=v1;c=1",
      "#v3=slope;s=4;h=0.001",
      "#v3=chain-rule;s=5",
    );
    const found: string[] = [];
    for (const link of sampled(links, 6, i)) {
      await follow(page, link);
      found.push(...(await collisions(page)).map((each) => `${link}: ${each}`));
      found.push(...(await wideParts(page)).map((each) => `${link}: ${each}`));
      const small = await smallTexts(page);
      found.push(...small.map((each) => `${link}: ${each}`));
    }
    expect(found).toEqual([]);
  });
});

describe("colours", () => {
  /** Returns a property of the computed style of the first element, or of its pseudo-element. */
  const look = (page: Page, selector: string, property: string, before = "") =>
    page.evaluate<string>(
      `getComputedStyle(document.querySelector("${selector}"), "${before}").getPropertyValue("${property}")`,
    );

  test.each(["light", "dark"] as const)(
    "of the legend are those of the edges, the numbers and the products, in both modes (%s)",
    async (colorScheme) => {
      const page = await open("#v3=apples;s=5", { colorScheme });
      const legend = (name: string) => look(page, `.key.${name}`, "border-top-color", "::before");
      const [value, gradient] = [await legend("value"), await legend("gradient")];
      expect(await look(page, ".is-ready > .flow", "stroke")).toBe(value);
      expect(await look(page, ".graph .value", "fill")).toBe(value);
      expect(await look(page, ".is-passed > .beside", "stroke")).toBe(gradient);
      expect(await look(page, ".graph .result", "fill")).toBe(gradient);
      expect(await look(page, ".graph .derivative", "fill")).toBe(gradient);
      await chooseForward(page);
      const tangent = await legend("tangent");
      expect(await look(page, ".is-passed > .beside", "stroke")).toBe(tangent);
      expect(await look(page, ".is-passed > .beside", "visibility")).toBe("visible");
      expect(await look(page, ".graph .result", "fill")).toBe(tangent);
      expect(await look(page, ".graph .derivative", "fill")).toBe(tangent);
      await follow(page, "#v1=question;s=2");
      const share = await legend("share");
      expect(await look(page, ".is-passed > .beside", "stroke")).toBe(share);
      await follow(page, "#v1=graph;a=7:10;s=1;t=3;n=0");
      const [current, chosen, adjusted] = [
        await look(page, ".is-current .shape", "stroke"),
        await look(page, ".is-chosen .shape", "stroke"),
        await look(page, ".is-adjusted .shape", "fill"),
      ];
      const pressed = await look(page, ".run-steps .primary", "background-color");
      // Chosen and pressed parts have two shades of the text colour.
      const all = [value, gradient, tangent, share, current, chosen, adjusted, pressed];
      expect(new Set(all).size).toBe(all.length);
    },
  );

  test("edges carry the shares back in the question, on a phone, too", async () => {
    const page = await open("#v3=question;s=3", { viewport: PHONE });
    expect(await page.locator(".is-passed > .beside.share").count()).toBe(4);
    expect(await page.locator(".shares").textContent()).toContain("0.4 / (0.4 + 0.45) ≈ 0.471");
    await page.getByRole("button", { name: "next" }).click();
    await page.getByRole("button", { name: "w6 = −0.4" }).click();
    expect(await page.locator(".run-text").textContent()).toContain("0.4 / (0.4 − 0.4) → ∞");
  });
});

test("Fractions stand in line, and keep their tops.", async () => {
  const page = await open("#v1=nodes;s=2");
  await page.evaluate("document.fonts.ready");
  const places = await page.evaluate<number[][]>(
    `[...document.querySelectorAll(".formula mfrac")].map((fraction) =>
      [...fraction.children].map((part) => part.querySelector("mi").getBoundingClientRect().bottom))`,
  );
  expect(places).toHaveLength(5);
  for (const [over = 0, under = 0] of places) {
    expect(over).toBeCloseTo(places[0]?.[0] ?? 0, 0);
    expect(under).toBeCloseTo(places[0]?.[1] ?? 0, 0);
  }
  const room = await page
    .locator(".formula")
    .evaluate((box) => [box.scrollHeight - box.clientHeight, box.clientHeight]);
  expect(room[0]).toBe(0);
  const top = await page.evaluate<number>(
    `document.querySelector(".formula math").getBoundingClientRect().top - document.querySelector(".formula").getBoundingClientRect().top`,
  );
  expect(top).toBeGreaterThanOrEqual(0);
});

describe("a large screen", () => {
  test.each(["en", "ko"])("has all names of lessons as a whole (%s)", async (language) => {
    const page = await open("", { viewport: LARGE, language });
    const cut = await page.evaluate<string[]>(
      `[...document.querySelectorAll(".lessons a")]
        .filter((name) => name.offsetWidth === 0 || name.scrollWidth > name.clientWidth + 1)
        .map((name) => name.textContent)`,
    );
    expect(cut).toEqual([]);
  });

  test("has a stage that takes the room", async () => {
    const page = await open("#v1=training", { viewport: LARGE });
    const [stage, drawn] = await page.evaluate<[number, number]>(
      `[".canvas", "svg.graph"].map((part) => document.querySelector(part).getBoundingClientRect().width)`,
    );
    expect(stage).toBeGreaterThan(1300);
    expect(drawn / stage).toBeGreaterThan(0.9);
  });
});

test("At 1280 × 800 nothing scrolls, and on paper every plot is whole.", async () => {
  const page = await open("#v3=training;s=1");
  for (const link of [
    "#v3=apples",
    "#v3=slope;s=2",
    "#v3=training;s=1",
    "#v3=own",
    "#v3=chain-rule;s=5",
  ]) {
    await follow(page, link);
    const high = await page.evaluate<number>("document.documentElement.scrollHeight");
    expect(high, link).toBeLessThanOrEqual(DESKTOP.height);
  }
  await follow(page, "#v3=training;s=1");
  await page.locator(".curve svg").waitFor();
  await page.emulateMedia({ media: "print" });
  // A sheet of A4 at 96 dots per inch.
  await page.evaluate("document.documentElement.style.width = '700px'");
  const rights = await page.evaluate<number[]>(
    `[...document.querySelectorAll(".plot svg, .canvas svg")].map((part) => part.getBoundingClientRect().right)`,
  );
  for (const right of rights) expect(right).toBeLessThanOrEqual(701);
  await page.emulateMedia({ media: "screen" });
});
