/**
 * A formant synthesizer: buzz and noise through three resonators, after D. H. Klatt, "Software for a cascade/parallel
 * formant synthesizer", 1980. It speaks words of one-letter sounds, for users without a microphone, and for tests.
 */

import { centred, LENGTH, RATE } from "./clip.ts";
import { between, type Draw, noise } from "./random.ts";

/**
 * A sound: its formants in Hz, the level of the buzz, the centre frequency of the hiss in Hz, its level, and the length
 * in seconds.
 */
interface Sound {
  readonly formants: readonly [number, number, number];
  readonly buzz: number;
  readonly hiss: readonly [frequency: number, level: number];
  readonly seconds: number;
}

const vowel = (formants: Sound["formants"], seconds: number): Sound => ({
  formants,
  buzz: 1,
  hiss: [1500, 0],
  seconds,
});
const nasal = (formants: Sound["formants"], buzz: number): Sound => ({
  ...vowel(formants, 0.08),
  buzz,
});
/** Returns a sound of the breath, with the formants of a mouth at rest. */
const breath = (frequency: number, level: number, seconds: number): Sound => ({
  formants: [500, 1500, 2500],
  buzz: 0,
  hiss: [frequency, level],
  seconds,
});

/**
 * The sounds of letters. Vowels have the formants of G. E. Peterson and H. L. Barney, "Control methods used in a study
 * of the vowels", 1952.
 */
const SOUNDS: Readonly<Record<string, readonly Sound[]>> = {
  a: [vowel([730, 1090, 2440], 0.16)],
  e: [vowel([530, 1840, 2480], 0.14)],
  i: [vowel([270, 2290, 3010], 0.14)],
  o: [vowel([570, 840, 2410], 0.16)],
  u: [vowel([300, 870, 2240], 0.15)],
  m: [nasal([250, 1000, 2200], 0.4)],
  n: [nasal([250, 1700, 2600], 0.4)],
  l: [nasal([360, 1300, 2700], 0.5)],
  r: [nasal([330, 1060, 1500], 0.5)],
  s: [breath(6000, 0.6, 0.12)],
  f: [breath(3500, 0.25, 0.1)],
  h: [breath(1500, 0.25, 0.07)],
  // Plosives are a pause and a burst.
  k: [breath(2000, 0, 0.06), breath(2000, 0.7, 0.03)],
  t: [breath(4000, 0, 0.06), breath(4000, 0.7, 0.025)],
  p: [breath(900, 0, 0.07), breath(900, 0.6, 0.02)],
};
const LETTERS = Object.keys(SOUNDS);
const VOWELS = "aeiou";
const CONSONANTS = LETTERS.filter((letter) => !VOWELS.includes(letter));

/** The widths of the formants in Hz, and of the hiss. */
const WIDTHS = [80, 110, 160] as const;
const HISS_WIDTH = 900;
/** The samples for which a resonator is not changed: 2.5 ms. */
const STEP = 40;

/** The voice of a speaker: the pitch in Hz, and factors of formants and lengths. */
interface Voice {
  readonly pitch: number;
  readonly tract: number;
  readonly pace: number;
}

/** Returns somebody's voice. */
export const voiceOf = (draw: Draw): Voice => ({
  pitch: between(draw, 95, 220),
  tract: between(draw, 0.92, 1.18),
  pace: between(draw, 0.9, 1.2),
});

/**
 * Returns a clip of a word, each time slightly different.
 *
 * @param word a word of the letters of SOUNDS.
 */
export function speak(word: string, voice: Voice, draw: Draw): Float32Array<ArrayBuffer> {
  const sounds = soundsOf(word).map(({ formants, hiss, buzz, seconds }) => ({
    formants: formants.map((frequency) => frequency * voice.tract * between(draw, 0.96, 1.04)),
    hiss,
    buzz,
    samples: Math.round(seconds * voice.pace * between(draw, 0.85, 1.15) * RATE),
  }));
  const pitch = voice.pitch * between(draw, 0.93, 1.07);
  const total = sounds.reduce((sum, { samples }) => sum + samples, 0);
  const output = new Float32Array(total);
  const formants = WIDTHS.map((width, i) => new Resonator(sounds[0]?.formants[i] ?? 0, width));
  const mouth = new Resonator(1500, HISS_WIDTH);
  let [at, phase, buzz, hiss] = [0, 0, 0, 0];
  for (const sound of sounds) {
    mouth.glide(sound.hiss[0], 1);
    for (const end = at + sound.samples; at < end; at += 1) {
      if (at % STEP === 0) {
        formants.forEach((each, i) => {
          each.glide(sound.formants[i] ?? 0, 0.16);
        });
      }
      buzz += 0.005 * (sound.buzz - buzz);
      hiss += 0.01 * (sound.hiss[1] - hiss);
      // The pitch falls by about a fifth during the word.
      phase += (pitch * (1.1 - (0.2 * at) / total)) / RATE;
      phase -= Math.floor(phase);
      // The slope of the flow of air, which rises slowly and falls fast.
      const glottis = phase < 0.7 ? 0.3 : -0.7;
      const breath = hiss * noise(draw);
      const voiced = buzz * (glottis + 0.02 * noise(draw));
      output[at] =
        formants.reduce((signal, formant) => formant.low(signal), voiced) + mouth.band(breath);
    }
  }
  const peak = output.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1e-9);
  return centred(output.map((sample) => (0.5 * sample) / peak));
}

/** Returns an invented word of two to four syllables. */
export function pseudoWord(draw: Draw): string {
  const pick = (letters: ArrayLike<string>) => letters[Math.floor(draw() * letters.length)] ?? "";
  const syllables = 2 + Math.floor(3 * draw());
  return Array.from({ length: syllables }, () => pick(CONSONANTS) + pick(VOWELS)).join("");
}

/** Returns a clip of invented words in a random voice, cut at the end of the clip. */
export function babble(draw: Draw): Float32Array<ArrayBuffer> {
  const voice = voiceOf(draw);
  const clip = speak(pseudoWord(draw), voice, draw);
  if (draw() < 0.5) return clip;
  const next = speak(pseudoWord(draw), voice, draw);
  const shift = Math.round(between(draw, 0.4, 0.7) * LENGTH);
  return clip.map((sample, i) => sample + (next[i - shift] ?? 0));
}

function soundsOf(word: string): readonly Sound[] {
  return Array.from(word).flatMap((letter) => {
    const found = SOUNDS[letter];
    if (found === undefined) {
      throw new Error(`speak takes words of the letters ${LETTERS.join("")}, not "${word}"`);
    }
    return found;
  });
}

/** A two-pole resonator. */
class Resonator {
  readonly #width: number;
  #frequency: number;
  /** The coefficients of the last output and of the one before it. */
  #last = 0;
  #before = 0;
  #feedback: readonly [number, number] = [0, 0];
  /** The gains of the input for which low frequencies, or the resonance, have the gain 1. */
  #gains = { low: 1, band: 1 };

  /** @param frequency of the resonance, in Hz. @param width in Hz. */
  constructor(frequency: number, width: number) {
    this.#width = width;
    this.#frequency = frequency;
    this.glide(frequency, 1);
  }

  /** Moves the frequency by a share of its distance to another one, in Hz. */
  glide(frequency: number, share: number): void {
    this.#frequency += share * (frequency - this.#frequency);
    const radius = Math.exp((-Math.PI * this.#width) / RATE);
    const angle = (2 * Math.PI * this.#frequency) / RATE;
    const turn = 2 * radius * Math.cos(angle);
    this.#feedback = [turn, -radius * radius];
    this.#gains = {
      low: 1 - turn + radius * radius,
      band: 2 * (1 - radius) * Math.sin(angle),
    };
  }

  /** Returns the next output of the low-pass filter. */
  low = (input: number): number => this.#next(this.#gains.low * input);

  /** Returns the next output of the band-pass filter. */
  band = (input: number): number => this.#next(this.#gains.band * input);

  #next(input: number): number {
    const [last, before] = this.#feedback;
    const output = input + last * this.#last + before * this.#before;
    this.#before = this.#last;
    this.#last = output;
    return output;
  }
}
