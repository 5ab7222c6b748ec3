/**
 * The languages, by their BCP 47 tags. This file is separate from the texts, since a page loads the texts of only one
 * language.
 */

export const languages = ["en", "ko"] as const;

export type Language = (typeof languages)[number];

/** The name of each language in the language itself. */
export const languageNames: Readonly<Record<Language, string>> = { en: "English", ko: "한국어" };

export function isLanguage(tag: string | undefined): tag is Language {
  return languages.some((language) => language === tag);
}
