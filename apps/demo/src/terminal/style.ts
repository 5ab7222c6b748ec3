/**
 * Colours for terminals that support them: forward values are blue, gradients orange.
 */

/** Wraps a text in the codes of a style. */
export type Style = (text: string) => string;

export interface Styles {
  readonly title: Style;
  readonly heading: Style;
  readonly faint: Style;
  readonly value: Style;
  readonly gradient: Style;
}

/** Returns the styles of a terminal; without styling, all of them leave the text as it is. */
export function styles({ styled }: { readonly styled: boolean }): Styles {
  const style = (on: string, off: string): Style =>
    styled ? (text) => `\u001b[${on}m${text}\u001b[${off}m` : (text) => text;
  return {
    title: style("1", "22"),
    heading: style("1", "22"),
    faint: style("2", "22"),
    value: style("34", "39"),
    gradient: style("33", "39"),
  };
}
