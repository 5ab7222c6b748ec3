/** The settings of the model that the page has to know, without the code of the model. */

/** Bands of the mel filter bank. */
export const BANDS = 40;
/** The least number of takes of each kind that is trained with. */
export const LEAST = 3;
/** The number of times that all clips are seen. */
export const EPOCHS = 8;

/** The probability from which on the word counts as heard, unless the person wants another one. */
export const THRESHOLD = 0.8;

/** Takes, each a clip: of the word, and of anything else. */
export interface Takes {
  readonly word: readonly Float32Array[];
  readonly other: readonly Float32Array[];
}
