/** Tests of the page with a GPU: a software adapter that does not report itself as software. */

import { readFileSync } from "node:fs";
import type { Page } from "playwright";
import { expect, test } from "vitest";
import { DISGUISE, SOFTWARE_GPU } from "../../../../scripts/pages.ts";
import { fiveDigits, readDigits } from "../../src/data.ts";
import { readerOfTuned, sharesOf } from "../../src/models.ts";
import { FIRST, PARTS, Tuned, training } from "../../src/training.ts";
import { field, root, says, train, usePages } from "./support.ts";

const { openWith } = usePages(root, SOFTWARE_GPU);

const bytesOf = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url));
const file = bytesOf("model/zero-to-four.onnx");
const digits = await readDigits(bytesOf("data/digits.csv.gz"));

/** The number of epochs, which is small, since a software adapter is slow. */
const EPOCHS = 3;

/** Opens the page with a worker that runs a script first, and waits until it can train. */
async function opened(script: string): Promise<Page> {
  const page = await openWith(script);
  await says(page, "Ready.");
  return page;
}

const device = (page: Page) => page.locator("#device").textContent();

test("it trains there, and gives what WebAssembly gives but for roundings", async () => {
  const page = await opened(DISGUISE);
  expect(await device(page)).toBe("WebGPU");
  await field(page).fill(String(EPOCHS));
  for (const part of PARTS) {
    await train(page, part);
    expect(await device(page)).toBe("WebGPU");
    await says(page, "gives 180 of 180 answers as the network does.");
    const tuned = new Tuned(file, { train: part, seed: 1 });
    const options = { epochs: EPOCHS, seed: 1 };
    const { rows } = await training(tuned, fiveDigits(digits, FIRST), options).run();
    const loss = Number(await page.locator("#loss").textContent());
    expect(loss).toBeCloseTo(rows.at(-1)?.training.loss ?? Number.NaN, 2);
    const share = Number.parseFloat((await page.locator("#trained5").textContent()) ?? "");
    const expected = 100 * sharesOf(readerOfTuned(tuned), digits).fiveToNine;
    expect(Math.abs(share - expected)).toBeLessThan(2);
  }
});

test("software alone is no GPU", async () => {
  const page = await opened("");
  expect(await device(page)).toBe("WebAssembly, without a GPU");
});

test("what the GPU refuses is trained without it, and the page says why", async () => {
  const page = await opened(`${DISGUISE}
GPUDevice.prototype.createComputePipeline = () => { throw new Error("a planted refusal"); };`);
  expect(await device(page)).toBe("WebGPU");
  await train(page, "head");
  expect(await device(page)).toBe("WebAssembly, since the GPU refuses: a planted refusal");
});
