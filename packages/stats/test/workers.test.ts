/** Chains in workers have the bits of a run without, and a worker that does not do its work is named. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Tensor } from "@graddiff/core";
import { type Posterior, sample, serveChains } from "@graddiff/stats";
import { build } from "esbuild";
import { chromium } from "playwright";
import puppeteer from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { chromiumOptions } from "../../../scripts/chromium.mjs";
import { findFirefox } from "../../../scripts/firefox.mjs";
import { sourcePaths } from "../../../scripts/sources.mjs";
import { WHOLE } from "../../core/test/support/sampling.ts";
import { bitsOf, complaint } from "./support.ts";
import { data, schools } from "./workers/schools.ts";

const folder = mkdtempSync(join(tmpdir(), "graddiff-workers-"));

beforeAll(async () => {
  await build({
    entryPoints: ["serve", "other", "page"].map((name) =>
      fileURLToPath(new URL(`./workers/${name}.ts`, import.meta.url)),
    ),
    ...{ bundle: true, format: "esm", platform: "node", target: "node20" },
    ...{ alias: sourcePaths, outdir: folder, outExtension: { ".js": ".mjs" }, logLevel: "error" },
  });
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

let ended = 0;
/** Returns a function that makes workers of a bundled module, whose ends are counted. */
const workerOf = (name: string) => () =>
  new Worker(join(folder, `${name}.mjs`)).on("exit", () => ended++);

const wrong = (value: unknown): never => value as never;
const bits = ({ draws, stats }: Posterior<{ mu: Tensor; tau: Tensor; theta: Tensor }>) =>
  bitsOf(draws.theta) + bitsOf(draws.tau) + bitsOf(stats.energy);

test.each(["diagonal", "dense"] as const)("%s masses: the bits of one thread", async (mass) => {
  const options = { data, seed: 3, chains: 2, warmup: 80, draws: 30, mass };
  const alone = await sample(schools, options);
  ended = 0;
  const worker = workerOf("serve");
  const together = await sample(schools, { ...options, worker, chunk: 17 });
  expect(bits(together)).toBe(bits(alone));
  expect(together.warnings).toEqual(alone.warnings);
  await vi.waitFor(() => expect(ended).toBe(2), 100_000);
});

test("a run in workers that is stopped goes on with the same bits, with workers or without", async () => {
  const options = { data, seed: 5, chains: 2, warmup: 40, draws: 40, chunk: 10 };
  const whole = await sample(schools, options);
  const controller = new AbortController();
  const first = await sample(schools, {
    ...{ ...options, worker: workerOf("serve"), signal: controller.signal },
    onProgress: ({ done }) => {
      if (done >= 2 * 60) controller.abort();
    },
  });
  expect(first.draws.theta.shape).toEqual([2, 20, 8]);
  const tail = bitsOf(whole.draws.theta.slice([0, 20, 0], [2, 40, 8]));
  for (const worker of [undefined, workerOf("serve")]) {
    const rest = await sample(schools, {
      ...{ data, from: first.state, draws: 20, chunk: 20 },
      ...(worker && { worker }),
    });
    expect(bitsOf(rest.draws.theta)).toBe(tail);
  }
});

const failing = (worker: unknown) =>
  complaint(() =>
    sample(schools, { data, chains: 2, warmup: 10, draws: 5, worker: wrong(worker) }),
  );

test("a worker of another model is refused, with both densities", async () => {
  ended = 0;
  expect(await failing(workerOf("other"))).toMatch(
    /^ArgumentError: sample: worker: expected a worker that makes transitions, got serveChains: of: expected the model of the run, whose log-density at the start is -\d+\.\d+, got one whose log-density there is -\d+\.\d+\.$/,
  );
  await vi.waitFor(() => expect(ended).toBe(2), 100_000);
});

test("a worker that fails is refused, with its reason", async () => {
  const expected =
    "ArgumentError: sample: worker: expected a worker whose module calls serveChains, got one that has failed: ";
  const ofText = (text: string) => () => new Worker(text, { eval: true });
  expect(await failing(ofText("throw new Error('no such file')"))).toBe(
    `${expected}Error: no such file.`,
  );
  expect(await failing(ofText("process.exit()"))).toBe(`${expected}it has ended.`);
  expect(await failing(ofText('require("node:worker_threads").parentPort.postMessage(1)'))).toBe(
    `${expected}its first message is not that of serveChains.`,
  );
  expect(await failing(() => ({}))).toBe(
    "ArgumentError: sample: worker: expected a function that makes a Worker, got one that makes an object.",
  );
  expect(await failing(new AbortController())).toMatch(/sample: worker: expected a function/);
});

test("a worker that ends during a run is named", async () => {
  const workers: Worker[] = [];
  const make = workerOf("serve");
  const message = await complaint(() =>
    sample(schools, {
      ...{ data, chains: 2, warmup: 10, draws: 10_000, chunk: 10 },
      worker: () => {
        const worker = make();
        workers.push(worker);
        return worker;
      },
      onProgress: ({ done }) => {
        if (done === 40) workers[1]?.terminate();
      },
    }),
  );
  expect(message).toMatch(/got one that has failed: it has ended\.$/);
});

test("a worker that says nothing is refused after 20 seconds", async () => {
  vi.useFakeTimers();
  try {
    let isTerminated = false;
    const silent = {
      postMessage() {},
      addEventListener() {},
      terminate: () => {
        isTerminated = true;
      },
    };
    const message = complaint(() => sample(schools, { data, chains: 1, worker: () => silent }));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await message).toMatch(/failed: it has not called serveChains within 20 s\.$/);
    expect(isTerminated).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

test("serveChains is refused outside of a worker, and without a model", async () => {
  expect(await complaint(() => serveChains(wrong({})))).toBe(
    "ArgumentError: serveChains: of: expected a model(…), or { logDensity, start }, got an object.",
  );
  const { stderr } = spawnSync(process.execPath, [join(folder, "serve.mjs")], { encoding: "utf8" });
  expect(stderr).toContain(
    "ArgumentError: serveChains: expected a call in the module of a worker, got one outside of a worker.",
  );
});

describe.runIf(WHOLE)("in a page", () => {
  let server: Server;
  let address = "";

  beforeAll(async () => {
    server = createServer(({ url = "" }, response) => {
      const [, name] = /^\/(page|serve)\.mjs$/.exec(url) ?? [];
      response.setHeader("Content-Type", name === undefined ? "text/html" : "text/javascript");
      const page =
        '<!doctype html><title>chains</title><script type="module" src="page.mjs"></script>';
      response.end(name === undefined ? page : readFileSync(join(folder, `${name}.mjs`)));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => server.close());

  const expected = async () => {
    const { draws } = await sample(schools, { data, seed: 3, chains: 2, warmup: 80, draws: 30 });
    return Array.from(draws.theta.data());
  };

  test("the draws in Chromium are Node's, with workers and without", async () => {
    const browser = await chromium.launch(chromiumOptions());
    try {
      const page = await browser.newPage();
      await page.goto(address);
      const [alone, together] = await page.evaluate<number[][]>("globalThis.found");
      expect(alone).toEqual(await expected());
      expect(together).toEqual(alone);
    } finally {
      await browser.close();
    }
  });

  const executablePath = findFirefox();
  test.skipIf(executablePath === undefined)("and so are those in Firefox", async () => {
    const path = executablePath ?? "";
    const browser = await puppeteer.launch({ browser: "firefox", executablePath: path });
    try {
      const page = await browser.newPage();
      await page.goto(address);
      const [alone, together] = (await page.evaluate("globalThis.found")) as number[][];
      expect(alone).toEqual(await expected());
      expect(together).toEqual(alone);
    } finally {
      await browser.close();
    }
  });
});
