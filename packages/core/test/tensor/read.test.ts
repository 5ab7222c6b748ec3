/**
 * `read` waits for elements on a device. The elements of these tensors are on the host already;
 * `test/run/testBackend.test.ts` reads from a device.
 */

import { expect, test } from "vitest";
import { compile, grad, type Tensor, tensor, uniform, Variable, zeros } from "../../src/index.ts";

test("a tensor whose elements are here is what its promise gives", async () => {
  const double = compile((x: Tensor) => x.mul(2));
  const v = new Variable(uniform([3], { seed: 1 }));
  const matrix = uniform([40, 30], { seed: 2 });
  for (const each of [
    ...[tensor(3), tensor([1, 2]), zeros([4]), v.value, matrix.transpose()],
    ...[double(uniform([5000], { seed: 3 })), double(tensor([1]))],
  ]) {
    const before = JSON.stringify(each);
    expect(await each.read()).toBe(each);
    expect(JSON.stringify(each)).toBe(before);
  }
});

test("it is resolved before anything else that waits", async () => {
  const order: string[] = [];
  const read = tensor([1]).read();
  setTimeout(() => order.push("later"));
  await read.then(() => order.push("read"));
  expect(order).toEqual(["read"]);
});

test("in a gradient it has the value, and while a function is recorded there is none", async () => {
  let inside: Promise<Tensor> | undefined;
  grad((x: Tensor) => {
    inside = x.read();
    return x.square();
  })(3);
  expect((await inside)?.item()).toBe(3);
  let recorded: Promise<Tensor> | undefined;
  compile((x: Tensor) => {
    recorded = x.read();
    return x.square();
  })(3);
  await expect(recorded).rejects.toThrow(/^read: /);
});

test("tensors that were disposed of, and arguments, are refused", async () => {
  const gone = tensor([1]);
  gone.dispose();
  await expect(gone.read()).rejects.toThrow("after dispose()");
  const read = (...given: unknown[]) => Reflect.apply(tensor([1]).read, tensor([1]), given);
  await expect(read(1)).rejects.toThrow(/^read: /);
});
