/**
 * Text with subscripts: `E_k` as mathematics writes it.
 */

import { element } from "./element.ts";

/** The parts of a text; a letter or digit after `_` stands lower. */
export function prose(text: string): (string | Node)[] {
  return text
    .split(/(_\w)/u)
    .map((part) => (/^_\w$/u.test(part) ? element("sub", {}, part.slice(1)) : part));
}
