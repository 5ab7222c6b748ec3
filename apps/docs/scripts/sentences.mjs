/** The sentences of a page as a reader counts them: without code, tables and headings. */

/** @param {string} page */
export function sentencesOf(page) {
  return page
    .replace(/^---\n[\s\S]*?^---\n/m, (head) => head.replace(/^[\s-]*\w+:/gm, "\n\n"))
    .replace(/^```[\s\S]*?^```$/gm, "\n\n")
    .replace(/^(?:\||#|:::|<).*$/gm, "\n\n")
    .replace(/^(?:- |\d+\. )/gm, "\n\n")
    .split(/\n\n+/)
    .flatMap((paragraph) => paragraph.replace(/\s+/g, " ").split(/(?<=[.!?])\s+(?=[A-Z`*[(])/))
    .filter((sentence) => sentence.trim() !== "");
}

/** The number of words, of which code and the address of a link are none or one. @param {string} sentence */
export const wordsOf = (sentence) =>
  sentence
    .replace(/`[^`]*`/g, "code")
    .replace(/\]\([^)]*\)/g, "")
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

/** The sentences of pages that are longer than 30 words, each behind the name of its page. @param {Record<string, string>} pages */
export const longSentences = (pages) =>
  Object.entries(pages).flatMap(([page, text]) =>
    sentencesOf(text)
      .filter((sentence) => wordsOf(sentence) > 30)
      .map((sentence) => `${page}: ${sentence}`),
  );
