/** The front end: the log-mel spectrogram of audio, as one function of tensors, which is a part of the ONNX file. */

import { concat, type Tensor, tensor } from "@graddiff/core";
import { hann, realFft } from "@graddiff/core/fft";
import { RATE } from "../audio/clip.ts";
import { BANDS } from "./settings.ts";

/** The samples of a window: 40 ms. */
export const WINDOW = 640;
/** The samples between the starts of windows: 20 ms, so that a window is two hops. */
const HOP = WINDOW / 2;
/** The frequencies in Hz of the first and the last edge of the mel filter bank. */
const [LOWEST, HIGHEST] = [60, 7600];
/** The number of frequencies of a spectrum, from 0 to half the rate. */
const BINS = WINDOW / 2 + 1;
/** The least power of a band, −70 dB of full scale. */
const FLOOR = 1e-7;

/** Hann's window divided by its sum: a full-scale sine has the power 1 / 4. */
const window = hann(WINDOW).div(WINDOW / 2);

/** Weights of the mel filter bank, [bins, bands]: triangles of height 1, evenly spaced by HTK's mel. */
export const melFilterBank: Tensor = makeFilterBank();

/**
 * Returns the log-mel spectrogram, [batch, 1, frames, bands], of audio, [batch, samples]: the base-10 logarithm of the
 * power in each band, shifted and scaled to about −1.5 for silence and 1.5 for full scale.
 *
 * @param audio samples from −1 to 1, a multiple of 320 of them.
 */
export function logMel(audio: Tensor): Tensor {
  const [batch = 0, samples = 0] = audio.shape;
  const hops = audio.reshape([batch, samples / HOP, HOP]);
  const frames = concat([hops.slice([0, 0], [batch, samples / HOP - 1]), hops.slice([0, 1])], 2);
  const { real, imaginary } = realFft(frames.mul(window));
  const power = real.square().add(imaginary.square());
  const bands = power.matmul(melFilterBank).add(FLOOR);
  return bands.log().div(Math.LN10).add(4).div(2).expandDims(1);
}

function makeFilterBank(): Tensor {
  const mel = (frequency: number) => 2595 * Math.log10(1 + frequency / 700);
  const [first, last] = [mel(LOWEST), mel(HIGHEST)];
  const edges = Array.from({ length: BANDS + 2 }, (_, i) => {
    const at = first + ((last - first) * i) / (BANDS + 1);
    return 700 * (10 ** (at / 2595) - 1);
  });
  const rows = Array.from({ length: BINS }, (_, bin) => {
    const frequency = (bin * RATE) / WINDOW;
    return Array.from({ length: BANDS }, (_, band) => {
      const [low = 0, centre = 0, high = 0] = edges.slice(band);
      const [rising, falling] = [
        (frequency - low) / (centre - low),
        (high - frequency) / (high - centre),
      ];
      return Math.max(0, Math.min(rising, falling));
    });
  });
  return tensor(rows);
}
