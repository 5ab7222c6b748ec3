/**
 * The catalogue: every text of page and terminal, in every language. A language in which an entry is missing
 * does not compile.
 */

import { en } from "./en.ts";
import { ko } from "./ko.ts";
import type { Language } from "./languages.ts";

type Texts<Entry> = Entry extends string
  ? string
  : Entry extends (...values: infer Values) => string
    ? (...values: Values) => string
    : { readonly [Key in keyof Entry]: Texts<Entry[Key]> };

/** The texts of a language, all of them. */
export type Catalogue = Texts<typeof en>;

/** The name of a lesson, in addresses and on the command line. */
export type LessonName = keyof Catalogue["lessons"];

const catalogues: Readonly<Record<Language, Catalogue>> = { en, ko };

/** Returns the texts of a language, of which the terminal has all at hand. */
export function catalogueOf(language: Language): Catalogue {
  return catalogues[language];
}
