/**
 * Nested ops: each op with several results or a body, within each op with a body.
 */

import { describe, expect, test } from "vitest";
import {
  checkpoint,
  compile,
  concat,
  cond,
  customGradient,
  grad,
  scan,
  stack,
  type Tensor,
  uniform,
  vectorize,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampled, sampleTests } from "../support/sampling.ts";
import { INNER, OUTER } from "./functions.ts";
import { double, expectClose, inEveryMode, RUNNERS } from "./support.ts";

sampleTests(4);

for (const [i, [around, { fn, plain }]] of Object.entries(OUTER).entries()) {
  for (const [within, inner] of sampled(Object.entries(INNER), 12, i)) {
    inEveryMode(`${within} in ${around}`, {
      shapes: [[3]],
      low: -1,
      high: 1,
      seed: 2,
      fn: fn(inner.fn),
      plain: plain(inner.plain),
    });
  }
}

describe.each(["float32", "float64"] as const)("compiled gives the eager bits in %s", (dtype) => {
  const inputs = [1, 2, 3].map((seed) => uniform([3], { seed, low: -1, high: 1, dtype }));

  const outer = Object.entries(OUTER).map(([name, { fn }], i) => [name, fn, i] as const);
  describe.each(outer)("in %s", (_, fn, i) => {
    test.each(sampled(Object.entries(INNER), 12, i))(
      "for %s, its gradient and that of a batch",
      (_, inner) => {
        const own = fn(inner.fn);
        const slope = grad((x: Tensor) => own(x).sin().sum());
        for (const backend of ["js", "wasm"] as const) {
          for (const each of [own, slope]) {
            const compiled = compile(each, { backend });
            for (const x of inputs) expectSameBits(compiled(x), each(x));
            const rows = vectorize(each);
            expectSameBits(compile(rows, { backend })(stack(inputs)), rows(stack(inputs)));
          }
        }
      },
    );
  });
});

inEveryMode("a scan in a cond in a scan", {
  seed: 4,
  shapes: [[2], [3, 2]],
  low: -1,
  high: 1,
  fn: (x, rows) =>
    scan(
      (h: Tensor, row: Tensor): [Tensor, Tensor] => {
        const next = cond(
          row.sum().greater(0),
          () =>
            scan(
              (k: Tensor): [Tensor, Tensor] => [k.mul(row).add(h).sin(), k.mul(x).sum()],
              h,
              undefined,
              { length: 2 },
            ),
          () => [h.cos(), row] as [Tensor, Tensor],
        );
        return [next[0], next[1].sum()];
      },
      x,
      rows,
    ),
  plain: (x, rows) => {
    let h = x;
    const ys: Tensor[] = [];
    for (let n = 0; n < 3; n++) {
      const row = rows.slice([n], [n + 1]).reshape([2]);
      if (row.sum().item() > 0) {
        const second = h.mul(row).add(h).sin();
        ys.push(h.mul(x).sum().add(second.mul(x).sum()).reshape([1]));
        h = second.mul(row).add(h).sin();
      } else {
        ys.push(row.sum().reshape([1]));
        h = h.cos();
      }
    }
    return [h, concat(ys)];
  },
});

describe("captures of an outer gradient", () => {
  const inBodies: Readonly<Record<string, (x: Tensor, w: Tensor) => Tensor>> = {
    checkpoint: (x, w) => checkpoint((x: Tensor) => x.mul(w).sin())(x),
    cond: (x, w) =>
      cond(
        x.greater(w.mul(-10)),
        () => x.mul(w).sin(),
        () => x,
      ),
    scan: (x, w) =>
      scan((h: Tensor): [Tensor, never[]] => [h.mul(w).sin(), []], x, undefined, { length: 1 })[0],
  };

  test.each(Object.entries(inBodies))("by %s are differentiated to second order", (_, body) => {
    // For sin(x w), ∂/∂w ∂/∂x is cos(x w) − x w sin(x w); its derivative is tested, too.
    const [x, w] = [0.7, 1.3];
    const mixed = (w: Tensor) => grad((x: Tensor) => body(x, w))(double(x));
    const twice = (w: Tensor) => grad((w: Tensor) => body(double(x), w))(w);
    for (const run of Object.values(RUNNERS)) {
      const got = run((w) => [grad(mixed)(w as Tensor), grad(twice)(w as Tensor)])(double(w));
      const product = x * w;
      const expected = [
        Math.cos(product) - product * Math.sin(product),
        -x * x * Math.sin(product),
      ];
      expectClose(got, expected.map(double));
    }
  });
});

test("each application of a function records its body anew, so that shapes may differ", () => {
  const square = checkpoint((x: Tensor) => x.mul(x).sum());
  const own = customGradient(
    (x: Tensor) => x.mul(2).sum(),
    (g, [x]) => [g.mul(x)],
  );
  const loss = (x: Tensor, y: Tensor) => square(x).add(square(y)).add(own(x)).add(own(y));
  const both = grad(loss, { argnums: [0, 1] });
  const [x, y] = [double([1, 2]), double([[3], [4], [5]])];
  for (const each of [both, compile(both), compile(both, { backend: "js" })]) {
    expectClose(each(x, y), [x.mul(3), y.mul(3)]);
  }
  let runs = 0;
  const counted = checkpoint((x: Tensor) => {
    runs++;
    return x.mul(2);
  });
  counted(x);
  counted(y);
  expect(runs).toBe(2);
});
