/** Returns the line that each console.log must print, in order; null where nothing is claimed. @param {string} code */
export function expectationsOf(code) {
  const calls = code.matchAll(/^ *(?:for \(.*\) )?console\.log\([\s\S]*?\);(?: \/\/ (.*))?$/gm);
  return Array.from(calls, ([, claimed]) => claimed ?? null);
}
