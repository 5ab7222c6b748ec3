import { describe, expect, test } from "vitest";
import { apply } from "../../src/graph/apply.ts";
import { type Op, partials, sameType } from "../../src/graph/op.ts";
import { NO_ATTRIBUTES } from "../../src/graph/types.ts";
import {
  checkpoint,
  cond,
  explain,
  type Graph,
  named,
  scan,
  sort,
  split,
  stopGradient,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import fc from "../support/properties.ts";
import { inputsOf, randomFunction } from "../support/randomFunctions.ts";
import { sampled, seedsTo, WHOLE } from "../support/sampling.ts";

/** Functions of one or two earlier vectors of four numbers, as steps of random graphs. */
const STEPS: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => a.mul(b),
  (a, b) => a.sub(b.sin()),
  (a) => a.exp().mul(0.1),
  (a) => a.tanh(),
  (a, b) => a.mul(b.mean()),
  (a, b) => a.div(b.square().add(1)),
  // Results of stopGradient are constant, and so are values that are computed from them alone.
  (a, b) => stopGradient(a).mul(b),
  (a, b) => stopGradient(a).sin().floor().add(b),
  (a, b) => b.greater(0).cast("float64").mul(a),
  // Steps may have ops of several results, and ops with bodies.
  (a, b) => {
    const [low, high] = split(a, 2) as [Tensor, Tensor];
    return high.mul(low).tile([2]).add(b);
  },
  (a, b) => sort(a).mul(b),
  (a, b) => checkpoint((x: Tensor, y: Tensor) => x.mul(y).cos())(a, b),
  (a, b) => scan((h: Tensor, row: Tensor): [Tensor, []] => [h.mul(row).add(b), []], a, a)[0],
  (a, b) =>
    cond(
      a.sum().greater(0),
      () => a.mul(2),
      () => b.neg(),
    ),
  (a) => a.add(tensor([0.5, -0.25, 1, 2], { dtype: "float64" })),
];

const step = fc.record({ op: fc.nat(STEPS.length - 1), a: fc.nat(), b: fc.nat() });

const X = tensor([0.3, -0.7, 1.1, 0.4], { dtype: "float64" });
const Y = tensor([-0.2, 0.9, 0.6, -1.3], { dtype: "float64" });

/** Draws functions whose result depends on all their values. */
const functions = fc
  .array(step, { minLength: 3, maxLength: 12 })
  .map((steps) => (x: Tensor, y: Tensor) => {
    const pool = [x, y];
    for (const { op, a, b } of steps) {
      const pick = (n: number) => pool[n % pool.length] as Tensor;
      pool.push((STEPS[op] as (a: Tensor, b: Tensor) => Tensor)(pick(a), pick(b)));
    }
    return pool.reduce((sum, value) => sum.add(value)).sum();
  });

const graphs = functions.map((f) => explain(f)(X, Y));

const changes = fc.array(fc.record({ id: fc.nat(), by: fc.constantFrom(0.25, -0.5, 1e-3, 0) }), {
  minLength: 1,
  maxLength: 3,
});

/** Returns differences for nodes, by id, for some that can be adjusted. */
function changesOf({ nodes }: Graph, wanted: readonly { id: number; by: number }[]) {
  const floats = nodes.filter(({ dtype }) => dtype === "float64");
  return Object.fromEntries(wanted.map(({ id, by }) => [floats[id % floats.length]?.id ?? 0, by]));
}

/**
 * Returns the same graph as `graph.adjusted(differences)`, with every op run again: each input gets a difference of 0.
 */
function replayedWhole(graph: Graph, differences: Readonly<Record<string, number>>): Graph {
  const inputs = graph.nodes.filter(({ kind }) => kind === "input").map(({ id }) => [id, 0]);
  return graph.adjusted({ ...Object.fromEntries(inputs), ...differences });
}

/**
 * Returns all numbers of a graph for a comparison by bits, without the differences, which the replay also has at the
 * inputs.
 */
function numbersOf({ nodes }: Graph): unknown {
  return nodes.map(({ value, gradient, inputs }) => [
    value?.toArray(),
    gradient?.toArray(),
    inputs.map((edge) => [edge.localDerivative?.toArray(), edge.gradient?.toArray()]),
  ]);
}

/** Returns the ids of the nodes with differences and of all nodes that depend on them. */
function reached({ nodes }: Graph, differences: object): ReadonlySet<number> {
  const found = new Set(Object.keys(differences).map(Number));
  for (const { id, inputs, kind } of nodes) {
    // A part of an operation depends on the operation's inputs, not on its first result.
    const read = kind === "projection" ? nodes[inputs[0]?.from ?? -1]?.inputs : inputs;
    if (read?.some(({ from }) => found.has(from))) found.add(id);
  }
  return found;
}

function expectLaws(graph: Graph, first: Record<string, number>, second: Record<string, number>) {
  const once = graph.adjusted(first);
  const twice = once.adjusted(second);
  const whole = replayedWhole(graph, first);
  expect(numbersOf(once)).toEqual(numbersOf(whole));
  expect(numbersOf(twice)).toEqual(numbersOf(replayedWhole(whole, second)));
  const sameAs = (adjusted: Graph, before: Graph, differences: object) => {
    const changed = reached(graph, differences);
    for (const { id, value } of adjusted.nodes) {
      if (!changed.has(id)) expect(value).toBe(before.nodes[id]?.value);
    }
  };
  sameAs(once, graph, first);
  sameAs(twice, once, second);
  sameAs(twice, graph, { ...first, ...second });
  const opposite = Object.fromEntries(Object.entries(first).map(([id, by]) => [id, -by]));
  const back = once.adjusted(opposite);
  for (const id of Object.keys(first)) expect(back.nodes[Number(id)]?.difference?.item()).toBe(0);
  // JSON is compared, since it does not distinguish −0 from the 0 that a difference of 0 makes of it.
  expect(JSON.stringify(numbersOf(back))).toBe(JSON.stringify(numbersOf(graph)));
}

describe("an adjusted graph takes the values that follow from no difference as they are", () => {
  test("with the bits of a replay of every op, of all kinds of ops", () => {
    fc.assert(
      fc.property(graphs, changes, changes, (graph, first, second) => {
        expectLaws(graph, changesOf(graph, first), changesOf(graph, second));
      }),
      { numRuns: WHOLE ? 150 : 40 },
    );
  });

  test("with the bits of a replay of every op, of all families of ops", () => {
    for (const seed of sampled(seedsTo(12), 3)) {
      const graph = explain(randomFunction(seed))(...inputsOf(seed, "float64"));
      const [id, other] = [seed * 7 + 3, seed * 5 + 1];
      const first = changesOf(graph, [{ id, by: 0.25 }]);
      expectLaws(graph, first, changesOf(graph, [{ id: other, by: -0.5 }]));
    }
  });

  test("as if the function had been explained at the new inputs", () => {
    fc.assert(
      fc.property(functions, (f) => {
        const moved = explain(f)(X, Y).adjusted({ y: 0.25 });
        expect(numbersOf(moved)).toEqual(numbersOf(explain(f)(X, Y.add(0.25))));
        const both = moved.adjusted({ x: -0.5 });
        expect(numbersOf(both)).toEqual(numbersOf(explain(f)(X.sub(0.5), Y.add(0.25))));
      }),
      { numRuns: WHOLE ? 100 : 30 },
    );
  });

  test("and runs only the other ops", () => {
    let runs = 0;
    const counted: Op = {
      name: "counted",
      symbol: "counted",
      family: "elementwise",
      promotion: "float",
      formula: "sin x",
      results: sameType,
      derivative: partials((input) => input.cos()),
      body: ([input]) => {
        runs++;
        return [(input as Tensor).sin()];
      },
      batch: undefined,
      examples: { domain: [-1, 1], cases: [] },
    };
    const f = (x: Tensor, y: Tensor) => {
      const early = apply(counted, [x], NO_ATTRIBUTES);
      return apply(counted, [named("middle", early.mul(y))], NO_ATTRIBUTES);
    };
    const graph = explain(f)(0.5, 2);
    const count = (run: () => unknown) => {
      const before = runs;
      run();
      return runs - before;
    };
    const moved = graph.adjusted({ middle: 0.1 });
    expect(count(() => graph.adjusted({ f: 1 }))).toBe(0);
    expect(count(() => graph.adjusted({ middle: 1 }))).toBe(1);
    expect(count(() => graph.adjusted({ x: 1 }))).toBe(2);
    expect(count(() => moved.adjusted({ f: 1 }))).toBe(0);
    expect(count(() => moved.adjusted({ y: 1 }))).toBe(1);
    expect(count(() => graph.tangents({ y: 1 }))).toBe(1);
  });
});

test("Tangents along directions of any nodes agree with the gradients.", () => {
  fc.assert(
    fc.property(graphs, changes, changes, (original, differences, wanted) => {
      const graph = original.adjusted(changesOf(original, differences));
      const directions = changesOf(graph, wanted);
      const tangents = graph.tangents(directions);
      const changed = reached(graph, directions);
      tangents.forEach((tangent, id) => {
        if (!changed.has(id)) expect(tangent).toBeUndefined();
      });
      const [[id, direction] = ["0", 0], ...others] = Object.entries(directions);
      const { gradient } = graph.nodes[Number(id)] ?? {};
      // Constants have no gradients, though they can have differences.
      if (others.length > 0 || gradient === undefined) return;
      const expected = gradient.sum().item() * direction;
      const found = tangents[graph.output]?.item() ?? 0;
      expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-10 * Math.abs(expected) + 1e-10);
    }),
    { numRuns: WHOLE ? 150 : 40 },
  );
});
