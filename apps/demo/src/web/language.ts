/**
 * The language of the page: the language of its folder, `en/` or `ko/`, or the first known one of the browser's
 * settings.
 */

import { isLanguage, type Language } from "../course/catalogue/languages.ts";

function folderOf(path: string): string | undefined {
  return path.match(/\/([a-z]{2})\/(?:index\.html)?$/)?.[1];
}

export function pageLanguage(): Language {
  const folder = folderOf(location.pathname);
  if (isLanguage(folder)) return folder;
  const known = navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage);
  return known ?? "en";
}

/** Returns the address of the page in a language, relative to the present page. */
export function addressOf(language: Language): string {
  return isLanguage(folderOf(location.pathname)) ? `../${language}/` : `./${language}/`;
}
