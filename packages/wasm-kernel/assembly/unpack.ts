// Unpacks kernel.wasm from the text that scripts/pack.mjs makes of it. It is a separate module, whose bytes are stored
// beside the text, and runs before the kernel is compiled.
//
// The text is a number in base 64, which a range coder (G. N. N. Martin, 1979) decodes to bits. The probability of each
// bit adapts to earlier bits in the same context, as in LZMA. The bits encode steps:
//
//   0   a literal: a byte, from its highest bit
//   1 0 a copy: of so many bytes (a length, less 1), from so far back (a distance)
//   1 1 a repeat: of so many bytes (a length), from as far back as the last copy
//
// The byte after a copy mostly differs from the next byte of its source by a bit or two, as in the float64 form of a
// float32 function. So while a literal agrees with that byte, the next bit of that byte is a part of the context.
//
// Memory begins with the contexts, of two bytes each; from `firstFree()` on it belongs to the caller.

// The first context of each kind of bits.
const LITERAL: usize = 0;
const KIND: usize = 768;
const REPEAT: usize = 772;
const REPEAT_LENGTH: usize = 1024;
const COPY_LENGTH: usize = 2048;
const DISTANCE: usize = 3072;
const CONTEXTS: usize = 4096;

// The kinds of steps.
const LITERALS: usize = 0;
const COPIES: usize = 1;
const REPEATS: usize = 2;

let input: usize = 0;
let range: u32 = 0;
let code: u32 = 0;

/** Returns the first address that belongs to the caller. */
export function firstFree(): usize {
  return CONTEXTS * sizeof<i16>();
}

/**
 * Reads digits until 24 bits are available: "(" to "J" are 0 to 34, "a" to "}" the rest. These characters need no
 * escapes and are frequent in programs, so a bundle with the text compresses to half a kilobyte less than with the
 * usual digits.
 */
@inline
function refill(): void {
  while (range < 1 << 24) {
    const character = <u32>load<u8>(input++);
    code = (code << 6) | (character - (character < 97 ? 40 : 62));
    range <<= 6;
  }
}

/** Returns the next bit. A context has the excess of the probability of a 0 over a half, in units of 1/4096. */
function bit(context: usize): u32 {
  refill();
  const address = context * sizeof<i16>();
  const surplus = <i32>load<i16>(address);
  const zeros = (range >> 12) * (2048 + surplus);
  if (code < zeros) {
    range = zeros;
    store<i16>(address, surplus + ((2048 - surplus) >> 4));
    return 0;
  }
  range -= zeros;
  code -= zeros;
  store<i16>(address, surplus - ((2048 + surplus) >> 4));
  return 1;
}

/**
 * Reads a length, at least 1: the number n of its binary digits after the first, as n times 1 and a 0; then these n
 * digits.
 */
function length(context: usize): usize {
  let digits: usize = 0;
  while (bit(context + digits)) digits++;
  let value: usize = 1;
  context += 32 * (digits + 1);
  for (; digits > 0; digits--) value = (value << 1) | bit(context + digits);
  return value;
}

/**
 * Reads a distance, at least 1: the number of its binary digits after the first, in 5 bits; then 2 of these digits with
 * contexts, and the others without.
 */
function distance(): usize {
  let digits: usize = 1;
  while (digits < 32) digits = (digits << 1) | bit(DISTANCE + digits);
  digits -= 32;
  let value: usize = 1;
  const context = DISTANCE + 4 * (digits + 8);
  for (; digits > 0 && value < 4; digits--) value = (value << 1) | bit(context + value);
  refill();
  range >>= <u32>digits;
  const rest = code / range;
  code -= rest * range;
  return (value << digits) | rest;
}

/** Reads a byte; `expected` is the byte at the address from which a copy would continue, or −1. */
function literal(expected: i32): u32 {
  let bits: u32 = 1;
  for (let place = 7; place >= 0; place--) {
    const likely = (expected >> place) & 1;
    const next = bit(LITERAL + bits + (expected < 0 ? 0 : 256 + 256 * likely));
    if (next != likely) expected = -1;
    bits = (bits << 1) | next;
  }
  return bits;
}

/** Unpacks `count` bytes to `out`. A memory serves for one call only, since contexts begin as zeros. */
export function unpack(text: usize, out: usize, count: usize): void {
  input = text;
  range = 1;
  const end = out + count;
  let last = LITERALS;
  let back: usize = 0;
  while (out < end) {
    if (!bit(KIND + last)) {
      store<u8>(out, literal(last == LITERALS ? -1 : load<u8>(out - back)));
      out++;
      last = LITERALS;
      continue;
    }
    let left: usize;
    if (bit(REPEAT + last)) {
      left = length(REPEAT_LENGTH);
      last = REPEATS;
    } else {
      left = length(COPY_LENGTH) + 1;
      back = distance();
      last = COPIES;
    }
    for (; left > 0; left--) {
      store<u8>(out, load<u8>(out - back));
      out++;
    }
  }
}
