/**
 * The catalogue: every text of the page and the terminal, in every language. If an entry is missing in a language, the
 * program does not compile.
 */

import { en } from "./en.ts";
import { ko } from "./ko.ts";
import type { Language } from "./languages.ts";

type Texts<Entry> = Entry extends string
  ? string
  : Entry extends (...values: infer Values) => string
    ? (...values: Values) => string
    : { readonly [Key in keyof Entry]: Texts<Entry[Key]> };

/** All texts of a language. */
export type Catalogue = Texts<typeof en>;

/** The name of a lesson, in addresses and on the command line. */
export type LessonName = keyof Catalogue["lessons"];

const catalogues: Readonly<Record<Language, Catalogue>> = { en, ko };

/** Returns the texts of a language, for the terminal, which has all languages in memory. */
export function catalogueOf(language: Language): Catalogue {
  return catalogues[language];
}
