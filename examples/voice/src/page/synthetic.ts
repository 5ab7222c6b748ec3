/** Takes for users without a microphone: one voice that says one word, and other voices that say other words. */

import { between, draws } from "../audio/random.ts";
import { babble, speak, voiceOf } from "../audio/synthesizer.ts";

/** The word of the voice. */
export const SYNTHETIC_WORD = "sesami";

// The random numbers, which are the same after each reload.
const draw = draws(1);
const voice = voiceOf(draw);

/** Returns a take of the word, different each time. */
export const syntheticWord = (): Float32Array<ArrayBuffer> =>
  inRoom(speak(SYNTHETIC_WORD, voice, draw));

/** Returns a take of invented words. */
export const syntheticOther = (): Float32Array<ArrayBuffer> => inRoom(babble(draw));

/** Adds a little noise, as in every recording. */
function inRoom(clip: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return clip.map((sample) => 0.6 * sample + between(draw, -0.001, 0.001));
}
