/** Encoding of images as PNG in the simplest form: rows of bytes without a filter. */

import { crc32, deflateSync } from "node:zlib";
import type { Tensor } from "@graddiff/core";

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, "ascii"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** @param image [4, height, width]: red, green, blue and alpha from 0 to 1. */
export function png(image: Tensor): Buffer {
  const [, height = 0, width = 0] = image.shape;
  const bytes = image
    .mul(255)
    .round()
    .transpose([1, 2, 0])
    .reshape([height, 4 * width])
    .data();
  const rows = new Uint8Array(height * (4 * width + 1));
  for (let row = 0; row < height; row++) {
    rows.set(bytes.subarray(4 * width * row, 4 * width * (row + 1)), row * (4 * width + 1) + 1);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits for each channel, and the colour type RGBA.
  header.set([8, 6], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(rows, { level: 9 });
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", data),
    chunk("IEND", new Uint8Array()),
  ]);
}
