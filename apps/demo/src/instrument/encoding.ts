/**
 * Encodes a text for addresses. Words of letters, digits, `_` and `-` stay as they are. Any other text becomes `~` and
 * the base64url (RFC 4648, section 5) of its UTF-8, which messengers do not change and which has no separators of
 * addresses.
 */

export function encodeText(text: string): string {
  if (/^[\w-]+$/.test(text)) return text;
  const bytes = new TextEncoder().encode(text.normalize());
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return `~${base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/** Decodes a text; undefined if the word is not an encoded text. */
export function decodeText(word: string): string | undefined {
  if (!word.startsWith("~")) return /^[\w-]+$/.test(word) ? word : undefined;
  try {
    const bytes = atob(word.slice(1).replaceAll("-", "+").replaceAll("_", "/"));
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)),
    );
    return encodeText(text) === word ? text : undefined;
  } catch {
    return undefined;
  }
}
