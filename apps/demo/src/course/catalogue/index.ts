/**
 * The catalogue: every text of page and terminal, in every language. A language in which an entry is missing
 * does not compile.
 */

import { en } from "./en.ts";
import { ko } from "./ko.ts";

type Texts<Entry> = Entry extends string
  ? string
  : Entry extends (...values: infer Values) => string
    ? (...values: Values) => string
    : { readonly [Key in keyof Entry]: Texts<Entry[Key]> };

/** What every language has. */
export type Catalogue = Texts<typeof en>;

/** The name of a lesson, in addresses and on the command line. */
export type LessonName = keyof Catalogue["lessons"];

const catalogues = { en, ko } satisfies Record<string, Catalogue>;

/** A language, by its tag of BCP 47. */
export type Language = keyof typeof catalogues;

export const languages = ["en", "ko"] as const satisfies readonly Language[];

export function catalogueOf(language: Language): Catalogue {
  return catalogues[language];
}

export function isLanguage(tag: string | undefined): tag is Language {
  return languages.some((language) => language === tag);
}
