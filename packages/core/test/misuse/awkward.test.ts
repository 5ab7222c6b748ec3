/**
 * Misuse of the public functions with awkward values, beyond those that `arguments.test.ts` tries with every function.
 * Each function refuses them with errors of the same form.
 */

import { expect, describe as group, test } from "vitest";
import { describe } from "../../src/errors.ts";
import * as gd from "../../src/index.ts";
import {
  errorOf,
  imitatedVariable,
  imitation,
  loss,
  messageOf,
  mine,
  throwing,
  wrong,
  x,
} from "./support.ts";

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

group("options are a plain object of known options", () => {
  test("they are read once, and undefined stands for the default", () => {
    let reads = 0;
    const options = {
      get dtype() {
        reads++;
        return "float64" as const;
      },
    };
    expect(gd.zeros([2], options).dtype).toBe("float64");
    expect(reads).toBe(1);
    expect(gd.zeros([2], { dtype: wrong(undefined) }).dtype).toBe("float32");
    expect(gd.zeros([2], Object.assign(Object.create(null), { dtype: "bool" })).dtype).toBe("bool");
  });

  test("an error of a getter comes through unchanged", () => {
    const options = Object.defineProperty({}, "dtype", { enumerable: true, get: throwing });
    expect(errorOf(() => gd.zeros([2], options))).toBe(mine);
  });
});

group("a function is one that can be called and answers at once", () => {
  test("whatever else it is", () => {
    const frozen = Object.freeze(function frozen(a: gd.Tensor) {
      return a.mul(2);
    });
    const tagged = Object.assign((a: gd.Tensor) => a.mul(2), { [Symbol.toStringTag]: "Mine" });
    const object = { method: (a: gd.Tensor) => a.mul(2) };
    const proxied = new Proxy(object.method, {});
    for (const fn of [frozen, frozen.bind(null), tagged, object.method, proxied]) {
      expect(gd.grad(fn)(1).item()).toBe(2);
    }
  });

  test("its own errors come through unchanged, from every depth", () => {
    const calls = [
      () => gd.grad(throwing)(x),
      () => gd.vjp(throwing)(x),
      () => gd.jvp(throwing)([x], [x]),
      () => gd.vectorize(throwing)(x),
      () => gd.compile(throwing)(x),
      () => gd.explain(throwing)(x),
      () => gd.checkGradients(throwing, [x]),
      () => gd.layer(throwing).forward(1),
      () => gd.treeMap(() => throwing(), [x]),
      () => gd.grad((a) => gd.compile(throwing)(a))(x),
    ];
    for (const call of calls) expect(errorOf(call)).toBe(mine);
  });

  test("one with parameters is not explained without arguments", () => {
    const calls = [
      () => Reflect.apply(gd.explain(loss), undefined, []),
      () => Reflect.apply(gd.vjp(loss), undefined, []),
      () => Reflect.apply(gd.Layer.prototype.forward, gd.layer(loss), []),
    ];
    for (const call of calls) {
      expect(messageOf(call)).toContain(
        "expected arguments for the function loss, got a call without any",
      );
    }
    expect(gd.explain(() => gd.tensor(1))().nodes.length).toBe(1);
  });
});

group("what has the prototype of a tensor or a Variable is none yet", () => {
  const imitations = [imitation, imitatedVariable, gd.Tensor.prototype, gd.Variable.prototype];
  const calls: Readonly<Record<string, (fake: never) => unknown>> = {
    "an op": (fake) => gd.mul(fake, 2),
    "a method": (fake) => gd.Tensor.prototype.sin.call(fake),
    "an op with a shape": (fake) => gd.reshape(fake, [9]),
    "an op with indices": (fake) => gd.take(fake, 0),
    "a list of tensors": (fake) => gd.stack([fake]),
    creation: (fake) => gd.onesLike(fake),
    comparison: (fake) => gd.allClose(x, fake),
    "an argument": (fake) => gd.grad(loss)(fake),
    "a tree": (fake) => gd.treeLeaves({ a: [fake] }),
    "a result of grad": (fake) => gd.grad((_x: gd.Tensor) => fake)(x),
    "a result of compile": (fake) => gd.compile((_x: gd.Tensor) => fake)(x),
    "a result of treeMap": (fake) => gd.treeMap(() => fake, [x]),
    "a Variable's value": (fake) => new gd.Variable(fake),
  };
  test.each(Object.entries(calls))("%s", (_name, call) => {
    for (const fake of imitations)
      expect(errorOf(() => call(wrong(fake)))).toBeInstanceOf(gd.GraddiffError);
  });

  test("and nobody else makes them with new", () => {
    const Tensor = wrong(gd.Tensor) as new (...parts: unknown[]) => unknown;
    const message =
      "Tensor: expected tensor(…), zeros(…) or another function that makes tensors, got a call of the class.";
    expect(messageOf(() => new Tensor([3], "float32", false, 1))).toBe(message);
    expect(x.constructor).toBe(gd.Tensor);
    expect(x).toBeInstanceOf(gd.Tensor);
  });
});

test("describe names anything, whatever its getters and traps do, and never at length", () => {
  const angry = new Proxy({}, { get: throwing, getPrototypeOf: throwing });
  const names: readonly (readonly [unknown, string])[] = [
    [angry, "an object that cannot be read"],
    [revoked, "an object that cannot be read"],
    [Object.create(null), "an object"],
    [{ shape: [Symbol("s"), Object.create(null)], dtype: "d" }, "an object"],
    [imitation, "an object with the prototype of Tensor"],
    [imitatedVariable, "an object with the prototype of Variable"],
    [Symbol("s"), "Symbol(s)"],
    [7n, "7n"],
    ["a".repeat(1000), `"${"a".repeat(60)}…"`],
    [class {}, "a class"],
    [class Model {}, "the class Model"],
    [async () => 1, "an async function"],
    [Object.defineProperty(() => 1, "name", { get: throwing }), "a function that cannot be read"],
  ];
  for (const [value, name] of names) expect(describe(value)).toBe(name);
});

test("describe has the article as it is spoken: before a vowel, and before letters that begin with one", () => {
  const an = [
    ...["Upsample", "Unfold", "Embedding", "Int32Array", "AveragePool2d", "InstanceNorm", "Error"],
    ...["LSTM", "RNN", "SGD", "RMSNorm", "HTMLElement", "MLP", "Ubuntu"],
  ];
  const a = [
    ...["Dense", "GRU", "Uint8Array", "URL", "User", "Unit", "Utility", "UUID", "PReLU"],
    ...["Map", "Set", "LayerNorm", "Float32Array", "Headers", "Node", "Residual", "Multiply"],
  ];
  for (const [article, names] of Object.entries({ an, a })) {
    for (const name of names) {
      const value: unknown = Object.create({ constructor: { name } });
      expect(describe(value)).toBe(`${article} ${name}`);
    }
  }
});
