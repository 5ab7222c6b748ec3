/**
 * The marks in texts: `{in:price}` is an input, `{v:total}` a value, `{g:price}` a gradient,
 * `{after:1}` the error after that many steps of training.
 */

/** A piece of a text. */
export type Piece =
  | string
  | { readonly kind: "input" | "value" | "gradient" | "after"; readonly name: string };

const KINDS = { in: "input", v: "value", g: "gradient", after: "after" } as const;

/** Takes a text apart. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(/\{(in|v|g|after):(\w+)\}/g)) {
    const [mark, kind, name = ""] = match;
    if (match.index > end) pieces.push(text.slice(end, match.index));
    pieces.push({ kind: KINDS[kind as keyof typeof KINDS], name });
    end = match.index + mark.length;
  }
  if (end < text.length) pieces.push(text.slice(end));
  return pieces;
}

/** The text with all marks replaced. */
export function filled(text: string, number: (piece: Exclude<Piece, string>) => string): string {
  return piecesOf(text)
    .map((piece) => (typeof piece === "string" ? piece : number(piece)))
    .join("");
}
