/** Augmentation: many clips from a few takes, and clips without the word, which need not be recorded. */

import { clipAt, LENGTH, loudness, RATE, ratioOf } from "../audio/clip.ts";
import { between, type Draw, noise } from "../audio/random.ts";
import { babble } from "../audio/synthesizer.ts";

/** The largest shift in samples: 0.2 s. */
const SHIFT = 0.2 * RATE;

/** Returns a take with a random shift, a random level of −40 to −9 dB at its loudest, and random noise. */
export function augmented(take: Float32Array, draw: Draw): Float32Array<ArrayBuffer> {
  const clip = clipAt(take, Math.round(between(draw, -SHIFT, SHIFT)));
  // The gain is limited, so that a silent take does not become loud.
  const gain = Math.min(30, between(draw, -36, -9) - loudness(take));
  return withNoise(scaled(clip, ratioOf(gain)), draw);
}

/** Returns a clip of only noise. */
export const silence = (draw: Draw): Float32Array<ArrayBuffer> =>
  withNoise(new Float32Array(LENGTH), draw);

/** Returns a clip of invented words, by the synthesizer. */
export const otherSpeech = (draw: Draw): Float32Array<ArrayBuffer> => augmented(babble(draw), draw);

/**
 * Returns half of a take of the word joined with half of another clip, or the take backwards. It has sounds of the
 * word, so that the detector learns the whole word.
 */
export function spoilt(take: Float32Array, draw: Draw): Float32Array<ArrayBuffer> {
  if (draw() < 0.25) return augmented(take.toReversed(), draw);
  const other = draw() < 0.7 ? babble(draw) : new Float32Array(LENGTH);
  const [first, second] = draw() < 0.5 ? [take, other] : [other, take];
  // The halves are cross-faded within 40 ms, near the middle.
  const middle = between(draw, 0.45, 0.55) * LENGTH;
  const mixed = take.map((_, i) => {
    const share = Math.max(0, Math.min(1, (i - middle) / (0.04 * RATE) + 0.5));
    return (1 - share) * (first[i] ?? 0) + share * (second[i] ?? 0);
  });
  return augmented(mixed, draw);
}

function scaled(clip: Float32Array<ArrayBuffer>, gain: number): Float32Array<ArrayBuffer> {
  return clip.map((sample) => Math.max(-1, Math.min(1, gain * sample)));
}

/** Adds noise of −75 to −42 dB, white or duller. */
function withNoise(clip: Float32Array<ArrayBuffer>, draw: Draw): Float32Array<ArrayBuffer> {
  const level = ratioOf(between(draw, -75, -42));
  const dullness = between(draw, 0, 0.95);
  // The filter makes the noise quieter by this.
  const gain = level * Math.sqrt(1 - dullness * dullness);
  let last = 0;
  return clip.map((sample) => {
    last = dullness * last + gain * noise(draw);
    return sample + last;
  });
}
