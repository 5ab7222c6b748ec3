/**
 * Transforms of compiled functions: they have the bits of the transforms of the functions themselves, and no op runs
 * eagerly.
 */

import { beforeEach, describe, expect, test } from "vitest";
import { Switch } from "../../src/graph/guards.ts";
import {
  compile,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  linearize,
  stack,
  Tensor,
  tensor,
  treeLeaves,
  treeMap,
  Variable,
  valueAndGrad,
  vectorize,
  vjp,
} from "../../src/index.ts";
import { watchOpsAlone } from "../support/opsAlone.ts";
import { sampled, sampleTests } from "../support/sampling.ts";

sampleTests(4);

const alone = watchOpsAlone();

type Call = (...inputs: never[]) => unknown;

/** Calls a function of any type, which only the tables below know. */
function call(fn: Call, inputs: readonly unknown[]): unknown {
  return Reflect.apply(fn, undefined, inputs);
}

/** Returns the types and elements of all leaves of a tree; zeros are distinguished by sign. */
function bitsOf(tree: unknown): string[] {
  return treeLeaves(tree).map((leaf) => {
    const elements = Array.from(leaf.data(), (x) => (Object.is(x, -0) ? "-0" : String(x)));
    return `${leaf.dtype}${leaf.weak ? " weak" : ""} [${leaf.shape}] ${elements.join(" ")}`;
  });
}

const X = tensor(0.7, { dtype: "float64" });
const Y = tensor([0.5, -1.25, 2], { dtype: "float64" });

const w = new Variable(tensor([1, -0.5, 0.25], { dtype: "float64" }));
const trains = new Switch(true);
const START = w.value;
beforeEach(() => {
  w.assign(START);
});

const core = (x: Tensor, y: Tensor) => x.mul(y).sin().add(x.square()).mul(y.exp()).sum();

/** Functions that use a Variable in several ways while they compute a scalar. */
const VARIABLES = {
  none: (z: Tensor, _x: Tensor) => z,
  read: (z: Tensor, x: Tensor) => z.mul(w.value.mul(x).tanh().sum()),
  assigned: (z: Tensor, x: Tensor) => {
    w.assign(w.value.mul(0.5).add(x));
    return z.add(w.value.square().sum().mul(z));
  },
};

interface Kind {
  readonly fn: (use: (z: Tensor, x: Tensor) => Tensor) => Call;
  /** Makes the same function with tensors for its static arguments. */
  readonly plain?: (use: (z: Tensor, x: Tensor) => Tensor) => Call;
  readonly inputs: readonly unknown[];
  readonly statics?: readonly number[];
}

/** The kinds of functions: by their arguments, and by their captures. */
const KINDS: Readonly<Record<string, Kind>> = {
  plain: { fn: (use) => (x: Tensor, y: Tensor) => use(core(x, y), x), inputs: [X, Y] },
  "a static argument": {
    fn: (use) => (x: Tensor, power: number, y: Tensor) => {
      let z = x;
      for (let i = 1; i < power; i++) z = z.mul(x);
      return use(core(z, y), x);
    },
    plain: (use) => (x: Tensor, _power: Tensor, y: Tensor) => use(core(x.mul(x).mul(x), y), x),
    inputs: [X, 3, Y],
    statics: [1],
  },
  "a guard": {
    fn: (use) => (x: Tensor, y: Tensor) => use(trains.read() ? core(x, y) : core(y.sum(), x), x),
    inputs: [X, Y],
  },
  "a tree": {
    fn: (use) => (x: Tensor, tree: { list: [Tensor, Tensor]; name: string }) =>
      use(core(x, tree.list[0]).mul(tree.list[1]), x),
    inputs: [X, { list: [Y, X], name: "tree" }],
  },
};

interface Taken {
  /** Returns the transform of a function of `count` arguments. */
  readonly of: (fn: Call, count: number) => Call;
  /** Returns the arguments of the transform from those of the function. */
  readonly inputs?: (inputs: readonly unknown[]) => readonly unknown[];
  /** True if the transform's result is a scalar wherever its first argument and the function's result are scalars. */
  readonly isScalar: boolean;
  /** True if it takes only functions with scalar results. */
  readonly ofScalars: boolean;
  /** True if it returns a function that eager code calls. */
  readonly isMixed?: boolean;
}

/** Returns a tree of arguments with mapped tensors; numbers and names stay. */
function mapTensors(tree: unknown, of: (leaf: Tensor) => Tensor): unknown {
  if (tree instanceof Tensor) return of(tree);
  return Array.isArray(tree) ? tree.map((each: unknown) => mapTensors(each, of)) : tree;
}

const ones = (tree: unknown) => treeMap((leaf) => leaf.mul(0).add(1), tree);

/** Casts a function to the type that a transform takes, which depends on the row of the table. */
const any = <F>(fn: Call) => fn as F;
type Of = (x: Tensor, y: Tensor) => Tensor;

const TRANSFORMS: Readonly<Record<string, Taken>> = {
  grad: { of: (fn) => grad(any<Of>(fn)), isScalar: true, ofScalars: true },
  valueAndGrad: { of: (fn) => valueAndGrad(any<Of>(fn)), isScalar: false, ofScalars: true },
  jacobian: { of: (fn) => jacobian(any<Of>(fn)), isScalar: true, ofScalars: false },
  "jacobian, reverse": {
    of: (fn) => jacobian(any<Of>(fn), { mode: "reverse" }),
    isScalar: true,
    ofScalars: false,
  },
  hessian: { of: (fn) => hessian(any<Of>(fn)), isScalar: true, ofScalars: true },
  hvp: {
    of: (fn) => hvp(any<Of>(fn)),
    inputs: ([x, ...others]) => [x, X, ...others],
    isScalar: true,
    ofScalars: true,
  },
  jvp: {
    of: (fn) => jvp(any<Of>(fn)),
    inputs: (inputs) => [inputs, inputs],
    isScalar: false,
    ofScalars: false,
  },
  vectorize: {
    of: (fn, count) => {
      const axes = Array.from({ length: count }, (_, i) => (i === 0 ? 0 : null));
      return vectorize(any<(...own: unknown[]) => Tensor>(fn), { axes });
    },
    inputs: ([x, ...others]) => [mapTensors(x, (leaf) => stack([leaf, leaf.add(0.5)])), ...others],
    isScalar: false,
    ofScalars: false,
  },
  vjp: {
    of:
      (fn) =>
      (...inputs: never[]) => {
        const { value, pullback } = vjp(any<Of>(fn), { argnums: [0] })(
          ...(inputs as [never, never]),
        );
        return pullback(ones(value) as never);
      },
    isScalar: false,
    ofScalars: false,
    isMixed: true,
  },
  linearize: {
    of:
      (fn) =>
      (...inputs: never[]) => {
        const { pushforward } = linearize(any<Of>(fn), { argnums: [0] })(
          ...(inputs as [never, never]),
        );
        return pushforward(inputs[0] as never);
      },
    isScalar: false,
    ofScalars: false,
    isMixed: true,
  },
};

const NAMES = Object.keys(TRANSFORMS);
const transformOf = (name: string) => TRANSFORMS[name] as Taken;

/** The chains of transforms: each single one, and pairs with the inner one first. */
const CHAINS = [
  ...NAMES.map((name) => [name]),
  ...sampled(
    NAMES.flatMap((inner) =>
      NAMES.filter((outer) => transformOf(inner).isScalar || !transformOf(outer).ofScalars).map(
        (outer) => [inner, outer],
      ),
    ),
    6,
  ),
];

describe.each(Object.keys(KINDS))("of a function with %s arguments", (kind) => {
  const { fn, plain: plainly = fn, inputs, statics = [] } = KINDS[kind] as Kind;

  test.each(Object.keys(VARIABLES) as (keyof typeof VARIABLES)[])("and Variables %s", (use) => {
    let calls = 0;
    const plain = plainly(VARIABLES[use]);
    const own = fn(VARIABLES[use]);
    const counted: Call = (...given) => {
      calls++;
      return call(own, given);
    };
    const compiled = compile(counted as (...given: unknown[]) => Tensor, { static: statics });
    for (const chain of CHAINS) {
      const [inner, outer] = chain.map(transformOf);
      // Chains are skipped that would pass a tensor where a static number is required.
      if (statics.length > 0 && outer && (inner?.isMixed || chain[0] === "jvp")) continue;
      const name = [...chain].reverse().join(" of ");
      const given = [inputs];
      for (const each of chain) {
        const before = given.at(-1) ?? [];
        given.push(transformOf(each).inputs?.(before) ?? before);
      }
      const run = (f: Call) => {
        w.assign(START);
        alone.length = 0;
        const of = chain.reduce((g, each, i) => transformOf(each).of(g, given[i]?.length ?? 0), f);
        try {
          return { bits: bitsOf(call(of, given.at(-1) ?? [])), left: bitsOf(w.value) };
        } catch (error) {
          return { message: (error as Error).message };
        }
      };
      const expected = run(plain);
      // In the second call the program exists, and running it compiles no other.
      for (let times = 0; times < 2; times++) {
        expect(run(compiled as Call), name).toEqual(expected);
        const others = alone.filter((op) => op !== "compiled");
        if (!inner?.isMixed && !outer?.isMixed) expect(others, name).toEqual([]);
      }
    }
    // The function is recorded at most twice: for a scalar and for a batch of scalars.
    expect(calls).toBeLessThanOrEqual(2);
  });
});
