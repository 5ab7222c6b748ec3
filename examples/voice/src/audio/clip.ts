/** A clip: the input of the detector, 1.3 seconds of samples from −1 to 1. */

/** The samples in a second. */
export const RATE = 16_000;
/** The samples of a clip. */
export const LENGTH = 20_800;
/** The samples of the pieces in which loudness is measured: 20 ms. */
const PIECE = 320;
/** The level, in dB of full scale, below which a recording counts as silent. */
export const SILENCE = -48;
/** The level of a word's quiet ends, relative to its loudest piece, in dB below it. */
const ENDS = 26;

export const decibels = (ratio: number): number => 20 * Math.log10(ratio);
export const ratioOf = (decibels: number): number => 10 ** (decibels / 20);

/** Returns the level of each piece of 20 ms: its root mean square in dB of full scale. */
function levels(samples: Float32Array): number[] {
  return Array.from({ length: Math.floor(samples.length / PIECE) }, (_, i) => {
    const piece = samples.subarray(i * PIECE, (i + 1) * PIECE);
    const power = piece.reduce((sum, sample) => sum + sample * sample, 0) / PIECE;
    return decibels(Math.sqrt(power) + 1e-9);
  });
}

/** Returns the level of the loudest 20 ms, in dB of full scale. */
export const loudness = (samples: Float32Array): number => Math.max(-180, ...levels(samples));

/** Returns a clip with the loud part of a recording in its middle, padded with silence. */
export function centred(samples: Float32Array): Float32Array<ArrayBuffer> {
  const all = levels(samples);
  const threshold = Math.max(loudness(samples) - ENDS, SILENCE);
  const first = all.findIndex((level) => level > threshold);
  const last = all.findLastIndex((level) => level > threshold);
  const middle = first < 0 ? samples.length / 2 : ((first + last + 1) / 2) * PIECE;
  return clipAt(samples, Math.round(middle - LENGTH / 2));
}

/** Returns the clip that begins at an index of a recording; samples outside of the recording are zeros. */
export function clipAt(samples: Float32Array, start: number): Float32Array<ArrayBuffer> {
  const clip = new Float32Array(LENGTH);
  const from = Math.max(0, start);
  const part = samples.subarray(from, Math.max(from, start + LENGTH));
  clip.set(part, from - start < LENGTH ? from - start : 0);
  return clip;
}
