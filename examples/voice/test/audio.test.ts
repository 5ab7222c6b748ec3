import { expect, test } from "vitest";
import { centred, clipAt, LENGTH, loudness, RATE } from "../src/audio/clip.ts";
import { draws, noise } from "../src/audio/random.ts";
import { Recent } from "../src/audio/recording.ts";
import { resample } from "../src/audio/resample.ts";
import { babble, pseudoWord, speak, voiceOf } from "../src/audio/synthesizer.ts";
import { readMuLaw, wav } from "./wav.ts";

const sine = (frequency: number, rate: number, samples: number) =>
  Float32Array.from({ length: samples }, (_, i) => Math.sin((2 * Math.PI * frequency * i) / rate));

/** Returns the root mean square of the samples away from both ends. */
const level = (samples: Float32Array) => {
  const middle = samples.subarray(400, -400);
  return Math.sqrt(middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length);
};

test.each([44_100, 48_000, 22_050, 8_000])("a tone of %i Hz is the same at 16,000", (rate) => {
  const resampled = resample(sine(1_000, rate, rate), rate, RATE);
  expect(resampled.length).toBe(RATE);
  const expected = sine(1_000, RATE, RATE);
  const worst = resampled
    .subarray(400, -400)
    .reduce((most, sample, i) => Math.max(most, Math.abs(sample - (expected[i + 400] ?? 0))), 0);
  expect(worst).toBeLessThan(0.004);
});

test("what is above half the rate is left out, and not heard as something else", () => {
  for (const frequency of [9_000, 12_000, 20_000]) {
    expect(level(resample(sine(frequency, 48_000, 48_000), 48_000, RATE))).toBeLessThan(0.005);
  }
  expect(level(resample(sine(6_500, 48_000, 48_000), 48_000, RATE))).toBeCloseTo(Math.SQRT1_2, 2);
});

test("a recording at the rate of the detector stays as it is", () => {
  const samples = sine(500, RATE, 1_000);
  expect(resample(samples, RATE, RATE)).toBe(samples);
});

test("a word is in the middle of its clip, wherever it was said", () => {
  const word = sine(300, RATE, 8_000);
  for (const at of [0, 5_000, 20_000]) {
    const recording = new Float32Array(28_800);
    recording.set(word.subarray(0, 28_800 - at), at);
    const clip = centred(recording);
    expect(clip.length).toBe(LENGTH);
    const first = clip.findIndex((sample) => Math.abs(sample) > 0.05);
    const last = clip.findLastIndex((sample) => Math.abs(sample) > 0.05);
    expect(Math.abs((first + last) / 2 - LENGTH / 2)).toBeLessThan(330);
  }
  expect(centred(new Float32Array(28_800)).every((sample) => sample === 0)).toBe(true);
});

test("a clip has zeros where its recording has nothing", () => {
  const recording = new Float32Array(LENGTH).fill(1);
  const count = (start: number) =>
    clipAt(recording, start).reduce((sum, sample) => sum + sample, 0);
  expect([0, -800, 800, -LENGTH, LENGTH, 10 * LENGTH].map(count)).toEqual([
    LENGTH,
    LENGTH - 800,
    LENGTH - 800,
    0,
    0,
    0,
  ]);
  expect(clipAt(recording, -800).subarray(798, 802)).toEqual(Float32Array.of(0, 0, 1, 1));
});

test("loudness is that of the loudest 20 ms, in dB of full scale", () => {
  expect(loudness(sine(500, RATE, 6_400))).toBeCloseTo(-3.01, 1);
  expect(loudness(sine(500, RATE, 6_400).map((sample) => sample / 100))).toBeCloseTo(-43.01, 1);
  expect(loudness(new Float32Array(6_400))).toBe(-180);
  expect(loudness(new Float32Array(0))).toBe(-180);
});

test("the last samples of blocks of any size are kept, in their order", () => {
  const all = Float32Array.from({ length: 100 }, (_, i) => i);
  for (const size of [1, 7, 10, 25, 100]) {
    const recent = new Recent(10);
    for (let at = 0; at < 100; at += size) recent.add(all.subarray(at, at + size));
    expect(Array.from(recent.samples())).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
    expect(recent.heard).toBe(100);
  }
  const few = new Recent(10);
  few.add(Float32Array.of(1, 2, 3));
  expect(few.isFull).toBe(false);
  expect(Array.from(few.samples())).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
});

test("random numbers are those of their seed, and noise has mean 0 and deviation 1", () => {
  const [a, b, c] = [draws(1), draws(1), draws(2)];
  expect([a(), a(), a()]).toEqual([b(), b(), b()]);
  expect(a()).not.toBe(c());
  const sample = Array.from({ length: 20_000 }, () => noise(a));
  const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
  const deviation = Math.sqrt(sample.reduce((sum, x) => sum + (x - mean) ** 2, 0) / sample.length);
  expect(mean).toBeCloseTo(0, 1);
  expect(deviation).toBeCloseTo(1, 1);
});

test("the synthesizer speaks finite sounds within its clip, never twice the same", () => {
  const draw = draws(4);
  for (const word of ["aeiou", "mama", "lore", "sasa", "fifi", "haha", "kaketo", "papi"]) {
    const voice = voiceOf(draw);
    const [one, two] = [speak(word, voice, draw), speak(word, voice, draw)];
    expect(one.length).toBe(LENGTH);
    expect(one.every((sample) => Math.abs(sample) <= 0.5)).toBe(true);
    expect(loudness(one)).toBeGreaterThan(-20);
    expect(one).not.toEqual(two);
  }
  expect(pseudoWord(draw)).toMatch(/^([mnlrsfhktp][aeiou]){2,4}$/);
  expect(babble(draw).every(Number.isFinite)).toBe(true);
  expect(() => speak("zoo", voiceOf(draw), draw)).toThrow(
    'speak takes words of the letters aeioumnlrsfhktp, not "zoo"',
  );
});

test("µ-law has the values of G.711", () => {
  const bytes = [0xff, 0x7f, 0x80, 0x00, 0xf0, 0xe7];
  const file = Uint8Array.of(...wav(new Float32Array(0), RATE), ...bytes);
  new DataView(file.buffer).setUint32(40, bytes.length, true);
  expect(Array.from(readMuLaw(file), (sample) => 32768 * sample + 0)).toEqual([
    0, 0, 32124, -32124, 120, 260,
  ]);
});
