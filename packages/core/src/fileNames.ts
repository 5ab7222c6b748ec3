/** Names of files that a file has, before anything is opened by them. */

/** A path of a root, a drive, a host, or a URL. */
const ABSOLUTE = /^([/\\~]|[a-z]:|(file|data|blob|javascript|https?|ftp):|[a-z][a-z\d+.-]*:\/\/)/i;

/** The folder around, also as Windows reads it, which leaves out dots and blanks at the end. */
const AROUND = /^\s*\.\.[.\s]*$/;

function decoded(name: string): string {
  return name.replace(/%([\da-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/**
 * True if a name may lead out of the folder that it is read in, on any system: it names no file, is absolute, has a step to the
 * folder around, a backslash or a U+0000, or has one of these after it is decoded as a part of a URL once or twice.
 */
export function leavesFolder(name: string): boolean {
  const once = decoded(name);
  return [name, once, decoded(once)].some(
    (each) =>
      /^[./]*$/.test(each) ||
      ABSOLUTE.test(each.trimStart()) ||
      /[\\\0]/.test(each) ||
      each.split("/").some((step) => AROUND.test(step)),
  );
}
