/** What a reader has changed in a program, kept while the tab is open: it is there again after a link and Back. */

const key = (program: string) => `graddiff: ${location.pathname}: ${program}`;

/** Returns the reader's text of a program, if there is one. @param program names it in its page. */
export function keptEdit(program: string): string | undefined {
  try {
    return sessionStorage.getItem(key(program)) ?? undefined;
  } catch {
    // A browser may forbid storage.
    return undefined;
  }
}

/** Keeps the reader's text of a program, or forgets it if it is undefined. */
export function keepEdit(program: string, text: string | undefined): void {
  try {
    if (text === undefined) sessionStorage.removeItem(key(program));
    else sessionStorage.setItem(key(program), text);
  } catch {
    // The text is then lost with the page.
  }
}
