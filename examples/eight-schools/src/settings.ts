/** The measurements of the schools, and the settings of the runs. */

/** The effects that the schools measured, in points of a test. */
export const EFFECTS: readonly number[] = [28, 8, -3, 7, -1, 1, 18, 12];

/** The standard errors of these effects. */
export const ERRORS: readonly number[] = [15, 10, 16, 11, 9, 11, 10, 18];

export const CHAINS = 4;
/** The number of transitions of each chain that adapt its steps. */
export const WARMUP = 1000;
/** The number of draws of each chain. */
export const DRAWS = 2000;

/** The number of transitions of each chain between two looks at messages, each with new plots. */
export const CHUNK = 50;

/** The forms of the model. */
export const FORMS = ["centred", "notCentred"] as const;
export type Form = (typeof FORMS)[number];
