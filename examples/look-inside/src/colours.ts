/** Colours of numbers: blue for negative numbers, white for zero, orange for positive ones. */

type Colour = readonly [red: number, green: number, blue: number];

/**
 * The colours from −1 to 1 in equal steps. The ends can be distinguished with any kind of colour vision, and have the
 * same lightness.
 */
const STOPS: readonly Colour[] = [
  [12, 68, 150],
  [93, 155, 216],
  [255, 255, 255],
  [244, 154, 62],
  [164, 67, 0],
];

/** @param share from −1 to 1; shares outside have the colours of the ends, and NaN is grey. */
export function diverging(share: number): Colour {
  if (Number.isNaN(share)) return [128, 128, 128];
  const at = ((Math.min(1, Math.max(-1, share)) + 1) / 2) * (STOPS.length - 1);
  const below = Math.min(STOPS.length - 2, Math.floor(at));
  const [from = [0, 0, 0], to = [0, 0, 0]] = STOPS.slice(below, below + 2);
  const mix = (channel: 0 | 1 | 2) =>
    Math.round(from[channel] + (to[channel] - from[channel]) * (at - below));
  return [mix(0), mix(1), mix(2)];
}

/**
 * Returns the bytes of an image, red, green, blue and opacity, of numbers from −`most` to `most`.
 * @param first the index of the first of `count` numbers.
 */
export function divergingPixels(
  numbers: ArrayLike<number>,
  most: number,
  first = 0,
  count: number = numbers.length,
): Uint8ClampedArray<ArrayBuffer> {
  const bytes = new Uint8ClampedArray(4 * count);
  for (let i = 0; i < count; i++) {
    const number = numbers[first + i] ?? 0;
    bytes.set(diverging(most > 0 ? number / most : number), 4 * i);
    bytes[4 * i + 3] = 255;
  }
  return bytes;
}

/** Returns the bytes of an image of brightness from 0 to 1, in one channel or in three. */
export function picturePixels(
  brightness: ArrayLike<number>,
  channels: 1 | 3,
): Uint8ClampedArray<ArrayBuffer> {
  const area = brightness.length / channels;
  const bytes = new Uint8ClampedArray(4 * area);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) {
      bytes[4 * i + c] = 255 * (brightness[channels === 1 ? i : c * area + i] ?? 0);
    }
    bytes[4 * i + 3] = 255;
  }
  return bytes;
}
