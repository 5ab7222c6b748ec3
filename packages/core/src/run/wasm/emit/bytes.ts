/**
 * Bytes in a growing array, with the number encodings of WebAssembly.
 */

/** Bytes that a size or count written before its value takes: LEB128 padded to five digits. */
const RESERVED = 5;

export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  constructor(capacity = 512) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Returns the bytes so far, as a view that the next write may outdate. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Clears the bytes, for reuse. */
  clear(): void {
    this.#length = 0;
  }

  #grow(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = value;
  }

  /** Unsigned LEB128, below 2³². */
  unsigned(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** Unsigned LEB128 padded to five bytes, whose value can be replaced. */
  padded(value: number): void {
    this.#grow(RESERVED);
    this.#length += RESERVED;
    this.overwrite(this.#length - RESERVED, value);
  }

  /** Replaces a padded value. */
  overwrite(start: number, value: number): void {
    let rest = value;
    for (let i = 0; i < RESERVED; i++, rest = Math.floor(rest / 128)) {
      this.#bytes[start + i] = (rest % 128) | (i < RESERVED - 1 ? 128 : 0);
    }
  }

  bytes(bytes: Uint8Array): void {
    this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Signed LEB128 of an int32. */
  signed(value: number): void {
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.byte((rest & 127) | 128);
      rest >>= 7;
    }
    this.byte(rest & 127);
  }

  /** Four bytes; the value is rounded to float32. */
  float32(value: number): void {
    this.#grow(4);
    this.#view.setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  /** Eight bytes. */
  float64(value: number): void {
    this.#grow(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** ASCII text after its length. */
  name(text: string): void {
    this.unsigned(text.length);
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i));
  }

  /** All bytes of another writer. */
  append(other: ByteWriter): void {
    this.bytes(other.finish());
  }

  /** The bytes that `write` writes, after their number. */
  sized(write: () => void): void {
    this.#grow(RESERVED);
    const start = this.#length;
    this.#length += RESERVED;
    write();
    this.overwrite(start, this.#length - start - RESERVED);
  }
}
