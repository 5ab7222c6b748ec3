// The tool of GradBench's protocol over a pipe, for all modules at small sizes, compared with the references; and of
// the transport of messages, with planted peers. Timings are not checked.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compare, type Expected } from "../../gradbench/eval.ts";
import { ba } from "../../gradbench/evals/ba.ts";
import { det } from "../../gradbench/evals/det.ts";
import { gmm } from "../../gradbench/evals/gmm.ts";
import { kmeans } from "../../gradbench/evals/kmeans.ts";
import { llsq } from "../../gradbench/evals/llsq.ts";
import { lse } from "../../gradbench/evals/lse.ts";
import { lstm } from "../../gradbench/evals/lstm.ts";
import { ode } from "../../gradbench/evals/ode.ts";
import { drive } from "../../gradbench/harness/drive.ts";
import { parseHarness } from "../../gradbench/harness/harness.ts";
import { formatSessions, formatSummary } from "../../gradbench/harness/summary.ts";
import { NumpyRandom, seed } from "../../gradbench/random.ts";
import { columnsOf, handOfSize, misfits } from "../../gradbench/reference/ht.ts";
import { modules } from "../../gradbench/tool/modules.ts";

type Json = Readonly<Record<string, unknown>>;

// Beside what it imports, and where no other check reads it.
const cache = fileURLToPath(new URL("../../../node_modules/.cache", import.meta.url));
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(path.join(cache, "gradbench-"));
const file = path.join(folder, "tool.mjs");
let tool: ChildProcessWithoutNullStreams;
let answers: AsyncIterator<string>;

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL("../../gradbench/tool/main.ts", import.meta.url))],
    outfile: file,
    bundle: true,
    format: "esm",
    platform: "node",
    external: ["@graddiff/*"],
  });
  tool = spawn(process.execPath, [file]);
  tool.stderr.pipe(process.stderr);
  answers = createInterface({ input: tool.stdout })[Symbol.asyncIterator]();
});
afterAll(() => {
  tool.kill();
  rmSync(folder, { recursive: true });
});

let id = 0;

/** Sends a message, and returns the response, which has its number. */
async function send(message: Json): Promise<Json> {
  id++;
  tool.stdin.write(`${JSON.stringify({ id, ...message })}\n`);
  const response = JSON.parse((await answers.next()).value ?? "null") as Json;
  expect(response["id"]).toBe(id);
  return response;
}

async function evaluate(module: string, name: string, input: unknown): Promise<unknown> {
  expect((await send({ kind: "define", module }))["success"]).toBe(true);
  const response = await send({ kind: "evaluate", module, function: name, input });
  expect(response["error"]).toBeUndefined();
  expect(response["success"]).toBe(true);
  const timings = response["timings"] as { name: string; nanoseconds: number }[];
  expect(timings.map(({ name }) => name)).toEqual(timings.map(() => "evaluate"));
  expect(timings.every(({ nanoseconds }) => Number.isInteger(nanoseconds))).toBe(true);
  expect(timings.length).toBeGreaterThan(0);
  return response["output"];
}

const flat = (value: unknown): number[] => [value].flat(Number.POSITIVE_INFINITY) as number[];

/** Splits numbers into rows. */
const rows = (numbers: ArrayLike<number>, columns: number) =>
  Array.from({ length: columns === 0 ? 0 : numbers.length / columns }, (_, i) =>
    Array.from(numbers).slice(i * columns, (i + 1) * columns),
  );

/** Compares outputs with the outputs of a reference, and their nesting with a template. */
async function check(
  module: string,
  input: Json,
  expected: Readonly<Record<string, Expected>>,
  forms: Readonly<Record<string, (numbers: number[]) => unknown>> = {},
): Promise<void> {
  for (const [name, reference] of Object.entries(expected)) {
    const output = await evaluate(module, name, input);
    const numbers = reference().flatMap((each) => Array.from(each));
    const form = forms[name] ?? ((all: number[]) => (all.length === 1 ? all[0] : all));
    const leaves = (value: unknown): number[] =>
      typeof value === "object" && value !== null
        ? Object.keys(value)
            .sort()
            .flatMap((key) => leaves((value as Json)[key]))
        : [value as number];
    const shapeOf = (value: unknown): unknown =>
      typeof value === "object" && value !== null
        ? Object.fromEntries(
            Object.keys(value)
              .sort()
              .map((key) => [key, shapeOf((value as Json)[key])]),
          )
        : typeof value;
    const wanted = form(numbers);
    expect(shapeOf(output), `${module} ${name}`).toEqual(shapeOf(wanted));
    compare([leaves(output)], [leaves(wanted)], 1e-9);
  }
}

const random = () => new NumpyRandom(seed);

describe("the tool answers as GradBench's messages ask", () => {
  it("start and analysis", async () => {
    expect(await send({ kind: "start", eval: "hello" })).toMatchObject({ tool: "graddiff" });
    expect(Object.keys(await send({ kind: "analysis", of: 1, valid: true }))).toEqual(["id"]);
  });

  it("hello", async () => {
    let x = 1;
    for (let i = 0; i < 4; i++) {
      x = (await evaluate("hello", "square", x)) as number;
      x = (await evaluate("hello", "double", x)) as number;
    }
    expect(x).toBe(32768);
  });

  it("llsq, lse, ode, det", async () => {
    const polynomial = llsq.input({ n: 9, m: 4 }, random());
    await check("llsq", { x: Array.from(polynomial.x), n: 9 }, llsq.expected(polynomial));
    const x = lse.input(50, random());
    await check("lse", { x: Array.from(x) }, lse.expected(x));
    const problem = ode.input({ n: 6, s: 5 }, random());
    await check("ode", { x: Array.from(problem.x), s: 5 }, ode.expected(problem));
    for (const size of [1, 4, 9]) {
      const matrix = det.input(size, random());
      const primal = { gradient: (all: number[]) => all };
      await check(
        "det",
        { A: Array.from(matrix.elements), ell: size },
        det.expected(matrix),
        primal,
      );
    }
  });

  it("gmm, with and without elements below the diagonal", async () => {
    for (const [d, k] of [
      [3, 4],
      [1, 2],
    ] as const) {
      const mixture = gmm.input({ d, k, n: 20 }, random());
      const below = (d * (d - 1)) / 2;
      const input = {
        d,
        k,
        n: 20,
        x: rows(mixture.x, d),
        m: 0,
        gamma: 1,
        alpha: Array.from(mixture.alpha),
        mu: rows(mixture.mu, d),
        q: rows(mixture.q, d),
        l: below === 0 ? Array.from({ length: k }, () => []) : rows(mixture.l, below),
      };
      const parts = (all: number[]) => [
        all.slice(0, k),
        all.slice(k, k + k * d),
        all.slice(k + k * d, k + 2 * k * d),
        all.slice(k + 2 * k * d),
      ];
      await check("gmm", input, gmm.expected(mixture), {
        jacobian: (all) => {
          const [alpha, mu = [], q = [], l = []] = parts(all);
          const ofL = below === 0 ? Array.from({ length: k }, () => []) : rows(l, below);
          return { alpha, mu: rows(mu, d), q: rows(q, d), l: ofL };
        },
      });
    }
  });

  it("gmm with another prior: its value by differences in m and γ", async () => {
    const base = { d: 1, k: 1, n: 1, x: [[0.5]], alpha: [0], mu: [[0.25]], q: [[0.3]], l: [[]] };
    const value = async (m: number, gamma: number) =>
      (await evaluate("gmm", "objective", { ...base, m, gamma })) as number;
    // For one dimension, the prior's logarithm is ν ln(γ/√2) − ln Γ(ν/2) − γ²/2 e^2q + m q, where ν = m + 2.
    const prior = (m: number, gamma: number, logGamma: number) =>
      (m + 2) * Math.log(gamma / Math.SQRT2) -
      logGamma -
      (gamma ** 2 / 2) * Math.exp(0.6) +
      m * 0.3;
    const difference = (await value(2, 1.5)) - (await value(0, 1));
    // Γ(2) = Γ(1) = 1.
    expect(difference).toBeCloseTo(prior(2, 1.5, 0) - prior(0, 1, 0), 12);
  });

  it("kmeans, lstm, ba", async () => {
    const clustering = kmeans.input({ k: 3, n: 20, d: 2 }, random());
    await check(
      "kmeans",
      { points: rows(clustering.points, 2), centroids: rows(clustering.centroids, 2) },
      kmeans.expected(clustering),
      { dir: (all) => rows(all, 2) },
    );
    const net = { ...lstm.input({ l: 2, c: 5 }, random()) };
    const { bits } = net;
    await check(
      "lstm",
      {
        main_params: rows(net.main, 4 * bits),
        extra_params: rows(net.extra, bits),
        state: rows(net.state, bits),
        sequence: rows(net.text, bits),
      },
      lstm.expected(net),
    );
    const scene = ba.input({ file: 1, n: 2, m: 3, p: 4 }, random());
    const [n, m, p] = [2, 3, 4];
    const small = (all: readonly number[]) => [...all.slice(0, 30), ...all.slice(-1)];
    await check(
      "ba",
      {
        n,
        m,
        p,
        cam: Array.from(scene.cameras.slice(0, 11)),
        x: Array.from(scene.points.slice(0, 3)),
        w: scene.weights[0],
        feat: Array.from(scene.features.slice(0, 2)),
      },
      ba.expected(scene),
      {
        objective: (all) => ({
          reproj_error: { elements: all.slice(0, 2), repeated: p },
          w_err: { element: all[2 * p], repeated: p },
        }),
        jacobian: (all) => {
          const elements = 31 * p;
          const firsts = 3 * p + 1;
          return {
            rows: small(all.slice(0, firsts)),
            cols: small(all.slice(firsts, firsts + elements)),
            vals: small(all.slice(firsts + elements)),
          };
        },
      },
    );
  });

  it("ht, with points in triangles and with vertices", async () => {
    const hand = handOfSize(40, 30, 20, 6, random());
    const { theta, u, measured } = hand;
    const model = {
      bone_count: 22,
      parents: [-1, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19, 0],
      base_relatives: rows(hand.relative, 16).map((each) => rows(each, 4)),
      inverse_base_absolutes: rows(hand.inverse, 16).map((each) => rows(each, 4)),
      base_positions: rows(hand.vertices, 4),
      weights: rows(hand.weights, 22),
      triangles: rows(hand.triangles, 3),
      is_mirrored: false,
    };
    const data = { model, correspondences: Array.from(hand.triangle), points: rows(measured, 3) };
    const input = { theta: Array.from(theta), data, us: rows(u, 2) };
    const transposed = (columns: number) => (all: number[]) =>
      Array.from({ length: all.length / columns }, (_, i) =>
        Array.from({ length: columns }, (_, j) => all[j * (all.length / columns) + i]),
      );
    await check(
      "ht",
      input,
      { objective: () => [misfits(hand)], jacobian: () => [columnsOf(hand)] },
      { jacobian: transposed(28) },
    );
    // Without u a measurement belongs to a vertex: the first corner of a triangle at u = (1, 0).
    const corner = Int32Array.from(hand.triangle, (each) => hand.triangles[3 * each] ?? 0);
    const atCorner = { ...hand, u: Float64Array.from(u, (_, i) => (i % 2 === 0 ? 1 : 0)) };
    const simple = { ...input, us: [], data: { ...data, correspondences: Array.from(corner) } };
    await check(
      "ht",
      simple,
      {
        objective: () => [misfits(atCorner)],
        jacobian: () => [columnsOf(atCorner).slice(2 * measured.length)],
      },
      { jacobian: transposed(26) },
    );
  });

  it("particle and saddle, by all modes", async () => {
    for (const name of ["rr", "ff", "fr", "rf"]) {
      expect(await evaluate("particle", name, { w: 0 })).toBeCloseTo(0.2071918746486116, 9);
      const point = flat(await evaluate("saddle", name, { start: [1, 1] }));
      compare([point], [Array(4).fill(8.246324826140356e-6)], 1e-9);
    }
  });

  it("runs as often and as long as it is asked to", async () => {
    const input = { x: [1, 2], min_runs: 5, min_seconds: 0 };
    const message = { kind: "evaluate", module: "lse", function: "primal", input };
    expect((await send(message))["timings"]).toHaveLength(5);
    const timed = { ...message, input: { ...input, min_runs: 1, min_seconds: 0.05 } };
    const timings = (await send(timed))["timings"] as { nanoseconds: number }[];
    expect(timings.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0)).toBeGreaterThan(5e7);
  });

  it.each([
    [{ kind: "define", module: "none" }, /^module: expected one of hello, .*, got "none"$/],
    [
      { kind: "evaluate", module: "lse", function: "both", input: { x: [1] } },
      /^function: expected one of primal, gradient, got "both"$/,
    ],
    [
      { kind: "evaluate", module: "lse", function: "primal", input: { x: "a" } },
      /^input\.x: expected a list of numbers, got "a"$/,
    ],
    [
      { kind: "evaluate", module: "lse", function: "primal", input: { x: [1, null] } },
      /^input\.x: expected a list of numbers, got null$/,
    ],
    [
      { kind: "evaluate", module: "det", function: "primal", input: { A: [1, 2], ell: 2 } },
      /^input\.A: expected 4 numbers, got 2$/,
    ],
    [
      { kind: "evaluate", module: "det", function: "primal", input: { A: [1], ell: 1.5 } },
      /^input\.ell: expected a whole number from 0, got 1\.5$/,
    ],
    [
      {
        kind: "evaluate",
        module: "kmeans",
        function: "cost",
        input: { points: [[1, 2], [3]], centroids: [[1, 2]] },
      },
      /^input\.points: expected rows of 2 numbers, got \[3\]$/,
    ],
  ])("and says what is wrong with %o, and goes on", async (message, error) => {
    const response = await send(message);
    expect(response["success"]).toBe(false);
    expect(response["error"]).toMatch(error);
    expect(await evaluate("lse", "primal", { x: [0] })).toBe(0);
  });

  it("has all twelve modules", () => expect(Object.keys(modules)).toHaveLength(12));
});

describe("the driver of an eval and a tool", () => {
  /** An eval that sends a `define` and two functions, and finds one answer wrong. */
  const planted = `
    import { createInterface } from "node:readline";
    const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    let id = 0;
    const send = async (message) => {
      console.log(JSON.stringify({ id: id++, ...message }));
      return JSON.parse((await answers.next()).value);
    };
    await send({ kind: "start", eval: "lse" });
    if ((await send({ kind: "define", module: process.argv[2] })).success) {
      for (const [name, valid] of [["primal", true], ["gradient", false]]) {
        const input = { x: [1, 2] };
        await send({ kind: "evaluate", module: "lse", function: name, input, description: "n=2" });
        await send({ kind: "analysis", of: id - 1, valid, error: valid ? undefined : "first\\nlast" });
      }
    }
    process.exit();
  `;
  const evalFile = path.join(folder, "eval.mjs");
  const evalOf = (module: string) =>
    ({ words: [process.execPath, evalFile, module], folder }) as const;
  const toolOf = (...words: string[]) => ({ words: [process.execPath, ...words], folder }) as const;

  beforeAll(() => writeFileSync(evalFile, planted));

  it("keeps what the validator has said, and a log without numbers", async () => {
    const session = await drive(evalOf("lse"), toolOf(file), 60);
    expect(session.reason).toBeUndefined();
    expect(session.evaluations).toMatchObject([
      { workload: "n=2", function: "primal", valid: true, runs: 1 },
      { workload: "n=2", function: "gradient", valid: false, error: "last" },
    ]);
    expect(session.log).toHaveLength(12);
    expect(JSON.stringify(session.log)).not.toMatch(/"input"|"output"/);
  });

  it("says why a session has ended early", async () => {
    expect((await drive(evalOf("none"), toolOf(file), 60)).reason).toMatch(/^module: expected/);
    const ended = await drive(evalOf("lse"), toolOf("-e", "throw new Error('lost')"), 60);
    expect(ended.reason).toMatch(/^the tool has ended: .*/);
    const late = await drive(evalOf("lse"), toolOf("-e", "setTimeout(() => {}, 60000)"), 0.2);
    expect(late.reason).toBe("more than 0.2 s");
    const missing = { words: ["no-such-program"], folder } as const;
    expect((await drive(missing, toolOf(file), 60)).reason).toMatch(
      /^the eval has ended: .*ENOENT/,
    );
  });

  it("prints times, ratios and reasons", async () => {
    const evaluation = { workload: "n=2", valid: true, runs: 1 };
    const ours = {
      evaluations: [
        { ...evaluation, function: "primal", mean: 2 },
        { ...evaluation, function: "gradient", mean: 6 },
      ],
      log: [],
    };
    const theirs = {
      evaluations: [
        { ...evaluation, function: "primal", mean: 3 },
        { ...evaluation, function: "gradient", valid: false, error: "far off" },
      ],
      log: [],
    };
    const none = { evaluations: [], log: [], reason: "no compiler" };
    const sessions = [
      { tool: "graddiff", session: ours },
      { tool: "manual", session: theirs },
      { tool: "adol-c", session: none },
    ];
    const table = formatSessions({ eval: "lse", sessions });
    expect(table).toMatch(/n=2 primal +2\.00 +3\.00 +1\.50× +– +–/);
    expect(table).toContain("manual: n=2 gradient: not valid: far off");
    expect(table).toContain("adol-c: no compiler");
    const summary = formatSummary([{ eval: "lse", sessions }]);
    expect(summary).toMatch(/lse +graddiff +2 of 2 +125 +3\.00/);
    expect(summary).toMatch(/lse +manual +1 of 2 +– +1\.50× +– +–/);
    expect(summary).toMatch(/lse +adol-c +– +– +– +– +–/);
  });

  it.each([
    [["--harness"], "--harness: expected a value, got none."],
    [["--harness", "a", "--filter", "z"], /^--filter: expected a part of hello, .*, got "z"\.$/],
    [["--harness", "a", "--quick", "--quick"], "--quick: expected once, got twice."],
    [["--harness", "a", "--fast"], /^"--fast": expected --harness FOLDER/],
  ])("refuses %o", (words, message) => {
    expect(() => parseHarness(words, "x.json")).toThrow(message);
  });
});
