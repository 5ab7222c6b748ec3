/** Messages: tensors as plain data, and the objects that a receiver gets if a sender did not convert them. */

import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import {
  arange,
  compile,
  eye,
  fromMessage,
  full,
  grad,
  linspace,
  loadState,
  mul,
  normal,
  state,
  type Tensor,
  tensor,
  toMessage,
  uniform,
  Variable,
  zeros,
} from "../../src/index.ts";
import { messageOf, wrong } from "../misuse/support.ts";
import { expectSameBits } from "../support/opChecks.ts";

/** Returns a message after it has passed through a channel, as if to another thread. */
function sent(message: unknown, transfer: readonly ArrayBuffer[] = []): unknown {
  const { port1, port2 }: { port1: MessagePort; port2: MessagePort } = new MessageChannel();
  port1.postMessage(message, [...transfer]);
  const received = receiveMessageOnPort(port2)?.message as unknown;
  port1.close();
  return received;
}

/** Returns the tree of a message that toMessage did not make. */
function unwrapped(tree: unknown): unknown {
  return fromMessage({ graddiff: "message", tree });
}

function crossed(tree: unknown): unknown {
  const { message, transfer } = toMessage(tree);
  return fromMessage(sent(message, transfer));
}

describe("a message", () => {
  const compiled = compile((x: Tensor) => x.mul(2));
  const tensors: Readonly<Record<string, Tensor>> = {
    "an array": normal([3, 4], { seed: 1 }),
    "a float64": normal([5], { seed: 1, dtype: "float64" }),
    "an int32": tensor([1, -2], { dtype: "int32" }),
    "a bool": tensor([[true], [false]]),
    "a scalar": tensor(3),
    "a weak number": mul(2, 3),
    "an empty one": tensor([[], []]),
    zeros: zeros([1000, 1000]),
    "an infinite fill": full([2], Number.NEGATIVE_INFINITY),
    "minus zero": full([2], -0),
    "a range": arange(2, 8, { step: 0.1 }),
    "a linspace": linspace(0, 0.3, 4, { dtype: "float64" }),
    "an identity": eye(3, 4, { dtype: "bool" }),
    "a result of a compiled function": compiled(uniform([200, 200], { seed: 3 })),
  };
  test.each(Object.entries(tensors))("brings %s over with its bits", (_name, x) => {
    const received = crossed(x) as Tensor;
    expectSameBits(received, x);
    expect(received.weak).toBe(x.weak);
    // The received tensor computes like any other, and the sender's tensor is unchanged.
    expectSameBits(
      received.reshape([-1]).cast("float64").add(1),
      x.reshape([-1]).cast("float64").add(1),
    );
  });

  test("copies once, and then no more", () => {
    const { message, transfer } = toMessage({
      a: normal([4], { seed: 1 }),
      b: [zeros([9]), tensor(1)],
    });
    expect(transfer.map(({ byteLength }) => byteLength)).toEqual([16]);
    const data = structuredClone(message, { transfer }) as {
      tree: { a: { elements: Float32Array } };
    };
    expect(transfer[0]?.byteLength).toBe(0);
    const received = fromMessage(data) as { a: Tensor };
    data.tree.a.elements[0] = 7;
    expect(received.a.data()[0]).toBe(7);
  });

  test("keeps what is no tensor", () => {
    const tree = {
      epoch: 3,
      name: "run",
      best: null,
      done: false,
      list: [1, "a"],
      none: undefined,
    };
    expect(crossed(tree)).toEqual(tree);
  });
});

describe("what is refused", () => {
  test.each([
    [
      () => toMessage(new Variable(tensor(1))),
      "toMessage: tree: expected tensors in nested arrays and objects, got a float32 Variable of shape []. Send state(model), and take it with loadState(model, fromMessage(data)).",
    ],
    [() => toMessage({ w: new Variable(tensor(1)) }), "toMessage: w: expected tensors"],
    [() => toMessage({ m: new Map() }), "toMessage: m: expected tensors"],
    [
      () => fromMessage(tensor(1)),
      "fromMessage: message: expected a message that toMessage has made, got a float32 Tensor of shape []. Send the message of toMessage(tree), and not the tree itself.",
    ],
    [
      () => unwrapped({ w: structuredClone(tensor([1])) }),
      "got what structuredClone has left of a Tensor",
    ],
    [
      () => unwrapped({ graddiff: "tensor" }),
      "fromMessage: shape: expected an array of non-negative integers, got undefined.",
    ],
    [
      () =>
        unwrapped({
          graddiff: "tensor",
          shape: [1],
          dtype: "float32",
          elements: Float64Array.of(1),
        }),
      "fromMessage: elements: expected float32, got a Float64Array.",
    ],
    [
      () =>
        unwrapped({
          graddiff: "tensor",
          shape: [2],
          dtype: "float64",
          elements: Float64Array.of(1),
        }),
      "fromMessage: elements: expected those of the shape [2], got 1.",
    ],
    [
      () =>
        unwrapped({
          graddiff: "tensor",
          shape: [2],
          dtype: "float64",
          elements: { kind: "other" },
        }),
      "fromMessage: elements: expected float64, got an object.",
    ],
  ] as const)("%#", (call, message) => {
    expect(messageOf(call)).toContain(message);
  });

  test("a message that was used up by another transfer", () => {
    const { message, transfer } = toMessage(normal([2], { seed: 1 }));
    structuredClone(message, { transfer });
    expect(messageOf(() => fromMessage(message))).toContain("their buffer was transferred again");
  });

  test("a tensor without a value", () => {
    expect(messageOf(() => compile((x: Tensor) => toMessage(x))(1))).toContain(
      "toMessage: expected a tensor whose elements can be read",
    );
  });

  test("a tensor that was cloned as it is, wherever it is used", () => {
    const x = wrong(structuredClone(tensor([1, 2])));
    const hint = "Send tensors with toMessage(tree), and take them with fromMessage(event.data).";
    const model = { weight: new Variable(tensor([[0], [0]])), bias: new Variable(tensor([0])) };
    const uses = [
      () => mul(x, 2),
      () => grad((y: Tensor) => y.sum())(x),
      () => compile((y: Tensor) => y.sum())(x),
      () => new Variable(tensor(1)).assign(x),
      () => loadState(model, { weight: x, bias: tensor([0]) }),
    ];
    for (const use of uses)
      expect(messageOf(use)).toContain("got what structuredClone has left of a Tensor");
    for (const use of [uses[0], uses[1], uses[2], uses[4]])
      expect(messageOf(use as () => void)).toContain(hint);
    expect(messageOf(() => loadState(model, wrong(structuredClone(state(model)))))).toContain(
      "got what structuredClone has left of a Tensor for weight",
    );
  });
});
