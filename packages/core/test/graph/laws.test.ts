/** The laws of recordings, trees and calls, whatever the function. */

import { describe, expect, test } from "vitest";
import { simplify } from "../../src/compile/simplify.ts";
import type { Trace } from "../../src/graph/trace.ts";
import { type Attributes, sameAttributes } from "../../src/graph/types.ts";
import {
  compile,
  grad,
  jvp,
  type Tensor,
  tensor,
  Variable,
  valueAndGrad,
  vectorize,
  vjp,
} from "../../src/index.ts";
import { registeredOps } from "../support/table.ts";

describe("leaves of trees are known by their index and not by a printed path", () => {
  interface Odd {
    "a.b": Tensor;
    a: { b: Tensor };
    "c[0]": Tensor;
    c: Tensor[];
  }
  const of = (a: number, b: number, c: number, d: number): Odd => ({
    "a.b": tensor([a]),
    a: { b: tensor([b]) },
    "c[0]": tensor([c]),
    c: [tensor([d])],
  });
  const weighted = (p: Odd) =>
    p["a.b"]
      .mul(2)
      .add(p.a.b.mul(5))
      .add(p["c[0]"].mul(7))
      .add((p.c[0] as Tensor).mul(11));
  const read = (p: Odd) => [p["a.b"], p.a.b, p["c[0]"], p.c[0] as Tensor].map((x) => x.item());

  test("grad and valueAndGrad", () => {
    const gradient = grad((p: Odd) => weighted(p).sum())(of(1, 1, 1, 1));
    expect(read(gradient)).toEqual([2, 5, 7, 11]);
    const variables = { "a.b": new Variable(tensor([1])), a: { b: new Variable(tensor([1])) } };
    const loss = () => variables["a.b"].value.mul(2).add(variables.a.b.value.mul(5)).sum();
    const found = valueAndGrad(loss, { variables })().gradient;
    expect([found["a.b"].item(), found.a.b.item()]).toEqual([2, 5]);
  });

  test("vjp, also in the tree of cotangents", () => {
    const double = (p: Odd) => ({ ...p, "a.b": p["a.b"].mul(2), a: { b: p.a.b.mul(5) } });
    const { value, pullback } = vjp(double)(of(1, 1, 1, 1));
    expect(read(value)).toEqual([2, 5, 1, 1]);
    expect(read(pullback(of(10, 100, 3, 4))[0])).toEqual([20, 500, 3, 4]);
  });

  test("jvp, in inputs, tangents and results", () => {
    const { tangent } = jvp((p: Odd) => weighted(p))([of(1, 1, 1, 1)], [of(1, 10, 100, 1000)]);
    expect(tangent.item()).toBe(2 + 50 + 700 + 11000);
  });
});

describe("a compiled function serves calls of one structure with one program", () => {
  test("a branch without leaves belongs to the structure", () => {
    const fn = compile(({ x, list }: { x: Tensor; list?: Tensor[] }) => (list ? x.mul(100) : x));
    const x = tensor([1]);
    expect(fn({ x }).item()).toBe(1);
    expect(fn({ x, list: [] }).item()).toBe(100);
    expect(fn({ x }).item()).toBe(1);
  });

  test("so does the class of an object", () => {
    class Square {
      readonly x: Tensor;
      constructor(x: Tensor) {
        this.x = x;
      }
      area() {
        return this.x.mul(this.x);
      }
    }
    class Circle extends Square {
      override area() {
        return super.area().mul(3);
      }
    }
    const fn = compile((shape: Square) => shape.area());
    // Compiled functions keep the methods of their arguments; the type says only that leaves become tensors, hence the
    // cast.
    const area = fn as unknown as (shape: Square) => Tensor;
    expect(area(new Square(tensor([2]))).item()).toBe(4);
    expect(area(new Circle(tensor([2]))).item()).toBe(12);
    expect(area(new Square(tensor([2]))).item()).toBe(4);
  });

  test("so do printed names, kinds of branches, and what passes through", () => {
    const count = compile((tree: Record<string, unknown>) =>
      tensor(Object.keys(tree).length).mul(tree["x"] as Tensor),
    );
    const call = count as unknown as (tree: unknown) => Tensor;
    const x = tensor(1);
    expect(call({ x, "a:b": null }).item()).toBe(2);
    expect(call({ x, a: null, b: null }).item()).toBe(3);
    expect(call({ x, a: "null" }).item()).toBe(2);
    const isArray = compile((tree: unknown) => tensor(Array.isArray(tree) ? 1 : 0));
    const kind = isArray as unknown as (tree: unknown) => Tensor;
    expect([kind([x]).item(), kind({ 0: x }).item(), kind([x]).item()]).toEqual([1, 0, 1]);
  });
});

describe("what is assigned to Variables moves down all at once or not at all", () => {
  test("an assignment that vectorize refuses takes those before it back", () => {
    const [a, b] = [new Variable(tensor(1)), new Variable(tensor(2))];
    const fn = vectorize((x: Tensor) => {
      a.assign(tensor(5));
      b.assign(x);
      return x;
    });
    expect(() => fn(tensor([1, 2]))).toThrow("the same for the whole batch");
    expect([a.value.item(), b.value.item()]).toEqual([1, 2]);
  });
});

describe("nothing inside of a compiled function is recorded outside of it", () => {
  test("an op of a captured tensor alone is the error about captures", () => {
    let kept: Tensor | undefined;
    const fn = (x: Tensor) => {
      compile((y: Tensor) => {
        kept = x.mul(5);
        return y.mul(2);
      })(1);
      return x.mul(3).add(kept ?? 0);
    };
    expect(() => grad(fn)(2)).toThrow("mul: expected an argument of the compiled function");
    expect(() => vectorize(fn)(tensor([2, 3]))).toThrow("Pass it to the compiled function");
  });
});

describe("two applications of an op are the same if their attributes are", () => {
  test.each<[Attributes, Attributes, boolean]>([
    [{ v: Infinity }, { v: NaN }, false],
    [{ v: NaN }, { v: NaN }, true],
    [{ v: 0 }, { v: -0 }, false],
    [{ axes: [0, [1]] }, { axes: [0, [1]] }, true],
    [{ axes: [0, 1] }, { axes: [0, 2] }, false],
    [{ axes: [1] }, { axes: 1 }, false],
    [{ fn: Math.sin }, { fn: Math.cos }, false],
    [{ fn: Math.sin }, { fn: Math.sin }, true],
    [{ a: undefined }, { b: undefined }, false],
    [{ name: "x" }, { name: "y" }, false],
  ])("%o and %o: %o", (first, second, same) => {
    expect(sameAttributes(first, second)).toBe(same);
    const op = registeredOps().find(({ name }) => name === "exp");
    if (op === undefined) throw new Error("there is no exp");
    const type = { shape: [2], dtype: "float32", weak: false } as const;
    const node = { ...type, kind: "operation", op, inputs: [0], location: undefined } as const;
    const trace: Trace = {
      nodes: [
        { ...type, kind: "argument", position: 0 },
        { ...node, attributes: first },
        { ...node, attributes: second },
      ],
      parameters: [type],
      outputs: [1, 2],
      assignments: [],
      names: new Map(),
    };
    const { outputs } = simplify(trace);
    expect(outputs[0] === outputs[1]).toBe(same);
  });
});
