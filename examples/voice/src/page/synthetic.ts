/** Takes for those who have no microphone: one voice that says one word, and others that say others. */

import { between, draws } from "../audio/random.ts";
import { babble, speak, voiceOf } from "../audio/synthesizer.ts";

/** The word of the voice. */
export const SYNTHETIC_WORD = "sesami";

// The same after each reload.
const draw = draws(1);
const voice = voiceOf(draw);

/** Returns a take of the word, each time another one. */
export const syntheticWord = (): Float32Array<ArrayBuffer> =>
  inRoom(speak(SYNTHETIC_WORD, voice, draw));

/** Returns a take of words that do not exist. */
export const syntheticOther = (): Float32Array<ArrayBuffer> => inRoom(babble(draw));

/** Adds a little noise: nothing is recorded without. */
function inRoom(clip: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return clip.map((sample) => 0.6 * sample + between(draw, -0.001, 0.001));
}
