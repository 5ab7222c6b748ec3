/**
 * One law for every op of the table: a compiled function has the value, dtype, shape or error of the function itself,
 * whatever its earlier calls were. Calls differ in their numbers (plain ones, tensors of each dtype), in their
 * structure, and in the default dtype. Of any two calls, each comes before the other once. The law also holds for
 * derivatives and batches inside and outside of `compile`, and for compiled functions inside of others.
 */

import { describe, expect, test } from "vitest";
import { attributesOf, type Example, type Op } from "../../src/graph/op.ts";
import {
  compile,
  GraddiffError,
  grad,
  jvp,
  stack,
  type Tensor,
  treeLeaves,
  treeMap,
  valueAndGrad,
  vectorize,
  withDefaultDType,
} from "../../src/index.ts";
import { promoteInputs } from "../../src/ops/promote.ts";
import { isFloat } from "../../src/tensor/dtype.ts";
import { scalar } from "../../src/tensor/tensor.ts";
import { applied, sample } from "../support/opChecks.ts";
import { plain } from "../support/plain.ts";
import { chooser } from "../support/randomFunctions.ts";
import { hashOf, SEED, sampled, WHOLE } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

// Trees and results have type any, since only the single calls know their types.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Tree = any;
type Fn = (tree: Tree) => Tree;
const compiledOf = (fn: Fn): Fn => compile(fn);

/** The kinds of numbers in a call. */
const KINDS = ["plain", "float64", "float32", "int32", "bool"] as const;
type Kind = (typeof KINDS)[number];

/** Functions that make the trees in which the inputs of a call are passed. */
const STRUCTURES: readonly ((leaves: readonly unknown[]) => Tree)[] = [
  (leaves) => leaves,
  (leaves) => ({ name: "reversed", leaves }),
  (leaves) => ({ name: "straight", leaves }),
  ([first, ...others]) => [first, { others }],
  (leaves) => Object.fromEntries(leaves.map((leaf, i) => [`input${i}`, leaf])),
];

interface Call {
  readonly tree: Tree;
  readonly numbers: "float32" | "float64";
  readonly title: string;
}

/** Returns a tensor as a given kind of number; a plain scalar becomes a JavaScript number. */
function ofKind(x: Tensor, kind: Kind): unknown {
  if (x.dtype !== "float64") return x;
  if (kind !== "plain") return x.cast(kind);
  return x.rank === 0 ? x.item() : plain(x);
}

/**
 * Returns calls of an op with an example, in a random order. They differ only in the kinds of numbers (one kind for all
 * inputs, or random ones), only in the structure, or only in the default dtype.
 */
function callsOf(op: Op, example: Example, seed: number): readonly Call[] {
  const drawn = example.shapes.map((shape, i) => sample(op, i, shape, "float64"));
  const inputs = op.examples.make?.(drawn) ?? drawn;
  const choose = chooser(seed);
  const kinds: Kind[][] = KINDS.map((kind) => inputs.map(() => kind));
  if (inputs.length > 1)
    for (let k = 0; k < 3; k++) kinds.push(inputs.map(() => oneOf(KINDS, choose)));
  const call = (list: readonly Kind[], structure: number, numbers: Call["numbers"]) => {
    const leaves = inputs.map((x, i) => ofKind(x, list[i] ?? "plain"));
    const title = `${list.join(" ")} in structure ${structure} under ${numbers}`;
    return { tree: (STRUCTURES[structure] as (typeof STRUCTURES)[0])(leaves), numbers, title };
  };
  const own = choose(STRUCTURES.length);
  const [numbers, other] = shuffled(["float32", "float64"] as const, choose);
  const some = oneOf(kinds, choose);
  return shuffled(
    [
      ...kinds.map((list) => call(list, own, numbers as Call["numbers"])),
      ...[...STRUCTURES.keys()]
        .filter((k) => k !== own)
        .map((k) => call(some, k, numbers as Call["numbers"])),
      ...kinds.map((list) => call(list, own, other as Call["numbers"])),
    ],
    choose,
  );
}

type Choose = ReturnType<typeof chooser>;

const oneOf = <Item>(items: readonly Item[], choose: Choose) => items[choose(items.length)] as Item;

function shuffled<Item>(items: readonly Item[], choose: Choose): Item[] {
  const rest = [...items];
  return items.map(() => rest.splice(choose(rest.length), 1)[0] as Item);
}

/** Returns the op as a function of a tree. Inputs are promoted, except those for which the op fixes a dtype. */
function functionOf(op: Op, example: Example): Fn {
  const { dtypes } = op.examples;
  const promotion = op.promotion === "none" ? "arithmetic" : op.promotion;
  return (tree) => {
    const leaves = treeLeaves(tree);
    const free = leaves.filter((_, i) => dtypes?.[i] === undefined);
    const promoted = [...promoteInputs(op.name, free, promotion)];
    const inputs = leaves.map((x, i) => (dtypes?.[i] === undefined ? (promoted.shift() ?? x) : x));
    const results = [...applied(op, inputs, attributesOf(example, inputs))];
    return "name" in tree && tree["name"] === "reversed" ? results.reverse() : { results };
  };
}

/** Returns the weighted sum of all floats in the results. */
const total =
  (fn: Fn): ((tree: Tree) => Tensor) =>
  (tree) =>
    treeLeaves(fn(tree))
      .filter(({ dtype }) => isFloat(dtype))
      .map((result, i) => result.mul(i + 1).sum())
      .reduce((sum, each) => sum.add(each), scalar(0));

/** Functions that are made of a function of a tree. Each is compiled, and each is also made of a compiled function. */
const TRANSFORMS: Readonly<Record<string, (fn: Fn) => Fn>> = {
  itself: (fn) => fn,
  "another function": (fn) => (tree) => [fn(tree), { again: fn(treeLeaves(tree)) }],
  grad: (fn) => grad(total(fn)),
  valueAndGrad: (fn) => valueAndGrad(total(fn)),
  jvp: (fn) => (tree) => jvp(fn)([tree], [tree]),
  vectorize: (fn) => (tree) => {
    const [first, ...others] = treeLeaves(tree);
    if (first === undefined) return [];
    return vectorize((own: Tensor) => fn([own, ...others]))(stack([first, first]));
  },
};

/** Returns a text with the types and elements of a tree of results, or with the error of the library. */
function outcomeOf(run: () => unknown): string {
  let tree: unknown;
  try {
    tree = run();
  } catch (error) {
    // The line that compiled functions add to messages is removed. If two numbers are refused, either one may be named,
    // so numbers are replaced.
    if (error instanceof GraddiffError)
      return `${error.name}: ${error.message.replace(/ \[[^[\]]*:\d+:\d+\]$/, "").replace(/got -?\d[\d.e-]*/, "got a number")}`;
    throw error;
  }
  const told = treeMap((leaf) => {
    const elements = Array.from(leaf.data(), (x) => (Object.is(x, -0) ? "-0" : String(x)));
    return `${leaf.weak ? "plain " : ""}${leaf.dtype} [${leaf.shape}] ${elements.join(" ")}`;
  }, tree);
  return JSON.stringify(told);
}

/**
 * True if outcomes are the same. A compiled function checks that plain numbers are integers only when it runs, after
 * the checks of types.
 */
const isSame = (got: string, wanted: string): boolean =>
  got === wanted ||
  (/^DTypeError: .* expected whole numbers of int32/.test(wanted) &&
    got.startsWith("DTypeError: "));

/** Ops with bodies are left out, since their bodies are traced for the types of the examples. */
const ops = registeredOps().filter((op) => op.bodies === undefined && op.examples.cases.length > 0);

describe.each(sampled(ops, 20))("$name", (op) => {
  const turn = hashOf(`${SEED}/${op.name}`);
  const names = Object.keys(TRANSFORMS);
  // Only a part is tried, since all transforms of all ops take three minutes.
  const some = names.filter((_, k) => (k + turn) % (WHOLE ? 3 : names.length) === 0);
  test.each(some)("in %s", (name) => {
    const transform = TRANSFORMS[name] as (fn: Fn) => Fn;
    const { cases } = op.examples;
    const example = cases[turn % cases.length] as Example;
    const fn = functionOf(op, example);
    const calls = callsOf(op, example, turn);
    const expected = new Map(
      calls.map((call) => [
        call,
        outcomeOf(() => withDefaultDType(call.numbers, () => transform(fn)(call.tree))),
      ]),
    );
    for (const order of [calls, [...calls].reverse()]) {
      const functions = {
        outside: compiledOf(transform(fn)),
        inside: transform(compiledOf(fn)),
        both: compiledOf(transform(compiledOf(fn))),
      };
      const tried =
        name === "itself" ? ["outside" as const] : (["outside", "inside", "both"] as const);
      for (const call of order) {
        for (const where of tried) {
          const got = outcomeOf(() =>
            withDefaultDType(call.numbers, () => functions[where](call.tree)),
          );
          const wanted = expected.get(call) ?? "";
          if (!isSame(got, wanted)) expect(got, `compiled ${where}: ${call.title}`).toBe(wanted);
        }
      }
    }
  });
});
