/** Tests of the page with a GPU: a software adapter that does not report itself as software. */

import type { Page } from "playwright";
import { expect, test } from "vitest";
import { DISGUISE, SOFTWARE_GPU } from "../../../../scripts/pages.ts";
import { Painter, training } from "../../src/training.ts";
import { root, says, train, usePages } from "./support.ts";

const { openWith } = usePages(root, SOFTWARE_GPU);

/** Opens the page with a worker that runs a script first, and waits until it can train. */
async function opened(script: string): Promise<Page> {
  const page = await openWith(script);
  await says(page, "Nothing is saved.");
  return page;
}

const textOf = (page: Page, id: string) => page.locator(`#${id}`).textContent();

test("it trains there, and comes to the loss of WebAssembly but for roundings", async () => {
  const page = await opened(DISGUISE);
  expect(await textOf(page, "device")).toBe("WebGPU");
  await train(page, 1);
  expect(await textOf(page, "device")).toBe("WebGPU");
  const { rows } = await training(new Painter(), { epochs: 1 }).run();
  const loss = Number(await textOf(page, "wholeLoss"));
  expect(loss).toBeCloseTo(rows.at(-1)?.training.loss ?? Number.NaN, 3);
  expect(loss).toBeGreaterThan(0);
});

test("software alone is no GPU", async () => {
  expect(await textOf(await opened(""), "device")).toContain("WebAssembly");
});
