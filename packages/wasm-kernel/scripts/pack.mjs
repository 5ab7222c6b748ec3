/**
 * Packs bytes into the text that assembly/unpack.ts unpacks; the format is described there. gzip alone would need 1.4
 * times as many bytes for kernel.wasm: it has no repeats, and only finds copies in the last 32 kB.
 *
 * The steps of the shortest text depend on the prices of bits in their contexts, and the prices depend on the steps. So
 * steps are chosen a few times, each time with the prices of bits in the steps before.
 */

// Contexts and kinds of steps, as in assembly/unpack.ts.
const LITERAL = 0;
const KIND = 768;
const REPEAT = 772;
const REPEAT_LENGTH = 1024;
const COPY_LENGTH = 2048;
const DISTANCE = 3072;
const CONTEXTS = 4096;
const LITERALS = 0;
const COPIES = 1;
const REPEATS = 2;

/** The number of times that the steps are chosen. */
const ROUNDS = 5;

/**
 * The most earlier offsets at which a copy is searched for, the most paths to an offset that are kept, and the most
 * bytes of a copy.
 */
const TRIES = 3000;
const WAYS = 4;
const LONGEST = 400;

// `write(context, value)` writes a bit; `write(−1, value, values)` writes a number below `values` without a context.

function writeLength(context, value, write) {
  const digits = 31 - Math.clz32(value);
  for (let i = 0; i < digits; i++) write(context + i, 1);
  write(context + digits, 0);
  for (let i = digits; i > 0; i--) write(context + 32 * (digits + 1) + i, (value >> (i - 1)) & 1);
}

function writeDistance(value, write) {
  const digits = 31 - Math.clz32(value);
  for (let i = 4; i >= 0; i--) write(DISTANCE + ((32 + digits) >> (i + 1)), (digits >> i) & 1);
  let left = digits;
  for (; left > 0 && digits - left < 2; left--) {
    write(DISTANCE + 4 * (digits + 8) + (value >> left), (value >> (left - 1)) & 1);
  }
  write(-1, value & (2 ** left - 1), 2 ** left);
}

function writeLiteral(byte, expectation, write) {
  let expected = expectation;
  for (let place = 7; place >= 0; place--) {
    const likely = (expected >> place) & 1;
    const next = (byte >> place) & 1;
    const bits = (256 + byte) >> (place + 1);
    write(LITERAL + bits + (expected < 0 ? 0 : 256 + 256 * likely), next);
    if (next !== likely) expected = -1;
  }
}

/** Writes all bits of the steps. */
function writeSteps(bytes, steps, write) {
  let at = 0;
  let last = LITERALS;
  let distance = 0;
  for (const step of steps) {
    write(KIND + last, Number(step.kind !== LITERALS));
    if (step.kind === LITERALS) {
      writeLiteral(bytes[at], last === LITERALS ? -1 : bytes[at - distance], write);
    } else {
      write(REPEAT + last, Number(step.kind === REPEATS));
      if (step.kind === REPEATS) writeLength(REPEAT_LENGTH, step.length, write);
      else {
        writeLength(COPY_LENGTH, step.length - 1, write);
        writeDistance(step.distance, write);
      }
    }
    at += step.length;
    last = step.kind;
    distance = step.distance;
  }
}

/** Returns the number of bytes from `at` on that equal the bytes `distance` before them. */
function agreement(bytes, at, distance) {
  const most = Math.min(LONGEST, bytes.length - at);
  let length = 0;
  while (length < most && bytes[at + length] === bytes[at + length - distance]) length++;
  return length;
}

/** Returns the copies that can be made at each offset: the nearest of each length, from short to long. */
function findCopies(bytes) {
  const newest = new Map();
  const before = new Int32Array(bytes.length).fill(-1);
  return Array.from(bytes, (byte, at) => {
    const copies = [];
    let longest = 1;
    const pair = (byte << 8) | bytes[at + 1];
    let from = newest.get(pair) ?? -1;
    for (let tried = 0; from >= 0 && tried < TRIES; tried++) {
      if (bytes[from + longest] === bytes[at + longest]) {
        const length = agreement(bytes, at, at - from);
        if (length > longest) {
          longest = length;
          copies.push({ length, distance: at - from });
        }
      }
      from = before[from];
    }
    before[at] = newest.get(pair) ?? -1;
    newest.set(pair, at);
    return copies;
  });
}

/** Returns the price of a 0 and of a 1 in each context, in bits, from their frequencies in these steps. */
function pricesOf(bytes, steps) {
  const counts = [0, 1].map(() => new Float64Array(CONTEXTS).fill(0.4));
  writeSteps(bytes, steps, (context, value) => {
    if (context >= 0) counts[value][context]++;
  });
  const all = counts[0].map((count, context) => count + counts[1][context]);
  return counts.map((of) => of.map((count, context) => Math.log2(all[context] / count)));
}

/** Returns the cheapest steps at these prices. */
function findSteps(bytes, copies, prices) {
  let sum = 0;
  const write = (context, value, values) => {
    sum += context < 0 ? Math.log2(values) : prices[value][context];
  };
  const priceOf = (writer, ...values) => {
    sum = 0;
    writer(...values, write);
    return sum;
  };
  const lengthPrices = (context) =>
    Float64Array.from({ length: LONGEST + 1 }, (_, length) =>
      length === 0 ? 0 : priceOf(writeLength, context, length),
    );
  const repeatPrices = lengthPrices(REPEAT_LENGTH);
  const copyPrices = lengthPrices(COPY_LENGTH);
  const distancePrices = new Map();
  const priceOfDistance = (distance) => {
    const price = distancePrices.get(distance) ?? priceOf(writeDistance, distance);
    distancePrices.set(distance, price);
    return price;
  };

  // The cheapest paths to each offset, sorted by price, with different distances. A path is a linked list that begins
  // with its last step.
  const ways = Array.from({ length: bytes.length + 1 }, () => []);
  const reach = (place, price, kind, length, distance, from) => {
    const list = ways[place];
    let rank = list.length;
    for (let i = list.length - 1; i >= 0; i--) {
      const rival = list[i];
      if (rival.price > price) rank = i;
      if (rival.distance !== distance) continue;
      if (rival.price <= price) return;
      list.splice(i, 1);
    }
    if (rank === WAYS) return;
    list.splice(rank, 0, { price, kind, length, distance, from });
    if (list.length > WAYS) list.pop();
  };
  reach(0, 0, LITERALS, 0, 0);
  for (let at = 0; at < bytes.length; at++) {
    for (const from of ways[at]) {
      const { price, kind, distance } = from;
      const expected = kind === LITERALS ? -1 : bytes[at - distance];
      const literal = prices[0][KIND + kind] + priceOf(writeLiteral, bytes[at], expected);
      reach(at + 1, price + literal, LITERALS, 1, distance, from);

      const any = price + prices[1][KIND + kind];
      const repeat = any + prices[1][REPEAT + kind];
      for (let left = distance && agreement(bytes, at, distance); left > 0; left--) {
        reach(at + left, repeat + repeatPrices[left], REPEATS, left, distance, from);
      }
      const copy = any + prices[0][REPEAT + kind];
      let length = 2;
      for (const { length: longest, distance } of copies[at]) {
        const there = copy + priceOfDistance(distance);
        for (; length <= longest; length++) {
          reach(at + length, there + copyPrices[length - 1], COPIES, length, distance, from);
        }
      }
    }
  }
  const steps = [];
  for (let way = ways[bytes.length][0]; way.from; way = way.from) steps.push(way);
  return steps.reverse();
}

/** Returns the digits of the number. The lowest 30 bits of `low` may still change; higher bits are written. */
function encode(bytes, steps) {
  const surplus = new Int16Array(CONTEXTS);
  const digits = [];
  let low = 0;
  let range = 2 ** 24;
  const shift = () => {
    digits.push(Math.floor(low / 2 ** 24));
    low = (low % 2 ** 24) * 64;
  };
  writeSteps(bytes, steps, (context, value, values) => {
    if (context < 0) {
      range = Math.floor(range / values);
      low += value * range;
    } else {
      const zeros = (range >>> 12) * (2048 + surplus[context]);
      if (value === 0) {
        range = zeros;
        surplus[context] += (2048 - surplus[context]) >> 4;
      } else {
        range -= zeros;
        low += zeros;
        surplus[context] -= (2048 + surplus[context]) >> 4;
      }
    }
    if (low >= 2 ** 30) {
      low -= 2 ** 30;
      let place = digits.length - 1;
      while (digits[place] === 63) digits[place--] = 0;
      digits[place]++;
    }
    for (; range < 2 ** 24; range *= 64) shift();
  });
  for (let i = 0; i < 5; i++) shift();
  // The first digit is dropped: it is 0, since the range begins below it.
  return digits.slice(1);
}

/**
 * Returns the packed text of bytes.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function pack(bytes) {
  const copies = findCopies(bytes);
  let steps = [];
  for (let round = 0; round < ROUNDS; round++) {
    steps = findSteps(bytes, copies, pricesOf(bytes, steps));
  }
  const characters = encode(bytes, steps).map((digit) => digit + (digit < 35 ? 40 : 62));
  return Buffer.from(characters).toString("latin1");
}
