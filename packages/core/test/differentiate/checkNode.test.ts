import { describe, expect, test } from "vitest";
import { compared } from "../../src/differentiate/checkNode.ts";
import { apply } from "../../src/graph/apply.ts";
import { type Op, partials, sameType } from "../../src/graph/op.ts";
import { NO_ATTRIBUTES } from "../../src/graph/types.ts";
import {
  atan2,
  checkNode,
  clip,
  compile,
  explain,
  type Graph,
  graphOf,
  maximum,
  minimum,
  type NodeCheck,
  named,
  type Tensor,
  tensor,
  where,
} from "../../src/index.ts";
import fc from "../support/properties.ts";
import { sampleTests, WHOLE } from "../support/sampling.ts";

sampleTests(2);

const kindAt = (f: (x: Tensor) => Tensor, x: number | Tensor, node: string | number = 0) =>
  checkNode(explain(f)(x), node)?.verdict.kind;

/** Returns an op of one number with a given body and a given derivative. */
function planted(
  body: (x: Tensor) => Tensor,
  derivative: (x: Tensor) => Tensor,
): (x: Tensor) => Tensor {
  const op: Op = {
    name: "planted",
    symbol: "planted",
    family: "elementwise",
    promotion: "float",
    formula: "a body",
    results: sameType,
    derivative: partials((input) => derivative(input)),
    body: ([input]) => [body(input as Tensor)],
    batch: undefined,
    examples: { domain: [-1, 1], cases: [] },
  };
  return (x) => apply(op, [x], NO_ATTRIBUTES);
}

/** Returns relu with a wrong derivative: three slopes by the sign of its input. */
const wrongRelu = (below: number, at: number, above: number) =>
  planted(
    (x) => x.relu(),
    (x) => where(x.greater(0), above, where(x.less(0), below, at)),
  );

/** The expected findings, which are computed from whole graphs adjusted at a node. */
interface ByGraphs extends Pick<NodeCheck, "difference" | "step" | "verdict" | "left" | "right"> {
  /** The difference between the one-sided slopes of both step lengths, on the side where it is larger. */
  readonly curved: number;
}

/**
 * Returns the slope between two neighbours of a node, with its errors by rounding and curvature, from whole adjusted
 * graphs.
 */
function byGraphs(graph: Graph, id: number): ByGraphs {
  const node = graph.nodes[id];
  const added = Math.abs(node?.difference?.item() ?? 0);
  const h = 2 ** -17 * Math.max(1, Math.abs(node?.value?.item() ?? 0), added);
  if (!Number.isFinite(2 * h)) {
    const none = Number.NaN;
    const slopes = { difference: none, left: none, right: none, curved: none };
    return { ...slopes, step: none, verdict: { kind: "none" } };
  }
  let rounding = 0;
  for (const { op, value, gradient, difference } of graph.nodes) {
    if (op === undefined || value === undefined || gradient === undefined) continue;
    const size = Math.abs(value.item()) + Math.abs(difference?.item() ?? 0);
    rounding += (Number.EPSILON / 2) * size * Math.abs(gradient.item());
  }
  const slopeOf = (step: number) => {
    const [above, below] = [step, -step].map((by) => {
      const { nodes, output } = graph.adjusted({ [id]: by });
      return [nodes[id]?.value?.item() ?? 0, nodes[output]?.value?.item() ?? 0];
    }) as [[number, number], [number, number]];
    const width = above[0] - below[0];
    const [left, right] = [below, above].map(([x, f]) => (f - here[1]) / (x - here[0]));
    return { slope: (above[1] - below[1]) / width, width, left: left ?? 0, right: right ?? 0 };
  };
  const here = [id, graph.output].map((n) => graph.nodes[n]?.value?.item() ?? 0) as [
    number,
    number,
  ];
  const [near, far] = [slopeOf(h), slopeOf(2 * h)];
  const bend = Math.abs(near.slope - far.slope);
  const noise = (2 * rounding) / near.width;
  const verdict = compared(node?.gradient?.item() ?? Number.NaN, near.slope, noise + bend / 3);
  const isCoarse =
    bend > 0.1 * Math.abs(near.slope) &&
    (verdict.kind === "differs" || (verdict.kind === "small" && bend > 10 * noise));
  return {
    difference: near.slope,
    step: near.width / 2,
    left: 2 * near.left - far.left,
    right: 2 * near.right - far.right,
    curved: Math.max(Math.abs(near.left - far.left), Math.abs(near.right - far.right)),
    verdict: isCoarse ? { kind: "coarse" } : verdict,
  };
}

/** Smooth functions of one or two earlier values, as steps of random graphs. */
const SMOOTH: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => a.mul(b),
  (a, b) => a.add(b.mul(3)),
  (a, b) => a.sub(b),
  (a, b) => a.div(b.square().add(0.1)),
  (a) => a.sin(),
  (a) => a.exp().mul(0.1),
  (a) => a.tanh(),
  (a) => a.sigmoid(),
  (a) => a.mul(40).sin(),
  (a) => a.square().add(1).log(),
  (a, b) => atan2(a, b.square().add(0.5)),
  (a) => a.mul(1e-9),
];

const smooth = fc
  .record({
    steps: fc.array(fc.record({ op: fc.nat(SMOOTH.length - 1), a: fc.nat(), b: fc.nat() }), {
      minLength: 1,
      maxLength: 10,
    }),
    x: fc.double({ min: -3, max: 3, noNaN: true }),
    y: fc.constantFrom(0, 1, -2.5, 1e-6, 100),
  })
  .map(({ steps, x, y }) => {
    const f = (x: Tensor, y: Tensor) => {
      const pool = [x, y];
      for (const { op, a, b } of steps) {
        const pick = (n: number) => pool[n % pool.length] as Tensor;
        pool.push((SMOOTH[op] as (a: Tensor, b: Tensor) => Tensor)(pick(a), pick(b)));
      }
      return pool.reduce((sum, value) => sum.add(value));
    };
    return explain(f)(x, y);
  });

/** At x = 0 the curvature of the sine is 10⁷ times its slope, and cancels in the central difference. */
const bentEvenly = explain((x: Tensor, y: Tensor) =>
  y
    .mul(40)
    .mul(y.div(x.square().add(0.1)))
    .sin()
    .add(x),
)(tensor(0, { dtype: "float64" }), tensor(100, { dtype: "float64" }));

describe("checkNode", () => {
  test("says of smooth graphs what two adjusted graphs say, to the last bit, at every node", () => {
    fc.assert(
      fc.property(smooth, fc.constantFrom(0, 0.5), (start, by) => {
        const graph = start.adjusted({ [start.output - 1]: by });
        for (const { id, gradient } of graph.nodes) {
          const found = checkNode(graph, id);
          expect(found === undefined).toBe(gradient === undefined);
          if (found === undefined) continue;
          const { difference, step, verdict, left, right } = found;
          const { curved, ...expected } = byGraphs(graph, id);
          // checkNode also tries a shorter step, so it may find that the first step was too long ("coarse").
          const isCoarse = expected.verdict.kind === "differs" && verdict.kind === "coarse";
          expect({ difference, step, verdict, left, right }).toEqual(
            isCoarse ? { ...expected, verdict } : expected,
          );
          expect(found.gradient).toBe(gradient?.item());
          const scale = Math.max(Math.abs(difference), 1e-6);
          // One-sided slopes are compared only where curvature is small. The central difference cancels curvature that
          // is equal on both sides, as that of cos(x) at 0; one-sided slopes do not.
          if (verdict.kind !== "agrees" || verdict.digits < 4 || curved > 0.1 * scale) continue;
          for (const slope of [left, right]) {
            expect(Math.abs(slope - difference) / scale).toBeLessThan(0.01);
          }
        }
      }),
      { numRuns: WHOLE ? 300 : 30, examples: [[bentEvenly, 0]] },
    );
  });

  test("takes the values of the graph that is adjusted, in its bits", () => {
    fc.assert(
      fc.property(smooth, fc.nat(), (start, n) => {
        const graph = start.adjusted({ 0: 0.25 });
        const id = n % graph.nodes.length;
        const by = tensor(0.125, { dtype: "float64" });
        const adjusted = graph.adjusted({ [id]: 0.125 });
        expect(graph.valuesWith(new Map([[id, by]])).map((value) => value.item())).toEqual(
          adjusted.nodes.map(({ value }) => value?.item()),
        );
      }),
      { numRuns: 50 },
    );
  });

  test("tells a wrong local derivative at all nodes before it", () => {
    const wrong = planted(
      (x) => x.sin(),
      (x) => x.cos().mul(1.01),
    );
    const graph = explain((x: Tensor, y: Tensor) => wrong(named("inner", x.mul(y))).mul(3))(1, 0.5);
    for (const node of ["x", "y", "inner"]) {
      expect(checkNode(graph, node)?.verdict).toEqual({ kind: "differs" });
    }
    expect(checkNode(graph, graph.output)?.verdict.kind).toBe("agrees");
    const { difference, step } = checkNode(explain((x: Tensor) => x.mul(2.2))(100), "x") ?? {};
    expect(difference).toBeCloseTo(2.2, 8);
    expect(step).toBe(100 * 2 ** -17);
  });

  test.each<readonly [string, (x: Tensor) => Tensor, number, number, number]>([
    ["relu", (x) => x.relu(), 0, 0, 1],
    ["abs", (x) => x.abs(), 0, -1, 1],
    ["abs beside a large number", (x) => x.abs().add(1e6), 0, -1, 1],
    ["the maximum of equal numbers", (x) => maximum(x, 3), 3, 0, 1],
    ["the minimum of equal numbers", (x) => minimum(x.mul(2), x), 0, 2, 1],
    ["the greatest of ties", (x) => x.mul(tensor([1, 2, 3])).max(), 0, 1, 3],
    ["clip at its lower bound", (x) => clip(x, -1, 2), -1, 0, 1],
    ["clip at its upper bound", (x) => clip(x, -1, 2), 2, 1, 0],
    ["sums of terms with corners", (x) => x.relu().mul(5).add(x.abs()), 0, -1, 6],
    ["smooth terms beside a corner", (x) => x.abs().add(x.mul(7).exp()), 0, 6, 8],
    ["a small corner of a large slope", (x) => x.abs().mul(1e-3).add(x.mul(5)), 0, 4.999, 5.001],
  ])("finds the corner of %s, and its slopes", (_name, f, x, left, right) => {
    const found = checkNode(explain(f)(tensor(x, { dtype: "float64" })), 0);
    expect(found?.verdict).toEqual({ kind: "corner" });
    expect(found?.left).toBeCloseTo(left, 5);
    expect(found?.right).toBeCloseTo(right, 5);
  });

  test("lets the gradient be anything from one side's slope to the other's", () => {
    for (const at of [0, 0.3, 1]) expect(kindAt(wrongRelu(0, at, 1), 0)).toBe("corner");
    for (const at of [-0.01, 1.01, -5]) expect(kindAt(wrongRelu(0, at, 1), 0)).toBe("differs");
    expect(kindAt((x) => x.relu(), 1e-3)).toBe("agrees");
  });

  test("blames its step, and not a gradient, for a corner that lies within the step", () => {
    const beside = (slope: number) => (x: Tensor) => maximum(x.mul(slope), 1e-6);
    expect(kindAt(beside(-1), -1e-20)).toBe("coarse");
    expect(kindAt((x) => x.sub(3e-6).relu(), 0)).toBe("coarse");
    expect(kindAt((x) => x.add(3e-6).abs(), 0)).toBe("coarse");
    expect(kindAt((x) => x.relu().add(x.mul(5)), 1e-9)).toBe("coarse");
    const sum = explain((x: Tensor) => named("all", x.mul(1)).relu().add(x))(2000);
    const small = sum.adjusted({ all: 1e-9 - 2000 });
    expect(checkNode(small, "all")?.verdict.kind).toBe("coarse");
    // A wrong gradient is still found to differ with a shorter step.
    const wrong = (by: number) => (x: Tensor) => wrongRelu(0, 0, by)(x.add(3e-6)).add(x.mul(10));
    expect(kindAt(wrong(1), 0)).toBe("agrees");
    for (const by of [1.5, 0, -1]) expect(kindAt(wrong(by), 0)).toBe("differs");
  });

  test("compares nothing where neighbouring numbers are distant by periods", () => {
    const far = (x: Tensor) => x.square().cos().sub(x);
    for (const x of [1e10, 1e20, 1e49]) {
      expect(kindAt(far, tensor(x, { dtype: "float64" }))).toMatch(/coarse|small/);
    }
    // A wrong gradient is still found at arguments whose neighbours are less than a period away.
    const wrong = planted(
      (x) => x.cos(),
      (x) => x.sin(),
    );
    for (const x of [1, 1e3]) {
      expect(kindAt(wrong, tensor(x, { dtype: "float64" }))).toBe("differs");
    }
  });

  test("never calls a steep smooth function a corner", () => {
    const steep: readonly ((x: Tensor, k: number) => Tensor)[] = [
      (x, k) => x.mul(k).tanh(),
      (x, k) => x.mul(k).exp(),
      (x, k) => x.mul(k).softplus().div(k),
      (x, k) => x.mul(k).sigmoid().mul(x),
      (x, k) => x.mul(k).sin(),
      (x, k) => x.mul(k).square().add(1).sqrt(),
    ];
    const steepness = fc.double({ min: 0, max: 9, noNaN: true }).map((power) => 10 ** power);
    const place = fc.oneof(fc.constant(0), fc.double({ min: -30, max: 30, noNaN: true }));
    fc.assert(
      fc.property(fc.constantFrom(...steep), steepness, place, (f, k, z) => {
        expect(kindAt((x) => f(x, k), z / k)).not.toBe("corner");
      }),
      { numRuns: WHOLE ? 2000 : 150 },
    );
    expect(kindAt((x) => x.mul(1000).tanh(), 0)).toBe("agrees");
    expect(kindAt((x) => x.mul(30).exp(), 0)).toBe("agrees");
    expect(kindAt((x) => x.mul(1e9).sigmoid(), 0)).toBe("coarse");
  });

  test("says none of infinite slopes and numbers, and small of noise", () => {
    expect(kindAt((x) => x.abs().sqrt(), 0)).toBe("none");
    expect(kindAt((x) => x.square(), 1e308)).toBe("none");
    expect(kindAt((x) => x.log(), 0)).toBe("none");
    expect(kindAt((x) => x.add(1e12).sub(1e12), tensor(0.3, { dtype: "float64" }))).toBe("small");
    expect(kindAt((x) => x.mul(1e-30).add(1), 1)).toBe("small");
    // A function has no slopes at a jump.
    expect(kindAt((x) => x.sign(), 0)).not.toBe("corner");
  });

  test("knows the digits of float32", () => {
    const at = (f: (x: Tensor) => Tensor, x: number) => checkNode(explain(f)(tensor(x)), "x");
    const { verdict, step } = at((x) => x.sin().mul(x), 0.7) ?? {};
    expect(step).toBeCloseTo(2 ** -8, 6);
    expect(verdict).toMatchObject({ kind: "agrees" });
    expect(verdict?.kind === "agrees" && verdict.digits).toBeGreaterThanOrEqual(3);
    expect(at((x) => x.relu().add(x), 0)?.verdict.kind).toBe("corner");
    const wrong = planted(
      (x) => x.sin(),
      (x) => x.cos().mul(1.1),
    );
    expect(at(wrong, 0.7)?.verdict.kind).toBe("differs");
  });

  test("finds nodes by name and by id, and nothing where there is no number to compare", () => {
    const f = (x: Tensor, y: Tensor) => named("middle", x.mul(y)).sin();
    const graph = explain(f)(2, 0.3);
    const middle = graph.node("middle")?.id ?? -1;
    expect(checkNode(graph, middle)).toEqual(checkNode(graph, "middle"));
    const vector = explain((x: Tensor) => x.square())(tensor([1, 2]));
    expect(checkNode(vector, "x")).toBeUndefined();
    expect(checkNode(explain((x: Tensor) => x.mul(tensor([1, 2])))(1), "x")).toBeUndefined();
    expect(checkNode(explain((x: Tensor) => x.mul(2))(1), 1)).toBeUndefined();
    const program = graphOf(compile((x: Tensor) => x.sin()).program(1));
    expect(checkNode(program, 0)).toBeUndefined();
    expect(() => checkNode(graph, "z")).toThrow(/checkNode: node: expected names or ids of nodes/);
    expect(() => checkNode(graph.text() as never, 0)).toThrow(
      /checkNode: graph: expected a Graph, as explain gives it, got/,
    );
  });

  test("counts the digits that agree, and no more than the noise leaves", () => {
    const verdicts = [
      compared(1, 1.001, 1e-9),
      compared(2, 2, 1e-9),
      compared(2, 2, 0),
      compared(2, 3, 1e-9),
      compared(1e-12, 0, 1e-10),
      compared(1, Number.NaN, 1e-9),
    ];
    expect(verdicts).toEqual([
      { kind: "agrees", digits: 3 },
      { kind: "agrees", digits: 9 },
      { kind: "agrees", digits: 15 },
      { kind: "differs" },
      { kind: "small" },
      { kind: "none" },
    ]);
  });
});
