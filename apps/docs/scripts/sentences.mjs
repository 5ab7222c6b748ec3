/** The sentences of a page, without code, tables and headings. */

/** @param {string} page */
export function sentencesOf(page) {
  return page
    .replace(/^---\n[\s\S]*?^---\n/m, (head) => head.replace(/^[\s-]*\w+:/gm, "\n\n"))
    .replace(/^```[\s\S]*?^```$/gm, "\n\n")
    .replace(/^(?:\||#|:::|<).*$/gm, "\n\n")
    .replace(/^ *(?:- |\d+\. )/gm, "\n\n")
    .split(/\n\n+/)
    .flatMap((paragraph) => paragraph.replace(/\s+/g, " ").split(/(?<=[.!?])\s+(?=[A-Z`*[("])/))
    .filter((sentence) => sentence.trim() !== "");
}

/** A citation in brackets with a year, which readers skip. */
const CITATION = /\((?:[^()]|\([^()]*\))*\b(?:1[89]|20)\d\d\b(?:[^()]|\([^()]*\))*\)/g;

/**
 * Returns the number of words of a sentence: code counts as one word, and addresses of links and citations do not
 * count.
 *
 * @param {string} sentence
 */
export const wordsOf = (sentence) =>
  sentence
    .replace(/`[^`]*`/g, "code")
    .replace(/\]\([^)]*\)/g, "")
    .replace(CITATION, "")
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

/**
 * Returns the sentences with more than 30 words, each after the name of its page.
 *
 * @param {Record<string, string>} pages
 */
export const longSentences = (pages) =>
  Object.entries(pages).flatMap(([page, text]) =>
    sentencesOf(text)
      .filter((sentence) => wordsOf(sentence) > 30)
      .map((sentence) => `${page}: ${sentence}`),
  );
