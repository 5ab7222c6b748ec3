/** The settings of the model that the page needs, without the code of the model. */

/** The number of bands of the mel filter bank. */
export const BANDS = 40;
/** The least number of takes of each kind for a training. */
export const LEAST = 3;
/** The number of epochs of a training. */
export const EPOCHS = 8;

/** The default probability from which on the word counts as heard. */
export const THRESHOLD = 0.8;

/** Takes, each a clip: of the word, and of anything else. */
export interface Takes {
  readonly word: readonly Float32Array[];
  readonly other: readonly Float32Array[];
}
