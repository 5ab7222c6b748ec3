/** Tests of a page without a build step in Chromium: the import map of core's RUNNING.md, with local files. */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import { expect, test } from "vitest";
import { WHOLE } from "../../../packages/core/test/support/sampling.ts";
import { chromiumOptions } from "../../../scripts/chromium.mjs";
import { importMap } from "../../../scripts/importMap.mjs";

const root = resolve(fileURLToPath(new URL("../../..", import.meta.url)));
const map = importMap((folder: string) => `/${relative(root, folder)}`);

/** Programs that import different packages, with their expected results. */
const PROGRAMS: Readonly<Record<string, readonly [program: string, found: string]>> = {
  core: ['import { grad } from "@graddiff/core"; found(grad((x) => x.mul(x))(3).item());', "6"],
  extend: [
    'import { describe } from "@graddiff/core/extend"; found(describe([1, 2]));',
    "an array of length 2",
  ],
  linalg: [
    'import { tensor } from "@graddiff/core"; import { det } from "@graddiff/core/linalg"; found(det(tensor([[2, 0], [0, 3]])).item());',
    "6",
  ],
  threads: [
    'import { setThreads } from "@graddiff/core/threads"; found(typeof setThreads);',
    "function",
  ],
  webgpu: [
    'import { openWebGpu } from "@graddiff/core/webgpu"; found(typeof openWebGpu);',
    "function",
  ],
  nn: [
    'import { ones } from "@graddiff/core"; import { Dense } from "@graddiff/nn"; found(new Dense(2, 3).forward(ones([1, 2])).shape.join());',
    "1,3",
  ],
  solve: [
    'import { root } from "@graddiff/solve"; found(root((x) => x.square().sub(4), 1).x.item().toFixed(6));',
    "2.000000",
  ],
  files: [
    'import { tensor } from "@graddiff/core"; import { readNpz, writeNpz } from "@graddiff/files"; found(readNpz(writeNpz({ x: tensor([7]) })).x.item());',
    "7",
  ],
  onnx: [
    'import { ones } from "@graddiff/core"; import { exportOnnx, importOnnx } from "@graddiff/onnx"; found(importOnnx(exportOnnx((x) => x.mul(5), [ones([1])]).bytes).fn(ones([1]))[0].item());',
    "5",
  ],
};

test.runIf(WHOLE)("every package runs in a page by the map of RUNNING.md", async () => {
  const server = createServer(({ url = "" }, response) => {
    const [, name = ""] = /^\/page\/(\w+)$/.exec(url) ?? [];
    const program = PROGRAMS[name]?.[0];
    try {
      const body =
        program === undefined
          ? readFileSync(join(root, url))
          : `<!doctype html><script type="importmap">${JSON.stringify(map)}</script><script>window.found = (value) => { window.result = String(value); };</script><script type="module">${program}</script>`;
      const type =
        program !== undefined
          ? "text/html"
          : url.endsWith(".wasm")
            ? "application/wasm"
            : "text/javascript";
      response.writeHead(200, { "Content-Type": type });
      response.end(body);
    } catch {
      response.writeHead(404);
      response.end();
    }
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const browser = await chromium.launch(chromiumOptions());
  try {
    for (const [name, [, expected]] of Object.entries(PROGRAMS)) {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/page/${name}`);
      const result = await page
        .waitForFunction(() => (window as { result?: string }).result, undefined, {
          timeout: 20_000,
        })
        .then((handle) => handle.jsonValue())
        .catch(() => errors.join("\n") || "nothing");
      expect(result, name).toBe(expected);
      await page.close();
    }
  } finally {
    await browser.close();
    server.close();
  }
});

test("RUNNING.md has this map", () => {
  const text = readFileSync(join(root, "packages/core/RUNNING.md"), "utf8");
  const [, own = ""] = /<script type="importmap">([\s\S]*?)<\/script>/.exec(text) ?? [];
  const found: { imports: Record<string, string> } = JSON.parse(own);
  const expected = importMap(
    (_: string, name: string, version: string) => `https://cdn.jsdelivr.net/npm/${name}@${version}`,
  );
  expect(found).toEqual(expected);
});
