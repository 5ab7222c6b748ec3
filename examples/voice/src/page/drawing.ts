/** Pictures of sound. All are drawn in the `color` of their canvas, which depends on the theme. */

import { BANDS } from "../model/settings.ts";
import { penOf } from "./elements.ts";

/** The part of a take's picture for the waveform. */
const WAVE = 0.36;

/** Draws a take: its waveform, and below it the spectrogram, low frequencies at the bottom. */
export function drawTake(
  canvas: HTMLCanvasElement,
  clip: Float32Array,
  spectrogram: Float32Array | undefined,
): void {
  const { pen, width, height } = penOf(canvas);
  pen.fillStyle = getComputedStyle(canvas).color;
  const wave = WAVE * height;
  const peak = clip.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0.02);
  for (let x = 0; x < width; x += 1) {
    const part = clip.subarray((x * clip.length) / width, ((x + 1) * clip.length) / width);
    const most = part.reduce((high, sample) => Math.max(high, Math.abs(sample)), 0) / peak;
    const half = Math.max(0.5, (wave / 2 - 2) * most);
    pen.fillRect(x, wave / 2 - half, 1, 2 * half);
  }
  if (spectrogram) drawSpectrogram(pen, spectrogram, { top: wave, width, height: height - wave });
}

/** Draws a log-mel spectrogram, [frames, bands]: louder parts are more opaque. */
function drawSpectrogram(
  pen: CanvasRenderingContext2D,
  values: Float32Array,
  { top, width, height }: { readonly top: number; readonly width: number; readonly height: number },
): void {
  const frames = values.length / BANDS;
  const loudest = Math.max(0, ...values);
  const image = new OffscreenCanvas(frames, BANDS);
  const small = image.getContext("2d");
  if (small === null) return;
  small.fillStyle = pen.fillStyle;
  values.forEach((value, i) => {
    const [frame, band] = [Math.floor(i / BANDS), i % BANDS];
    // Parts from 50 dB below the loudest on are visible; a unit of the spectrogram is 20 dB.
    small.globalAlpha = Math.max(0, 1 - (loudest - value) / 2.5) ** 1.5;
    small.fillRect(frame, BANDS - 1 - band, 1, 1);
  });
  pen.drawImage(image, 0, top, width, height);
}

/** A probability, and its time, in ms. */
export interface Moment {
  readonly at: number;
  readonly probability: number;
}

/** The length of time that the strip shows, in ms. */
export const SHOWN = 10_000;

/** Draws the probabilities of the last ten seconds, and the threshold. */
export function drawStrip(
  canvas: HTMLCanvasElement,
  moments: readonly Moment[],
  { now, threshold }: { readonly now: number; readonly threshold: number },
): void {
  const { pen, width, height } = penOf(canvas);
  const { color, borderTopColor, outlineColor } = getComputedStyle(canvas);
  const x = (at: number) => width * (1 - (now - at) / SHOWN);
  const y = (probability: number) => 3 + (height - 6) * (1 - probability);

  pen.strokeStyle = borderTopColor;
  for (const share of [0.25, 0.5, 0.75]) {
    pen.beginPath();
    pen.moveTo(0, y(share));
    pen.lineTo(width, y(share));
    pen.stroke();
  }

  const [first] = moments;
  if (first) {
    pen.beginPath();
    pen.moveTo(x(first.at), height);
    for (const { at, probability } of moments) pen.lineTo(x(at), y(probability));
    pen.lineTo(x(moments.at(-1)?.at ?? now), height);
    pen.fillStyle = color;
    pen.globalAlpha = 0.18;
    pen.fill();
    pen.globalAlpha = 1;
    pen.beginPath();
    for (const { at, probability } of moments) pen.lineTo(x(at), y(probability));
    pen.strokeStyle = color;
    pen.lineWidth = 2;
    pen.lineJoin = "round";
    pen.stroke();
  }

  pen.setLineDash([5, 4]);
  pen.lineWidth = 1.5;
  pen.strokeStyle = outlineColor;
  pen.beginPath();
  pen.moveTo(0, y(threshold));
  pen.lineTo(width, y(threshold));
  pen.stroke();
}
