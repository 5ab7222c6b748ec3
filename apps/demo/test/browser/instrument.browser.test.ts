/** Tests of the instrument's features, with the mouse and with only the keyboard. `npm test` runs a quarter of them. */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { resolve } from "node:path";
import type { Page } from "playwright";
import { afterEach, describe, expect, test } from "vitest";
import { WHOLE } from "../../../../packages/core/test/support/sampling.ts";
import { firstLoad, MOST_FIRST_LOAD } from "../../scripts/firstLoad.mjs";
import { initialInputs } from "../../src/course/lesson.ts";
import { told } from "../../src/course/lessons.ts";
import { encodeText } from "../../src/instrument/encoding.ts";
import { formatTensor } from "../../src/instrument/format.ts";
import {
  chooseForward,
  choosePanel,
  demo,
  nodeLabels,
  PHONE,
  settled,
  shownGradient,
  shownValue,
  usePage,
  violations,
} from "./support.ts";

const { open, address, browser, expectNoComplaints, closePages } = usePage();

afterEach(async () => {
  await closePages();
  expectNoComplaints();
});

/** The ids of nodes in the lesson of two apples: price, count, tax, apples, total. */
const PRICE = 0;
const APPLES = 3;
const TAX = 2;
const TOTAL = 4;

/** Polls the fragment of the address, which is written after a paint, and only a few times a second. */
const hash = (page: Page) => expect.poll(() => page.evaluate<string>("location.hash"));
const totalOf = (page: Page) => shownValue(page, TOTAL);

async function drag(page: Page, selector: string, by: number) {
  const box = await page.locator(selector).first().boundingBox();
  if (box === null) throw new Error(`${selector} is not shown`);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + by / 2, y, { steps: 4 });
  await page.mouse.move(x + by, y, { steps: 4 });
  await page.mouse.up();
}

/** Opens the menu of the stage. */
const openMenu = (page: Page) => page.locator(".toolbar .menu summary").click();

/** Returns a link to a typed function. */
const ownLink = (text: string, rest = "") => `#v3=own;f=${encodeText(text)}${rest}`;

describe("a number", () => {
  test("is dragged in the sentence and on the stage", async () => {
    const page = await open("#v3=apples;s=1");
    await drag(page, `[data-node="${PRICE}"] .shape`, 40);
    expect([await shownValue(page, PRICE), await totalOf(page)]).toEqual(["110", "242"]);
    expect(await page.locator(".predicted").textContent()).toContain("2.2 × 10 = 22");
    expect(await page.locator(".actual").textContent()).toContain("22");
    // A drag opens no card.
    expect(await page.locator(".card").count()).toBe(0);
  });

  test("is told to be draggable first, and nothing else is explained yet", async () => {
    const page = await open("#v3=apples");
    expect(await page.locator(".drag-hint").textContent()).toBe("↔ drag me");
    expect(await page.locator(".rail, .timeline, .legend").count()).toBe(0);
    expect(await page.locator(".derivative tspan:not(:empty)").count()).toBe(0);
    await drag(page, ".number-field.inline input", 40);
    expect([await shownValue(page, PRICE), await totalOf(page)]).toEqual(["110", "242"]);
    expect(await page.locator(".drag-hint").count()).toBe(0);
  });

  test("is taken in the middle, too", async () => {
    const page = await open("#v3=apples;s=5");
    await drag(page, `[data-node="${APPLES}"] .shape`, 40);
    expect([await shownValue(page, PRICE), await shownValue(page, APPLES)]).toEqual(["100", "300"]);
    expect(await totalOf(page)).toBe("330");
    expect(await page.locator(".predicted").textContent()).toContain("1.1 × 100 = 110");
    await page.locator(`[data-node="${APPLES}"]`).click();
    expect(await page.locator(".changed").textContent()).toContain("adjusted by 100");
    await page.getByRole("button", { name: "undo" }).click();
    expect(await totalOf(page)).toBe("220");
  });

  test("counts while it is typed; what is half typed changes nothing and is not complained about", async () => {
    const page = await open("#v3=apples");
    const field = page.getByRole("textbox", { name: "price" }).first();
    await field.click();
    for (const [text, total] of [
      ["", "220"],
      ["-", "220"],
      ["1", "2.2"],
      ["1.", "2.2"],
      ["1.5e", "2.2"],
    ] as const) {
      await field.fill(text);
      expect(await totalOf(page)).toBe(total);
      expect(await page.locator(".complaint:not(:empty)").count()).toBe(0);
    }
    await page.keyboard.press("Tab");
    expect(await page.locator(".complaint:not(:empty)").first().textContent()).toBe(
      "price must be a number.",
    );
    expect(await field.inputValue()).toBe("1");
  });

  test("below its least value is refused in words, steps by its own size, and is exact on request", async () => {
    const page = await open("#v3=apples;s=1;n=tax;c=1");
    const field = page.locator(".card input");
    await field.focus();
    await page.keyboard.press("ArrowUp");
    expect(await shownValue(page, TAX)).toBe("1.11");
    await page.keyboard.press("PageDown");
    expect(await shownValue(page, TAX)).toBe("1.01");
    await field.fill("-5");
    await field.press("Enter");
    expect(await page.locator(".complaint:not(:empty)").first().textContent()).toContain(
      "must be 0 or more",
    );
    await field.fill("1.1");
    await page.locator(".settings summary").click();
    await page.getByLabel("Digits").selectOption("exact");
    expect(await totalOf(page)).toBe("220.00000000000003");
    await hash(page).toContain("d=exact");
  });
});

/** Waits until the card has grown to its size. */
const grown = (page: Page) =>
  page.evaluate(
    "Promise.all(document.querySelector('.card').getAnimations().map((each) => each.finished.then(() => true)))",
  );

/** Returns the names of the nodes that the card hides partly or completely. */
async function hiddenByCard(page: Page): Promise<string[]> {
  await grown(page);
  return page.evaluate<string[]>(`(() => {
    const card = document.querySelector(".card").getBoundingClientRect();
    return [...document.querySelectorAll("[data-node]")].filter((node) => {
      const box = node.querySelector(".shape").getBoundingClientRect();
      return box.left < card.right && card.left < box.right && box.top < card.bottom && card.top < box.bottom;
    }).map((node) => node.getAttribute("aria-label").split(",")[0]).sort();
  })()`);
}

describe("the card", () => {
  test("opens at a node with what it computes and what comes back, and closes with Escape", async () => {
    const page = await open("#v3=nodes;s=3");
    await page.locator('[data-node="0"]').click();
    const card = page.locator(".card");
    await card.locator(".product").first().waitFor();
    expect(await card.locator(".product .sr-only").allTextContents()).toEqual([
      "10 × 1 = 10",
      "7 × 5 = 35",
    ]);
    expect(await card.locator(".factor .symbol").allTextContents()).toEqual([
      ...["∂L/∂sum", "1", "∂L/∂x"],
      ...["∂L/∂product", "y", "∂L/∂x"],
    ]);
    expect(await card.locator(".sum .calculation").textContent()).toBe("10 + 35 = 45");
    await page.getByText("agrees in").waitFor();
    expect(await card.locator(".small-curve .tangent-line").count()).toBe(1);
    await hash(page).toContain("n=x;c=1");
    await card.getByRole("button", { name: "from product to x" }).click();
    await hash(page).toMatch(/e=product\.0;c=1/);
    expect(await card.locator(".forward .calculation").textContent()).toBe("2 × 5 = 10");
    await page.keyboard.press("Escape");
    expect(await card.count()).toBe(0);
  });

  test("of a weight writes out its update, and stands on its line: columns and the other row make room", async () => {
    const page = await open("#v3=training;s=1");
    await page.getByText("w5").first().click({ force: true });
    const card = page.locator(".card");
    await card.locator(".update").waitFor();
    expect(await card.textContent()).toContain("from h1 to o1");
    expect(await card.textContent()).toContain("0.4 − 0.5 × 0.08217 ≈ 0.3589");
    expect(await card.textContent()).toContain("σ′ · h1 ≈ 0.1868 × 0.5933 ≈ 0.1108");
    expect(await card.textContent()).toContain("0.4 × 0.5933 + 0.45 × 0.5969 + 0.6 ≈ 1.106");
    expect(await card.textContent()).toContain("σ(1.106) ≈ 0.7514");
    await settled(page);
    expect(await hiddenByCard(page)).toEqual(["w5", "w6", "w7"]);
    await page.getByRole("button", { name: "more" }).click();
    await hash(page).toContain("i=w5:0.41");
    await page.locator(".panel").getByLabel("freeze the biases").check();
    await page.locator('[aria-label^="b1,"]').focus();
    await page.keyboard.press("Enter");
    await page.getByText("Frozen: it stays as it is.").waitFor();
  });

  test.each([
    ["1920", "#v3=training;s=1;n=w5;c=1", 1920, 1080, ["w5"]],
    ["1280, of a unit", "#v3=training;s=1;n=o1;c=1", 1280, 800, ["w5", "w6", "w7"]],
    ["1280, where the drawing moves aside", "#v3=slope;s=2;n=side;c=1", 1280, 800, []],
    ["768, where it reaches below the stage", "#v3=graph;s=4;n=fruit;c=1", 768, 1024, []],
  ])("hides no node at %s", async (_, link, width, height, hidden) => {
    const page = await open(link, { viewport: { width, height } });
    await page.locator(".card .factors").first().waitFor();
    await page.getByText("agrees in").waitFor();
    await settled(page);
    expect(await hiddenByCard(page)).toEqual(hidden);
    await page.keyboard.press("Escape");
    await page.locator(".card").waitFor({ state: "detached" });
    expect(await page.evaluate<string>("document.querySelector('svg.graph').style.transform")).toBe(
      "",
    );
  });

  test("is a sheet from below on a phone, and the chosen weight stays in sight", async () => {
    const page = await open("#v3=training;s=1;n=w5;c=1", { viewport: PHONE });
    await page.locator(".card .update").waitFor();
    await grown(page);
    const [card, chip] = await page.evaluate<[number, number, number][]>(
      `[".card", ".is-chip.is-chosen .shape"].map((part) => { const { left, top, bottom } = document.querySelector(part).getBoundingClientRect(); return [left, top, bottom]; })`,
    );
    expect([card?.[0], card?.[2]]).toEqual([0, PHONE.height]);
    expect(chip?.[2]).toBeLessThan(card?.[1] ?? 0);
  });

  test("of an edge is heard with its product, and edges carry results alone", async () => {
    const page = await open("#v3=apples;s=5");
    await settled(page);
    expect(await page.locator('[data-edge="0-3"]').getAttribute("aria-label")).toBe(
      "price to apple cost: 1.1 × 2 = 2.2",
    );
    expect(await page.locator(".result").allTextContents()).toEqual(["2.2", "110", "1.1", "200"]);
    await page.locator('[data-edge="0-3"]').dispatchEvent("click");
    await page.locator(".card .product").waitFor();
    expect(await page.locator(".card .what").textContent()).toBe("price to apple cost");
    await hash(page).toContain("e=apples.0;c=1");
  });
});

describe("the tangent", () => {
  test("is dragged along, and a smaller change makes the digits agree", async () => {
    const page = await open("#v3=slope;s=1");
    await page.locator(".quotients tr").first().waitFor();
    const rows = () => page.locator(".quotients td").allTextContents();
    expect((await rows()).slice(0, 3)).toEqual(["7", "6.1", "6.01"]);
    expect(await page.locator(".quotient").textContent()).toBe("7 / 1 = 7");
    expect(await page.locator(".slope-remark").textContent()).toContain(
      "the tangent misses the curve by 1",
    );
    await page.getByRole("slider", { name: "step h" }).focus();
    for (let i = 0; i < 9; i++) await page.keyboard.press("ArrowLeft");
    await expect.poll(rows).toContain("6.001");
    await hash(page).toContain("h=0.001");
    await page.getByText("agree in 3 digits").waitFor();
    const before = await shownValue(page, 0);
    await drag(page, ".grip-point .target", 30);
    expect(Number(await shownValue(page, 0))).toBeGreaterThan(Number(before));
    await page.getByRole("slider", { name: /drag along the curve/ }).focus();
    await page.keyboard.press("ArrowLeft");
    await hash(page).toContain("i=side:");
  });

  test("lies on a straight line for every change", async () => {
    const page = await open("#v3=apples;s=1");
    await page.getByText("In price this is a straight line here").waitFor();
    expect(await page.locator(".quotient").textContent()).toBe("44 / 20 = 2.2");
    await page.locator(".against select").selectOption({ label: "count" });
    await page.getByText("In count this is a straight line here").waitFor();
  });
});

describe("the timeline", () => {
  test("steps forward and back; nodes are hollow until they are computed", async () => {
    const page = await open("#v3=apples;s=5;t=0");
    expect(await page.locator(".is-hollow").count()).toBe(2);
    expect(await page.locator(".sentence").textContent()).toBe("Nothing is computed yet.");
    const next = page.getByRole("button", { name: "one step", exact: true });
    await next.click();
    expect([await shownValue(page, APPLES), await totalOf(page)]).toEqual(["200", ""]);
    await next.click();
    await next.click();
    expect([await totalOf(page), await shownGradient(page, TOTAL)]).toEqual(["220", "1"]);
    expect(await shownGradient(page, APPLES)).toBe("");
    await next.click();
    expect([await shownGradient(page, APPLES), await shownGradient(page, PRICE)]).toEqual([
      "1.1",
      "",
    ]);
    expect(await page.locator(".sentence").textContent()).toBe(
      "Backward through total, gradient 1.",
    );
    await next.click();
    expect(await page.locator(".is-hollow").count()).toBe(0);
    await page.getByRole("button", { name: "one step back" }).click();
    expect(await shownGradient(page, PRICE)).toBe("");
  });

  test("plays to its end", async () => {
    const page = await open("#v1=apples;s=1;t=3");
    await page.getByRole("button", { name: "play" }).click();
    await page.getByRole("button", { name: "pause" }).waitFor();
    await page.getByText("5 / 5").waitFor();
    await page.getByRole("button", { name: "play" }).waitFor();
  });

  test("scrubs by keyboard, and the address keeps the position", async () => {
    const page = await open("#v1=graph;s=1;t=0");
    await page.getByRole("slider", { name: "Timeline" }).focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    await hash(page).toBe("#v3=graph;s=1;t=3");
    await page.keyboard.press("Home");
    await hash(page).toBe("#v3=graph;s=1;t=0");
  });
});

describe("predict, then reveal:", () => {
  test("the number is nowhere on the page until an answer is given", async () => {
    const page = await open("#v3=apples;s=4");
    expect(await shownGradient(page, PRICE)).toBe("?");
    expect((await nodeLabels(page))[0]).toBe("price, input, value 100, gradient ?");
    expect(await page.locator(".stage, .run").allTextContents()).not.toContain("2.2");
    await page.getByRole("textbox", { name: "What will come under price?" }).fill("2.2");
    await page.getByRole("button", { name: "check" }).click();
    expect(await page.locator(".verdict").textContent()).toBe("Right: 2.2.");
    expect(await shownGradient(page, PRICE)).toBe("2.2");
  });

  test("a wrong answer gets a hint that knows the mistake, and a second try", async () => {
    const page = await open("#v3=apples;s=4");
    const verdict = () => page.locator(".verdict").textContent();
    const field = page.getByRole("textbox", { name: "What will come under price?" });
    await field.fill("110");
    await page.keyboard.press("Enter");
    expect(await verdict()).toBe("Not yet. 110 is the gradient of count. Once more?");
    expect(await shownGradient(page, PRICE)).toBe("?");
    await field.fill("2,2,2");
    await page.keyboard.press("Enter");
    expect(await verdict()).toContain("“2,2,2” is no number");
    expect(await shownGradient(page, PRICE)).toBe("?");
    await field.fill("2,2");
    await page.keyboard.press("Enter");
    expect(await verdict()).toBe("Right: 2.2.");
  });

  test("after two wrong answers the right one stands beside the last, and it can be shown at once", async () => {
    const page = await open("#v1=graph;s=1");
    const field = page.getByRole("textbox", { name: "What will come at fruit?" });
    for (const said of ["450", "600"]) {
      await field.fill(said);
      await page.keyboard.press("Enter");
    }
    expect(await page.locator(".verdict").textContent()).toBe(
      "It is 650; you said 600. Take what comes into the node, and do this with it: +.",
    );
    const other = await open("#v1=nodes;s=2");
    await other.getByRole("button", { name: "show the answer" }).click();
    expect(await other.locator(".verdict").textContent()).toBe("It is 45.");
  });

  test.each(
    told.flatMap(({ name, run }) =>
      run.flatMap(({ ask }, step) => (ask === undefined ? [] : [[name, step, ask] as const])),
    ),
  )("the answer stands nowhere on the page of %s, step %i", async (name, step, ask) => {
    const lesson = told.find((each) => each.name === name);
    const node = lesson?.explain(initialInputs(lesson)).node(ask.node);
    const answer = formatTensor(node?.[ask.what], 4);
    const page = await open(`#v1=${name};s=${step}`);
    await choosePanel(page, "Table");
    await page.locator("tbody tr").first().waitFor();
    const text = await page.locator("main").evaluate((main) => {
      // The texts of elements are joined with separators, so that their numbers stay separate.
      const texts = main.ownerDocument.createTreeWalker(main, 4);
      const all: string[] = [];
      while (texts.nextNode()) all.push(texts.currentNode.textContent ?? "");
      return all.join(" ");
    });
    // The number of digits of a check is removed, since it is not a number of the graph.
    expect(text.replace(/✓\d+/g, "").split(/[^\d.]+/)).not.toContain(answer);
  });
});

describe("both modes", () => {
  test("stand side by side, go on together, and count their passes", async () => {
    const page = await open("#v3=apples;s=5");
    await choosePanel(page, "Modes");
    expect(await page.locator(".cost").allTextContents()).toEqual([
      "reverse: 1 pass, 4 operations for all inputs",
      "forward: 3 passes, 5 operations for all inputs",
    ]);
    await page.getByRole("button", { name: "Both modes side by side" }).click();
    await page.locator(".both .stage").nth(1).waitFor();
    expect(await page.locator(".both-counts").textContent()).toBe(
      "3 inputs and 1 result: reverse mode takes 1 pass, forward mode 3.",
    );
    const tables = page.locator(".both-table");
    expect(await tables.nth(1).locator("td.tangent").allTextContents()).toEqual([
      "2.2",
      "110",
      "200",
    ]);
    await page.getByRole("slider", { name: "Steps of both modes" }).focus();
    await page.keyboard.press("Home");
    await settled(page);
    expect(await tables.locator("td.none").count()).toBe(6);
    await page.getByRole("button", { name: "next pass" }).click();
    await expect.poll(() => tables.nth(1).locator("td.tangent").allTextContents()).toEqual(["2.2"]);
    await page.getByRole("button", { name: "next pass" }).click();
    await expect.poll(() => tables.nth(1).locator("td.tangent").count()).toBe(2);
    expect(await page.locator(".both-side.forward .both-head").textContent()).toContain(
      "pass 2 of 3",
    );
    await hash(page).toContain("b=1");
    await page.getByRole("button", { name: "one mode" }).click();
    expect(await page.locator(".both").count()).toBe(0);
  });

  test("carry the derivative by one input, as one chooses", async () => {
    const page = await open("#v3=apples;s=5");
    await chooseForward(page);
    expect([await shownGradient(page, PRICE), await shownGradient(page, APPLES)]).toEqual([
      "1",
      "2",
    ]);
    await page.getByLabel("with respect to").selectOption("count");
    await expect.poll(() => shownGradient(page, TOTAL)).toBe("110");
    await hash(page).toContain("m=count");
  });
});

describe("the program", () => {
  test("lights its nodes, and they light it", async () => {
    const page = await open("#v3=apples;s=1;p=code");
    await page.getByRole("button", { name: /const apples/ }).hover();
    expect(await page.locator(".node.is-lit [data-node]").getAttribute("data-node")).toBe("3");
    await page.locator(`[data-node="${TOTAL}"]`).hover();
    expect(await page.locator(".line.is-lit").textContent()).toContain("return");
  });

  test("prints exactly the three lines of the snack tax", async () => {
    const page = await open("#v1=snack-tax");
    const lines = () => page.locator("pre.lines").textContent();
    expect(await lines()).toBe("200 220.00000000000003\n1.1 200\n2.2 110.00000000000001");
    await page.getByRole("textbox", { name: "count" }).first().fill("5");
    expect(await lines()).toBe("500 550\n1.1 500\n5.5 110.00000000000001");
  });
});

describe("gradients", () => {
  test("have digits beside them in which a difference agrees, once these are explained", async () => {
    const page = await open("#v3=slope;s=2");
    await settled(page);
    expect(await page.locator(".derivative .check:not(:empty)").count()).toBe(0);
    await page.getByRole("button", { name: "next" }).click();
    await page.locator('[data-node="0"] .check', { hasText: "✓" }).waitFor();
    expect(await page.locator(".legend .check").count()).toBe(1);
    await page.locator('[data-node="0"]').click();
    await page.getByText(/numerical derivative with h = \S+: 6: agrees in/).waitFor();
  });

  test("that are too small to compare are not said to agree", async () => {
    const page = await open("#v3=training;i=t1:0.4,t2:0.6,rate:1000,frozen:1;u=100;n=w5;c=1");
    await page.getByText("too small to compare").waitFor();
  });

  test("predict a change, and why the actual one differs is said", async () => {
    const page = await open("#v1=chain-rule;s=3");
    await page.getByRole("button", { name: "x + 1" }).click();
    expect(await page.locator(".prediction").textContent()).toBe(
      "predicted change: 10 × 1 = 10actual change of z: 11They differ, since the gradient holds at one point: on the way it went from 10 to 12.",
    );
  });
});

describe("the keyboard alone", () => {
  test("moves between nodes by sight, changes a number, opens its card and steps", async () => {
    const page = await open("#v3=apples;s=1");
    await page.locator(`[data-node="${PRICE}"]`).focus();
    const focused = () => page.evaluate<string>("document.activeElement.getAttribute('data-node')");
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toBe("1");
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toBe("3");
    await page.keyboard.press("+");
    expect(await shownValue(page, APPLES)).toBe("210");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate("document.activeElement.tagName")).toBe("INPUT");
    await page.keyboard.type("300");
    await expect.poll(() => totalOf(page)).toBe("330");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    expect(await page.locator(".card").count()).toBe(0);
    expect(await focused()).toBe("3");
    await page.keyboard.press(",");
    expect(await page.locator(".place").textContent()).toBe("4 / 5");
    await page.keyboard.press("p");
    expect(await page.locator("header").isVisible()).toBe(false);
    await page.keyboard.press("Escape");
    expect(await page.locator("header").isVisible()).toBe(true);
  });

  test("reaches the edges of a node, hears their products, opens their cards and goes along them", async () => {
    const page = await open("#v3=apples;s=5");
    await page.locator(`[data-node="${APPLES}"]`).focus();
    await settled(page);
    const heard = () =>
      page.evaluate<string>("document.activeElement.getAttribute('aria-label') ?? ''");
    const edges: string[] = [];
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press("Shift+Tab");
      edges.push(await heard());
    }
    expect(edges).toEqual([
      "apple cost to total: 1 × 1.1 = 1.1",
      "count to apple cost: 1.1 × 100 = 110",
      "price to apple cost: 1.1 × 2 = 2.2",
    ]);
    await page.keyboard.press("Enter");
    await page.locator(".card .product").waitFor();
    expect(await page.locator(".card .what").textContent()).toBe("price to apple cost");
    await page.keyboard.press("Escape");
    expect(await page.locator(".card").count()).toBe(0);
    expect(await heard()).toBe("price to apple cost: 1.1 × 2 = 2.2");
    await page.keyboard.press("ArrowRight");
    expect(await heard()).toContain("apple cost, ×, value 200, gradient 1.1");
    expect(await violations(page, ".stage")).toEqual([]);
  });

  test("reaches every control by Tab", async () => {
    const page = await open("#v3=training;n=w5;c=1");
    await page.locator(".card .update").waitFor();
    const seen = new Set<string>();
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      seen.add(
        await page.evaluate<string>(
          "(document.activeElement.closest('header, .run, .toolbar, .card, .canvas, .timeline, .tabs, .panel') ?? document.body).className || document.activeElement.closest('header')?.tagName || ''",
        ),
      );
    }
    expect([...seen]).toEqual(
      expect.arrayContaining([
        ...["HEADER", "run", "toolbar", "canvas", "card node-panel", "timeline", "tabs"],
        "panel panel-training",
      ]),
    );
  });
});

describe("the network", () => {
  test.each([
    [1280, 800],
    [390, 844],
  ])("is drawn in columns, whole and readable at %i × %i", async (width, height) => {
    const page = await open("#v3=training;s=1", { viewport: { width, height } });
    await settled(page);
    const [fits, small] = await page.evaluate<[boolean, string[]]>(`(() => {
      const canvas = document.querySelector(".canvas");
      const small = [...document.querySelectorAll("svg.graph text")].filter(
        (text) => text.textContent.trim() !== "" && parseFloat(getComputedStyle(text).fontSize) < 11,
      );
      return [canvas.scrollWidth <= canvas.clientWidth + 1, small.map((text) => text.textContent)];
    })()`);
    expect([fits, small]).toEqual([true, []]);
    expect(await page.locator(".is-chip").count()).toBe(12);
    if (width < 1000) return;
    // The graph, the step and the curve are visible together.
    const bottoms = await page.evaluate<number[]>(
      `[".canvas", ".one-step", ".curve"].map((part) => document.querySelector(part).getBoundingClientRect().bottom)`,
    );
    expect(Math.max(...bottoms)).toBeLessThanOrEqual(height);
  });

  test("is opened as a graph, and folded again", async () => {
    const page = await open("#v3=training");
    await openMenu(page);
    await page.getByRole("button", { name: "open all" }).click();
    expect(await page.locator(".grip").count()).toBe(41);
    await page.getByRole("button", { name: "fold h1" }).click();
    expect(await page.locator(".grip").count()).toBe(37);
    await hash(page).toContain("o=");
  });

  test("carries the errors back in steps in the lesson that asks", async () => {
    const page = await open("#v3=question;s=3");
    expect(await page.locator(".is-passed > .beside.share").count()).toBe(4);
    await page.getByRole("button", { name: "one step back" }).click();
    expect(await page.locator(".is-passed > .beside.share").count()).toBe(2);
    expect(await page.locator(".sentence").textContent()).toBe(
      "E1, −0.7414, goes back from o1 in proportion to the weights.",
    );
  });
});

describe("training", () => {
  const error = (page: Page) => page.locator(".training-state .live").textContent();
  const w5 = (page: Page) => page.locator('[data-node="7"] .value').textContent();

  test("makes steps, goes back through them, and what moved is marked", async () => {
    const page = await open("#v3=training;i=frozen:1;d=9");
    expect([await w5(page), await error(page)]).toEqual(["0.4", "0.298371109"]);
    await page.locator(".one-step").click();
    // The first step takes longer, since it loads the worker.
    await page.getByText("step 1 of 1", { exact: true }).waitFor();
    expect([await w5(page), await error(page)]).toEqual(["0.35891648", "0.291027774"]);
    expect(await page.locator(".is-moved").count()).toBe(8);
    await page.getByRole("button", { name: "ten steps" }).click();
    await page.getByText("step 11 of 11").waitFor();
    await page.getByRole("slider", { name: "steps of the training" }).focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    await page.getByText("step 1 of 11").waitFor();
    expect([await w5(page), await error(page)]).toEqual(["0.35891648", "0.291027774"]);
    await hash(page).toContain("u=11;k=1");
    await page.reload();
    await expect.poll(() => error(page)).toBe("0.291027774");
    await page.getByRole("button", { name: "start values" }).click();
    await page.getByText("after 0 steps").waitFor();
    await hash(page).toBe("#v3=training;d=9");
  });

  test("shows the published step whatever was tried before", async () => {
    const page = await open("#v1=training;i=t1:0.4,w6:1,rate:1000;s=3;u=50;d=9");
    await page
      .getByRole("button", { name: "start values with frozen biases, then one step" })
      .click();
    await choosePanel(page, "Training");
    await expect.poll(() => error(page)).toBe("0.291027774");
    await hash(page).toContain("#v3=training;i=frozen:1;s=3;u=1;d=9");
  });

  test("tells what a rate does, with the ball on the loss over one weight", async () => {
    const page = await open("#v3=training");
    await page.locator(".loss-over .ball").waitFor();
    await page.getByRole("button", { name: /gets stuck/ }).click();
    await page.getByText("it is stuck").waitFor();
    expect(await error(page)).toBe("0.26");
    const slope = await open("#v3=slope;s=4");
    await slope.getByRole("button", { name: /diverges/ }).click();
    await slope.getByText("and it diverges").waitFor();
  });

  test("is of all points at once, whose plane is painted", async () => {
    const page = await open("#v3=points;s=1");
    await page.locator(".surface canvas").waitFor();
    expect(await page.locator(".dot").count()).toBe(12);
    await page.locator(".one-step").click();
    await page.getByText("step 1 of 1", { exact: true }).waitFor();
    const before = await page.locator('[data-node="0"] .value').textContent();
    await page.locator(".dot").nth(5).focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator('[data-node="0"] .value').textContent()).not.toBe(before);
    await page.getByText("step 1 of 1", { exact: true }).waitFor();
    const colors = await page.evaluate<number>(`(() => {
      const canvas = document.querySelector(".surface canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return new Set(data.filter((_, i) => i % 4 === 0)).size;
    })()`);
    expect(colors).toBeGreaterThan(1);
  });
});

describe("a function of one's own", () => {
  test("is drawn while it is typed, and a trouble stands at its position", async () => {
    const page = await open("#v3=own", { permissions: ["clipboard-read", "clipboard-write"] });
    const field = page.getByRole("textbox", { name: "Your function" });
    await field.fill("z = (x + y)^2 − 3x\nx = 3; y = 1");
    await expect
      .poll(() => page.locator(".own-line").getAttribute("data-written"))
      .toBe("z = ((x + y)²) − (3 · x)");
    await expect.poll(() => page.locator(".grip .value").allTextContents()).toContain("7");
    await field.fill("z = (x + y)^2 − 3x(\nx = 3; y = 1");
    expect(await page.locator(".trouble").textContent()).toContain("Something is missing here.");
    await expect.poll(() => field.getAttribute("aria-invalid")).toBe("true");
    expect(await page.locator(".marks mark").count()).toBe(1);
    // The last complete function is still there.
    expect(await page.locator(".grip .value").allTextContents()).toContain("7");
    await page.getByRole("button", { name: "one neuron" }).click();
    await page.locator(".graph.network").waitFor();
    await page.getByRole("button", { name: "undo" }).click();
    await expect.poll(() => page.locator(".own-line").count()).toBe(1);
    await choosePanel(page, "Code");
    expect(await page.locator(".code").textContent()).toContain("x.add(y).square().sub(mul(3, x))");
    await page.getByRole("button", { name: "copy", exact: true }).click();
    expect(await page.evaluate<string>("navigator.clipboard.readText()")).toContain("explain(f");
    await page.getByRole("button", { name: "keep" }).click();
    await page.reload();
    expect(await page.locator(".kept").first().textContent()).toContain("z = (x + y)^2 − 3x");
  });

  test("has a button for each choice of its reading, which writes the other one and can be taken back", async () => {
    const page = await open(ownLink("E = 1/2 (t - o)^2 + mc"), { viewport: PHONE });
    const field = page.getByRole("textbox", { name: "Your function" });
    const line = () => page.locator(".own-line").getAttribute("data-written");
    await expect.poll(line).toBe("E = ((1 / 2) · ((t − o)²)) + (m · c)");
    const choices = page.locator(".own-choices li");
    expect(await choices.count()).toBe(2);
    await page.getByRole("button", { name: "write mc = 1" }).click();
    await expect.poll(line).toBe("E = ((1 / 2) · ((t − o)²)) + mc");
    expect(await field.inputValue()).toBe("E = 1/2 (t - o)^2 + mc\nmc = 1");
    expect(await choices.count()).toBe(1);
    await expect
      .poll(() => page.evaluate<string>("document.activeElement.textContent"))
      .toBe("undo");
    await page.getByRole("button", { name: "write 1/(2 (t - o)^2)" }).click();
    await expect.poll(line).toBe("E = (1 / (2 · ((t − o)²))) + mc");
    await page.getByRole("button", { name: "undo" }).click();
    await page.getByRole("button", { name: "undo" }).click();
    await expect.poll(() => field.inputValue()).toBe("E = 1/2 (t - o)^2 + mc");
    // A phone has keys for signs, and a trouble has a button if there is an alternative text.
    await field.fill("1,5x");
    await page.getByRole("button", { name: "write 1.5" }).click();
    await expect.poll(line).toBe("1.5 · x");
    await field.press("End");
    await page.getByRole("button", { name: "²", exact: true }).click();
    await expect.poll(() => field.inputValue()).toBe("1.5x²");
    await expect.poll(line).toBe("1.5 · (x²)");
    expect(await violations(page)).toEqual([]);
  });

  test("parses nothing while a syllable is composed", async () => {
    const page = await open(ownLink("z = x^2"));
    const field = page.getByRole("textbox", { name: "Your function" });
    await field.focus();
    await page.evaluate(`(() => {
      const field = document.activeElement;
      field.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
      field.value = "z = x^";
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    })()`);
    await page.waitForTimeout(250);
    expect(await page.locator(".trouble").count()).toBe(0);
    await page.evaluate(`(() => {
      const field = document.activeElement;
      field.value = "z = 가격^2";
      field.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }));
    })()`);
    await expect
      .poll(() => page.locator(".own-line").getAttribute("data-written"))
      .toBe("z = 가격²");
  });

  test("is trained on points of the reader's own, and all of it stands in the link", async () => {
    const page = await open(ownLink("y = a*x + b\na = 0; b = 0", ";p=training"));
    await page.getByText("Train on points").click();
    await page.getByRole("checkbox", { name: "x" }).check();
    for (const [row, wanted] of ["1", "3", "5", "7", "9"].entries()) {
      await page.getByRole("textbox", { name: `wanted of point ${row + 1}` }).fill(wanted);
    }
    await page.getByRole("textbox", { name: "rate" }).fill("0.1");
    for (let i = 0; i < 3; i++) {
      await page.getByRole("button", { name: "ten steps" }).click();
      await page
        .getByText(`of ${10 * (i + 1)}`)
        .first()
        .waitFor();
    }
    await hash(page).toContain("x=x;y=0:1,1:3,2:5,3:7,4:9");
    await hash(page).toContain("u=30");
    const link = await page.evaluate<string>("location.hash");
    const loss = Number(await page.locator(".training-state .live").textContent());
    expect(loss).toBeLessThan(0.5);
    const other = await open(link);
    await expect
      .poll(async () => Number(await other.locator(".training-state .live").textContent()))
      .toBe(loss);
  });

  test("that a link holds and that cannot be read is refused", async () => {
    const page = await open("#v3=own;f=~KHg");
    expect(await page.locator(".damage").textContent()).toContain("cannot be read");
  });
});

describe("for teachers:", () => {
  test("a link hides a number until it was said", async () => {
    const page = await open("#v3=apples;s=5;n=count;c=1");
    await page.getByText("Hide a number by link").click();
    await page.getByRole("button", { name: "hide the gradient, copy the link" }).click();
    await hash(page).toContain("q=count.g");
    expect(await shownGradient(page, 1)).toBe("?");
    await page.getByRole("textbox", { name: "What stands at count?" }).fill("110");
    await page.keyboard.press("Enter");
    expect(await page.locator(".verdict").textContent()).toBe("Right: 110.");
    expect(await shownGradient(page, 1)).toBe("110");
  });

  test("a printed page has blanks in the place of derivatives", async () => {
    const page = await open("#v3=apples;s=5");
    await page.evaluate(
      "window.print = () => { window.printed = document.querySelector('svg.graph').textContent; }",
    );
    await openMenu(page);
    await page.getByRole("button", { name: "print with blanks" }).click();
    await expect.poll(() => page.evaluate<string>("window.printed ?? ''")).toContain("______");
    expect(await page.evaluate<string>("window.printed")).not.toContain("2.2");
    await page.evaluate("window.dispatchEvent(new Event('afterprint'))");
    await expect.poll(() => shownGradient(page, PRICE)).toBe("2.2");
  });

  test("a frame of 700 × 420 is all stage", async () => {
    const context = await browser().newContext({ viewport: { width: 700, height: 420 } });
    const page = await context.newPage();
    await page.goto(`${address()}en/?embed#v3=training;s=1`);
    await page.locator(".embed-bar").waitFor();
    await settled(page);
    expect(await page.locator("header, .run, .rail").count()).toBe(0);
    const fits = await page.evaluate<boolean[]>(
      `[[document.documentElement, 420], [document.querySelector(".canvas"), 0]].map(([part, most]) => part.scrollHeight <= (most || part.clientHeight) + 1 && part.scrollWidth <= part.clientWidth + 1)`,
    );
    expect(fits).toEqual([true, true]);
    await page.locator(".one-step").click();
    await page.getByText("step 1 of 1").waitFor();
    await page.locator(".is-chip").first().click({ force: true });
    await page.locator(".card").waitFor();
    expect(await violations(page, "html")).toEqual([]);
    await context.close();
  });
});

test("Two stages and an embed on one page share no id, no number, no key and no address.", async () => {
  const page = await open("#v3=apples;s=5;b=1");
  await page.locator(".both .stage").nth(1).waitFor();
  await page.evaluate(`(() => {
    const frame = document.createElement("iframe");
    Object.assign(frame, { src: "./?embed#v3=training;s=1", title: "a network", width: 700, height: 420 });
    document.querySelector("main").append(frame);
  })()`);
  const frame = page.frameLocator("iframe");
  await frame.locator(".embed-bar").waitFor();
  await settled(page);
  const ids = await page.evaluate<string[]>(
    "[...document.querySelectorAll('[id]')].map(({ id }) => id)",
  );
  expect(new Set(ids).size).toBe(ids.length);
  const labels = () =>
    frame.locator(".grip").evaluateAll((all) => all.map((each) => each.ariaLabel));
  const before = await labels();
  // An edit in one stage changes both stages, but not the embedded page.
  const grips = page.locator(`.both [data-node="${PRICE}"]`);
  await grips.nth(1).focus();
  await page.keyboard.press("+");
  const values = page.locator(`.both [data-node="${PRICE}"] .value`);
  await expect.poll(() => values.allTextContents()).toEqual(["101", "101"]);
  await hash(page).toContain("i=price:101");
  expect(await labels()).toEqual(before);
  // A step in the embedded page does not change the page.
  const numbers = await page.locator(".both").textContent();
  const fragment = await page.evaluate<string>("location.hash");
  await frame.locator(".one-step").click();
  await frame.getByText("step 1 of 1").waitFor();
  await frame.locator("body").press(",");
  await settled(page);
  expect(await labels()).not.toEqual(before);
  expect(await page.locator(".both").textContent()).toBe(numbers);
  expect(await page.evaluate<string>("location.hash")).toBe(fragment);
  expect(await violations(page, "main")).toEqual([]);
});

describe("speed", () => {
  test("does not end the training of a link that is opened in the same tab", async () => {
    const page = await open("#v3=snack-tax;s=2");
    await page.locator(".speed").waitFor();
    await page.evaluate('location.hash = "#v3=training;s=1;u=7"');
    await page.getByText("step 7 of 7").waitFor();
    await expect.poll(() => page.locator(".one-step").isEnabled()).toBe(true);
    // The same holds while the four ways are timed.
    await page.evaluate('location.hash = "#v3=snack-tax;s=2;i=purchases:200000"');
    await page.locator(".speed").getByRole("button", { name: "run", exact: true }).click();
    await page.evaluate(`location.hash = "${ownLink("z = x^2", ";p=training;u=5")}"`);
    await page.getByText("step 5 of 5").waitFor();
    await expect.poll(() => page.locator(".one-step").isEnabled()).toBe(true);
  });

  test("times four ways in a worker, which has the library that the page does without", async () => {
    const page = await open("#v1=speed;i=purchases:200000");
    expect(await page.locator(".race").count()).toBe(0);
    await page.locator(".speed").getByRole("button", { name: "run", exact: true }).click();
    await page.locator(".race").waitFor();
    expect(await page.locator(".race tbody tr").count()).toBe(4);
    // The page is isolated, so that as many threads compute as there are processors.
    const threads = Math.min(4, await page.evaluate<number>("navigator.hardwareConcurrency"));
    const name = `graddiff in WebAssembly${threads > 1 ? `, ${threads} threads` : ""}`;
    expect(await page.locator(".race tbody th").last().textContent()).toBe(name);
    expect(await page.locator(".agree").textContent()).toContain("to the last bit");
    const loaded = await page.evaluate<string[]>(
      "performance.getEntriesByType('resource').map(({ name }) => name)",
    );
    const texts = await Promise.all(
      loaded
        .filter((name) => name.endsWith(".js"))
        .map(async (name) => (await page.request.get(name)).text()),
    );
    // A page without the compiler has none of these names.
    for (const text of texts) expect(text).not.toContain("compile:");
  });

  test("is not started twice, and can be stopped", async () => {
    const page = await open("#v1=speed;i=purchases:2000000");
    await page.locator(".speed button").nth(1).waitFor();
    // The click and the checks run in one task of the page, so that the timing cannot end between them.
    const seen = await page.evaluate<[boolean, boolean][]>(`(async () => {
      const [run, stop] = document.querySelectorAll(".speed button");
      const after = async (button) => {
        button.click();
        await new Promise((done) => setTimeout(done));
        return [run.disabled, stop.disabled];
      };
      return [await after(run), await after(stop)];
    })()`);
    expect(seen).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(await page.locator(".race").count()).toBe(0);
  });
});

describe("without a network", () => {
  test("a part of the page that is not there says so, and comes when it is tried again", async () => {
    const page = await open("#v3=apples;p=none", {
      isAlone: true,
      expected: /Failed to (load|fetch)|ERR_/,
    });
    await page.context().setOffline(true);
    await page.locator(".lessons").getByRole("link", { name: "Your own" }).click();
    const missing = page.locator(".unloaded").first();
    await expect.poll(() => missing.textContent()).toContain("could not be loaded");
    expect(await page.locator("h1").first().textContent()).toContain("Two apples");
    await missing.getByRole("button", { name: "try again" }).click();
    await expect.poll(() => missing.textContent()).toContain("could not be loaded");
    await page.context().setOffline(false);
    await missing.getByRole("button", { name: "try again" }).click();
    await page.getByRole("heading", { name: "A function of your own" }).waitFor();
    await page.locator(".own-line").waitFor();
    expect(await page.locator(".unloaded").count()).toBe(0);
    // A panel, too.
    await page.context().setOffline(true);
    await choosePanel(page, "Training");
    await expect.poll(() => missing.textContent()).toContain("could not be loaded");
    expect(await violations(page)).toEqual([]);
    await page.context().setOffline(false);
    await missing.getByRole("button", { name: "try again" }).click();
    await page.locator(".training-state").waitFor();
  });
});

test("the numbers at axes are whole, however many digits they have", async () => {
  const page = await open(ownLink("z = 1234567 x + 7654321 y", ";n=x"));
  await page.locator(".slope-plot .tick").first().waitFor();
  const cut = await page.evaluate<
    string[]
  >(`[...document.querySelectorAll(".plot")].flatMap((plot) => {
    const box = plot.getBoundingClientRect();
    return [...plot.querySelectorAll(".tick")].flatMap((tick) => {
      const { left, right } = tick.getBoundingClientRect();
      return left < box.left - 0.5 || right > box.right + 0.5 ? [tick.textContent] : [];
    });
  })`);
  expect(cut).toEqual([]);
  const wide = await page.evaluate<number>(
    'Math.max(...[...document.querySelectorAll(".tick")].map((tick) => tick.textContent.length))',
  );
  expect(wide).toBeGreaterThanOrEqual(7);
});

describe("the address", () => {
  test("leads to a function while an edit waits to be written", async () => {
    const page = await open("#v3=apples;s=1");
    await page.locator(`[data-node="${PRICE}"]`).focus();
    await page.keyboard.press("+");
    await page.evaluate(`location.hash = "${ownLink("z = x^2 + 1")}"`);
    await page.getByRole("heading", { name: "A function of your own" }).waitFor();
    await hash(page).toContain("#v3=own;f=");
    expect(await page.locator(".own-line").getAttribute("data-written")).toBe("z = (x²) + 1");
  });

  test("keeps everything over a reload, in another language, and in a copied link", async () => {
    const page = await open("#v1=graph;s=4", {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await page.getByRole("button", { name: "fruit + 10" }).click();
    await page.locator('[data-node="1"]').focus();
    await page.keyboard.press("+");
    const seen = await nodeLabels(page);
    await hash(page).toBe("#v3=graph;i=applePrice:101;a=fruit:10;s=4;n=applePrice");
    await page.reload();
    expect(await nodeLabels(page)).toEqual(seen);
    await openMenu(page);
    await page.getByRole("button", { name: "copy link" }).click();
    const link = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(link).toBe(`${address()}en/#v3=graph;i=applePrice:101;a=fruit:10;s=4;n=applePrice`);
    await page.getByRole("link", { name: "한국어" }).click();
    await page.waitForURL(/\/ko\//);
    await hash(page).toBe("#v3=graph;i=applePrice:101;a=fruit:10;s=4;n=applePrice");
    expect(await page.locator("h1").textContent()).toContain("계산 그래프");
  });

  test("is the history: back takes an edit back", async () => {
    const page = await open("#v1=apples");
    await page.locator(`[data-node="${PRICE}"]`).focus();
    await page.keyboard.press("+");
    expect(await shownValue(page, PRICE)).toBe("101");
    await hash(page).toContain("i=price:101");
    await page.goBack();
    await expect.poll(() => shownValue(page, PRICE)).toBe("100");
    await page.goForward();
    await expect.poll(() => shownValue(page, PRICE)).toBe("101");
  });

  test.each([
    ["#v1=graph;i=apples:zwei", "“zwei” is no number that fits"],
    ["#v1=nothing", "it names no lesson"],
    ["#v9=graph", "it is of a version that this page does not know"],
    ["#v1=graph;t=5000", "it has no such place on the timeline"],
    ["#v1=graph;a=99:1", "“99” is unknown or stands twice"],
    ["#v3=graph;a=fruits:1", "“fruits” is unknown or stands twice"],
    ["#v1=graph;x=1", "“x=1” is unknown or stands twice"],
  ])("%s is refused clearly", async (fragment, words) => {
    // In a new tab, and in one that shows another lesson, the lesson that the link names begins.
    const title = fragment.includes("graph") ? "The computational graph" : "Two apples";
    const page = await open(fragment);
    for (const turn of ["new", "same"]) {
      if (turn === "same") {
        await page.evaluate('location.hash = "#v3=sigma"');
        await page.getByRole("heading", { name: "σ" }).waitFor();
        await page.evaluate(`location.hash = ${JSON.stringify(fragment)}`);
      }
      await expect.poll(() => page.locator(".damage").textContent()).toContain(words);
      expect(await page.locator(".damage").textContent()).toContain(`“${title}”`);
      expect(await page.locator("h1").textContent()).toContain(title);
    }
    await page.getByRole("button", { name: "OK" }).click();
    expect(await page.locator(".damage").count()).toBe(0);
  });
});

describe("the stage as a picture", () => {
  test("is saved as SVG that needs nothing else, and as PNG", async () => {
    const page = await open("");
    await openMenu(page);
    for (const [name, start] of [
      ["SVG", '<svg xmlns="http://www.w3.org/2000/svg"'],
      ["PNG", "\u0089PNG"],
    ] as const) {
      const waiting = page.waitForEvent("download");
      await page.getByRole("button", { name: `save as ${name}` }).click();
      const download = await waiting;
      expect(download.suggestedFilename()).toBe(`graddiff-apples.${name.toLowerCase()}`);
      const bytes = readFileSync(await download.path()).toString("latin1");
      expect(bytes.startsWith(start)).toBe(true);
      expect(bytes).not.toMatch(/ class=| style=|var\(/);
    }
  });
});

describe("the page", () => {
  test("loads no more than its budget before anything is touched, in either language", async () => {
    for (const language of ["en", "ko"]) {
      const context = await browser().newContext();
      const page = await context.newPage();
      const urls: string[] = [];
      page.on("request", (request) => urls.push(request.url()));
      await page.goto(`${address()}${language}/`);
      await page.locator("svg.graph").waitFor();
      await settled(page);
      const size = firstLoad(urls);
      expect(size).toBeGreaterThan(60);
      expect(size).toBeLessThanOrEqual(MOST_FIRST_LOAD);
      await context.close();
    }
  });

  test("runs under its own strict policy, and has nothing inline", async () => {
    const page = await open("");
    const html = await (await page.request.get(`${address()}en/`)).text();
    expect(html.replaceAll("&#39;", "'")).toContain(
      "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob:",
    );
    expect(html).not.toMatch(/ style=|<style| on\w+=|<script>/);
    expect(await page.locator("[style]").count()).toBe(await page.locator(".inline input").count());
  });

  test("goes on without a network", async () => {
    // Chromium requests the icon again, which is an expected complaint.
    const page = await open("#v3=apples;s=1", {
      expected: /icon\.svg|ERR_INTERNET_DISCONNECTED/,
      isAlone: true,
    });
    await page.locator(".quotients").waitFor();
    await page.context().setOffline(true);
    await page.getByRole("button", { name: "price + 20" }).click();
    expect(await totalOf(page)).toBe("264");
  });

  test("works from any folder of a server", async () => {
    const server = createServer((request, response) => {
      const path = request.url?.match(/^\/some\/folder(\/[\w./-]*)$/)?.[1] ?? "";
      const file = resolve(demo, `dist/web${path.endsWith("/") ? `${path}index.html` : path}`);
      const types = {
        html: "text/html",
        js: "text/javascript",
        css: "text/css",
        svg: "image/svg+xml",
      };
      const type = Object.entries(types).find(([end]) => file.endsWith(end))?.[1];
      if (path === "" || type === undefined) response.writeHead(404).end();
      else response.writeHead(200, { "content-type": type }).end(readFileSync(file));
    });
    const port = await new Promise<number>((done) => {
      server.listen(0, "127.0.0.1", () => {
        const at = server.address();
        done(typeof at === "object" && at !== null ? at.port : 0);
      });
    });
    const page = await (await browser().newContext()).newPage();
    const failed: string[] = [];
    page.on("response", (response) => {
      if (!response.ok()) failed.push(response.url());
    });
    await page.goto(`http://127.0.0.1:${port}/some/folder/`);
    await page.getByRole("link", { name: "한국어" }).click();
    await page.waitForURL(/\/some\/folder\/ko\//);
    await page.getByRole("heading", { name: "사과 두 개" }).waitFor();
    expect(failed).toEqual([]);
    server.close();
  });

  test("has the language of the reader at its root", async () => {
    const context = await browser().newContext({ locale: "ko-KR" });
    const page = await context.newPage();
    await page.goto(address());
    await page.locator("h1").waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("ko");
  });

  test("keeps the theme that was chosen", async () => {
    const page = await open("", { colorScheme: "light" });
    const background = () =>
      page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor");
    const light = await background();
    await page.locator(".settings summary").click();
    await page.getByLabel("Theme").selectOption("dark");
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await background()).toBe(dark);
  });

  test("has targets of 24 pixels and more on a phone", async () => {
    const page = await open("#v1=training", { viewport: PHONE, hasTouch: true });
    const small = await page.evaluate<string[]>(
      `[...document.querySelectorAll("button, a, select, input:not([type=radio]), .grip > .target, .fold > .target, summary")]
        .map((part) => [part.textContent || part.className.baseVal || part.className, part.getBoundingClientRect()])
        .filter(([, { width, height }]) => width > 0 && (width < 24 || height < 23.5))
        .map(([name, { width, height }]) => name + " " + width + "x" + height)`,
    );
    expect(small).toEqual([]);
  });

  test("says what to do when it is opened as a file", async () => {
    const page = await (await browser().newContext()).newPage();
    await page.goto(
      `file://${address() && new URL("../../dist/web/en/index.html", import.meta.url).pathname}`,
    );
    await page.locator(".unserved").waitFor();
    expect(await page.locator(".unserved").textContent()).toContain("npm run demo:web");
  });

  test("has the graph as a table", async () => {
    const page = await open("#v3=apples;s=5;p=table");
    await page.locator("tbody tr").first().waitFor();
    const rows = await page.locator("tbody tr").allInnerTexts();
    expect(rows.map((row) => row.split("\t"))).toEqual([
      ["price", "input", "", "100", "2.2", ""],
      ["count", "input", "", "2", "110", ""],
      ["tax", "input", "", "1.1", "200", ""],
      [
        "apple cost",
        "×",
        "price, count",
        "200",
        "1.1",
        "price: 1.1 × 2 = 2.2; count: 1.1 × 100 = 110",
      ],
      [
        "total",
        "×",
        "apple cost, tax",
        "220",
        "1",
        "apple cost: 1 × 1.1 = 1.1; tax: 1 × 200 = 200",
      ],
    ]);
  });

  test("keeps its memory flat over many edits", async () => {
    const page = await open("#v3=apples;s=1", { isAlone: true });
    const session = await page.context().newCDPSession(page);
    const heap = async () => {
      await session.send("HeapProfiler.collectGarbage");
      const { usedSize } = await session.send("Runtime.getHeapUsage");
      return usedSize;
    };
    const edit = async (count: number) => {
      await page.locator(`[data-node="${PRICE}"]`).focus();
      for (let i = 0; i < count; i++) await page.keyboard.press(i % 2 === 0 ? "+" : "-");
      await settled(page);
    };
    await edit(100);
    const before = await heap();
    await edit(WHOLE ? 1000 : 100);
    expect((await heap()) - before).toBeLessThan(1_000_000);
  });
});
