/**
 * The texts of the page's language, in a file of their own: nobody loads those of another language.
 */

import type { Catalogue } from "../course/catalogue/index.ts";
import type { Language } from "../course/catalogue/languages.ts";

const LOADERS: Readonly<Record<Language, () => Promise<Catalogue>>> = {
  en: async () => (await import("../course/catalogue/en.ts")).en,
  ko: async () => (await import("../course/catalogue/ko.ts")).ko,
};

export function loadTexts(language: Language): Promise<Catalogue> {
  return LOADERS[language]();
}
