/**
 * Returns for each `console.log(…);` of an example the line that it must print, which is the comment after it, in
 * order; null for a call without a comment.
 *
 * @param {string} code
 */
export function expectationsOf(code) {
  const calls = code.matchAll(/^ *(?:for \(.*\) )?console\.log\([\s\S]*?\);(?: \/\/ (.*))?$/gm);
  return Array.from(calls, ([, claimed]) => claimed ?? null);
}
