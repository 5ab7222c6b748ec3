/**
 * What can be done with the instrument, by mouse and by keyboard alone.
 */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { resolve } from "node:path";
import type { Page } from "playwright";
import { afterEach, describe, expect, test } from "vitest";
import { firstLoad, MOST_FIRST_LOAD } from "../../scripts/firstLoad.mjs";
import { initialInputs } from "../../src/course/lesson.ts";
import { lessons } from "../../src/course/lessons.ts";
import { formatTensor } from "../../src/instrument/format.ts";
import {
  chooseForward,
  demo,
  nodeLabels,
  PHONE,
  settled,
  shownGradient,
  shownValue,
  usePage,
} from "./support.ts";

const { open, address, browser, expectNoComplaints, closePages } = usePage();

afterEach(async () => {
  await closePages();
  expectNoComplaints();
});

/** Ids in the lesson of two apples: price, count, tax, apples, total. */
const PRICE = 0;
const APPLES = 3;
const TAX = 2;
const TOTAL = 4;

/** The address, which is written behind a paint and a few times a second at most. */
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

describe("a number", () => {
  test("is dragged in the sentence and on the stage, and the change is as predicted", async () => {
    const page = await open("");
    await drag(page, ".number-field.inline input", 40);
    expect([await shownValue(page, PRICE), await totalOf(page)]).toEqual(["110", "242"]);
    expect(await page.locator(".predicted").textContent()).toContain("2.2 × 10 = 22");
    expect(await page.locator(".actual").textContent()).toContain("22");
    await drag(page, `[data-node="${PRICE}"] .shape`, -40);
    expect([await shownValue(page, PRICE), await totalOf(page)]).toEqual(["100", "220"]);
    expect(await page.locator(".predicted").textContent()).toContain("2.2 × (−10) = −22");
  });

  test("is taken in the middle, too", async () => {
    const page = await open("#v1=backward;s=4");
    await drag(page, `[data-node="${APPLES}"] .shape`, 40);
    expect([await shownValue(page, PRICE), await shownValue(page, APPLES)]).toEqual(["100", "300"]);
    expect(await totalOf(page)).toBe("330");
    expect(await page.locator(".predicted").textContent()).toContain("1.1 × 100 = 110");
    expect(await page.locator(".changed").textContent()).toContain("adjusted by 100");
    await page.getByRole("button", { name: "undo" }).click();
    expect(await totalOf(page)).toBe("220");
  });

  test("counts while it is typed; what is half typed changes nothing and is not complained about", async () => {
    const page = await open("");
    const field = page.getByRole("textbox", { name: "price" }).first();
    await field.click();
    const heights = () =>
      page.evaluate<number[]>(
        "[...document.querySelectorAll('.run, .stage, .node-panel')].map((part) => part.getBoundingClientRect().height)",
      );
    await settled(page);
    const before = await heights();
    for (const [text, total] of [
      ["", "220"],
      ["-", "220"],
      ["1", "2.2"],
      ["1.", "2.2"],
      ["1.5", "3.3"],
      ["1.5e", "3.3"],
    ] as const) {
      await field.fill(text);
      expect(await totalOf(page)).toBe(total);
      expect(await page.locator(".complaint:not(:empty)").count()).toBe(0);
    }
    expect((await heights()).slice(0, 2)).toEqual(before.slice(0, 2));
    await page.keyboard.press("Tab");
    expect(await page.locator(".complaint:not(:empty)").first().textContent()).toBe(
      "price must be a number.",
    );
    expect(await field.inputValue()).toBe("1.5");
  });

  test("below its least value is refused in words", async () => {
    const page = await open("");
    const field = page.locator(".node-panel input");
    await field.fill("-5");
    await field.press("Enter");
    expect(await totalOf(page)).toBe("220");
    expect(await page.locator(".complaint:not(:empty)").first().textContent()).toContain(
      "must be 0 or more",
    );
  });

  test("steps by its own size with the keys", async () => {
    const page = await open("#v1=apples;n=2");
    await page.locator(".node-panel input").focus();
    await page.keyboard.press("ArrowUp");
    expect(await shownValue(page, 2)).toBe("1.11");
    await page.keyboard.press("PageDown");
    expect(await shownValue(page, 2)).toBe("1.01");
  });

  test("is exact on request", async () => {
    const page = await open("");
    expect(await totalOf(page)).toBe("220");
    await page.getByLabel("Digits").selectOption("exact");
    expect(await totalOf(page)).toBe("220.00000000000003");
    await hash(page).toContain("d=exact");
  });
});

describe("the timeline", () => {
  test("steps forward and back; nodes are hollow until they are computed", async () => {
    const page = await open("#v1=backward;t=0");
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
    expect(await page.locator(".sentence").textContent()).toContain("1 × 1.1 = 1.1 to apple cost");
    await next.click();
    expect(await page.locator(".is-hollow").count()).toBe(0);
    await page.getByRole("button", { name: "one step back" }).click();
    expect(await shownGradient(page, PRICE)).toBe("");
  });

  test("plays to its end", async () => {
    const page = await open("#v1=apples;t=3");
    await page.getByRole("button", { name: "play" }).click();
    await page.getByRole("button", { name: "pause" }).waitFor();
    await page.getByText("5 / 5").waitFor();
    await page.getByRole("button", { name: "play" }).waitFor();
  });

  test("scrubs by keyboard, and the address keeps the place", async () => {
    const page = await open("#v1=graph;t=0");
    await page.getByRole("slider", { name: "Timeline" }).focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    await hash(page).toBe("#v2=graph;t=3");
    await page.keyboard.press("Home");
    await hash(page).toBe("#v2=graph;t=0");
  });
});

describe("predict, then reveal:", () => {
  test("the number is nowhere on the page until an answer is given", async () => {
    const page = await open("#v1=backward;s=3");
    expect(await shownGradient(page, PRICE)).toBe("?");
    expect((await nodeLabels(page))[0]).toBe("price, input, value 100, gradient ?");
    expect(await page.locator("main").textContent()).not.toContain("2.2");
    await page.getByRole("textbox", { name: "What will come under price?" }).fill("2.2");
    await page.getByRole("button", { name: "check" }).click();
    expect(await page.locator(".verdict").textContent()).toBe("Right: 2.2.");
    expect(await shownGradient(page, PRICE)).toBe("2.2");
  });

  test("a wrong answer gets a hint that knows the mistake, and a second try", async () => {
    const page = await open("#v1=backward;s=3");
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
    expect(await page.locator(".verdict").textContent()).toBe("It is 650; you said 600.");
    const other = await open("#v1=nodes;s=2");
    await other.getByRole("button", { name: "show the answer" }).click();
    expect(await other.locator(".verdict").textContent()).toBe("It is 45.");
  });

  test.each(
    lessons.flatMap(({ name, run }) =>
      run.flatMap(({ ask }, step) => (ask === undefined ? [] : [[name, step, ask] as const])),
    ),
  )("the answer stands nowhere on the page of %s, step %i", async (name, step, ask) => {
    const lesson = lessons.find((each) => each.name === name);
    const node = lesson?.explain(initialInputs(lesson)).node(ask.node);
    const answer = formatTensor(node?.[ask.what], 4);
    const page = await open(`#v1=${name};s=${step}`);
    await page.getByText("Table of the graph").click();
    const text = await page.locator("main").evaluate((main) => {
      // Numbers of different elements are different numbers.
      const texts = main.ownerDocument.createTreeWalker(main, 4);
      const all: string[] = [];
      while (texts.nextNode()) all.push(texts.currentNode.textContent ?? "");
      return all.join(" ");
    });
    // Digits in which a check agrees are no number of the graph.
    expect(text.replace(/✓\d+/g, "").split(/[^\d.]+/)).not.toContain(answer);
  });
});

describe("forward mode", () => {
  test("carries the derivative by one input, with the work of both modes beside it", async () => {
    const page = await open("#v1=backward;s=4");
    expect(await page.locator(".cost").allTextContents()).toEqual([
      "reverse: 1 pass, 4 operations for all inputs",
      "forward: 3 passes, 5 operations for all inputs",
    ]);
    await chooseForward(page);
    expect([await shownGradient(page, PRICE), await shownGradient(page, APPLES)]).toEqual([
      "1",
      "2",
    ]);
    expect(await shownGradient(page, TOTAL)).toBe("2.2");
    await page.getByLabel("with respect to").selectOption("count");
    expect(await shownGradient(page, TOTAL)).toBe("110");
    await hash(page).toContain("m=count");
  });
});

describe("the program", () => {
  test("lights its nodes, and they light it", async () => {
    const page = await open("");
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
  test("have the digits beside them in which a difference agrees", async () => {
    const page = await open("#v1=backward;s=6;n=0");
    await page.locator(`[data-node="${PRICE}"] .check`, { hasText: "✓" }).waitFor();
    const digits = await page.locator(`[data-node="${PRICE}"] .check`).textContent();
    expect(Number(digits?.replace("✓", ""))).toBeGreaterThanOrEqual(8);
    const check = page.locator(".entry .check");
    expect(await check.textContent()).toMatch(
      /^numerical derivative with h = 0\.000763: 2\.2: agrees in \d+ digits$/,
    );
    // Another node has another difference.
    await page.locator(`[data-node="${TAX}"]`).focus();
    await expect.poll(() => check.textContent()).toMatch(/h = \S+: 200: agrees in/);
  });

  test("have no digits beside them before these are explained", async () => {
    const page = await open("#v1=backward;s=5");
    await page.locator(".entry .check", { hasText: "agrees" }).waitFor();
    expect(await page.locator(".derivative .check:not(:empty)").count()).toBe(0);
    expect(await page.locator(".legend .check").count()).toBe(0);
    await page.getByRole("button", { name: "next" }).click();
    await page.locator(`[data-node="${PRICE}"] .check`, { hasText: "✓" }).waitFor();
    expect(await page.locator(".legend .check").count()).toBe(1);
  });

  test("that are too small to compare are not said to agree", async () => {
    const page = await open("#v1=training;i=t1:0.4,t2:0.6,rate:1000,frozen:1;u=100;n=7");
    await page.getByText("too small to compare").waitFor();
    expect(await shownGradient(page, 7)).toBe("−5.277e−20");
    expect(await page.locator('[data-node="7"] .derivative .check').textContent()).toBe("");
  });

  test("predict a change, and why the actual one differs is said", async () => {
    const page = await open("#v1=chain-rule;s=3");
    await page.getByRole("button", { name: "x + 1" }).click();
    expect(await page.locator(".prediction").textContent()).toBe(
      "predicted change: 10 × 1 = 10actual change of z: 11They differ, since the gradient holds at one point: on the way it went from 10 to 12.",
    );
  });

  test("that meet are summed in words", async () => {
    const page = await open("#v1=nodes;s=3");
    await page.locator(".derivative .check", { hasText: "✓" }).first().waitFor();
    const sum = await page.locator('[data-node="0"] .derivative.sum').textContent();
    expect([sum, await shownGradient(page, 0)]).toEqual(["10 + 35", "45"]);
  });
});

describe("the keyboard alone", () => {
  test("moves between nodes by sight, changes a number and steps", async () => {
    const page = await open("");
    await page.locator(`[data-node="${PRICE}"]`).focus();
    const focused = () => page.evaluate<string>("document.activeElement.getAttribute('data-node')");
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toBe("1");
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toBe("3");
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toBe("4");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("+");
    expect(await shownValue(page, APPLES)).toBe("210");
    await page.keyboard.press("Enter");
    await page.keyboard.type("300");
    expect(await totalOf(page)).toBe("330");
    await page.keyboard.press("Escape");
    await page.locator(`[data-node="${APPLES}"]`).focus();
    await page.keyboard.press(",");
    expect(await page.locator(".place").textContent()).toBe("4 / 5");
  });

  test("reaches every control by Tab", async () => {
    const page = await open("#v1=training");
    const seen = new Set<string>();
    for (let i = 0; i < 90; i++) {
      await page.keyboard.press("Tab");
      seen.add(
        await page.evaluate<string>(
          "(document.activeElement.closest('header, .run, .program, .toolbar, .canvas, .timeline, .node-panel, .modes, .graph-table') ?? document.body).className || document.activeElement.closest('header')?.tagName || ''",
        ),
      );
    }
    expect([...seen]).toEqual(
      expect.arrayContaining([
        "HEADER",
        "run",
        "program",
        "toolbar",
        "canvas",
        "timeline",
        "node-panel",
        "modes",
        "graph-table",
      ]),
    );
  });
});

describe("the network", () => {
  test("fits a laptop without scrolling the stage, with all products on its edges", async () => {
    const page = await open("#v1=training");
    const canvas = await page
      .locator(".canvas")
      .evaluate((box) => [box.scrollWidth <= box.clientWidth, box.getBoundingClientRect().bottom]);
    expect(canvas[0]).toBe(true);
    expect(canvas[1]).toBeLessThan(800);
    expect(await page.locator(".product:not(:empty)").count()).toBe(2 * 26);
  });

  test("tells the products of the chosen node where its edges have no room for them", async () => {
    const page = await open("#v1=training", { viewport: PHONE });
    await page.locator('[aria-label^="h1,"]').focus();
    expect(await page.locator(".node-panel .what b").textContent()).toBe("h1");
    expect(await page.locator(".product").count()).toBe(0);
    expect(await page.locator(".arrivals b").textContent()).toBe(
      "0.7414 × 0.07473 ≈ 0.0554; −0.2171 × 0.08776 ≈ −0.01905",
    );
  });

  test("opens a folded node, and folds it again", async () => {
    const page = await open("#v1=training");
    const before = await page.locator(".grip").count();
    await page.getByRole("button", { name: "open h1" }).click();
    expect(await page.locator(".grip").count()).toBe(before + 4);
    await hash(page).toContain("o=h1");
    await page.getByRole("button", { name: "fold h1" }).click();
    expect(await page.locator(".grip").count()).toBe(before);
    await page.getByRole("button", { name: "open all" }).click();
    expect(await page.locator(".grip").count()).toBe(41);
  });
});

describe("training", () => {
  const error = (page: Page) => page.locator(".training-state .live").textContent();

  test("makes one step, ten, and goes to convergence; the weights on the stage follow", async () => {
    const page = await open("#v1=training;i=frozen:1;d=9");
    const w5 = () => page.locator('[data-node="7"] .value').textContent();
    expect([await w5(), await error(page)]).toEqual(["0.4", "0.298371109"]);
    await page.getByRole("button", { name: "one step", exact: true }).last().click();
    // The first step loads the worker.
    await page.getByText("after 1 step", { exact: true }).waitFor();
    expect([await w5(), await error(page)]).toEqual(["0.35891648", "0.291027774"]);
    await page.getByRole("button", { name: "ten steps" }).click();
    await page.getByText("after 11 steps").waitFor();
    await page.getByLabel("rate").fill("10");
    await page.getByRole("button", { name: "until it is flat" }).click();
    await page.getByText("above that").waitFor();
    const seen = await error(page);
    expect(Number(seen?.replace("e−", "e-"))).toBeLessThan(1e-3);
    const steps = (await page.locator(".training-state").textContent())?.match(/after (\d+)/)?.[1];
    await hash(page).toContain(`u=${steps}`);
    await page.reload();
    await expect.poll(() => error(page)).toBe(seen);
    await page.getByRole("button", { name: "start values" }).click();
    await page.getByText("after 0 steps").waitFor();
    expect([await w5(), await error(page)]).toEqual(["0.4", "0.298371109"]);
    expect(await page.getByLabel("freeze the biases").isChecked()).toBe(false);
    await hash(page).toBe("#v2=training;d=9");
  });

  test("shows the published step whatever was tried before", async () => {
    const page = await open("#v1=training;i=t1:0.4,w6:1,rate:1000;s=3;u=50;d=9");
    await page
      .getByRole("button", { name: "start values with frozen biases, then one step" })
      .click();
    await expect.poll(() => error(page)).toBe("0.291027774");
    await hash(page).toBe("#v2=training;i=frozen:1;s=3;u=1;d=9");
  });

  test("writes out the update of the chosen weight, and of all in the table", async () => {
    const page = await open("#v1=training;s=1");
    const panel = page.locator(".node-panel");
    expect(await panel.textContent()).toContain("0.4 − 0.5 × 0.08217 ≈ 0.3589");
    expect(await panel.textContent()).toContain("σ′ · h1 ≈ 0.1868 × 0.5933 ≈ 0.1108");
    await page.getByText("Table of the graph").click();
    const w8 = page.locator("tbody tr", { hasText: /^w8/ });
    expect(await w8.textContent()).toContain("0.55 − 0.5 × (−0.02274) ≈ 0.5614");
    const row = page.locator("tbody tr", { hasText: /^error E/ });
    expect(await row.locator("td").first().textContent()).toBe("(E1² + E2²) × 0.5");
    await page.locator('[aria-label^="b1,"]').focus();
    await expect.poll(() => panel.textContent()).toContain("0.35 − 0.5 × 0.01873 ≈ 0.3406");
    await page.getByLabel("freeze the biases").check();
    await page.getByText("Frozen: it stays as it is.").waitFor();
  });

  test("shows how rates differ, on a curve", async () => {
    const page = await open("#v1=training");
    await page.locator(".curve canvas").waitFor();
    await page.getByRole("button", { name: /gets stuck/ }).click();
    await page.getByText("it is stuck").waitFor();
    expect(await error(page)).toBe("0.26");
    await hash(page).toBe("#v2=training;i=t1:0.4,t2:0.6,rate:1000;u=100");
    // Pixels in the blue of values.
    const drawn = await page.evaluate<number>(`(() => {
      const canvas = document.querySelector(".curve canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((_, i) => i % 4 === 2 && data[i] > 150 && data[i - 2] < 60 && data[i + 1] > 200).length;
    })()`);
    expect(drawn).toBeGreaterThan(300);
  });
});

describe("speed", () => {
  test("times four ways in a worker, which has the library that the page does without", async () => {
    const page = await open("#v1=speed;i=purchases:200000");
    expect(await page.locator(".race").count()).toBe(0);
    await page.getByRole("button", { name: "run", exact: true }).click();
    await page.locator(".race").waitFor();
    const rows = await page.locator(".race tbody tr").allTextContents();
    expect(rows.map((row) => row.replace(/\d.*/, ""))).toEqual([
      "JavaScript, one loop written by hand",
      "JavaScript, one loop for each operation",
      "graddiff in JavaScript",
      "graddiff in WebAssembly",
    ]);
    expect(await page.locator(".agree").textContent()).toContain("to the last bit");
    const worker = page.workers()[0];
    expect(worker).toBeUndefined();
    const loaded = await page.evaluate<string[]>(
      "performance.getEntriesByType('resource').map(({ name }) => name)",
    );
    const texts = await Promise.all(
      loaded
        .filter((name) => name.endsWith(".js"))
        .map(async (name) => (await page.request.get(name)).text()),
    );
    // A page without the compiler has nothing that is called so.
    for (const text of texts) expect(text).not.toContain("compile:");
  });

  test("is not started twice, and can be stopped", async () => {
    const page = await open("#v1=speed;i=purchases:2000000");
    // In one turn of the page, so that no race ends between a click and a look.
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

describe("the address", () => {
  test("keeps everything over a reload, in another language, and in a copied link", async () => {
    const page = await open("#v1=graph;s=4", {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await page.getByRole("button", { name: "fruit + 10" }).click();
    await page.getByRole("textbox", { name: "fruit" }).first().press("Escape");
    await page.locator('[data-node="1"]').focus();
    await page.keyboard.press("+");
    const seen = await nodeLabels(page);
    await hash(page).toBe("#v2=graph;i=applePrice:101;a=fruit:10;s=4;n=applePrice");
    await page.reload();
    expect(await nodeLabels(page)).toEqual(seen);
    await page.getByRole("button", { name: "copy link" }).click();
    const link = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(link).toBe(`${address()}en/#v2=graph;i=applePrice:101;a=fruit:10;s=4;n=applePrice`);
    await page.getByRole("link", { name: "한국어" }).click();
    await page.waitForURL(/\/ko\//);
    await hash(page).toBe("#v2=graph;i=applePrice:101;a=fruit:10;s=4;n=applePrice");
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
    ["#v2=graph;a=fruits:1", "“fruits” is unknown or stands twice"],
    ["#v1=graph;x=1", "“x=1” is unknown or stands twice"],
  ])("%s is refused clearly", async (fragment, words) => {
    const page = await open(fragment);
    expect(await page.locator(".damage").textContent()).toContain(words);
    expect(await page.locator("h1").textContent()).toContain("Two apples");
    await page.getByRole("button", { name: "OK" }).click();
    expect(await page.locator(".damage").count()).toBe(0);
  });
});

describe("the stage as a picture", () => {
  test("is saved as SVG that needs nothing else, and as PNG", async () => {
    const page = await open("");
    for (const [name, start] of [
      ["SVG", '<svg xmlns="http://www.w3.org/2000/svg"'],
      ["PNG", "\u0089PNG"],
    ] as const) {
      const waiting = page.waitForEvent("download");
      await page.getByRole("button", { name, exact: true }).click();
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
      await page.locator(".node-panel").waitFor();
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
    // Chromium asks for the icon again.
    const page = await open("", { expected: /icon\.svg|ERR_INTERNET_DISCONNECTED/, isAlone: true });
    await page.context().setOffline(true);
    await page.getByRole("button", { name: "next" }).click();
    await page.getByRole("button", { name: "price + 1" }).click();
    expect(await totalOf(page)).toBe("222.2");
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
    const page = await open("");
    await page.getByText("Table of the graph").click();
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
});
