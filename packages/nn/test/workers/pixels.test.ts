/** Pictures as tensors in a page and in a worker: canvases, ImageData, ImageBitmap and an `<img>`. */

import { allClose, fromMessage, type Tensor, tensor, treeLeaves } from "@graddiff/core";
import { expect, test } from "vitest";
import { messageOf } from "../../../core/test/misuse/support.ts";
import { fromPixels, jitterColors } from "../../src/index.ts";
import { type Canvas, formsOf, paint } from "./painter.ts";

/** The types of a page are declared here, since the project has those of Node. */
declare class Worker {
  constructor(address: URL, options: { type: "module" });
  onmessage: (event: { readonly data: unknown }) => void;
  onerror: (event: { readonly message: string }) => void;
  postMessage(message: unknown): void;
  terminate(): void;
}
declare const OffscreenCanvas: new (width: number, height: number) => Canvas;
declare const document: {
  createElement(name: "canvas"): Canvas & { width: number; height: number; toDataURL(): string };
  createElement(name: "img"): {
    src: string;
    width: number;
    height: number;
    decode(): Promise<void>;
  };
};

const expected = tensor(
  [
    [
      [255, 0, 51, 255],
      [0, 0, 0, 0],
    ],
    [
      [0, 255, 102, 255],
      [0, 0, 0, 0],
    ],
    [
      [0, 0, 153, 255],
      [255, 255, 255, 255],
    ],
  ],
  { dtype: "float64" },
).div(255);

function expectAll(tensors: readonly Tensor[]): void {
  expect(tensors.map(({ shape }) => shape[0])).toEqual([1, 1, 1, 3]);
  for (const each of tensors) {
    expect(each.dtype).toBe("float32");
    expect(each.sub(expected).abs().max().item()).toBeLessThan(1e-7);
  }
}

function pageCanvas() {
  return Object.assign(document.createElement("canvas"), { width: 4, height: 2 });
}

test("a page has the numbers of each form of a picture", async () => {
  for (const canvas of [pageCanvas(), new OffscreenCanvas(4, 2)]) {
    expectAll(await formsOf(canvas));
  }
});

test("so has a worker", async () => {
  const worker = new Worker(new URL("./painter.ts", import.meta.url), { type: "module" });
  const answer = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  worker.postMessage("paint");
  expectAll(treeLeaves(fromMessage(await answer)));
  worker.terminate();
});

test("an <img> has the size of its picture, whatever size it is shown in", async () => {
  const canvas = pageCanvas();
  paint(canvas);
  const img = Object.assign(document.createElement("img"), { width: 40, height: 40 });
  expect(messageOf(() => fromPixels(document.createElement("img")))).toMatch(/0 × 0 pixels/);
  img.src = canvas.toDataURL();
  await img.decode();
  expect(fromPixels(img).sub(expected).abs().max().item()).toBeLessThan(1e-7);
});

test("what a canvas cannot draw is refused with what it says", () => {
  const say = messageOf(() => fromPixels({ width: 1, height: 1 }));
  expect(say).toMatch(/^fromPixels: source: expected ImageData.*The canvas says: /);
});

test("hue turns as the page's own filter does", () => {
  const canvas = pageCanvas();
  const gray = paint(canvas);
  const before = fromPixels(canvas, { dtype: "float64" });
  // The expected angle is found by trying all whole degrees.
  const after = jitterColors(before, { seed: 3, hue: 0.5 });
  const turned = Array.from({ length: 360 }, (_, degrees) => {
    const other = new OffscreenCanvas(4, 2);
    const brush = other.getContext("2d");
    if (brush === null) throw new Error("no canvas");
    brush.filter = `hue-rotate(${degrees}deg)`;
    brush.drawImage(canvas, 0, 0);
    return fromPixels(other, { dtype: "float64" });
  });
  expect(gray.filter).toBe("none");
  const nearest = Math.min(...turned.map((each) => each.sub(after).abs().max().item()));
  expect(nearest).toBeLessThan(0.02);
  expect(turned.every((each) => allClose(each, before, { absolute: 0.02 }))).toBe(false);
});
