/**
 * The texts of the page's language, in a separate file, so that texts of other languages are not loaded.
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
