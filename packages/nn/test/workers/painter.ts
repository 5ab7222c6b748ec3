/** A worker that makes tensors of pictures: of a received one, and of canvases that it paints. */

import { type Tensor, toMessage } from "@graddiff/core";
import { type Drawable, fromPixels, type PixelData } from "../../src/index.ts";

/** The part of a 2D context that is used here. */
interface Brush {
  fillStyle: string;
  filter: string;
  fillRect(x: number, y: number, width: number, height: number): void;
  drawImage(source: Drawable, x: number, y: number): void;
  getImageData(x: number, y: number, width: number, height: number): PixelData;
}

export interface Canvas extends Drawable {
  getContext(kind: "2d"): Brush | null;
}

declare const OffscreenCanvas: new (width: number, height: number) => Canvas;
declare function createImageBitmap(source: Drawable): Promise<Drawable & { close(): void }>;

/** Paints red, green, a mixture and white side by side, and a row of blue below. */
export function paint(canvas: Canvas): Brush {
  const brush = canvas.getContext("2d");
  if (brush === null) throw new Error("no canvas");
  ["#f00", "#0f0", "#336699", "#fff"].forEach((color, x) => {
    brush.fillStyle = color;
    brush.fillRect(x, 0, 1, 1);
  });
  brush.fillStyle = "#00f";
  brush.fillRect(0, 1, 4, 1);
  return brush;
}

/** Returns the tensors of one picture in every form that pages and workers have. */
export async function formsOf(canvas: Canvas): Promise<Tensor[]> {
  const brush = paint(canvas);
  const bitmap = await createImageBitmap(canvas);
  const forms = [canvas, brush.getImageData(0, 0, 4, 2), bitmap];
  const tensors = [...forms, forms].map((form) => fromPixels(form));
  bitmap.close();
  return tensors;
}

const scope: unknown = globalThis;
if (!("document" in globalThis)) {
  const worker = scope as {
    onmessage: () => void;
    postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  };
  worker.onmessage = async () => {
    const { message, transfer } = toMessage(await formsOf(new OffscreenCanvas(4, 2)));
    worker.postMessage(message, transfer);
  };
}
