/**
 * The languages, by their tags of BCP 47. It is no part of the texts, of which a page loads one language.
 */

export const languages = ["en", "ko"] as const;

export type Language = (typeof languages)[number];

/** The name of each language in the language itself. */
export const languageNames: Readonly<Record<Language, string>> = { en: "English", ko: "한국어" };

export function isLanguage(tag: string | undefined): tag is Language {
  return languages.some((language) => language === tag);
}
