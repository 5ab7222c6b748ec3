/**
 * The profile of a compiled function: its rows are those of the program, its lines are those of the user's code, and
 * profiling changes nothing.
 */

import {
  compile,
  cond,
  eye,
  full,
  grad,
  ones,
  type Profile,
  type ProfileRow,
  profile,
  put,
  relu,
  scan,
  softmax,
  sort,
  state,
  type Tensor,
  tensor,
  uniform,
  whileLoop,
  zeros,
} from "@graddiff/core";
import { expect, test } from "vitest";
import { sampleTests } from "../../../core/test/support/sampling.ts";
import { withoutCompiling } from "../../../core/test/support/withoutCompiling.ts";
import {
  Conv2d,
  crossEntropy,
  Dense,
  Dropout,
  Flatten,
  Sequential,
  SGD,
  trainingStep,
} from "../../src/index.ts";

sampleTests(3);

/** Returns the line of a call on the stack, counted from here. */
const line = (above = 1) =>
  Number([...(new Error().stack ?? "").matchAll(/profile\.test\.ts[^:]*:(\d+)/g)][above]?.[1]);
const rowsOf = ({ rows }: Profile, what: string) => rows.filter((row) => row.what.startsWith(what));

const model = new Sequential(
  new Conv2d(1, 4, 3, { seed: 1 }),
  relu,
  new Flatten(),
  new Dropout(0.2, { seed: 2 }),
  new Dense(144, 3, { seed: 3 }),
);
const optimizer = new SGD(model, { learningRate: 0.1, momentum: 0.9 });
const step = trainingStep(
  model,
  (net, { x, y }: { x: Tensor; y: Tensor }) => crossEntropy(net.forward(x), y),
  optimizer,
);
const batch = {
  x: uniform([8, 1, 8, 8], { seed: 4 }),
  y: tensor([0, 1, 2, 0, 1, 2, 0, 1], { dtype: "int32" }),
};

test("leaves all state as it was, seeds and moments included, and the function as it is", () => {
  step(batch);
  const before = JSON.stringify(state({ model, optimizer }));
  const told = profile(step, batch);
  expect(told.runs).toBeGreaterThanOrEqual(5);
  expect(JSON.stringify(state({ model, optimizer }))).toBe(before);
  expect(step(batch).item()).toBeLessThan(2);
});

test("has the layers of forward and backward ops, and the flops of the program", () => {
  const told = profile(step, batch);
  const products = [...rowsOf(told, "matmul"), ...rowsOf(told, "convolution")];
  const places = products.map(
    ({ layer, isGradient }) => `${isGradient ? "gradient of " : ""}${layer}`,
  );
  expect(new Set(places)).toEqual(
    new Set([
      "Sequential.layers[0], Conv2d 1 → 4, 3 × 3",
      "Sequential.layers[4], Dense 144 → 3",
      "gradient of Sequential.layers[0], Conv2d 1 → 4, 3 × 3",
      "gradient of Sequential.layers[4], Dense 144 → 3",
    ]),
  );
  const described = step.program(batch).describe();
  const flops = told.rows.reduce((sum, row) => sum + row.flops, 0);
  expect(described).toContain(`of ${flops.toLocaleString("en-US")} flops`);
  const shares = told.rows.reduce((sum, { share }) => sum + share, 0);
  // The clock of a page may not advance between two calls.
  if (told.milliseconds > 0) expect(Math.abs(shares - 1)).toBeLessThan(0.01);
});

test("names the lines at which ops are applied, those of derivatives by the ops that they are of", () => {
  const start = line();
  const fn = (x: Tensor, w: Tensor) => {
    const hidden = x.matmul(w);
    const shares = softmax(hidden);
    return shares.log().sum();
  };
  const x = uniform([40, 50], { seed: 1 });
  const rows = rowsOf(profile(compile(fn), x, uniform([50, 60], { seed: 2 })), "matmul");
  expect(rows.map((row) => row.line)).toEqual([
    expect.stringMatching(`^profile.test.ts:${start + 2}:`),
  ]);
  expect(rows[0]?.what).toBe("matmul [40, 60]");
  expect(rows[0]?.flops).toBe(2 * 40 * 50 * 60);
  expect(rows[0]?.bytes).toBe(4 * (40 * 50 + 50 * 60 + 40 * 60));
});

test("is a table, longest first, and a trace for viewers", () => {
  const told = profile(step, batch);
  const [head, ...lines] = String(told).split("\n");
  expect(head?.trim().split(/\s{2,}/)).toEqual(["µs", "share", "GFLOP/s", "GB/s", "what", "where"]);
  expect(lines.at(-1)).toMatch(/^[\d.]+ µs a run$/);
  const times = lines
    .slice(0, -1)
    .filter((text) => !text.includes("shorter ones"))
    .map((text) => Number.parseFloat(text));
  expect(times).toEqual([...times].sort((a, b) => b - a));
  const { traceEvents } = told.trace();
  // The time around the calls is not an event.
  expect(traceEvents.map(({ name }) => name)).toEqual(
    told.rows.slice(0, -1).map(({ what }) => what),
  );
  let end = 0;
  for (const { ph, ts, dur } of traceEvents) {
    expect(ph).toBe("X");
    expect(ts).toBeGreaterThanOrEqual(end - 1e-6);
    end = ts + dur;
  }
  expect(JSON.parse(JSON.stringify(told.trace())).traceEvents.length).toBe(traceEvents.length);
});

test("tells which ops have subnormal numbers, in the order of their times", () => {
  const fn = compile((x: Tensor, w: Tensor) =>
    x
      .mul(2 ** -120)
      .matmul(w)
      .add(1)
      .log(),
  );
  const small = (count: number) =>
    tensor(
      Float32Array.from({ length: 400 }, (_, i) => (i < count ? 2 ** -10 : 1)),
      { shape: [20, 20] },
    );
  const told = profile(fn, small(30), eye(20));
  // The loop writes 30 subnormal numbers, and the product reads and writes as many.
  expect(told.rows.map(({ subnormals }) => subnormals)).toEqual([30, 60, 30, 0]);
  const line = String(told).split("\n").at(-1);
  expect(line).toMatch(/^subnormal numbers, each as slow as up to 100 others: /);
  expect(line).toContain("60 of matmul [20, 20]");
  expect(String(profile(fn, small(0), eye(20)))).not.toContain("subnormal");
  // In float64, subnormal numbers are smaller.
  const wide = compile((x: Tensor) =>
    x
      .mul(2 ** -1000)
      .mul(2 ** -30)
      .cumulativeSum()
      .add(1),
  );
  expect(profile(wide, ones([8], { dtype: "float64" })).rows[0]?.subnormals).toBe(8);
  expect(profile(wide, full([8], 2 ** 9, { dtype: "float64" })).rows[0]?.subnormals).toBe(0);
});

test("a loop is a row, and so are several calls of one op", () => {
  const total = compile(
    (xs: Tensor) => scan((sum: Tensor, x: Tensor) => [sum.add(x), null], zeros([3]), xs)[0],
  );
  const rows = profile(total, uniform([20, 3], { seed: 1 })).rows.map(({ what }) => what);
  expect(rows.some((what) => what.startsWith("scan"))).toBe(true);
  expect(rows.at(-1)).toBe("around the calls");
});

test.each<[() => unknown, string]>([
  [
    () => profile((x: Tensor) => x, tensor(1)),
    "profile: compiled: expected what compile or trainingStep has returned, got ",
  ],
  [
    () => Reflect.apply(profile, undefined, [3]),
    "profile: compiled: expected what compile or trainingStep has returned, got 3.",
  ],
  [
    () =>
      profile(
        compile((x: Tensor) => x.add(1), { backend: "js" }),
        tensor([1]),
      ),
    "profile: compiled: expected a program in WebAssembly's memory, got 1 op of 1 flops, one by one.",
  ],
])("what it cannot time is refused: %#", (run, message) => {
  expect(run).toThrow(message);
});

/** Returns a function with nested loops and a condition, and the lines of its calls according to this engine. */
function nested() {
  const lines: Record<string, number> = {};
  const at = <T>(what: string, value: T): T => {
    lines[what] = line(2);
    return value;
  };
  const fn = (a: Tensor, x: Tensor) => {
    const [[, last]] = at("scan", scan)(
      ([i, m]: [Tensor, Tensor]): [[Tensor, Tensor], []] => {
        const [, inner] = at("while", whileLoop)(
          ([n]: readonly [Tensor, Tensor]) => n.less(3),
          ([n, y]: readonly [Tensor, Tensor]) => [n.add(1), at("matmul", a.matmul(y))] as const,
          [tensor(0, { dtype: "int32" }), m] as const,
        );
        const next = at("cond", cond)(
          i.less(8),
          () => at("sort", sort(inner)),
          () => at("cumulativeSum", inner.cumulativeSum(0)),
        );
        return [[i.add(1), next], []];
      },
      [tensor(0, { dtype: "int32" }), x],
      undefined,
      { length: 10 },
    );
    return last.sum();
  };
  return { fn, lines };
}

/** Returns the rows of nested bodies, with how often they run and their lines. */
const treeOf = (rows: readonly ProfileRow[]): unknown[] =>
  rows
    .filter(({ what }) => /^(scan|while|cond|matmul|sort|cumulative|put)/.test(what))
    .map(({ what, times, branch, line: at, inside }) => [
      `${branch ?? ""} ${what}`.trim(),
      times,
      Number(/profile\.test\.ts:(\d+)/.exec(at ?? "")?.[1]),
      ...treeOf(inside),
    ]);

test.each([
  ["compiled", <T>(run: () => T) => run()],
  ["driven by JavaScript", withoutCompiling],
])("sees inside of loops and conditions, %s", (_, within) => {
  const { fn, lines } = nested();
  const compiled = compile(fn, { backend: "wasm" });
  const [a, x] = [eye(20), uniform([20, 30], { seed: 1 })];
  const before = compiled(a, x).item();
  const told = within(() => profile(compiled, a, x));
  expect(treeOf(told.rows)).toEqual([
    [
      "scan []",
      1,
      lines["scan"],
      ["while []", 10, lines["while"], ["matmul [20, 30]", 30, lines["matmul"]]],
      [
        "cond [20, 30]",
        10,
        lines["cond"],
        ["whenTrue sort [20, 30]", 8, lines["sort"]],
        ["whenFalse cumulativeSum [20, 30]", 2, lines["cumulativeSum"]],
      ],
    ],
  ]);
  // The times of inner rows add up to at most that of the outer row, and flops count all runs.
  const check = ({ inside, milliseconds, share }: ProfileRow) => {
    const sum = inside.reduce((total, row) => total + row.milliseconds, 0);
    expect(sum).toBeLessThanOrEqual(milliseconds * 1.000001);
    expect(share).toBeLessThanOrEqual(1);
    inside.forEach(check);
  };
  told.rows.forEach(check);
  const [loop] = rowsOf(told, "scan");
  const product = loop?.inside
    .flatMap(({ inside }) => inside)
    .find((row) => /matmul/.test(row.what));
  expect(product?.flops).toBe(30 * 2 * 20 * 20 * 30);
  expect(compiled(a, x).item()).toBe(before);
});

test("prints bodies below their loops, with how often they run", () => {
  const { fn } = nested();
  const text = String(
    profile(compile(fn, { backend: "wasm" }), eye(20), uniform([20, 30], { seed: 1 })),
  );
  expect(text).toMatch(/^ +µs +share +times +GFLOP\/s +GB\/s +what +where\n/);
  const lines = text.split("\n");
  const at = (pattern: RegExp) => lines.findIndex((each) => pattern.test(each));
  expect(at(/ 1 .* {2}scan \[\] /)).toBeGreaterThan(0);
  expect(at(/ 10 .* {4}while \[\] /)).toBeGreaterThan(at(/scan/));
  expect(at(/ 30 .* {6}matmul \[20, 30\] /)).toBe(at(/while/) + 1);
  expect(at(/ 8 .* {6}whenTrue: sort/)).toBe(at(/ 10 .* {4}cond/) + 1);
  // Without bodies there is no column of times.
  expect(
    String(
      profile(
        compile((x: Tensor) => x.sin(), { backend: "wasm" }),
        ones([300]),
      ),
    ),
  ).not.toMatch(/times/);
});

test("sees inside of the gradient of a loop, and of one that puts into its carry", () => {
  const buffer = compile(
    (rows: Tensor, x: Tensor) =>
      scan(
        ([i, own]: [Tensor, Tensor]): [[Tensor, Tensor], Tensor] => [
          [i.add(1), put(own, i, x)],
          own.mean(),
        ],
        [tensor(0, { dtype: "int32" }), rows],
        undefined,
        { length: 5 },
      )[0][1].sum(),
    { backend: "wasm" },
  );
  const given = [zeros([5, 40]), ones([40])] as const;
  expect(rowsOf(profile(buffer, ...given), "scan")[0]?.inside.map(({ times }) => times)).toContain(
    5,
  );
  const slope = compile(
    grad((m: Tensor) => nested().fn(m, uniform([20, 30], { seed: 1 }))),
    {
      backend: "wasm",
    },
  );
  expect(() => profile(slope, eye(20))).toThrow("maxSteps");
  const powers = (m: Tensor) =>
    scan((y: Tensor): [Tensor, []] => [m.matmul(y).tanh(), []], eye(20), undefined, {
      length: 7,
    })[0].sum();
  const loops = rowsOf(profile(compile(grad(powers), { backend: "wasm" }), eye(20)), "scan");
  expect(
    loops.map(({ inside }) => inside.some((row) => /matmul/.test(row.what) && row.times === 7)),
  ).toEqual([true, true]);
});
