/** The handwritten digits of UCI, see data/README.md. */

import { type Tensor, tensor, treeMap } from "@graddiff/core";

/** Images of one channel, [count, 1, 8, 8], of numbers from 0 to 1, and their labels. */
export interface Digits {
  readonly images: Tensor;
  readonly labels: Tensor;
}

const PIXELS = 64;

/** The number of images at the end of the file that are held out. `scripts/export.py` holds out the same ones. */
const HELD = 360;

/**
 * Returns all images, in the order of the file. Some servers send a .gz file with a content encoding, which the browser
 * decodes, so `file` may be decompressed already.
 *
 * @param file the bytes of `data/digits.csv.gz`.
 */
export async function readDigits(file: Uint8Array<ArrayBuffer>): Promise<Digits> {
  const isGzip = file[0] === 0x1f && file[1] === 0x8b;
  const stream = new Blob([file]).stream();
  const response = new Response(
    isGzip ? stream.pipeThrough(new DecompressionStream("gzip")) : stream,
  );
  const lines = (await response.text()).trim().split("\n");
  const table = tensor(lines.map((line) => line.split(",").map(Number)));
  return {
    images: table.slice([0, 0], [lines.length, PIXELS]).reshape([-1, 1, 8, 8]).div(16),
    labels: table.at("...", PIXELS).cast("int32"),
  };
}

/** Returns the images of five digits, from `first` on, split into images to train on and held-out ones. */
export function fiveDigits(
  digits: Digits,
  first: 0 | 5,
): { readonly training: Digits; readonly held: Digits } {
  const end = digits.labels.size - HELD;
  const chosen = (from: number, to: number): Digits => {
    const part = treeMap((column: Tensor) => column.slice([from], [to]), digits);
    const labels = Array.from(part.labels.data());
    const places = labels.flatMap((label, i) => (label >= first && label < first + 5 ? [i] : []));
    return treeMap((column: Tensor) => column.take(tensor(places, { dtype: "int32" })), part);
  };
  return { training: chosen(0, end), held: chosen(end, digits.labels.size) };
}
