/**
 * The copy of this package that a value is from. A program has two where two packages ask for two versions, or where a
 * bundle is beside an installed one; the classes of one know nothing of those of the other.
 */

/** The version in package.json, which scripts/bundle.mjs writes in the place of this name. */
declare const GRADDIFF_VERSION: string | undefined;

/** The version of this copy; sources that were not built have none. */
export const VERSION: string =
  typeof GRADDIFF_VERSION === "string" ? GRADDIFF_VERSION : "not built";

/** A copy's description of itself. */
export interface Copy {
  readonly version: string;
}

/**
 * The method of instances of Tensor, Variable, Layer and optimizers that returns their copy, by a name that is the same
 * in all versions. It is no symbol, since esbuild keeps every class with a computed name, and a method, since these are
 * no part of a model.
 */
interface Made {
  copyOfGraddiff?(): Copy;
}

/** The copy that this file belongs to. */
export const THIS_COPY: Copy = { version: VERSION };

/**
 * Returns the copy that an object is from, where it is another one than this. It never throws, whatever traps the
 * object has.
 */
export function otherCopyOf(value: object): Copy | undefined {
  try {
    const copy = (value as Made).copyOfGraddiff?.();
    return copy === THIS_COPY ? undefined : copy;
  } catch {
    return undefined;
  }
}
