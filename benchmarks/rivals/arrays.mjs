// Encoding of float32 arrays as bytes, which processes, pages and worker.py exchange: the number of arrays, their
// lengths, and their elements, all in four bytes.

/** Integers become float32. */
export function pack(arrays) {
  const header = [arrays.length, ...arrays.map(({ length }) => length)];
  const total = arrays.reduce((sum, { length }) => sum + length, 0);
  const buffer = new ArrayBuffer(4 * (header.length + total));
  new Int32Array(buffer).set(header);
  const elements = new Float32Array(buffer, 4 * header.length);
  let start = 0;
  for (const array of arrays) {
    elements.set(array, start);
    start += array.length;
  }
  return new Uint8Array(buffer);
}

/** @param buffer an ArrayBuffer that `pack` has made. */
export function unpack(buffer) {
  const [count] = new Int32Array(buffer, 0, 1);
  let start = 4 * (1 + count);
  return [...new Int32Array(buffer, 4, count)].map((length) => {
    const array = new Float32Array(buffer, start, length);
    start += array.byteLength;
    return array;
  });
}
