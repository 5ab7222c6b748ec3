/**
 * Elements as the bytes of files: little-endian on every machine.
 */

/** Numbers side by side. */
interface Elements {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly BYTES_PER_ELEMENT: number;
}

/** True if this machine has the least byte of a number first. */
const isLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Returns the bytes of elements in little-endian order: a view where the machine has them so, else a copy. */
export function littleEndianBytes(elements: Elements): Uint8Array {
  const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
  return isLittle ? bytes : swapBytes(bytes.slice(), elements.BYTES_PER_ELEMENT);
}

/** Turns the bytes of each element around, in place. */
function swapBytes(bytes: Uint8Array, width: number): Uint8Array {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
  return bytes;
}

/**
 * Returns elements of a byte order in the order of this machine: the bytes are swapped in place if the orders differ.
 */
export function nativeBytes(
  bytes: Uint8Array,
  width: number,
  { bigEndian }: { readonly bigEndian: boolean },
): Uint8Array {
  return bigEndian === isLittle ? swapBytes(bytes, width) : bytes;
}
